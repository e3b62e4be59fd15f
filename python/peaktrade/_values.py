"""Objects of other libraries as records of plain values, for the cache: taken apart by reduce(), put together by restore().

C++ (python/src/value_encode.cpp) encodes plain values, numpy arrays and Arrow record batches itself and asks here about the
rest. A record is a name and fields; the names are part of the stored form, so they never change their meaning. Frames are
stored by blocks of columns of one type, so that they come back without a copy.
"""

import sys

_RECORDS = {}  # name of a record -> what makes the object of its fields
_dataclasses = {}  # "module.Class" -> class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class UnknownRecord(ValueError):
    """A stored record that this process cannot make an object of."""


def reduce(value, context):
    """(record's name, its fields); something simpler to store instead; or None if nothing is known about the type."""
    kind = type(value)
    reducer = _REDUCERS.get((kind.__module__.partition(".")[0], kind.__qualname__))
    if reducer is not None:
        return reducer(value)
    if _base_of(kind, "pyarrow", "Array"):
        return _reduce_arrow_array(value)
    if _base_of(kind, "numpy", "generic"):
        return ("numpy.scalar", {"array": sys.modules["numpy"].asarray(value)}) if kind.__module__ == "numpy" else None
    name = f"{kind.__module__}.{kind.__qualname__}"
    if _dataclasses.get(name) is kind:
        return "dataclass", {"class": name, "fields": _fields(value, kind)}
    if context is not None:
        return "pickle", context.seal(value)
    return None


def restore(name, fields, context):
    maker = _RECORDS.get(name)
    if maker is not None:
        return maker(**fields)
    if name == "dataclass":
        return _restore_dataclass(fields)
    if name == "pickle":
        if context is None:
            raise UnknownRecord("a pickled value; open the cache with allow_pickle=<secret key> to read it")
        return context.open(**fields)
    raise UnknownRecord(f"a record '{name}', which this version does not know")


def _base_of(kind, module, name):
    base = getattr(sys.modules.get(module), name, None)
    return base is not None and issubclass(kind, base)


def _record(name):
    def keep(function):
        _RECORDS[name] = function
        return function

    return keep


# ---- dataclasses -------------------------------------------------------------------------------------------------------


def register(cls):
    """Lets instances of a dataclass be cached; use it as a decorator. They come back as new instances with equal fields.

    The class is found again by its module and name, so it must be importable and registered where values are read.
    """
    import dataclasses

    if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
        raise TypeError(f"register takes a dataclass, not {cls!r}")
    _dataclasses[f"{cls.__module__}.{cls.__qualname__}"] = cls
    return cls


def _fields(value, kind):
    return {name: getattr(value, name) for name in kind.__dataclass_fields__ if _is_field(kind, name)}


def _is_field(kind, name):
    # ClassVar and InitVar pseudo-fields are in the dictionary too.
    return kind.__dataclass_fields__[name]._field_type.name == "_FIELD"


def _restore_dataclass(stored):
    name, fields = stored["class"], stored["fields"]
    cls = _dataclasses.get(name)
    if cls is None:
        raise UnknownRecord(f"a dataclass '{name}' that is not registered here; see peaktrade.core.cache.register")
    if set(fields) != {name for name in cls.__dataclass_fields__ if _is_field(cls, name)}:
        raise UnknownRecord(f"a dataclass '{name}' with other fields than it has now")
    value = object.__new__(cls)
    for field, content in fields.items():
        object.__setattr__(value, field, content)
    return value


# ---- numpy -------------------------------------------------------------------------------------------------------------


def _reduce_array(value):
    """What C++ does not take: objects, structures and texts of any length."""
    if value.dtype.kind == "T":
        missing = [value.dtype.na_object] if hasattr(value.dtype, "na_object") else []
        fields = {"shape": value.shape, "values": value.ravel().tolist(), "missing": missing}
        return "numpy.texts", {**fields, "coerce": bool(value.dtype.coerce)}
    if value.dtype.hasobject:
        if value.dtype.kind != "O":
            return None
        return "numpy.objects", {"shape": value.shape, "values": value.ravel().tolist()}
    if value.dtype.fields is not None:
        import numpy

        plain = numpy.ascontiguousarray(value).view(f"S{value.dtype.itemsize}")
        return "numpy.structure", {"shape": value.shape, "type": repr(value.dtype.descr), "bytes": plain.tobytes()}
    return None


@_record("numpy.objects")
def _objects(shape, values):
    import numpy

    array = numpy.empty(len(values), dtype=object)
    array[:] = values
    return array.reshape(shape)


@_record("numpy.texts")
def _texts(shape, values, missing, coerce):
    import numpy

    kind: Any = numpy.dtypes.StringDType
    options = {"na_object": missing[0]} if missing else {}
    return numpy.array(values, dtype=kind(coerce=coerce, **options)).reshape(shape)


