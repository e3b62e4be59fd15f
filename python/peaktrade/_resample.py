"""Bars of a longer timeframe. The work is done in C++."""

from __future__ import annotations

import os

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._calendars import Calendar

_ORIGINS = ("start_day", "epoch", "start")


def _side(value: str, name: str) -> bool:
    if value not in ("left", "right"):
        raise ValueError(f"{name} must be 'left' or 'right', not {value!r}")
    return value == "right"


def _nanoseconds(value: Any, name: str) -> int:
    """A timestamp or a length of time in nanoseconds; whole numbers are taken as such."""
    if isinstance(value, int):
        return value
    import pandas

    try:
        made = pandas.Timedelta(value) if name == "offset" else pandas.Timestamp(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if isinstance(made, pandas.Timestamp) and made.tzinfo is None:
        made = made.tz_localize("UTC")
    return int(made.as_unit("ns").value)


def _zone(data: Any) -> Any:
    """The zone of a pandas frame with a DatetimeIndex, other than UTC; else None."""
    zone = getattr(getattr(data, "index", None), "tz", None)
    return None if zone is None or str(zone) == "UTC" else zone


def resample(
    data: Any,
    timeframe: str,
    *,
    origin: Any = "start_day",
    offset: Any = 0,
    closed: Literal["left", "right"] = "left",
    label: Literal["left", "right"] = "left",
    sessions: str | Calendar | None = None,
    keep_empty: bool = False,
    **checks: Any,
) -> Any:
    """Bars of a longer timeframe ("15min", "4h", "1d", "1w", "1mo") from a frame, a path or Bars; the same kind comes
    back, pandas for a path.

    The first open, the highest high, the lowest low, the last close, the sum of volumes, the last value of further
    columns. ``origin``, ``offset``, ``closed`` and ``label`` mean what they mean in pandas; weeks begin on Mondays and
    months on their first day. Frames with a time zone keep it: days begin at its midnight. With ``sessions`` (a calendar)
    periods begin at each session's open and rows outside are left out. Periods without rows are left out unless
    ``keep_empty``. Further arguments are those of ``Bars`` (``allow_missing``, ``sort``, ...).

    Of many symbols all are taken by one grid, which ``origin`` counts from their first time: a mapping of symbols to data
    becomes a mapping, a long frame of pandas or polars a long frame, and ``peaktrade.Panel``, like any other data of many
    symbols, a Panel. Errors name the symbol."""
    grid = _Grid(timeframe, origin, offset, closed, label, sessions, keep_empty)
    from ._panel import is_many

    if is_many(data, None):
        return _of_many(data, grid, checks)
    return _of_one(data, _bars_of(data, checks), grid, checks, None)


class _Grid:
    """What tells where periods begin and end, checked."""

    __slots__ = ("calendar", "keep_empty", "offset", "origin", "origin_time", "right", "stamped_right", "timeframe")

    def __init__(
        self, timeframe: str, origin: Any, offset: Any, closed: str, label: str, sessions: Any, keep_empty: bool
    ) -> None:
        self.timeframe, self.origin, self.keep_empty = timeframe, origin, keep_empty
        self.origin_time: int | None = None
        if not (isinstance(origin, str) and origin in _ORIGINS):
            if isinstance(origin, str) and not any(c.isdigit() for c in origin):
                from ._suggest import suggestion

                raise ValueError(f"origin: {origin!r} is not known{suggestion(origin, list(_ORIGINS))}")
            self.origin_time, self.origin = _nanoseconds(origin, "origin"), "epoch"
        self.calendar: Any = None
        if sessions is not None:
            from ._calendars import calendar as find

            self.calendar = find(sessions)._native
        self.right, self.stamped_right = _side(closed, "closed"), _side(label, "label")
        self.offset = _nanoseconds(offset, "offset")

    def settings(self, origin_time: int | None) -> tuple[Any, ...]:
        """The arguments of the library behind the data."""
        return (
            self.timeframe,
            self.origin,
            origin_time,
            self.offset,
            self.right,
            self.stamped_right,
            self.keep_empty,
            self.calendar,
        )

    def counts_from(self, first: Any) -> int | None:
        """Where periods are counted from if the first time is this one, in nanoseconds; none: by the data themselves."""
        if self.calendar is not None or self.origin_time is not None or self.origin == "epoch":
            return self.origin_time
        return int((first.normalize() if self.origin == "start_day" else first).as_unit("ns").value)


def _bars_of(data: Any, checks: dict[str, Any]) -> Any:
    if isinstance(data, _native.Bars):
        return data
    if isinstance(data, (str, os.PathLike)):
        return _native.read_bars(data, **checks)
    return _native.Bars(data, **checks)


def _of_one(data: Any, bars: Any, grid: _Grid, checks: dict[str, Any], first: int | None) -> Any:
    """One symbol's data, whose bars these are; ``first`` is the first time of all symbols, if there are more."""
    origin_time = grid.origin_time
    zone = None if grid.calendar is not None else _zone(data)
    if zone is not None:
        import pandas

        if _native.timeframe_length(grid.timeframe) >= 86_400_000_000_000:
            return _by_wall_clock(data, zone, grid, checks, first)
        if origin_time is None and len(data):
            start = data.index[0] if first is None else pandas.Timestamp(first, tz="UTC").tz_convert(zone)
            origin_time = grid.counts_from(start) if grid.origin == "start_day" or first is not None else None
    elif first is not None:
        import pandas

        origin_time = grid.counts_from(pandas.Timestamp(first))
    made = _native.resample_bars(bars, *grid.settings(origin_time))
    if isinstance(data, _native.Bars):
        return made
    from ._tables import frame_like

    plain = isinstance(data, (dict, str, os.PathLike)) or getattr(getattr(data, "index", None), "tz", None) is None
    named = "" if plain and type(data).__module__.partition(".")[0] not in ("polars", "pyarrow") else bars.time_zone
    return frame_like(data, _native.bars_columns(made), named)


def _by_wall_clock(data: Any, zone: Any, grid: _Grid, checks: dict[str, Any], first: int | None) -> Any:
    """Days, weeks and months as the clocks of the zone show them."""
    import pandas

    from ._tables import frame_like

    local = data.set_axis(data.index.tz_localize(None), axis=0)
    bars = _native.Bars(local[~local.index.duplicated()] if local.index.has_duplicates else local, **checks)
    origin_time = grid.origin_time
    if first is not None:
        origin_time = grid.counts_from(pandas.Timestamp(first, tz="UTC").tz_convert(zone).tz_localize(None))
    made = _native.resample_bars(bars, *grid.settings(origin_time))
    frame = frame_like(local, _native.bars_columns(made), "")
    frame.index = frame.index.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return frame


def _of_many(data: Any, grid: _Grid, checks: dict[str, Any]) -> Any:
    from ._panel import SYMBOL_NAMES, series_of

    names = list(getattr(data, "columns", ()))
    column = next((name for name in names if str(name).lower() in SYMBOL_NAMES), None)
    package = type(data).__module__.partition(".")[0]
    if not isinstance(data, dict) and (column is None or package not in ("pandas", "polars")):
        panel = data if isinstance(data, _native.Panel) else _native.Panel(data)
        return _native.resample_panel(panel, *grid.settings(grid.origin_time))
    parts = list(series_of(data, None))
    bars = {}
    for symbol, part in parts:
        try:
            bars[symbol] = _bars_of(part, checks)
        except ValueError as error:
            raise type(error)(f"symbol '{symbol}': {error}") from None
    starts = [int(one["time"][:1].view("int64")[0]) for one in bars.values() if len(one)]
    first = min(starts) if starts else None
    made = {symbol: _of_one(part, bars[symbol], grid, checks, first) for symbol, part in parts}
    return made if isinstance(data, dict) else _long(data, column, made, package)


def _long(data: Any, column: Any, made: dict[str, Any], package: str) -> Any:
    """Frames by symbol below each other, with the column that tells them apart where it stood."""
    place = list(data.columns).index(column)
    if package == "polars":
        import polars

        frames = [
            frame.insert_column(min(place, frame.width), polars.Series(column, [symbol] * frame.height))
            for symbol, frame in made.items()
        ]
        return polars.concat(frames, how="diagonal")
    import pandas

    for symbol, frame in made.items():
        frame.insert(min(place, frame.shape[1]), column, symbol)
    indexed = isinstance(data.index, pandas.DatetimeIndex)
    return pandas.concat(list(made.values()), ignore_index=not indexed)
