"""Frames of other libraries taken apart, and results put together as frames. Imports pandas or polars only if they are used."""

import functools
import sys

import numpy

from ._numpy_setup import apply_once

apply_once()  # this module is where Peak Trade first touches numpy

TIME_NAMES = ("time", "date", "datetime", "timestamp", "start")


def as_array(values, name, as_time):
    """What C++ cannot read as it stands, as an array of float64, int64, bool or datetime64[ns]."""
    module = type(values).__module__
    if module.startswith("pandas."):
        return _series_values(values, name)[0]
    try:
        array = numpy.asarray(values)
        if as_time and array.dtype.kind in "OUS":
            array = array.astype("datetime64[ns]")
    except (TypeError, ValueError) as error:
        raise TypeError(f"column '{name}' cannot be read as an array: {error}") from None
    if array.ndim != 1:
        raise ValueError(f"column '{name}' must have one dimension, not {array.ndim}")
    kind = array.dtype.kind
    if kind == "M":
        return _nanoseconds(array, name)
    if kind == "b":
        return numpy.ascontiguousarray(array)
    if kind in "iu" and array.dtype.itemsize <= 8 and array.dtype != numpy.uint64:
        return numpy.ascontiguousarray(array, dtype=numpy.int64)
    if kind in "iufO":
        try:
            return numpy.ascontiguousarray(array, dtype=numpy.float64)
        except (TypeError, ValueError):
            pass
    raise TypeError(f"column '{name}' must hold numbers or times, not {array.dtype}")


def as_bool(values, name):
    """Signals as an array of bool; missing values are False, since an undefined signal is no signal."""
    if hasattr(values, "to_numpy"):
        if type(values).__module__.startswith("polars"):
            values = values.fill_null(False)
        values = values.to_numpy()
    array = numpy.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    kind = array.dtype.kind
    if kind == "b":
        return numpy.ascontiguousarray(array)
    if kind in "iu":
        numbers = array
    elif kind == "f":
        numbers = numpy.where(numpy.isnan(array), 0.0, array)
    elif kind == "O":
        numbers = numpy.array([False if _is_missing(value) else value for value in array])
    else:
        raise TypeError(f"{name} must be True and False for each bar, not {array.dtype}")
    truth = numbers.astype(bool)
    if not bool((truth == numbers).all()):
        raise ValueError(f"{name} must be True and False for each bar; it holds other numbers")
    return truth


def _is_missing(value):
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def _nanoseconds(array, name):
    stamps = numpy.ascontiguousarray(array.astype("datetime64[ns]", copy=False))
    if array.dtype != stamps.dtype and not bool((stamps.astype(array.dtype) == array)[~numpy.isnat(array)].all()):
        raise ValueError(f"column '{name}': a time outside of 1677 to 2262, which nanoseconds cannot hold")
    return stamps


def _series_values(series, name):
    """The values of a pandas series or index, and their zone."""
    dtype = series.dtype
    kind = getattr(dtype, "kind", "O")
    zone = getattr(dtype, "tz", None)
    if zone is not None:
        series = (series.dt if hasattr(series, "dt") else series).tz_convert("UTC")
        series = (series.dt if hasattr(series, "dt") else series).tz_localize(None)
    if zone is not None or kind == "M":
        return _nanoseconds(numpy.asarray(series, dtype=None).astype("datetime64[ns]", copy=False), name), zone
    if type(dtype).__module__.startswith("numpy") and kind in "fiub":
        return as_array(series.to_numpy(), name, False), None
    if kind in "fiub":  # pandas' own nullable and Arrow types
        return series.to_numpy(dtype=numpy.float64, na_value=numpy.nan), None
    if kind == "O":
        try:
            return as_array(series.to_numpy(), name, name.lower() in TIME_NAMES), None
        except TypeError:
            return None, None
    return None, None


def pandas_columns(frame):
    """A DataFrame (or a Series of prices) as columns of arrays, the index that results shall carry, and the zone's name."""
    import pandas

    if isinstance(frame, pandas.Series):
        frame = frame.to_frame("close")
    if not isinstance(frame, pandas.DataFrame):
        raise TypeError(f"data must be a DataFrame or a Series of prices, not pandas.{type(frame).__name__}")
    if isinstance(frame.columns, pandas.MultiIndex):
        raise TypeError(
            f"data must have one level of column names, not {frame.columns.nlevels}; select one symbol: data['SPY']"
        )
    columns = {}
    zone = None
    origin = "pandas"
    if isinstance(frame.index, pandas.DatetimeIndex):
        columns["time"], zone = _series_values(frame.index, "the index")
        origin = frame.index
    for label, series in frame.items():
        name = str(label)
        if "time" in columns and name.lower() in TIME_NAMES:
            continue
        values, column_zone = _series_values(series, name)
        if values is not None and name not in columns:
            columns[name] = values
            zone = zone or column_zone
    return columns, origin, "" if zone is None else str(zone)


def time_index(result):
    """The index of series over bars: the data's own where they had one, else made of the times."""
    import pandas

    origin = result.origin
    if isinstance(origin, pandas.Index):
        return origin
    stamps = pandas.DatetimeIndex(result.times().view("datetime64[ns]"), name="time")
    zone = result.bars.time_zone
    return stamps if origin in ("numpy", "pandas") and zone == "UTC" else _in_zone(stamps, zone)