@_record("numpy.structure")
def _structure(shape, type, bytes):  # noqa: A002
    import ast

    import numpy

    return numpy.frombuffer(bytes, dtype=numpy.dtype(ast.literal_eval(type))).reshape(shape)


@_record("numpy.scalar")
def _scalar(array):
    return array[()]


# ---- pyarrow -----------------------------------------------------------------------------------------------------------


def _one_batch(table):
    import pyarrow

    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pyarrow.RecordBatch.from_pylist([], schema=table.schema)


def _reduce_arrow_table(table):
    return "pyarrow.Table", {"batch": _one_batch(table)}


@_record("pyarrow.Table")
def _arrow_table(batch):
    return sys.modules["pyarrow"].Table.from_batches((batch,))


def _reduce_arrow_array(array):
    import pyarrow

    return "pyarrow.Array", {"batch": pyarrow.RecordBatch.from_arrays([array], ["0"])}


@_record("pyarrow.Array")
def _arrow_array(batch):
    return batch.column(0)


def _reduce_chunked_array(array):
    import pyarrow

    return "pyarrow.ChunkedArray", {"batch": _one_batch(pyarrow.table([array], ["0"]))}


@_record("pyarrow.ChunkedArray")
def _chunked_array(batch):
    import pyarrow

    return pyarrow.chunked_array([batch.column(0)])


# ---- polars ------------------------------------------------------------------------------------------------------------


def _reduce_polars(frame):
    import polars

    for name, kind in frame.schema.items():
        if kind == polars.Object:
            raise TypeError(f"cannot cache the polars column '{name}': its type Object has no stored form")
    table = frame.to_arrow(compat_level=polars.CompatLevel.oldest())
    fields = {"batch": _one_batch(table)}
    casts = {name: kind for name, kind in frame.schema.items() if isinstance(kind, polars.Enum)}
    if casts:
        fields["enums"] = {name: kind.categories.to_list() for name, kind in casts.items()}
    return "polars.DataFrame", fields


@_record("polars.DataFrame")
def _polars(batch, enums=None):
    import polars

    frame = polars.DataFrame(polars.from_arrow(batch))
    if enums:
        frame = frame.with_columns(polars.col(name).cast(polars.Enum(words)) for name, words in enums.items())
    return frame


def _reduce_polars_series(series):
    return "polars.Series", {"name": series.name, "frame": series.to_frame("0")}


@_record("polars.Series")
def _polars_series(name, frame):
    return frame.to_series(0).rename(name)


# ---- pandas ------------------------------------------------------------------------------------------------------------


def _reduce_timestamp(value):
    return "pandas.Timestamp", {"value": value.asm8[...], "zone": _zone_text(value.tz, "a Timestamp")}


@_record("pandas.Timestamp")
def _timestamp(value, zone):
    import pandas

    stamp = pandas.Timestamp(value[()])
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(zone)


def _reduce_timedelta(value):
    return "pandas.Timedelta", {"value": value.asm8[...]}


@_record("pandas.Timedelta")
def _timedelta(value):
    import pandas

    return pandas.Timedelta(value[()])


def _reduce_missing(value):
    return "pandas.missing", {"name": type(value).__name__}


@_record("pandas.missing")
def _missing(name):
    import pandas

    return pandas.NaT if name == "NaTType" else pandas.NA


def _zone_text(zone, what):
    if zone is None:
        return None
    text = str(zone)
    if type(zone).__module__.partition(".")[0] in ("zoneinfo", "datetime", "pytz"):
        return text
    raise TypeError(f"cannot cache {what} whose zone is a '{type(zone).__module__}.{type(zone).__qualname__}'")


def _reduce_frame(frame):
    if type(frame).__module__.partition(".")[0] != "pandas":
        return None
    blocks, others = {}, []
    single = _single_block(frame)
    if single is not None:
        blocks = [(list(range(frame.shape[1])), single)]
    else:
        columns = [column.array for _, column in frame.items()]
        for at, column in enumerate(columns):
            if type(column).__name__ == "NumpyExtensionArray" and column.dtype.numpy_dtype.kind in "biufc":
                blocks.setdefault(column.dtype.numpy_dtype, []).append(at)
            else:
                others.append((at, _parts_of(column)))
        import numpy

        blocks = [(places, numpy.array([columns[at].to_numpy() for at in places])) for places in blocks.values()]
    fields = {"index": _index_parts(frame.index), "columns": _index_parts(frame.columns), "blocks": blocks}
    if others:
        fields["others"] = others
    if frame.attrs:
        fields["attrs"] = dict(frame.attrs)
    return "pandas.DataFrame", fields


