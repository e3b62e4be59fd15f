"""What is wrong with data, and mending it by named rules. The work is done in C++."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._calendars import Calendar


class DataCheck:
    """Findings about one or several data sets."""

    def __init__(self, native: _native.CheckedData) -> None:
        self._native = native
        #: One object for each data set, as ``peak data check --json`` prints them.
        self.reports: list[dict[str, Any]] = json.loads(native.json())

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All findings: ``path, fault, severity, count, text, remedy, first`` (places: ``row, time, what``)."""
        return [{"path": one["path"], **finding} for one in self.reports for finding in one["findings"]]

    @property
    def ok(self) -> bool:
        """True without errors; warnings and notes may be there."""
        return not any(one["errors"] for one in self.reports)

    def find(self, fault: str) -> dict[str, Any] | None:
        """The first finding of a kind ("gap", "repeated_time", ...), or None."""
        return next((finding for finding in self.findings if finding["fault"] == fault), None)

    def to_dict(self) -> list[dict[str, Any]]:
        """What the command prints with ``--json``."""
        return list(self.reports)

    def report(self, path: str | os.PathLike[str]) -> None:
        """Writes a page with a picture of the prices on which the places are marked."""
        self._native.write(os.fspath(path))

    def __repr__(self) -> str:
        return self._native.text(100).rstrip("\n")


class Repaired(DataCheck):
    """Data after repairs: ``.data`` and what was changed."""

    def __init__(self, native: _native.CheckedData, given: Any) -> None:
        super().__init__(native)
        self._given = given

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What each rule did: ``rule, count, text, first``."""
        return list(self.reports[0]["changes"])

    @property
    def ok(self) -> bool:
        """True if no errors are left."""
        return not self.reports[0]["after"]["errors"]

    @property
    def data(self) -> Any:
        """The rows as the kind of frame that was given (pandas for a path or Bars)."""
        from ._tables import frame_like

        return frame_like(self._given, self._native.fixed(), self._native.zone)

    @property
    def bars(self) -> _native.Bars:
        """The rows as Bars; DataError if errors are left."""
        columns = {name: values for name, values in self._native.fixed().items() if not isinstance(values, tuple)}
        return _native.Bars(columns)


def _named(data: Any) -> dict[str, Any]:
    if isinstance(data, (str, os.PathLike)):
        return {os.fspath(data): data}
    if isinstance(data, Mapping) and all(not hasattr(value, "__array_interface__") for value in data.values()):
        nested = [
            value
            for value in data.values()
            if isinstance(value, (str, os.PathLike, _native.Bars, Mapping)) or hasattr(value, "columns")
        ]
        if nested and len(nested) == len(data):
            return {str(name): value for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return {os.fspath(path): path for path in data}
    if isinstance(data, _native.Bars):
        return {data.path or data.symbol or "data": data}
    return {"data": data}


def _calendar(calendar: str | Calendar | None) -> _native.Calendar | None:
    if calendar is None:
        return None
    from ._calendars import calendar as find

    return find(calendar)._native


def check(
    data: Any,
    *,
    calendar: str | Calendar | None = None,
    outlier_moves: float = 15,
    frozen_bars: int = 10,
    places: int = 5,
    **reading: Any,
) -> DataCheck:
    """What is wrong with data: a frame, a path, Bars, a list of paths, or a mapping of names to any of them.

    Rows are looked at as they stand. Several data sets are also compared: the same bars under two names are found.
    ``calendar`` is what gaps are measured against (a name or ``peaktrade.calendar(...)``), else learned from the data;
    ``outlier_moves`` how many usual moves make an outlier; ``frozen_bars`` how many bars without any change make a frozen
    price; ``places`` how many first places are kept. Further arguments are those of ``read_bars``."""
    named: dict[str, Any] = _named(data)
    return DataCheck(_native.check_data(named, reading, _calendar(calendar), outlier_moves, frozen_bars, places))


def repair(
    data: Any,
    rules: str | Iterable[str] = "safe",
    *,
    calendar: str | Calendar | None = None,
    outlier_moves: float = 15,
    frozen_bars: int = 10,
    places: int = 5,
    **reading: Any,
) -> Repaired:
    """Data mended by rules: ``times``, ``order``, ``duplicates``, ``missing``, ``prices``, ``ranges`` (all these:
    ``safe``), ``spikes``, ``splits``, ``gaps``. The data given are not changed. Further arguments as for ``check``."""
    names = rules if isinstance(rules, str) else ",".join(rules)
    ((name, one),) = _named(data).items() if not isinstance(data, (list, tuple)) else (("", data),)
    native = _native.repair_data(name, one, names, reading, _calendar(calendar), outlier_moves, frozen_bars, places)
    return Repaired(native, data)
