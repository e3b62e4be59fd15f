"""pandas frames in less memory."""

from __future__ import annotations

import numpy
import pandas

from . import _narrow
from ._memory import ColumnReport, mapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SAMPLE = 5_000
# Categories must take less than this share of the text to be worth another type.
_WORTHWHILE = 0.8


def optimize_pandas(
    df: Any, lossless: bool, categories: bool, sparse: bool, report: bool
) -> tuple[Any, list[tuple[Any, ColumnReport]]]:
    columns: dict[int, Any] = {}
    told = []
    series = [df.iloc[:, place] for place in range(df.shape[1])]
    for place, (made, action, entry) in enumerate(
        mapped(lambda one: _one(one, lossless, categories, sparse, report), series, len(df))
    ):
        columns[place] = made if action else series[place].array
        told.append((df.columns[place], entry))
    frame = pandas.DataFrame(columns, index=_index(df.index), copy=False)
    frame.columns = df.columns
    frame.attrs = df.attrs
    return frame, told


def _one(series: Any, lossless: bool, categories: bool, sparse: bool, report: bool) -> tuple[Any, str, ColumnReport]:
    entry = ColumnReport(str(series.dtype), int(series.memory_usage(index=False, deep=True)) if report else 0)
    made, action = _narrowed(series, lossless, categories, sparse)
    if report:
        if action:
            size = pandas.Series(made, copy=False).memory_usage(index=False, deep=True)
            entry.made(made.dtype, int(size), action)
        _tell_lossy(entry, series, made)
    return made, action, entry


def _index(index: Any) -> Any:
    """A RangeIndex for whole numbers that are one."""
    if type(index) is not pandas.Index or index.dtype != numpy.int64 or len(index) < 2:
        return index
    step = int(index[1]) - int(index[0])
    values = index.to_numpy()
    if (
        step == 0
        or int(values[-1]) != int(values[0]) + step * (len(values) - 1)
        or not (numpy.diff(values) == step).all()
    ):
        return index
    first = int(values[0])
    return pandas.RangeIndex(first, first + step * len(values), step, name=index.name)


def _narrowed(series: Any, lossless: bool, categories: bool, sparse: bool) -> tuple[Any, str]:
    """The column's values in another type and what was done, or anything and an empty text."""
    dtype = series.dtype
    if isinstance(dtype, numpy.dtype):
        if dtype.kind in "iufb":
            return _numbers(series.to_numpy(), lossless, sparse)
        if dtype.kind == "O" and categories:
            return _text(series)
        return None, ""
    if isinstance(dtype, pandas.StringDtype):
        return _text(series) if categories else (None, "")
    if isinstance(dtype, pandas.ArrowDtype):
        return _arrow(series, lossless, categories)
    if getattr(dtype, "kind", "O") in "iuf" and not isinstance(dtype, pandas.SparseDtype):
        return _masked(series, lossless)
    return None, ""


def _numbers(values: Any, lossless: bool, sparse: bool) -> tuple[Any, str]:
    values = numpy.ascontiguousarray(values)
    action = ""
    if values.dtype.kind in "iu":
        made = _narrow.narrow_integers(values)
        action = "" if made is values else "narrower integers"
    elif values.dtype.kind == "f" and values.dtype.itemsize == 8:
        made = _narrow.narrow_floats(values)
        action = "" if made is None else "float32, every value survives"
        if made is None and not lossless and _narrow.float32_error(values) is not None:
            made, action = values.astype(numpy.float32), "float32, with rounding"
        made = values if made is None else made
    else:
        made = values
    fill = _narrow.sparse_fill(made) if sparse else None
    if fill is None:
        return made, action
    array = pandas.arrays.SparseArray(made, fill_value=fill, dtype=pandas.SparseDtype(made.dtype, fill))
    return array, (action + ", " if action else "") + f"sparse, without {fill}"