def _single_block(frame):
    """The numbers of a frame whose columns are all of one numpy type, column by column: without a copy if pandas has them so."""
    kinds = set(frame.dtypes)
    if len(kinds) != 1 or frame.shape[0] == 0:
        return None
    kind = next(iter(kinds))
    return frame.to_numpy(copy=False).T if getattr(kind, "kind", "O") in "biufc" and hasattr(kind, "char") else None


@_record("pandas.DataFrame")
def _frame(index, columns, blocks, others=(), attrs=None):
    import numpy

    made = [(array, numpy.array(places, dtype=numpy.intp)) for places, array in blocks]
    index, columns = _index_of(index), _index_of(columns)
    for at, parts in others:
        array = _array_of(parts)
        # A block of extension values has one dimension, one of numpy's values two.
        made.append(
            (array.reshape(1, -1) if type(array).__module__ == "numpy" else array, numpy.array([at], dtype=numpy.intp))
        )
    frame = _assembled(made, index, columns)
    if attrs:
        frame.attrs.update(attrs)
    return frame


def _assembled(blocks, index, columns):
    import pandas

    maker = getattr(getattr(pandas.api, "internals", None), "create_dataframe_from_blocks", None)
    if maker is not None:
        return maker(blocks, index, columns)
    width = len(columns)
    if len(blocks) == 1 and blocks[0][0].ndim == 2 and len(blocks[0][1]) == width:
        return pandas.DataFrame(blocks[0][0].T, index=index, columns=columns, copy=False)
    arrays = {}
    for array, places in blocks:
        for row, at in enumerate(places):
            arrays[int(at)] = array[row] if getattr(array, "ndim", 1) == 2 else array
    frame = pandas.DataFrame({at: arrays[at] for at in range(width)}, index=index, copy=False)
    frame.columns = columns
    return frame


def _reduce_series(series):
    fields = {"index": _index_parts(series.index), "name": series.name, "values": _parts_of(series.array)}
    if series.attrs:
        fields["attrs"] = dict(series.attrs)
    return "pandas.Series", fields


@_record("pandas.Series")
def _series(index, name, values, attrs=None):
    import pandas

    series = pandas.Series(_array_of(values), index=_index_of(index), name=name, copy=False)
    if attrs:
        series.attrs.update(attrs)
    return series


def _reduce_index(index):
    return "pandas.Index", {"parts": _index_parts(index)}


@_record("pandas.Index")
def _index(parts):
    return _index_of(parts)


def _index_parts(index):
    """An index as a list: its kind first."""
    kind = type(index).__name__
    if kind == "RangeIndex":
        return ["range", index.start, index.stop, index.step, index.name]
    if kind == "MultiIndex":
        levels = [_index_parts(level) for level in index.levels]
        return ["multi", levels, [code.astype("int64") for code in index.codes], list(index.names)]
    if kind == "DatetimeIndex" and index.tz is None:
        return ["time", index.to_numpy(), index.freqstr, index.name]
    if kind in ("DatetimeIndex", "TimedeltaIndex"):
        return ["array", _parts_of(index.array), index.name, index.freqstr]
    return ["array", _parts_of(index.array), index.name, None]


def _index_of(parts):
    import pandas

    kind = parts[0]
    if kind == "range":
        return pandas.RangeIndex(parts[1], parts[2], parts[3], name=parts[4])
    if kind == "multi":
        levels = [_index_of(level) for level in parts[1]]
        return pandas.MultiIndex(levels=levels, codes=parts[2], names=parts[3], verify_integrity=False)
    if kind == "time":
        return _with_frequency(pandas.DatetimeIndex(parts[1], name=parts[3], copy=False), parts[2])
    array = _array_of(parts[1])
    if parts[3] is not None:
        kind = pandas.TimedeltaIndex if array.dtype.kind == "m" else pandas.DatetimeIndex
        return _with_frequency(kind(array, name=parts[2], copy=False), parts[3])
    return pandas.Index(array, name=parts[2], copy=False, dtype=array.dtype)


def _with_frequency(index, text):
    """The index with the frequency that it had: pandas would look for it in the stamps again, for ten times as long as all
    the rest of a frame takes. Where its own place for it is not known, it may."""
    if text is None:
        return index
    from pandas.tseries.frequencies import to_offset

    frequency = to_offset(text)
    for holder in (index, getattr(index, "_data", None)):
        if holder is not None:
            holder._freq = frequency
        if index.freq == frequency:
            return index
    return type(index)(index, freq=text)


