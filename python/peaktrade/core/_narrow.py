"""Arrays of numbers in fewer bytes, by blocks that stay in the processor's cache."""

from __future__ import annotations

import numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BLOCK = 32_768
# Of so many rows, spread over the column, is it judged whether a closer look pays.
_SAMPLE = 1_000


def narrow_integers(values: Any) -> Any:
    """The narrowest integers of the same sign that hold every value."""
    if values.size == 0 or values.dtype.itemsize == 1:
        return values
    low, high = extremes(values)
    for bits in (8, 16, 32):
        kind = numpy.dtype(f"{values.dtype.kind}{bits // 8}")
        if kind.itemsize >= values.dtype.itemsize:
            break
        info = numpy.iinfo(kind)
        if info.min <= low and high <= info.max:
            return values.astype(kind)
    return values


def extremes(values: Any) -> tuple[int, int]:
    low = high = int(values[0])
    for begin in range(0, values.size, _BLOCK):
        block = values[begin : begin + _BLOCK]
        low, high = min(low, int(block.min())), max(high, int(block.max()))
    return low, high


def narrow_floats(values: Any) -> Any | None:
    """float32 if every value survives (NaN is a value), else None."""
    if values.size == 0 or values.dtype.itemsize <= 4:
        return None
    narrow = numpy.empty(values.size, dtype=numpy.float32)
    with numpy.errstate(over="ignore", invalid="ignore"):
        for begin in range(0, values.size, _BLOCK):
            block = values[begin : begin + _BLOCK]
            made = narrow[begin : begin + _BLOCK]
            made[...] = block
            same = made == block
            if not same.all() and not (same | ((block != block) & (made != made))).all():
                return None
    return narrow


def float32_error(values: Any) -> float | None:
    """The largest relative error of float32; None if a value would be lost to infinity or zero."""
    worst = 0.0
    with numpy.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for begin in range(0, values.size, _BLOCK):
            block = numpy.asarray(values[begin : begin + _BLOCK], dtype=numpy.float64)
            block = block[numpy.isfinite(block) & (block != 0)]
            made = block.astype(numpy.float32)
            if not numpy.isfinite(made).all() or not made.all():
                return None
            if block.size:
                worst = max(worst, float(numpy.max(numpy.abs(made - block) / numpy.abs(block))))
    return worst


def sparse_fill(values: Any) -> Any | None:
    """The value that most of the column is, if leaving it out saves at least half of the column; else None."""
    rows, itemsize = values.size, values.dtype.itemsize
    if rows < 16 or values.dtype.kind not in "iufb":
        return None
    most_kept = 0.5 * itemsize / (itemsize + 4)  # a kept value costs itself and four bytes for its row
    sample = values[:: max(1, rows // _SAMPLE)]
    for fill in _fills(values):
        if 1 - _is(sample, fill).mean() > most_kept + 0.1:
            continue
        kept = rows - int(numpy.count_nonzero(_is(values, fill)))
        # Sparse arrays compare with ==, which takes -0.0 for 0.0.
        if kept <= most_kept * rows and not (fill == 0 and _has_negative_zero(values)):
            return fill
    return None


def _fills(values: Any) -> list[Any]:
    """As Python's own numbers: a sparse type names its fill, and the same fill shall have one name."""
    first, zero = values[0].item(), values.dtype.type(0).item()
    fills = [float("nan"), zero] if values.dtype.kind == "f" else [zero]
    return fills if first == 0 or first != first else [*fills, first]


def _is(values: Any, fill: Any) -> Any:
    return values != values if fill != fill else values == fill


def _has_negative_zero(values: Any) -> bool:
    return values.dtype.kind == "f" and bool((numpy.signbit(values) & (values == 0)).any())