def _masked(series: Any, lossless: bool) -> tuple[Any, str]:
    """pandas' nullable integers and floats."""
    name = str(series.dtype)
    if series.dtype.kind in "iu":
        present = series.dropna()
        if len(present) == 0:
            return None, ""
        narrow = _narrow.narrow_integers(present.to_numpy()).dtype
        wanted = narrow.name.replace("u", "U").replace("int", "Int")
        return (None, "") if wanted == name else (series.astype(wanted).array, "narrower integers")
    if name != "Float64":
        return None, ""
    values = series.to_numpy(dtype=numpy.float64, na_value=0.0)
    if _narrow.narrow_floats(values) is not None:
        return series.astype("Float32").array, "float32, every value survives"
    if not lossless and _narrow.float32_error(values) is not None:
        return series.astype("Float32").array, "float32, with rounding"
    return None, ""


def _arrow(series: Any, lossless: bool, categories: bool) -> tuple[Any, str]:
    import pyarrow

    from ._memory_arrow import narrowed

    column = pyarrow.chunked_array(pyarrow.array(series)) if len(series) == 0 else _chunked(pyarrow.array(series))
    if pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type):
        return _text(series) if categories else (None, "")
    made, action = narrowed(column, lossless, False)
    return (pandas.array(made.combine_chunks(), dtype=pandas.ArrowDtype(made.type)), action) if action else (None, "")


def _chunked(values: Any) -> Any:
    import pyarrow

    return values if isinstance(values, pyarrow.ChunkedArray) else pyarrow.chunked_array([values])


def _text(series: Any) -> tuple[Any, str]:
    """Categories, sorted, so that sorting by them is sorting by the text."""
    rows = len(series)
    if rows == 0 or (series.dtype == object and not _only_text(series)):
        return None, ""
    sample = series.iloc[:: max(1, rows // _SAMPLE)]
    if rows > _SAMPLE and sample.nunique(dropna=True) > _WORTHWHILE * len(sample):
        return None, ""
    codes, names = _factorized(series) if series.dtype == object else _encoded(series)
    order = sorted(range(len(names)), key=names.__getitem__)
    places = numpy.empty(len(names) + 1, dtype=_code_type(len(names)))
    places[order] = numpy.arange(len(names))
    places[-1] = -1  # what is missing
    index = pandas.Index([names[place] for place in order], dtype=series.dtype)
    made = pandas.Categorical.from_codes(places[codes], categories=index, validate=False)
    after = made.memory_usage(deep=True)
    # Objects take eight bytes beside their text, which takes long to measure.
    if after > _WORTHWHILE * 8 * rows and after > _WORTHWHILE * series.memory_usage(index=False, deep=True):
        return None, ""
    return made, f"{len(names)} categories"


def _factorized(series: Any) -> tuple[Any, list[str]]:
    """Codes (-1 where missing) and texts of objects that are all text; equal objects share a code."""
    codes, names = pandas.factorize(series.to_numpy())
    return codes, list(names)


def _encoded(series: Any) -> tuple[Any, list[str]]:
    """The same for pandas' own text, by Arrow."""
    import pyarrow

    column = pyarrow.array(series, type=pyarrow.large_string(), from_pandas=True)
    column = column.combine_chunks() if isinstance(column, pyarrow.ChunkedArray) else column
    coded = column.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes, coded.dictionary.to_pylist()


def _code_type(count: int) -> Any:
    return numpy.int8 if count < 128 else numpy.int16 if count < 32_768 else numpy.int32


def _only_text(series: Any) -> bool:
    return pandas.api.types.infer_dtype(series, skipna=True) == "string"


def _tell_lossy(entry: ColumnReport, series: Any, made: Any) -> None:
    """What float32 would save, or what it cost."""
    dtype = series.dtype
    if not isinstance(dtype, numpy.dtype) or dtype != numpy.float64:
        return
    if "every value survives" in entry.action or "sparse" in entry.action:
        return
    entry.lossy_error = _narrow.float32_error(series.to_numpy())
    if entry.lossy_error is not None:
        entry.lossy_bytes = 4 * len(series)
