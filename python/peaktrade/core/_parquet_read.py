"""Frames out of Parquet files."""

from __future__ import annotations

import os

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from .. import _native
from .._errors import DataError, NotFoundError
from . import _arguments, _decimals, _parquet_meta
from ._memory import mapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FRAMES = ["pandas", "polars", "arrow"]
# pandas grows slow with many blocks.
_MOST_BLOCKS = 50


def load(path: Any, columns: Any, start: Any, end: Any, frame: str | None) -> Any:
    name = _arguments.path_text(path, "path")
    if frame is not None and frame not in _FRAMES:
        raise ValueError(f"frame '{frame}' is not known{_native.suggestion(str(frame), _FRAMES)}")
    if not os.path.exists(name):
        raise FileNotFoundError(f"there is no file '{name}'")
    if os.path.isdir(name):
        raise IsADirectoryError(f"'{name}' is a folder; give the name of a file in it")
    if not os.path.isfile(name):  # a pipe would be waited for without end
        raise DataError(f"'{name}' is a pipe, a device or a socket, not a Parquet file")
    try:
        with pyarrow.parquet.ParquetFile(name, page_checksum_verification=True) as file:
            table = _read(file, name, columns, start, end)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, OSError, UnicodeDecodeError) as error:
        if isinstance(error, (FileNotFoundError, PermissionError)):
            raise
        raise DataError(f"'{name}' is damaged or not a Parquet file: {error}") from error
    return frame_of(table, frame, owned=True)


# ---- which rows and columns ------------------------------------------------------------------------------------------


def _read(file: Any, name: str, columns: Any, start: Any, end: Any) -> Any:
    schema = file.schema_arrow
    wanted = _wanted(schema, columns, name)
    if start is None and end is None:
        return file.read(columns=wanted, use_pandas_metadata=True)
    time = _time_column(schema, name)
    low, high = _bounds(schema.field(time).type, start, end)
    groups = _groups(file, time, low, high)
    extra = wanted is not None and time not in wanted
    table = file.read_row_groups(groups, columns=[*wanted, time] if extra else wanted, use_pandas_metadata=True)  # type: ignore[misc]
    times = table.column(time)
    keep = pyarrow.compute.call_function("greater_equal", [times, low]) if low is not None else None
    if high is not None:
        below = pyarrow.compute.call_function("less_equal", [times, high])
        keep = below if keep is None else pyarrow.compute.call_function("and", [keep, below])
    table = table.filter(keep)
    return table.drop_columns([time]) if extra and not _is_index(schema, time) else table


def _wanted(schema: Any, columns: Any, name: str) -> list[str] | None:
    if columns is None:
        return None
    if isinstance(columns, str):
        raise TypeError(f"columns must be several names, not one text: ['{columns}']")
    names = [str(column) for column in columns]
    for column in names:
        if column not in schema.names:
            raise NotFoundError(f"'{name}' has no column '{column}'{_native.suggestion(column, list(schema.names))}")
    return names


def _index_columns(schema: Any) -> list[str]:
    described = schema.pandas_metadata or {}
    return [entry for entry in described.get("index_columns", []) if isinstance(entry, str)]


def _is_index(schema: Any, name: str) -> bool:
    return name in _index_columns(schema)


def _time_column(schema: Any, name: str) -> str:
    times = [
        field.name for field in schema if pyarrow.types.is_timestamp(field.type) or pyarrow.types.is_date(field.type)
    ]
    for column in [*_index_columns(schema), *times]:
        if column in times:
            return column
    raise ValueError(f"'{name}' has no column of times, so start and end select nothing")


def _bounds(kind: Any, start: Any, end: Any) -> tuple[Any, Any]:
    return (
        None if start is None else _bound(kind, start, False),
        None if end is None else _bound(kind, end, True),
    )


def _bound(kind: Any, value: Any, last: bool) -> Any:
    """A time as a scalar of the column's type; a text is its first or last instant ("2024-03": the whole month)."""
    import pandas

    what = "end" if last else "start"
    try:
        stamp = pandas.Timestamp(value)
        if isinstance(value, str) and last:
            stamp = _last_instant(value, stamp)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{what} {value!r} is no time: {error}") from None
    if stamp is pandas.NaT:
        raise ValueError(f"{what} is no time")
    if pyarrow.types.is_date(kind):
        return pyarrow.scalar(stamp.date(), kind)
    if kind.tz is None and stamp.tzinfo is not None:
        raise ValueError(f"{what} {value!r} names a zone, but the times of the file have none")
    if kind.tz is not None:
        stamp = (stamp.tz_localize(kind.tz) if stamp.tzinfo is None else stamp).tz_convert("UTC").tz_localize(None)
    unit = 10 ** {"s": 9, "ms": 6, "us": 3, "ns": 0}[kind.unit]
    whole = stamp.as_unit("ns").value
    # Rounded inward: a bound between two of the column's ticks includes neither.
    ticks = whole // unit if last else -(-whole // unit)
    return pyarrow.scalar(ticks, pyarrow.int64()).cast(pyarrow.timestamp(kind.unit)).cast(kind)


