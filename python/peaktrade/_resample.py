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
    ``keep_empty``. Further arguments are those of ``Bars`` (``allow_missing``, ``sort``, ...)."""
    if isinstance(data, _native.Bars):
        bars = data
    elif isinstance(data, (str, os.PathLike)):
        bars = _native.read_bars(data, **checks)
    else:
        bars = _native.Bars(data, **checks)
    origin_time = None
    if not (isinstance(origin, str) and origin in _ORIGINS):
        if isinstance(origin, str) and not any(c.isdigit() for c in origin):
            from ._suggest import suggestion

            raise ValueError(f"origin: {origin!r} is not known{suggestion(origin, list(_ORIGINS))}")
        origin_time, origin = _nanoseconds(origin, "origin"), "epoch"
    calendar = None
    if sessions is not None:
        from ._calendars import calendar as find

        calendar = find(sessions)._native
    right, stamped_right = _side(closed, "closed"), _side(label, "label")
    shift = _nanoseconds(offset, "offset")
    zone = None if calendar is not None else _zone(data)
    if zone is not None:
        if _native.timeframe_length(timeframe) >= 86_400_000_000_000:
            return _by_wall_clock(
                data, zone, timeframe, origin, origin_time, shift, right, stamped_right, keep_empty, checks
            )
        frame: Any = data  # of pandas: others have no zone here
        if origin == "start_day" and origin_time is None and len(frame):
            origin_time = _nanoseconds(frame.index[0].normalize(), "origin")
    made = _native.resample_bars(
        bars, timeframe, origin, origin_time, shift, right, stamped_right, keep_empty, calendar
    )
    if isinstance(data, _native.Bars):
        return made
    from ._tables import frame_like

    plain = isinstance(data, (dict, str, os.PathLike)) or getattr(getattr(data, "index", None), "tz", None) is None
    named = "" if plain and type(data).__module__.partition(".")[0] not in ("polars", "pyarrow") else bars.time_zone
    return frame_like(data, _native.bars_columns(made), named)


def _by_wall_clock(
    data: Any,
    zone: Any,
    timeframe: str,
    origin: str,
    origin_time: int | None,
    shift: int,
    right: bool,
    stamped_right: bool,
    keep_empty: bool,
    checks: dict[str, Any],
) -> Any:
    """Days, weeks and months as the clocks of the zone show them."""
    local = data.set_axis(data.index.tz_localize(None), axis=0)
    bars = _native.Bars(local[~local.index.duplicated()] if local.index.has_duplicates else local, **checks)
    made = _native.resample_bars(bars, timeframe, origin, origin_time, shift, right, stamped_right, keep_empty, None)
    from ._tables import frame_like

    frame = frame_like(local, _native.bars_columns(made), "")
    frame.index = frame.index.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return frame