def _in_zone(stamps, zone):
    stamps = stamps.tz_localize("UTC")
    return stamps if zone == "UTC" else stamps.tz_convert(zone)


def style_of(result):
    """Which library's frames a result takes: "polars" for data from polars, else "pandas"."""
    origin = result.origin
    return "polars" if isinstance(origin, str) and origin == "polars" and "polars" in sys.modules else "pandas"


def bar_series(result, values, name):
    """Values over bars as a series with the data's index (pandas), or as a series (polars)."""
    if style_of(result) == "polars":
        import polars

        return polars.Series(name, values)
    import pandas

    return pandas.Series(values, index=time_index(result), name=name)


def symbol_frame(result, values, symbols):
    """Values by stamp and symbol as a frame with a column for each symbol."""
    values = values.reshape(-1, len(symbols))
    if style_of(result) == "polars":
        import polars

        times = polars.Series("time", result.times()).cast(polars.Datetime("ns", "UTC"))
        return polars.DataFrame([times, *(polars.Series(s, values[:, i].copy()) for i, s in enumerate(symbols))])
    import pandas

    return pandas.DataFrame(values, index=time_index(result), columns=symbols)


def frame(result, columns):
    """A table of the result as a frame.

    Columns named *_time are times (int64 nanoseconds), columns named *_bar may be missing (-1), a pair holds codes and
    their names, a text stands in every row.
    """
    rows = len(next(values for values in columns.values() if isinstance(values, numpy.ndarray)))
    if style_of(result) == "polars":
        return _polars_frame(result, columns, rows)
    return _pandas_frame(result, columns, rows)


def _zone_of(result):
    """The zone of the times of a result's pandas frames; None: times without one."""
    import pandas

    origin = result.origin
    if isinstance(origin, pandas.Index):
        return getattr(origin.dtype, "tz", None)
    zone = result.bars.time_zone
    return None if origin in ("numpy", "pandas") and zone == "UTC" else zone


@functools.lru_cache(maxsize=256)
def _categories(names):
    import pandas

    return pandas.CategoricalDtype(names)


@functools.lru_cache(maxsize=64)
def _time_dtype(zone):
    import pandas

    return pandas.DatetimeTZDtype("ns", zone)


def _pandas_frame(result, columns, rows):
    """By blocks of equal types, as pandas keeps them: column by column it takes ten times as long."""
    import pandas

    zone = _zone_of(result)
    plain, special = {}, {}  # numpy's types by kind, to be stacked; pandas' own, each a block
    for place, (name, values) in enumerate(columns.items()):
        if isinstance(values, str):
            values = numpy.zeros(rows, numpy.int8), (values,)
        if isinstance(values, tuple):
            codes, names = values
            special[place] = pandas.Categorical.from_codes(codes, dtype=_categories(names), validate=False)
        elif name.endswith("_bar"):
            special[place] = pandas.arrays.IntegerArray(values, values < 0)
        elif name.endswith("_time") and zone is not None:
            special[place] = pandas.array(values, dtype=_time_dtype(zone))
        else:
            values = values.view("datetime64[ns]") if name.endswith("_time") else values
            plain.setdefault(values.dtype.str, []).append((place, values))
    index = pandas.RangeIndex(rows)
    try:
        from pandas.api.internals import create_dataframe_from_blocks
    except ImportError:  # before pandas 3
        data = {place: values for group in plain.values() for place, values in group} | special
        return pandas.DataFrame({name: data[place] for place, name in enumerate(columns)}, index=index)
    blocks = [(values, numpy.array([place])) for place, values in special.items()]
    for group in plain.values():
        places, values = zip(*group, strict=True)
        blocks.append((_as_stamps(numpy.array(values)), numpy.array(places)))
    return create_dataframe_from_blocks(blocks, index=index, columns=_labels(tuple(columns)))


def _as_stamps(values):
    """Times as pandas' own array, anything else as it is.

    pandas wraps times of numpy itself, but looks at them so long (a tenth of all that frames cost) that its constructor
    for times known to be good is worth calling; it has no public name, so that it may go.
    """
    import pandas

    wrap = getattr(pandas.arrays.DatetimeArray, "_simple_new", None)
    return values if wrap is None or values.dtype.kind != "M" else wrap(values, dtype=values.dtype)


@functools.lru_cache(maxsize=64)
def _labels(names):
    import pandas

    return pandas.Index(names)


def _polars_frame(result, columns, rows):
    import polars

    zone = result.bars.time_zone or None
    data = []
    for name, values in columns.items():
        if isinstance(values, str):
            data.append(polars.Series(name, [values] * rows, dtype=polars.String))
        elif isinstance(values, tuple):
            codes, names = values
            texts = [None if code < 0 else names[code] for code in codes.tolist()]
            data.append(polars.Series(name, texts, dtype=polars.String))
        elif name.endswith("_time"):
            data.append(
                polars.Series(name, values.view("datetime64[ns]"))
                .dt.replace_time_zone("UTC")
                .dt.convert_time_zone(zone or "UTC")
            )
        elif name.endswith("_bar"):
            data.append(polars.Series(name, values).replace(-1, None))
        else:
            data.append(polars.Series(name, values))
    return polars.DataFrame(data)
