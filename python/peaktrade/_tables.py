"""Tables of the library as frames of the library that the user's data came from."""

from __future__ import annotations

import numpy

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _texts(pair):
    codes, names = pair
    return [names[code] if code >= 0 else None for code in codes]


def frame_like(given: Any, columns: dict[str, Any], zone: str) -> Any:
    """Columns by name (arrays, or codes and names) as the kind of frame that `given` is; pandas for paths and Bars."""
    package = type(given).__module__.partition(".")[0]
    if package == "polars":
        return polars_frame(columns, zone)
    if package == "pyarrow":
        return arrow_table(columns, zone)
    if isinstance(given, dict):
        return {
            name: values if isinstance(values, numpy.ndarray) else _texts(values) for name, values in columns.items()
        }
    if isinstance(given, _native.Bars):
        return _native.Bars(columns, symbol=given.symbol)
    return _pandas(given, columns, zone)


def _pandas(given, columns, zone):
    """With the times as the index where the data had them there, and for paths."""
    import pandas

    indexed = not isinstance(given, pandas.DataFrame) or isinstance(given.index, pandas.DatetimeIndex)
    frame = pandas.DataFrame({name: _texts(v) if isinstance(v, tuple) else v for name, v in columns.items()})
    if zone:
        for name in frame.columns[frame.dtypes == "datetime64[ns]"]:
            frame[name] = frame[name].dt.tz_localize("UTC").dt.tz_convert(zone)
    if indexed and "time" in frame.columns:
        frame = frame.set_index("time")
        if isinstance(given, pandas.DataFrame):
            times = pandas.DatetimeIndex(frame.index)
            like = pandas.DatetimeIndex(given.index)
            in_unit = times.as_unit(like.unit)
            frame.index = in_unit if (in_unit == times).all() else times
            frame.index.name = like.name
    return frame


def polars_frame(columns: dict[str, Any], zone: str) -> Any:
    """Columns by name as a polars DataFrame, times in ``zone`` ("": without one)."""
    import polars

    series = []
    for name, values in columns.items():
        one = polars.Series(name, _texts(values) if isinstance(values, tuple) else values)
        if zone and one.dtype == polars.Datetime:
            one = one.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        series.append(one)
    return polars.DataFrame(series)


def arrow_table(columns: dict[str, Any], zone: str) -> Any:
    """Columns by name as a pyarrow Table; numbers and times keep their memory."""
    import pyarrow

    arrays = {}
    for name, values in columns.items():
        if isinstance(values, tuple):
            arrays[name] = pyarrow.array(_texts(values), pyarrow.string())
        elif values.dtype.kind == "M":
            arrays[name] = pyarrow.array(values).cast(pyarrow.timestamp("ns", zone or None))
        else:
            arrays[name] = pyarrow.array(values)
    return pyarrow.table(arrays)
