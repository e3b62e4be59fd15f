"""Series of times and values (funding rates, corporate actions) taken apart for C++. Imports pandas only for its own."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import numpy

from ._frames import TIME_NAMES, _series_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Columns = dict[str, Any]


def columns(data: Any, what: str) -> tuple[Columns, bool]:
    """Columns by name, times first and called "time", lists of words among them; and whether times have no zone.

    ``what`` names the values of a series, and of a mapping of times to values.
    """
    if type(data).__module__.partition(".")[0] == "pandas":
        return _of_pandas(data, what)
    if isinstance(data, Mapping):
        if any(str(key).lower() in TIME_NAMES for key in data):
            return _of_columns(data)
        return _of_rows(list(data.items()), ("time", what))
    rows = _rows(data)
    return _of_rows(rows, ("time", what) if rows and len(rows[0]) == 2 else ("time", "kind", "value"))


def _rows(data: Any) -> list[Sequence[Any]]:
    try:
        rows: list[Sequence[Any]] = [tuple(row) for row in data]
    except TypeError:
        raise TypeError(
            "a series is a pandas Series, a frame, an Arrow table, a mapping of times to values, a list of rows or a "
            f"path, not {type(data).__name__}"
        ) from None
    if len({len(row) for row in rows}) > 1 or (rows and len(rows[0]) not in (2, 3)):
        raise ValueError("the rows of a series are (time, value), or (time, kind, value) for corporate actions")
    return rows


def _of_rows(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> tuple[Columns, bool]:
    return _of_columns({name: [row[i] for row in rows] for i, name in enumerate(names)})


def _of_columns(data: Mapping[Any, Any]) -> tuple[Columns, bool]:
    taken: dict[str, Any] = {}
    naive = False
    for key, values in data.items():
        name = str(key)
        if name.lower() in TIME_NAMES and "time" not in taken:
            taken["time"], naive = _times(values)
        else:
            taken[name] = _values(values)
    return taken, naive


def _values(values: Any) -> Any:
    """Words as a list, numbers as an array."""
    if not isinstance(values, numpy.ndarray):
        values = list(values)
    if len(values) and all(value is None or isinstance(value, str) for value in values):
        return list(values)
    return numpy.asarray(values, dtype=numpy.float64)


def _times(values: Iterable[Any]) -> tuple[Any, bool]:
    if isinstance(values, numpy.ndarray) and values.dtype.kind == "M":
        return values.astype("datetime64[ns]"), True
    stamps, naive = [], False
    for value in values:
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value)
        if getattr(value, "tzinfo", None) is not None:
            value = value.astimezone(datetime.UTC).replace(tzinfo=None)
        else:
            naive = True
        stamps.append(numpy.datetime64(value, "ns"))
    return numpy.array(stamps, dtype="datetime64[ns]"), naive


def _of_pandas(data: Any, what: str) -> tuple[Columns, bool]:
    import pandas

    if isinstance(data, pandas.Series):
        data = data.to_frame(what if data.name is None else data.name)
    taken: dict[str, Any] = {}
    naive = False
    if isinstance(data.index, pandas.DatetimeIndex):
        taken["time"], zone = _series_values(data.index, "the index")
        naive = zone is None
    for label, series in data.items():
        name = str(label)
        if name.lower() in TIME_NAMES and "time" in taken:
            continue
        values, zone = _series_values(series, name)
        if name.lower() in TIME_NAMES:
            name, naive = "time", zone is None
        if values is None:
            values = [None if value is None or value != value else str(value) for value in series]
        taken[name] = values
    return taken, naive
