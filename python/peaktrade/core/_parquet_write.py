"""Frames into Parquet files."""

from __future__ import annotations

import os

import numpy
import pyarrow

from .. import _native
from . import _arguments, _decimals, _parquet_meta
from ._memory import kind_of, mapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CODECS = ["snappy", "zstd", "lz4", "gzip", "brotli", "none"]
_GROUP_BYTES = 8 << 20
_LEAST_ROWS, _MOST_ROWS = 1 << 14, 1 << 20
_SAMPLE = 20_000
# A dictionary pays when values of a group repeat at least about so often.
_REPEATS = 4


def save(df: Any, path: Any, compression: str | None, row_group_size: int | None, exact_ticks: bool) -> None:
    codec = "none" if compression is None else str(compression).lower()
    if codec not in _CODECS:
        raise ValueError(f"compression '{compression}' is not known{_native.suggestion(codec, _CODECS)}")
    if row_group_size is not None and (
        isinstance(row_group_size, bool) or not isinstance(row_group_size, int) or row_group_size < 1
    ):
        raise ValueError(f"row_group_size must be a whole number of rows from 1 on, not {row_group_size!r}")
    kind = kind_of(df)
    told: dict[str, Any] = {"frame": kind}
    if kind == "pandas":
        table = _pandas_table(df, told)
    elif kind == "polars":
        table = _polars_table(df, told)
    else:
        _check_names(df.column_names)
        table = df
    _note_categories(table, told)
    seconds = [
        field.name for field in table.schema if pyarrow.types.is_timestamp(field.type) and field.type.unit == "s"
    ]
    if seconds:
        told["seconds"] = seconds
    if exact_ticks:
        table = _with_decimals(table, told)
    metadata = {**(table.schema.metadata or {}), _parquet_meta.KEY: _parquet_meta.pack(told)}
    table = table.replace_schema_metadata(metadata)
    rows = row_group_size or _rows_of_a_group(table)
    dictionaries, encodings = _encodings(table, rows)
    encoded = list(encodings.items())
    _native.write_parquet(table, _target(path), codec, rows, dictionaries, encoded, bool(told.get("decimals")))


def _target(path: Any) -> str:
    """The file behind the name, in a folder that is there."""
    target = os.path.realpath(_arguments.path_text(path, "path"))
    if os.path.isdir(target):
        raise IsADirectoryError(f"'{target}' is a folder; give the name of a file in it")
    if folder := os.path.dirname(target):
        os.makedirs(folder, exist_ok=True)
    return target


# ---- frames as tables ------------------------------------------------------------------------------------------------


def _check_names(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"two columns are named '{name}'; a file's columns need different names")
        seen.add(name)


def _pandas_table(df: Any, told: dict[str, Any]) -> Any:
    import pandas

    _check_names([str(name) for name in df.columns])
    sparse = {}
    for name, dtype in df.dtypes.items():
        if isinstance(dtype, pandas.SparseDtype):
            sparse[str(name)] = [str(dtype.subtype), _pack_fill(dtype.fill_value)]
    if sparse:
        dense = {
            name: series.sparse.to_dense() if isinstance(series.dtype, pandas.SparseDtype) else series
            for name, series in df.items()
        }
        attrs, labels = df.attrs, df.columns
        df = pandas.DataFrame(dense, index=df.index, columns=labels, copy=False)
        df.attrs = attrs
        told["sparse"] = sparse
    if type(df.columns) is pandas.RangeIndex:
        told["labels"] = [df.columns.start, df.columns.stop, df.columns.step]
    if isinstance(df.index, pandas.DatetimeIndex) and df.index.freq is not None:
        told["frequency"] = df.index.freqstr
    try:
        return pyarrow.Table.from_pandas(df)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError, UnicodeError) as error:
        raise TypeError(f"{_culprit(df)}; convert the column to one type: {error}") from error


def _culprit(df: Any) -> str:
    for name, series in df.items():
        try:
            pyarrow.array(series, from_pandas=True)
        except (pyarrow.ArrowException, UnicodeError, TypeError, ValueError):
            kinds = sorted({type(value).__name__ for value in series.dropna()})
            return f"column '{name}' holds what Parquet cannot ({', '.join(kinds[:4])})"
    return "the frame holds what Parquet cannot"


def _pack_fill(fill: Any) -> Any:
    """As JSON has it; NaN, which it has not, as null."""
    value = fill.item() if hasattr(fill, "item") else fill
    return None if value is None or value != value else value


