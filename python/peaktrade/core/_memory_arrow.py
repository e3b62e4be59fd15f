"""Arrow tables and polars frames in less memory."""

from __future__ import annotations

import numpy
import pyarrow
import pyarrow.compute

from . import _narrow
from ._memory import ColumnReport, mapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORTHWHILE = 0.8


def optimize_arrow(
    table: Any, lossless: bool, categories: bool, report: bool
) -> tuple[Any, list[tuple[Any, ColumnReport]]]:
    def one(column: Any) -> tuple[Any, ColumnReport]:
        entry = ColumnReport(str(column.type), column.nbytes)
        made, action = narrowed(column, lossless, categories)
        if action:
            entry.made(made.type, made.nbytes, action)
        if report:
            _tell_lossy(entry, column)
        return made, entry

    done = mapped(one, table.columns, table.num_rows)
    columns = [made for made, _ in done]
    fields = [field.with_type(made.type) for field, made in zip(table.schema, columns)]
    told = [(name, entry) for name, (_, entry) in zip(table.column_names, done)]
    return pyarrow.Table.from_arrays(columns, schema=pyarrow.schema(fields, metadata=table.schema.metadata)), told


def narrowed(column: Any, lossless: bool, categories: bool) -> tuple[Any, str]:
    """A chunked array in another type and what was done, or itself and an empty text."""
    kind = column.type
    if len(column) == 0 or column.null_count == len(column):
        return column, ""
    if pyarrow.types.is_integer(kind) and kind.bit_width > 8:
        return _integers(column)
    if pyarrow.types.is_float64(kind):
        return _floats(column, lossless)
    if categories and (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)):
        return _text(column)
    return column, ""


def _integers(column: Any) -> tuple[Any, str]:
    bounds = pyarrow.compute.call_function("min_max", [column]).as_py()
    signed = pyarrow.types.is_signed_integer(column.type)
    for bits in (8, 16, 32):
        if bits >= column.type.bit_width:
            break
        info = numpy.iinfo(f"{'' if signed else 'u'}int{bits}")
        if info.min <= bounds["min"] and bounds["max"] <= info.max:
            return column.cast(f"{'' if signed else 'u'}int{bits}"), "narrower integers"
    return column, ""


def _floats(column: Any, lossless: bool) -> tuple[Any, str]:
    chunks, rounded = [], False
    for chunk in column.chunks:
        values = _values(chunk)
        made = _narrow.narrow_floats(values)
        if made is None and values.size:
            if lossless or _narrow.float32_error(values) is None:
                return column, ""
            made, rounded = values.astype(numpy.float32), True
        elif made is None:
            made = values.astype(numpy.float32)
        chunks.append(pyarrow.array(made, mask=None if chunk.null_count == 0 else numpy.asarray(chunk.is_null())))
    action = "float32, with rounding" if rounded else "float32, every value survives"
    return pyarrow.chunked_array(chunks, type=pyarrow.float32()), action


def _values(chunk: Any) -> Any:
    return (chunk if chunk.null_count == 0 else chunk.fill_null(0.0)).to_numpy(zero_copy_only=False)


def _text(column: Any) -> tuple[Any, str]:
    coded = column.dictionary_encode().unify_dictionaries()
    names = coded.chunk(0).dictionary
    order = pyarrow.compute.call_function("array_sort_indices", [names]).to_numpy()
    narrow = numpy.int8 if len(order) < 128 else numpy.int16 if len(order) < 32_768 else numpy.int32
    places = numpy.empty(len(order) + 1, dtype=narrow)
    places[order] = numpy.arange(len(order))
    places[-1] = 0
    sorted_names = names.take(pyarrow.array(order))
    chunks = []
    for chunk in coded.chunks:
        codes = places[chunk.indices.fill_null(len(order)).to_numpy(zero_copy_only=False)]
        mask = None if chunk.null_count == 0 else numpy.asarray(chunk.is_null())
        chunks.append(pyarrow.DictionaryArray.from_arrays(pyarrow.array(codes, mask=mask), sorted_names))
    made = pyarrow.chunked_array(chunks)
    if made.nbytes > _WORTHWHILE * column.nbytes:
        return column, ""
    return made, f"{len(order)} categories"


def _tell_lossy(entry: ColumnReport, column: Any) -> None:
    if not pyarrow.types.is_float64(column.type) or "every value survives" in entry.action:
        return
    errors = [_narrow.float32_error(_values(chunk)) for chunk in column.chunks]
    if errors and None not in errors:
        entry.lossy_error = max(error for error in errors if error is not None)
        entry.lossy_bytes = 4 * len(column)


def optimize_polars(
    df: Any, lossless: bool, categories: bool, report: bool
) -> tuple[Any, list[tuple[Any, ColumnReport]]]:
    columns, told = [], []
    for series in df.get_columns():
        entry = ColumnReport(str(series.dtype), int(series.estimated_size()))
        made, action = _polars_series(series, lossless, categories)
        if action:
            entry.made(made.dtype, int(made.estimated_size()), action)
        if report and str(series.dtype) == "Float64" and "every value survives" not in action:
            entry.lossy_error = _narrow.float32_error(series.drop_nulls().to_numpy())
            if entry.lossy_error is not None:
                entry.lossy_bytes = 4 * len(series)
        columns.append(made)
        told.append((series.name, entry))
    return type(df)(columns), told


def _polars_series(series: Any, lossless: bool, categories: bool) -> tuple[Any, str]:
    import polars

    if len(series) == 0 or series.null_count() == len(series):
        return series, ""
    if series.dtype in (polars.Int64, polars.Int32, polars.Int16, polars.UInt64, polars.UInt32, polars.UInt16):
        made = series.shrink_dtype()
        return (series, "") if made.dtype == series.dtype else (made, "narrower integers")
    if series.dtype == polars.Float64:
        values = series.fill_null(0.0).to_numpy()
        if _narrow.narrow_floats(values) is not None:
            return series.cast(polars.Float32), "float32, every value survives"
        if not lossless and _narrow.float32_error(values) is not None:
            return series.cast(polars.Float32), "float32, with rounding"
    if series.dtype == polars.String and categories and series.approx_n_unique() < 0.5 * len(series):
        names = series.drop_nulls().unique().sort()
        made = series.cast(polars.Enum(names))
        if made.estimated_size() <= _WORTHWHILE * series.estimated_size():
            return made, f"{len(names)} categories"
    return series, ""