def _parts_of(array):
    """A column's values as a list: their kind first."""
    kind = type(array).__name__
    if kind == "NumpyExtensionArray":
        return ["numpy", array.to_numpy()]
    if kind in ("DatetimeArray", "TimedeltaArray"):
        zone = _zone_text(getattr(array, "tz", None), "a column")
        return (
            ["numpy", array.to_numpy(copy=False)]
            if zone is None
            else ["zoned", array.tz_convert("UTC").tz_localize(None).to_numpy(), zone]
        )
    if kind == "Categorical":
        return ["categories", array.codes, _index_parts(array.categories), array.ordered]
    if kind in ("IntegerArray", "FloatingArray", "BooleanArray"):
        return ["masked", array.to_numpy(dtype=_plain_type(array), na_value=0), array.isna()]
    if kind in ("ArrowStringArray", "ArrowExtensionArray", "StringArray"):
        import pyarrow

        values = (
            pyarrow.chunked_array([pyarrow.array(array, from_pandas=True)])
            if kind == "StringArray"
            else array.__arrow_array__()
        )
        return [
            "arrow",
            values if hasattr(values, "chunks") else pyarrow.chunked_array([values]),
            _string_type(array.dtype),
        ]
    if kind == "PeriodArray":
        return ["periods", array.asi8, array.freqstr]
    if kind == "IntervalArray":
        return ["intervals", _index_parts(array.left), _index_parts(array.right), array.closed]
    if kind == "SparseArray":
        return ["sparse", array.sp_values, array.sp_index.indices, len(array), array.fill_value]
    raise TypeError(f"cannot cache a pandas column of type '{array.dtype}'")


def _plain_type(array):
    return array.dtype.numpy_dtype if type(array).__name__ != "BooleanArray" else "bool"


def _string_type(dtype):
    """None for Arrow's own types, else which of pandas' string types."""
    if type(dtype).__name__ != "StringDtype":
        return None
    return [dtype.storage, type(dtype.na_value) is float]


def _array_of(parts):
    return _ARRAYS[parts[0]](*parts[1:])


def _zoned(values, zone):
    import pandas

    # Whole numbers are taken as moments, UTC: nothing is converted.
    unit: Any = str(values.dtype)[11:-1]
    kind = pandas.DatetimeTZDtype(unit, zone)
    return pandas.DatetimeIndex(values.view("int64"), dtype=kind, copy=False).array


def _categorical(codes, categories, ordered):
    import pandas

    return pandas.Categorical.from_codes(codes, dtype=pandas.CategoricalDtype(_index_of(categories), ordered))


def _masked(values, mask):
    import pandas

    maker = {"b": pandas.arrays.BooleanArray, "f": pandas.arrays.FloatingArray}.get(values.dtype.kind)
    return (maker or pandas.arrays.IntegerArray)(values, mask)


def _from_arrow(values, string_type):
    import pandas

    if string_type is None:
        return pandas.arrays.ArrowExtensionArray(values)
    storage, missing_is_nan = string_type
    na_value = float("nan") if missing_is_nan else pandas.NA
    return pandas.StringDtype(storage, na_value=na_value).__from_arrow__(values)


def _periods(ordinals, frequency):
    import pandas

    return pandas.arrays.PeriodArray(ordinals, dtype=pandas.PeriodDtype(frequency))


def _intervals(left, right, closed):
    import pandas

    return pandas.arrays.IntervalArray.from_arrays(_index_of(left), _index_of(right), closed=closed)


def _sparse(values, places, length, fill):
    import pandas

    kind = pandas.arrays.SparseArray
    if hasattr(kind, "from_indices"):
        return kind.from_indices(values, places, length, fill_value=fill)
    from pandas._libs.sparse import IntIndex

    return kind(values, sparse_index=IntIndex(length, places), fill_value=fill)


_ARRAYS = {
    "numpy": lambda values: values,
    "zoned": _zoned,
    "categories": _categorical,
    "masked": _masked,
    "arrow": _from_arrow,
    "periods": _periods,
    "intervals": _intervals,
    "sparse": _sparse,
}

_REDUCERS = {
    ("numpy", "ndarray"): _reduce_array,
    ("pyarrow", "Table"): _reduce_arrow_table,
    ("pyarrow", "ChunkedArray"): _reduce_chunked_array,
    ("polars", "DataFrame"): _reduce_polars,
    ("polars", "Series"): _reduce_polars_series,
    ("pandas", "DataFrame"): _reduce_frame,
    ("pandas", "Series"): _reduce_series,
    ("pandas", "Timestamp"): _reduce_timestamp,
    ("pandas", "Timedelta"): _reduce_timedelta,
    ("pandas", "NaTType"): _reduce_missing,
    ("pandas", "NAType"): _reduce_missing,
    **{
        ("pandas", name): _reduce_index
        for name in (
            *("Index", "RangeIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "CategoricalIndex"),
            *("IntervalIndex", "MultiIndex"),
        )
    },
}


# ---- keys --------------------------------------------------------------------------------------------------------------


def reduce_for_key(value, context):
    """As reduce(), for what only enters a key: it need not come back."""
    from . import _keys

    return _keys.reduce(value, context)
