"""Floats that are decimals of few places, as scaled integers and back, to the bit."""

from __future__ import annotations

import numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_PLACES = 9
_BLOCK = 65_536
# Beyond 2**53 a double no longer tells neighbouring integers apart.
_MOST = 2.0**53


def scaled(values: Any) -> tuple[Any, int] | None:
    """Integers and how many decimals they have, if every finite value comes back as the same bits; else None.

    NaN becomes 0, for the caller to mark as missing; a frame whose NaN carry different bits gets one kind back.
    """
    if values.dtype != numpy.float64 or values.size == 0 or numpy.isinf(values).any():
        return None
    present = numpy.nan_to_num(values, nan=0.0, copy=True) if numpy.isnan(values).any() else values
    if (numpy.signbit(present) & (present == 0)).any():
        return None  # integers have no -0.0
    places = _places(present)
    if places is None:
        return None
    whole = numpy.empty(present.size, dtype=numpy.int64)
    factor = 10.0**places
    for begin in range(0, present.size, _BLOCK):
        block = present[begin : begin + _BLOCK]
        rounded = numpy.rint(block * factor)
        if not (rounded / factor == block).all() or not (numpy.abs(rounded) < _MOST).all():
            return None
        whole[begin : begin + _BLOCK] = rounded
    return whole, places


def floats(whole: Any, places: int) -> Any:
    """The double nearest to each decimal: one correctly rounded division, as in the check above."""
    return whole / 10.0**places if places else whole.astype(numpy.float64)


def _places(values: Any) -> int | None:
    """The fewest decimals that a sample of the values needs."""
    sample = values[:: max(1, values.size // 2_000)]
    for places in range(_MOST_PLACES + 1):
        factor = 10.0**places
        rounded = numpy.rint(sample * factor)
        if (numpy.abs(rounded) >= _MOST).any():
            return None
        if (rounded / factor == sample).all():
            # The whole column may need more places than the sample; it is checked as a whole.
            return _more_places(values, places)
    return None


def _more_places(values: Any, places: int) -> int | None:
    while places <= _MOST_PLACES:
        factor = 10.0**places
        rounded = numpy.rint(values * factor)
        if (rounded / factor == values).all():
            return places
        places += 1
    return None
