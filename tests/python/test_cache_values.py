"""What the cache keeps comes back equal, of the same type, and cannot be changed from outside."""

import dataclasses
import datetime as dt
import decimal
import math
import struct
import uuid
import zoneinfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade._values import register
from peaktrade.core.serialization import FastSerializer

CODEC = FastSerializer()


def there_and_back(value):
    return CODEC.deserialize(CODEC.serialize(value))


@register
@dataclasses.dataclass
class Quote:
    symbol: str
    prices: np.ndarray
    nested: dict


@register
@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: float = 1.5


BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
PLAIN = [
    None,
    True,
    False,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**63,
    -(2**64) - 1,
    10**400,
    0.0,
    -0.0,
    1.5,
    math.inf,
    5e-324,
    "",
    "BTC/USD",
    "é𝄞\0",
    "\udcff",
    b"",
    b"\0\xff",
    dt.date(1, 1, 1),
    dt.date(9999, 12, 31),
    dt.datetime(1, 1, 1),
    dt.datetime(2024, 3, 31, 2, 30, 1, 999999),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC),
    dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=BERLIN),
    dt.datetime(1960, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=-5, minutes=-30))),
    dt.datetime(1960, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=1), "odd")),
    dt.timedelta(0),
    dt.timedelta.max,
    dt.timedelta.min,
    dt.timedelta(microseconds=-1),
    decimal.Decimal("1.10"),
    decimal.Decimal("-0"),
    decimal.Decimal("1E+30"),
    uuid.UUID(int=1),
    [],
    (),
    {},
    [1, [2, (3, {"a": [None]})]],
    {1: "one", "1": 1, None: None, (1, 2): b"x", dt.date(2020, 1, 1): 2.5},
    {"z": 1, "a": 2},
    Point(3),
    [Point(1, 2.0), Point(1, 2.0)],
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda v: f"{type(v).__name__} {str(v)[:20]!r}")
def test_plain_values(value):
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value)  # -0.0, zones, the order of dicts


def test_details_that_equality_does_not_see():
    nan = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000001234))[0]
    assert struct.pack("<d", there_and_back(nan)) == struct.pack("<d", nan)
    assert there_and_back(decimal.Decimal("sNaN")).is_snan()
    folded = there_and_back(dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=BERLIN))
    assert folded.fold == 1 and folded.tzinfo is BERLIN
    assert there_and_back(dt.datetime(2020, 1, 1, tzinfo=dt.UTC)).tzinfo is dt.UTC


def trees():
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(),
        st.binary(),
        st.dates(),
        st.datetimes(timezones=st.none() | st.just(dt.UTC)),
        st.timedeltas(),
        st.decimals(allow_nan=False),
        st.uuids(),
    )
    keys = st.one_of(st.integers(), st.text(), st.tuples(st.text(), st.integers()))
    return st.recursive(
        leaves,
        lambda children: st.one_of(
            st.lists(children), st.lists(children).map(tuple), st.dictionaries(keys, children, max_size=5)
        ),
        max_leaves=30,
    )


@settings(deadline=None, max_examples=150)
@given(trees())
def test_any_tree(value):
    back = there_and_back(value)
    assert back == value
    assert repr(back) == repr(value)
    assert CODEC.serialize(back) == CODEC.serialize(value)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_value_are_an_error(junk):
    with pytest.raises(ValueError):
        CODEC.deserialize(junk)


@settings(deadline=None, max_examples=300)
@given(st.integers(min_value=0), st.integers(0, 255))
def test_flipped_bytes_are_an_error_or_another_value(place, byte):
    packed = bytearray(CODEC.serialize({"a": [1, 2.5, "x", b"y"], "t": (dt.datetime(2020, 1, 1), np.arange(5))}))
    packed[place % len(packed)] = byte
    try:
        CODEC.deserialize(bytes(packed))
    except (ValueError, TypeError, ArithmeticError, KeyError):
        pass


ARRAYS = [
    np.arange(10),
    np.arange(6, dtype="<f4").reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(10)[::3],
    np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
    np.array([], dtype="f8"),
    np.zeros((3, 0)),
    np.array(3.5),
    np.array([True, False]),
    np.array([1 + 2j]),
    np.array(["a", "bcd"]),
    np.array([b"a", b"bcd"]),
    np.array(["2020-01-01", "NaT"], dtype="M8[ns]"),
    np.array([1, 2], dtype="m8[s]"),
    np.array([1, 2], dtype=">i4"),
    np.array([("x", 1.5)], dtype=[("s", "U3"), ("p", "f8")]),
    np.array(["text", None, 3, (1, 2)], dtype=object),
    np.array([[1, "a"], [None, 2.5]], dtype=object),
    np.arange(100_000.0),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype} {a.shape}")
def test_arrays(array):
    back = there_and_back(array)
    assert type(back) is np.ndarray
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)
    if array.dtype.hasobject or array.dtype.fields:
        return
    with pytest.raises(ValueError):
        back[...] = back
    with pytest.raises(ValueError):
        back.flags.writeable = True
    back.copy()[...] = 0


