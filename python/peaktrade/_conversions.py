"""Many files as bars by symbol, ticks as bars, prices made comparable. The work is done in C++."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal


def read_dataset(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], **reading: Any) -> dict[str, Any]:
    """Bars by symbol from files, folders and patterns (``"data/*.csv"``).

    Files whose names differ by a date are parts of one symbol; rows of several symbols below each other and columns of several
    symbols beside each other are taken apart. Further arguments are those of ``read_bars`` and hold for every symbol."""
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return _native.read_dataset([os.fspath(path) for path in paths], reading)


def write_bars(data: Any, path: str | os.PathLike[str]) -> None:
    """Writes bars (or a frame, or a file of another format) by the ending of ``path``: ``.csv``, ``.json`` (an array of
    objects), ``.parquet``, ``.arrow`` or ``.feather``; whole or not at all. ``read_bars`` gives the same bits back.

    Raises ValueError for another ending, OSError when the system refuses."""
    _native.write_bars(_bars(data), path)


def _bars(data: Any) -> _native.Bars:
    if isinstance(data, _native.Bars):
        return data
    return _native.read_bars(data) if isinstance(data, (str, os.PathLike)) else _native.Bars(data)


def _like(data: Any, made: _native.Bars) -> Any:
    if isinstance(data, _native.Bars):
        return made
    from ._tables import frame_like

    has_zone = getattr(getattr(data, "index", None), "tz", None) is not None
    keeps_zone = has_zone or type(data).__module__.partition(".")[0] in ("polars", "pyarrow")
    return frame_like(data, _native.bars_columns(made), made.time_zone if keeps_zone else "")


def bars_from_ticks(ticks: Any, rule: str, **reading: Any) -> Any:
    """Bars of trades (``price``, ``amount``) or quotes (``bid``, ``ask``): ``"1m"`` and other timeframes, ``"tick:100"``,
    ``"volume:50"`` or ``"dollar:1000000"``.

    ``ticks`` is a frame or a path; bars come back as the same kind of frame, pandas for a path, with the column ``ticks``:
    how many. Further arguments are those of ``read_bars``."""
    return _like(ticks, _native.bars_from_ticks(ticks, rule, reading))


def adjust(data: Any, *, splits: bool = True, dividends: bool = True) -> Any:
    """Splits and cash dividends taken out of earlier prices, by the columns ``split_ratio`` (or ``split``) and
    ``dividend`` (or ``ex-dividend``), backwards from the last bar."""
    return _like(data, _native.adjusted(_bars(data), splits, dividends))


def scale(data: Any, factor: float) -> Any:
    """Prices times a factor: 0.001 or 0.00001 for MetaTrader's points."""
    return _like(data, _native.scaled(_bars(data), factor))


def align(data: Mapping[str, Any], how: Literal["inner", "outer", "forward"] = "outer") -> dict[str, Any]:
    """Several symbols on one time line: the stamps that all have (``inner``) or any has (``outer``: missing prices are
    NaN, volumes 0; ``forward``: the close before is carried on)."""
    bars = {symbol: _bars(one) for symbol, one in data.items()}
    made = _native.aligned(list(bars.values()), how)
    return {symbol: _like(one, bars) for (symbol, one), bars in zip(data.items(), made, strict=True)}


def convert_currency(data: Any, rates: Any, *, divide: bool = False) -> Any:
    """Prices times (or divided by) the latest close of ``rates`` that is not later; undefined before the first."""
    return _like(data, _native.converted(_bars(data), _bars(rates), divide))