def _last_instant(text: str, stamp: Any) -> Any:
    import pandas

    if stamp.tzinfo is not None:
        return stamp
    period: Any = pandas.Period(text)
    return period.end_time if period.freqstr[0] in "YAQMDhHmTsSW" else stamp


def _groups(file: Any, time: str, low: Any, high: Any) -> list[int]:
    """The row groups that may hold rows between the bounds, by their statistics."""
    place = file.schema_arrow.names.index(time)
    if any(pyarrow.types.is_nested(field.type) for field in file.schema_arrow):
        place = next(i for i in range(file.metadata.num_columns) if file.schema.column(i).path == time)
    found = []
    for number in range(file.metadata.num_row_groups):
        statistics = file.metadata.row_group(number).column(place).statistics
        if statistics is not None and statistics.has_min_max:
            first, last = statistics.min_raw, statistics.max_raw
            if low is not None and last < low.value:
                continue
            if high is not None and first > high.value:
                continue
        found.append(number)
    return found


# ---- as it was -------------------------------------------------------------------------------------------------------


def frame_of(table: Any, frame: str | None, owned: bool = False) -> Any:
    """A table of a file as the frame that was saved, or as another library's; the memory of an owned table, which nobody
    else has, may become the frame's."""
    told = _parquet_meta.unpack(table.schema.metadata)
    return _made(table, told, frame or told.get("frame", "pandas"), owned)


def _made(table: Any, told: dict[str, Any], frame: str, owned: bool) -> Any:
    table = _with_floats(table, told.get("decimals", {}))
    table = _with_categories(table, told.get("categories", {}))
    table = _with_seconds(table, told.get("seconds", []))
    if frame == "arrow":
        metadata = {key: value for key, value in (table.schema.metadata or {}).items() if key != _parquet_meta.KEY}
        return table.replace_schema_metadata(metadata or None)
    if frame == "polars":
        return _polars(table, told)
    return _pandas(table, told, owned)


def _with_floats(table: Any, decimals: dict[str, list[Any]]) -> Any:
    names = [name for name in decimals if name in table.schema.names]
    columns = [(table.column(name), *decimals[name]) for name in names]
    for name, values in zip(names, mapped(_floats_of, columns, table.num_rows)):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, pyarrow.field(name, pyarrow.float64()), values)
    return table


def _floats_of(stored: tuple[Any, int, str]) -> Any:
    """A column of decimals, how many places they have, and which kind of missing it had."""
    column, places, missing = stored
    column = column.combine_chunks()
    column = column.chunk(0) if isinstance(column, pyarrow.ChunkedArray) else column
    kind = numpy.int32 if column.type.bit_width == 32 else numpy.int64
    whole = numpy.frombuffer(column.buffers()[1], dtype=kind)[column.offset : column.offset + len(column)]
    values = _decimals.floats(whole, places)
    absent = numpy.asarray(column.is_null()) if column.null_count else None
    if absent is not None and missing == "nan":
        values[absent] = numpy.nan
        absent = None
    return pyarrow.array(values, mask=absent)


def _with_categories(table: Any, categories: dict[str, list[Any]]) -> Any:
    for name, (packed, codes, ordered) in categories.items():
        place = table.schema.get_field_index(name)
        if place < 0:
            continue
        names = _parquet_meta.unpack_array(packed)
        kind = pyarrow.dictionary(pyarrow.type_for_alias(codes), names.type, ordered)
        chunks = [_recoded(chunk, names, kind) for chunk in table.column(place).chunks]
        table = table.set_column(
            place, table.schema.field(place).with_type(kind), pyarrow.chunked_array(chunks, type=kind)
        )
    return table


def _recoded(chunk: Any, names: Any, kind: Any) -> Any:
    """A chunk of values, or of codes for other categories, as codes for these, which hold all of its values."""
    coded = isinstance(chunk, pyarrow.DictionaryArray)
    values = chunk.dictionary if coded else chunk
    options = pyarrow.compute.SetLookupOptions(names.cast(values.type))
    places = pyarrow.compute.call_function("index_in", [values], options)
    codes = (places.take(chunk.indices) if coded else places).cast(kind.index_type)
    return pyarrow.DictionaryArray.from_arrays(codes, names, ordered=kind.ordered)


