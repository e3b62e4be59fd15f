"""Floats that are decimals of few places, as scaled integers and back, to the bit."""

from __future__ import annotations

import numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_PLACES = 9
_BLOCK = 32_768  # of eight bytes: what is done to a block finds it in the cache
# Beyond 2**53 a double no longer tells neighbouring integers apart.
_MOST = 2.0**53
SMALL = 10**9  # digits that a decimal of 32 bits holds


def scaled(values: Any) -> tuple[Any, int] | None:
    """Integers (of four bytes where all are below a thousand million) and how many decimals they have, if every finite value
    comes back as the same bits; else None.

    NaN becomes 0, for the caller to mark as missing; a frame whose NaN carry different bits gets one kind back.
    """
    if values.dtype != numpy.float64 or values.size == 0:
        return None
    if not numpy.isfinite(values).all():
        if numpy.isinf(values).any():
            return None
        values = numpy.nan_to_num(values, nan=0.0, copy=True)
    places = _places(values)
    # The whole column may need more places than the sample; it is checked as a whole.
    while places is not None and places <= _MOST_PLACES:
        whole = _whole(values, places)
        if whole is not None:
            return whole, places
        places += 1
    return None


def _whole(values: Any, places: int) -> Any:
    """The integers, or None if a value would not come back as it is."""
    whole = numpy.empty(values.size, dtype=numpy.int64)
    factor, highest = 10.0**places, 0.0
    rounded = numpy.empty(min(_BLOCK, values.size))
    back = numpy.empty_like(rounded)
    for begin in range(0, values.size, _BLOCK):
        block = values[begin : begin + _BLOCK]
        some, again = rounded[: block.size], back[: block.size]
        numpy.multiply(block, factor, out=some)
        numpy.rint(some, out=some)
        some += 0.0  # integers have no -0.0: it does not come back
        numpy.divide(some, factor, out=again)
        if not numpy.array_equal(again.view(numpy.int64), block.view(numpy.int64)):
            return None
        highest = max(highest, -float(some.min()), float(some.max()))
        if highest >= _MOST:
            return None
        whole[begin : begin + block.size] = some
    return whole.astype(numpy.int32) if highest < SMALL else whole


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
            return places
    return None
