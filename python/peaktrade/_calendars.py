"""Calendars: the built-in ones, and those of exchange_calendars."""

from __future__ import annotations

import datetime

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BUILT_IN = ("24/7", "weekdays", "fx", "nyse", "xnys")


class Calendar:
    """Days and hours of trading: ``peaktrade.calendar("nyse")``."""

    def __init__(self, native: _native.Calendar) -> None:
        self._native = native

    @property
    def name(self) -> str:
        return self._native.name

    def is_session(self, day: str | datetime.date) -> bool:
        """Whether a date is traded."""
        return self._native.is_session(_day(day))

    def sessions(self, first: str | datetime.date, last: str | datetime.date) -> Any:
        """A frame of the sessions from first to last: ``open`` and ``close`` (UTC) by date."""
        import pandas

        days, opens, closes = self._native.sessions(_day(first), _day(last))
        index = pandas.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[ns]"), name="session")
        times = {
            name: pandas.DatetimeIndex(values.view("datetime64[ns]")).tz_localize("UTC")
            for name, values in (("open", opens), ("close", closes))
        }
        return pandas.DataFrame(times, index=index)

    def __repr__(self) -> str:
        return f"Calendar({self.name!r})"


def _day(day: str | datetime.date) -> int:
    if isinstance(day, str):
        day = datetime.date.fromisoformat(day)
    return datetime.date(day.year, day.month, day.day).toordinal() - 719163  # ordinal of 1970-01-01


def _listed(source: Any) -> _native.Calendar:
    """A calendar object of exchange_calendars (or one like it: name, opens and closes by session)."""
    import pandas

    def nanoseconds(values: Any) -> list[int]:
        index = pandas.DatetimeIndex(values)
        index = index.tz_localize("UTC") if index.tz is None else index.tz_convert("UTC")
        return index.tz_localize(None).to_numpy().astype("datetime64[ns]").astype("int64").tolist()

    days = source.opens.index.to_numpy().astype("datetime64[D]").astype("int64").tolist()
    return _native.Calendar.of_sessions(source.name, days, nanoseconds(source.opens), nanoseconds(source.closes))


def calendar(name: str | Calendar | Any, *, start: str | None = None, end: str | None = None) -> Calendar:
    """A calendar by name: ``24/7``, ``weekdays``, ``fx`` or ``nyse``; else by its code in exchange_calendars (``XLON``,
    with ``pip install 'peaktrade[calendars]'``). A calendar object of that package is taken as it is. ``start`` and
    ``end`` bound what is asked of exchange_calendars."""
    if isinstance(name, Calendar):
        return name
    if hasattr(name, "opens") and hasattr(name, "closes"):
        return Calendar(_listed(name))
    if not isinstance(name, str):
        raise TypeError(f"calendar must be a name or a calendar, not {type(name).__name__}")
    if name.lower() in BUILT_IN:
        return Calendar(_native.Calendar.named(name))
    try:
        import exchange_calendars
        from exchange_calendars.errors import InvalidCalendarName
    except ImportError:
        known = ", ".join(BUILT_IN[:4])
        raise ValueError(
            f"there is no built-in calendar '{name}' (there are {known}); "
            "others come with: pip install 'peaktrade[calendars]'"
        ) from None
    try:
        return Calendar(_listed(exchange_calendars.get_calendar(name, start=start, end=end)))
    except InvalidCalendarName:
        from ._suggest import suggestion

        names = [*BUILT_IN[:4], *exchange_calendars.get_calendar_names()]
        raise ValueError(f"there is no calendar '{name}'{suggestion(name, names)}") from None