def _with_seconds(table: Any, names: list[str]) -> Any:
    for name in names:
        place = table.schema.get_field_index(name)
        if place >= 0:
            field = table.schema.field(place)
            kind = pyarrow.timestamp("s", field.type.tz)
            table = table.set_column(place, field.with_type(kind), table.column(place).cast(kind))
    return table


def _pandas(table: Any, told: dict[str, Any], owned: bool) -> Any:
    import pandas

    df = _pandas_without_copies(table) if owned and table.num_columns <= _MOST_BLOCKS else None
    if df is None:
        # A block to each column saves gathering them in one; a column in one chunk would stay Arrow's memory, read-only.
        apart = table.num_columns <= _MOST_BLOCKS and all(column.num_chunks > 1 for column in table.columns)
        df = table.to_pandas(split_blocks=apart)
        for place in range(df.shape[1]):
            column = df.iloc[:, place]
            if (own := _writable(column)) is not column:
                df.isetitem(place, own)
    for label in df.columns:
        if str(label) in told.get("sparse", {}):
            kind, fill = told["sparse"][str(label)]
            subtype = numpy.dtype(kind)
            fill = numpy.nan if fill is None else fill
            df[label] = df[label].astype(pandas.SparseDtype(subtype, fill))
    if "labels" in told and len(df.columns) == len(labels := pandas.RangeIndex(*told["labels"])):
        df.columns = labels
    if "frequency" in told and isinstance(df.index, pandas.DatetimeIndex) and len(df):
        # Made anew and compared: half the time of setting it on the index that is there.
        index: Any = df.index
        made = pandas.date_range(index[0], periods=len(index), freq=told["frequency"], unit=index.unit, name=index.name)
        if made.dtype == index.dtype and bool((made.asi8 == index.asi8).all()):
            df.index = made
    return df


def _pandas_without_copies(table: Any) -> Any:
    """The frame, whose columns of numbers are the memory into which the file was decoded; None where none can be.

    Arrow's own way leaves such a column read-only, or copies it.
    """
    import pandas

    empty = table.slice(0, 0).to_pandas()
    index = set(_index_columns(table.schema))
    names = [name for name in table.column_names if name not in index]
    if len(set(table.column_names)) != table.num_columns or len(names) != len(empty.columns) or not table.num_rows:
        return None
    arrays: list[Any] = [_memory_of(table.column(name), kind) for name, kind in zip(names, empty.dtypes)]
    if all(values is None for values in arrays):
        return None
    viewed = {name for name, values in zip(names, arrays) if values is not None}
    others = table.select([name for name in table.column_names if name not in viewed]).to_pandas()
    place = 0
    for number, values in enumerate(arrays):
        if values is None:
            arrays[number] = _writable(others.iloc[:, place])
            place += 1
    df = pandas.DataFrame(dict(enumerate(arrays)), index=others.index, copy=False)
    df.columns = empty.columns
    df.attrs = others.attrs
    return df


def _writable(column: Any) -> Any:
    """A column, copied where Arrow left it read-only."""
    values: Any = column.array
    memory = getattr(values, "codes", getattr(values, "_ndarray", values))
    flags = getattr(memory, "flags", None)
    return column if flags is None or flags.writeable else column.copy()


def _memory_of(column: Any, kind: Any) -> Any:
    """A column of numbers of this type as a numpy array that may be written to; None if it is not one piece of memory."""
    if not isinstance(kind, numpy.dtype) or kind.kind not in "iuf" or column.num_chunks != 1 or column.null_count:
        return None
    chunk = column.chunk(0)
    if chunk.type != pyarrow.from_numpy_dtype(kind):
        return None
    memory = chunk.buffers()[1]
    if memory is None or not memory.is_mutable:
        return None
    return numpy.frombuffer(memory, dtype=kind, count=len(chunk), offset=chunk.offset * kind.itemsize)


def _polars(table: Any, told: dict[str, Any]) -> Any:
    try:
        import polars
    except ImportError:
        raise ImportError("this file was saved from polars, which is not installed; ask for frame='pandas'") from None
    df = polars.from_arrow(table)
    assert isinstance(df, polars.DataFrame)
    for name in told.get("enums", []):
        if name in df.columns:
            names = _parquet_meta.unpack_array(told["categories"][name][0]).to_pylist()
            df = df.with_columns(polars.col(name).cast(polars.Enum(names)))
    return df