@pytest.mark.parametrize("options", [{}, {"na_object": None}, {"na_object": float("nan")}, {"coerce": False}])
def test_arrays_of_texts_of_any_length(options):
    kind = np.dtypes.StringDType(**options)
    array = np.array([["a", "ü" * 1000], ["", "b"]], dtype=kind)
    if "na_object" in options:
        array[1, 0] = options["na_object"]
    back = there_and_back(array)
    assert back.dtype == array.dtype and back.shape == array.shape
    assert repr(back.tolist()) == repr(array.tolist())
    assert there_and_back(array[::-1, 1]).tolist() == ["b", "ü" * 1000]


@pytest.mark.parametrize(
    "scalar", [np.float64(1.5), np.int8(-1), np.datetime64("2020-01-01"), np.str_("a"), np.bool_(True)]
)
def test_numpy_scalars(scalar):
    back = there_and_back(scalar)
    assert type(back) is type(scalar)
    assert back == scalar


def test_a_dataclass_with_an_array():
    back = there_and_back(Quote("BTC/USD", np.arange(3.0), {"a": 1}))
    assert type(back) is Quote
    assert back.symbol == "BTC/USD" and back.nested == {"a": 1}
    np.testing.assert_array_equal(back.prices, [0, 1, 2])


def ohlcv(rows=50):
    random = np.random.default_rng(1)
    close = 100 + random.normal(0, 1, rows).cumsum()
    return pd.DataFrame(
        {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": random.integers(0, 9, rows)},
        index=pd.date_range("2024-01-01", periods=rows, freq="h", name="time"),
    )


def varied():
    return pd.DataFrame(
        {
            "int8": np.array([1, 2, 3], dtype="i1"),
            "uint64": np.array([1, 2, 2**64 - 1], dtype="u8"),
            "float32": np.array([1, np.nan, 3], dtype="f4"),
            "bool": [True, False, True],
            "text": ["a", None, "ccc"],
            "object": pd.Series([decimal.Decimal("1.1"), None, (1, 2)], dtype=object),
            "time": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
            "zoned": pd.to_datetime(["2020-01-01", None, "2021-07-01"]).tz_localize("Europe/Berlin"),
            "delta": pd.to_timedelta([1, None, 3], unit="s"),
            "category": pd.Categorical(["x", "y", "x"], ordered=True, categories=["y", "x", "z"]),
            "Int64": pd.array([1, None, 3], dtype="Int64"),
            "Float32": pd.array([1.5, None, 3], dtype="Float32"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "string": pd.array(["a", None, "b"], dtype="string"),
            "python string": pd.array(["a", None, "b"], dtype=pd.StringDtype("python")),
            "arrow": pd.array([[1], None, [2, 3]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
            "period": pd.period_range("2020-01", periods=3, freq="M"),
            "interval": pd.interval_range(0, 3),
            "sparse": pd.arrays.SparseArray([0.0, 0.0, 1.0]),
            7: [1, 2, 3],
        }
    )


FRAMES = {
    "ohlcv": ohlcv(),
    "one type": ohlcv()[["open", "close"]],
    "varied": varied(),
    "no rows": ohlcv().iloc[:0],
    "no columns": pd.DataFrame(index=[1, 2, 3]),
    "nothing": pd.DataFrame(),
    "every other row": ohlcv().iloc[::2],
    "twice the same name": pd.DataFrame([[1, 2.5], [3, 4.5]], columns=["a", "a"]),
    "several levels": pd.DataFrame(
        {"x": [1, 2, 3]}, index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["s", None])
    ),
    "levels of columns": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("b", "y")])),
    "text index": pd.DataFrame({"x": [1.0, 2.0]}, index=["a", "b"]),
    "zoned index": ohlcv().tz_localize("UTC").tz_convert("America/New_York"),
    "categories as index": pd.DataFrame({"x": [1, 2]}, index=pd.CategoricalIndex(["a", "b"])),
    "periods as index": pd.DataFrame({"x": [1, 2]}, index=pd.period_range("2020", periods=2, freq="Y")),
    "intervals as index": pd.DataFrame({"x": [1, 2]}, index=pd.interval_range(0, 2)),
    "lengths as index": pd.DataFrame({"x": [1, 2]}, index=pd.to_timedelta([1, 2], unit="h")),
}


@pytest.mark.parametrize("name", FRAMES)
def test_pandas_frames(name):
    frame = FRAMES[name]
    back = there_and_back(frame)
    pd.testing.assert_frame_equal(back, frame, check_freq=True, check_exact=True)
    assert list(map(str, back.dtypes)) == list(map(str, frame.dtypes))
    assert type(back.index) is type(frame.index)


def test_attributes_of_a_frame_stay():
    frame = ohlcv()
    frame.attrs["source"] = {"exchange": "x"}
    assert there_and_back(frame).attrs == frame.attrs


def test_a_frame_that_came_back_can_be_used_and_copied():
    back = there_and_back(ohlcv())
    assert back["close"].rolling(3).mean().notna().sum() == 48
    assert back.assign(x=1).x.sum() == 50
    copied = back.copy()
    copied.iloc[0, 0] = -1
    assert copied.iloc[0, 0] == -1