def _polars_table(df: Any, told: dict[str, Any]) -> Any:
    import polars

    enums = [name for name, dtype in df.schema.items() if isinstance(dtype, polars.Enum)]
    if enums:
        told["enums"] = enums
    return df.to_arrow(compat_level=polars.CompatLevel.oldest())


def _note_categories(table: Any, told: dict[str, Any]) -> None:
    """A file keeps the categories that rows have, in the order of the rows."""
    kept = {}
    for field, column in zip(table.schema, table.columns):
        if pyarrow.types.is_dictionary(field.type) and column.num_chunks:
            names = _parquet_meta.pack_array(column.unify_dictionaries().chunk(0).dictionary)
            kept[field.name] = [names, str(field.type.index_type), field.type.ordered]
    if kept:
        told["categories"] = kept


def _with_decimals(table: Any, told: dict[str, Any]) -> Any:
    places = [place for place, field in enumerate(table.schema) if pyarrow.types.is_float64(field.type)]
    decimals = {}
    for place, made in zip(places, mapped(_decimals_of, [table.column(place) for place in places], table.num_rows)):
        if made is None:
            continue
        name = table.schema.field(place).name
        decimals[name], values = made
        table = table.set_column(place, name, values)
    if decimals:
        told["decimals"] = decimals
    return table


def _decimals_of(column: Any) -> tuple[list[Any], Any] | None:
    """How many places, which kind of missing, and the decimals; None for a column that stays as it is."""
    column = column.combine_chunks()
    column = column.chunk(0) if isinstance(column, pyarrow.ChunkedArray) else column
    values = (column if column.null_count == 0 else column.fill_null(float("nan"))).to_numpy(zero_copy_only=False)
    nan = numpy.isnan(values)
    # A file has one kind of missing: a column with both null and NaN stays as it is.
    if column.null_count and int(nan.sum()) != column.null_count:
        return None
    made = _decimals.scaled(values)
    if made is None:
        return None
    whole, places = made
    return [places, "null" if column.null_count else "nan"], _decimal_array(whole, places, nan)


def _decimal_array(whole: Any, places: int, missing: Any) -> Any:
    kind = pyarrow.decimal32(9, places) if whole.itemsize == 4 else pyarrow.decimal64(18, places)
    valid = pyarrow.py_buffer(numpy.packbits(~missing, bitorder="little")) if missing.any() else None
    return pyarrow.Array.from_buffers(kind, len(whole), [valid, pyarrow.py_buffer(whole)])


# ---- how columns are written -----------------------------------------------------------------------------------------


def _rows_of_a_group(table: Any) -> int:
    if table.num_rows == 0:
        return _LEAST_ROWS
    rows = _GROUP_BYTES * table.num_rows // max(1, table.nbytes)
    return min(_MOST_ROWS, max(_LEAST_ROWS, 1 << max(0, rows.bit_length() - 1)))


def _encodings(table: Any, rows: int) -> tuple[Any, dict[str, str]]:
    """Columns with a dictionary, and the encodings of the others (none: plain)."""
    dictionaries, encodings = [], {}
    for field, column in zip(table.schema, table.columns):
        kind = field.type
        if pyarrow.types.is_decimal(kind) or pyarrow.types.is_timestamp(kind) or pyarrow.types.is_date64(kind):
            encodings[field.name] = "DELTA_BINARY_PACKED"
        elif pyarrow.types.is_nested(kind) or pyarrow.types.is_boolean(kind):
            continue
        elif pyarrow.types.is_floating(kind) or pyarrow.types.is_integer(kind):
            if _repeats(column, rows):
                dictionaries.append(field.name)
            elif pyarrow.types.is_floating(kind) and kind.bit_width >= 32:
                encodings[field.name] = "BYTE_STREAM_SPLIT"
            elif pyarrow.types.is_integer(kind):
                encodings[field.name] = "DELTA_BINARY_PACKED"
        else:
            dictionaries.append(field.name)
    return dictionaries, encodings


def _repeats(column: Any, rows: int) -> bool:
    """Whether values repeat within a group, judged by runs of rows from all over the column."""
    total = len(column)
    if total == 0:
        return True
    group = min(rows, total)
    begin = (total - group) // 2
    sample = column.slice(begin, min(group, _SAMPLE))
    distinct = sample.unique()
    return len(distinct) * _REPEATS <= len(sample)