@pytest.mark.parametrize("name", ["ohlcv", "varied"])
def test_pandas_series_and_indexes(name):
    frame = FRAMES[name]
    for _, series in frame.items():
        pd.testing.assert_series_equal(there_and_back(series), series)
    pd.testing.assert_index_equal(there_and_back(frame.index), frame.index)
    pd.testing.assert_index_equal(there_and_back(frame.columns), frame.columns)


@pytest.mark.parametrize(
    "value",
    [pd.Timestamp("2020-01-01 01:02:03.123456789", tz="Europe/Berlin"), pd.Timestamp("2020-01-01"), pd.Timedelta(5)],
)
def test_pandas_scalars(value):
    assert there_and_back(value) == value
    assert there_and_back([pd.NaT, pd.NA])[0] is pd.NaT
    assert there_and_back([pd.NaT, pd.NA])[1] is pd.NA


def test_polars_frames():
    frame = pl.DataFrame(
        {
            "i": [1, None, 3],
            "s": ["a", None, "long enough not to be inlined in a view"],
            "l": [[1], None, []],
            "t": [dt.datetime(2020, 1, 1), None, dt.datetime(2021, 1, 1)],
            "d": [decimal.Decimal("1.10"), None, decimal.Decimal("2.20")],
            "c": pl.Series(["x", None, "x"], dtype=pl.Categorical),
            "e": pl.Series(["x", None, "y"], dtype=pl.Enum(["y", "x"])),
            "st": [{"a": 1, "b": "x"}, {"a": None, "b": None}, {"a": 2, "b": "y"}],
        }
    )
    back = there_and_back(frame)
    assert back.schema == frame.schema
    assert back.equals(frame)
    assert there_and_back(frame.head(0)).schema == frame.schema
    assert there_and_back(frame.slice(1, 2)).equals(frame.slice(1, 2))
    series = there_and_back(frame["s"])
    assert series.equals(frame["s"]) and series.name == "s"
    with pytest.raises(TypeError, match="Object"):
        there_and_back(pl.DataFrame({"o": pl.Series([object()], dtype=pl.Object)}))


def test_arrow_tables():
    table = pa.table(
        {
            "f": pa.array([1.5, None]),
            "s": pa.array(["a", None]),
            "d": pa.array(["x", "y"]).dictionary_encode(),
            "t": pa.array([1, 2], pa.timestamp("ns", "UTC")),
            "l": pa.array([[1, 2], None]),
            "b": pa.array([b"1", b"22"], pa.large_binary()),
        }
    ).replace_schema_metadata({"source": "x"})
    for value in (table, table.slice(1), table.slice(0, 0), pa.concat_tables([table, table])):
        back = there_and_back(value)
        assert back.equals(value)
        assert back.schema.equals(value.schema, check_metadata=True)
        back.validate(full=True)
    batch = table.to_batches()[0]
    assert there_and_back(batch).equals(batch)
    assert there_and_back(table["s"]).equals(table["s"])
    assert there_and_back(table["s"].chunk(0)).equals(table["s"].chunk(0))


class Odd:
    pass


class Text(str):
    pass


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Odd(), r"cannot cache value: a '.*Odd'"),
        ({"a": [1, {"b": (0, Odd())}]}, r"value\['a'\]\[1\]\['b'\]\[1\]: a '.*Odd'"),
        (Text("x"), "Text"),
        ({1, 2}, "'set'"),
        (open, "builtin"),
        (Quote("x", np.arange(2), {"k": object()}), r"value\.fields\['nested'\]\['k'\]"),
        (np.array([object()]), r"values\[0\]"),
        (dt.datetime(2020, 1, 1, tzinfo=type("Zone", (dt.tzinfo,), {})()), "zone"),
        (np.ma.array([1]), "MaskedArray"),
    ],
)
def test_what_cannot_be_cached_is_named_with_its_place(value, words):
    with pytest.raises(TypeError, match=words):
        CODEC.serialize(value)


def test_a_value_that_holds_itself():
    value = []
    value.append(value)
    with pytest.raises(ValueError, match="does it hold itself"):
        CODEC.serialize(value)


def test_a_dataclass_must_be_registered():
    @dataclasses.dataclass
    class Local:
        x: int

    with pytest.raises(TypeError, match="register"):
        CODEC.serialize(Local(1))
    with pytest.raises(TypeError, match="dataclass"):
        register(Odd)


def test_bytes_do_not_depend_on_the_process():
    """A golden value: other machines, processes and versions write the same."""
    value = {"symbol": "BTC/USD", "n": 3, "x": 1.5, "list": [None, True, b"\x00"], "day": dt.date(2024, 2, 29)}
    assert CODEC.serialize(value).hex() == GOLDEN


GOLDEN = (
    "505601000000000046000000000000001205060673796d626f6c06074254432f55534406016e0303000000000000000601780500000000"
    "0000f83f06046c69737410030002070100060364617909464d000000000000"
)
