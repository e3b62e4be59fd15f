"""peaktrade.core.numpy_accel: the same values in less memory, told exactly; threads of BLAS."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade.core.numpy_accel import (
    configure_numpy_for_apple_silicon,
    estimate_dataframe_memory,
    optimize_dataframe_memory,
)


def plain(series):
    """The values as Python objects, with one mark for what is missing."""
    if isinstance(series.dtype, pd.SparseDtype):
        series = series.sparse.to_dense()
    return [None if pd.isna(value) else value for value in series.tolist()]


def assert_same_values(made, frame):
    assert list(made.columns) == list(frame.columns)
    assert made.shape == frame.shape
    assert made.index.equals(frame.index) and made.index.names == frame.index.names
    for place in range(frame.shape[1]):
        before, after = plain(frame.iloc[:, place]), plain(made.iloc[:, place])
        assert before == after
        assert [np.signbit(v) for v in before if isinstance(v, float)] == [
            np.signbit(v) for v in after if isinstance(v, float)
        ]


def trades_frame(rows=20_000):
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "timestamp": pd.to_datetime(1_600_000_000_000_000_000 + np.cumsum(rng.integers(1, 200, rows)) * 10**6),
            "symbol": rng.choice(["BTC/USD", "ETH/USD", "SOL/USD", "ADA/USD"], rows),
            "side": rng.choice(["buy", "sell"], rows),
            "exchange": rng.choice(["binance", "coinbase", "kraken"], rows),
            "price": np.round(100 + rng.standard_normal(rows).cumsum() * 0.01, 2),
            "quantity": rng.integers(1, 500, rows).astype(float),
            "fees": np.where(rng.random(rows) < 0.05, 0.25, 0.0),
            "count": rng.integers(0, 100, rows),
            "late": rng.random(rows) < 0.01,
        }
    )


@pytest.mark.parametrize("text", ["str", object, "category", "string[pyarrow]"])
def test_a_trades_frame_keeps_its_values_in_far_less(text):
    frame = trades_frame().astype({"symbol": text, "side": text, "exchange": text})
    made = optimize_dataframe_memory(frame)
    assert_same_values(made, frame)
    assert str(made["symbol"].dtype) == "category"
    assert list(made["side"].cat.categories) == ["buy", "sell"]
    assert made["quantity"].dtype == np.float32 and made["count"].dtype == np.int8
    assert made["price"].dtype == np.float64  # two decimals are not float32's
    assert isinstance(made["fees"].dtype, pd.SparseDtype) and isinstance(made["late"].dtype, pd.SparseDtype)
    before, after = (estimate_dataframe_memory(f)["total_mb"] for f in (frame, made))
    if text in ("str", object):
        assert after < 0.35 * before
    assert_same_values(frame, frame.copy())


def test_the_frame_that_was_given_stays_as_it_is():
    frame = trades_frame(500)
    copy = frame.copy(deep=True)
    made = optimize_dataframe_memory(frame)
    made.loc[made.index[0], "count"] = 7
    pd.testing.assert_frame_equal(frame, copy)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([-128, 127], "int8"),
        ([-129, 0], "int16"),
        ([0, 2**15], "int32"),
        ([0, 2**31], "int64"),
        (np.array([0, 255], dtype=np.uint64), "uint8"),
        (np.array([0, 2**64 - 1], dtype=np.uint64), "uint64"),
        ([0.5, np.nan], "float32"),
        ([0.1, 0.2], "float64"),
        ([1e300, 1.0], "float64"),
        ([1e-50, 1.0], "float64"),
        ([np.inf, -np.inf, -0.0], "float32"),
        ([2.0**24, 2.0**24 + 1], "float64"),
        ([np.nan, np.nan], "float32"),
        (pd.array([1, None, 300], dtype="Int64"), "Int16"),
        (pd.array([None, None], dtype="Int64"), "Int64"),
        (pd.array([0.5, None], dtype="Float64"), "Float32"),
        (pd.array([0.1, None], dtype="Float64"), "Float64"),
        (pd.array([True, None], dtype="boolean"), "boolean"),
        (pd.array([1, None, 300], dtype="int64[pyarrow]"), "int16[pyarrow]"),
        (pd.to_datetime(["2020-01-01", None]), None),
        ([1, "a", None, 2.5, True], "object"),
        ([True, 1, 1.0], "object"),
        ([["list"], {"a": 1}], "object"),
    ],
)
def test_every_value_survives(values, dtype):
    series = pd.Series(values, dtype=object) if dtype == "object" else pd.Series(values)
    frame = pd.DataFrame({"x": series})
    made = optimize_dataframe_memory(frame)
    assert_same_values(made, frame)
    assert made["x"].dtype == (dtype or series.dtype)
    assert [type(v) for v in made["x"]] == [type(v) for v in frame["x"]] or dtype != "object"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(), max_size=60),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60),
    st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=60),
    st.integers(1, 400),
)
def test_any_values_survive(floats, integers, texts, repeat):
    for values, kind in ((floats, float), (integers, np.int64), (texts, object)):
        frame = pd.DataFrame({"x": pd.Series(values * repeat, dtype=kind)})
        assert_same_values(optimize_dataframe_memory(frame), frame)


@pytest.mark.parametrize("most", [0.0, np.nan, 3.5])
@pytest.mark.parametrize("exception", [-0.0, 7.25])
def test_sparse_keeps_the_sign_of_zero(most, exception):
    values = np.full(1000, most)
    values[17] = exception
    frame = pd.DataFrame({"x": values})
    made = optimize_dataframe_memory(frame)
    assert_same_values(made, frame)
    assert isinstance(made["x"].dtype, pd.SparseDtype) == (not (most == 0 and exception == 0))
    assert not isinstance(optimize_dataframe_memory(frame, sparse=False)["x"].dtype, pd.SparseDtype)


def test_frames_of_odd_shapes():
    for frame in (
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame(index=[3, 4]),
        pd.DataFrame([[1, 2.5, "x"]], columns=["a", "a", "b"]),
        pd.DataFrame({("l", 1): [1, 2], ("l", 2): [3, 4]}),
        pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["p", "q"])),
        pd.DataFrame({"a": ["\ud800", "b"] * 50}, dtype=object),
    ):
        assert_same_values(optimize_dataframe_memory(frame), frame)
    assert optimize_dataframe_memory(pd.DataFrame({"a": [1]}).assign()).attrs == {}


def test_attributes_and_index_are_kept():
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=pd.Index([5, 7, 9], name="n"))
    frame.attrs["source"] = "test"
    made = optimize_dataframe_memory(frame)
    assert made.attrs == {"source": "test"}
    assert isinstance(made.index, pd.RangeIndex) and made.index.name == "n" and list(made.index) == [5, 7, 9]
    assert not isinstance(
        optimize_dataframe_memory(pd.DataFrame({"a": [1, 2, 3]}, index=[5, 7, 8])).index, pd.RangeIndex
    )


def test_rounding_is_asked_for_and_told():
    frame = pd.DataFrame({"close": [0.1, 100.01, 3.0], "huge": [1e300, 1.0, 1.0], "tiny": [1e-60, 1.0, 1.0]})
    kept, told = optimize_dataframe_memory(frame, report=True)
    assert_same_values(kept, frame)
    close = told["columns"]["close"]
    assert close["action"] == "kept" and close["lossy_bytes"] == 12
    # float32 rounds to the nearest of 24 bits: at most 2^-24 of the value.
    assert 0 < close["lossy_error"] <= 2**-24
    assert told["columns"]["huge"]["lossy_error"] is None
    rounded, told = optimize_dataframe_memory(frame, lossless=False, report=True)
    assert rounded["close"].dtype == np.float32
    assert rounded["huge"].dtype == rounded["tiny"].dtype == np.float64
    assert np.max(np.abs(rounded["close"].to_numpy().astype(float) / frame["close"] - 1)) == pytest.approx(
        told["columns"]["close"]["lossy_error"]
    )
    assert told["bytes_before"] > told["bytes_after"] and 0 < told["saved"] < 1


def test_plain_prices_halve_with_rounding():
    prices = 100 + np.random.default_rng(2).standard_normal((5000, 5)).cumsum(axis=0)
    frame = pd.DataFrame(prices, columns=["open", "high", "low", "close", "volume"])
    _, told = optimize_dataframe_memory(frame, lossless=False, report=True)
    assert sum(c["bytes_after"] for c in told["columns"].values()) == 5 * 5000 * 4


def test_polars_and_arrow_keep_their_values():
    frame = trades_frame().drop(columns="late")
    polars_frame = pl.from_pandas(frame).with_columns(
        note=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("x")), hole=pl.lit(None), empty=pl.lit("")
    )
    made = optimize_dataframe_memory(polars_frame)
    assert isinstance(made, pl.DataFrame) and made.rows() == polars_frame.rows()
    assert isinstance(made.schema["symbol"], pl.Enum) and made.schema["count"] == pl.Int8
    table = polars_frame.to_arrow().replace_schema_metadata({"k": "v"})
    for arrow in (table, table.slice(7, 5000), pa.concat_tables([table.slice(0, 100), table.slice(100)])):
        made, told = optimize_dataframe_memory(arrow, report=True)
        assert made.to_pylist() == arrow.to_pylist()
        assert made.schema.metadata == {b"k": b"v"}
        assert told["bytes_after"] < 0.6 * told["bytes_before"]
    assert optimize_dataframe_memory(pl.DataFrame()).shape == (0, 0)
    assert optimize_dataframe_memory(pa.table({"a": pa.array([], pa.int64())})).num_rows == 0
    nulls = pa.table({"a": pa.array([1, None, 300]), "f": pa.array([0.5, None, float("nan")])})
    made = optimize_dataframe_memory(nulls)
    assert made["a"].to_pylist() == [1, None, 300] and made["a"].type == pa.int16()
    assert str(made["f"].to_pylist()) == "[0.5, None, nan]" and made["f"].type == pa.float32()


def test_estimates_are_those_of_each_library():
    frame = trades_frame(1000).astype({"symbol": object})
    told = estimate_dataframe_memory(frame)
    assert told["total_mb"] == pytest.approx(frame.memory_usage(deep=True).sum() / 2**20)
    assert told["per_column_mb"]["price"] == 8000 / 2**20
    assert (told["rows"], told["columns"]) == (1000, 9)
    polars_frame = pl.DataFrame({"a": [1, 2]})
    assert estimate_dataframe_memory(polars_frame)["total_mb"] == 16 / 2**20
    assert estimate_dataframe_memory(pa.table({"a": [1, 2]}))["per_column_mb"] == {"a": 16 / 2**20}
    assert estimate_dataframe_memory(pd.DataFrame([[1, 2]], columns=["a", "a"]))["per_column_mb"]["a"] == 16 / 2**20


@pytest.mark.parametrize("wrong", [None, [1, 2], pd.Series([1]), {"a": [1]}, "df"])
def test_what_is_no_frame_is_a_type_error(wrong):
    for function in (optimize_dataframe_memory, estimate_dataframe_memory):
        with pytest.raises(TypeError, match="df must be a pandas or polars DataFrame"):
            function(wrong)


# ---- threads ---------------------------------------------------------------------------------------------------------

SHOW = """
import json, sys
import numpy
from peaktrade.core.numpy_accel import configure_numpy_for_apple_silicon
told = configure_numpy_for_apple_silicon(**json.loads(sys.argv[1]))
import threadpoolctl
told["now"] = [entry["num_threads"] for entry in threadpoolctl.threadpool_info() if entry["user_api"] == "blas"]
print(json.dumps(told))
"""


def usable_cores():
    """OpenBLAS starts no more threads than the process may use cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def configured(arguments, **environment):
    import json

    clean = {k: v for k, v in os.environ.items() if not k.endswith(("_NUM_THREADS", "_MAXIMUM_THREADS"))}
    done = subprocess.run(
        [sys.executable, "-c", SHOW, json.dumps(arguments)],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_threads_are_set_although_numpy_is_loaded():
    told = configured({"num_threads": 1})
    assert told["num_threads"] == 1 and told["now"] == [1] * len(told["blas"])
    assert all(entry["threads_after"] == 1 for entry in told["blas"])
    assert told["environment"]["VECLIB_MAXIMUM_THREADS"] == "1"


def test_what_the_user_set_goes_before_unless_forced():
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        told = configured({"num_threads": 1}, **{name: "2"})
        if any(entry["name"] == "openblas" for entry in told["blas"]):
            assert told["now"] == [min(2, usable_cores())]
        assert told["kept"] == {name: "2"}
    told = configured({"num_threads": 1, "force": True}, OPENBLAS_NUM_THREADS="2")
    assert told["now"] == [1] * len(told["blas"]) and told["kept"] == {}


def test_wrong_numbers_of_threads():
    for wrong in (0, -1, 2.5, True, "4"):
        with pytest.raises(ValueError, match="num_threads must be a whole number"):
            configure_numpy_for_apple_silicon(wrong)


AUTOMATIC = """
import sys
{first}
import peaktrade
import threadpoolctl
{then}
import numpy
print(*[entry["num_threads"] for entry in threadpoolctl.threadpool_info() if entry["user_api"] == "blas"])
"""


@pytest.mark.parametrize("first", ["import numpy", ""])
@pytest.mark.parametrize(("automatic", "threads"), [("true", "1"), ("false", None)])
def test_the_configuration_is_applied_when_numpy_is_first_touched(tmp_path, first, automatic, threads):
    config = tmp_path / "performance.toml"
    config.write_text(f"[performance.numpy]\nnum_threads = 1\nauto_configure = {automatic}\n")
    clean = {k: v for k, v in os.environ.items() if not k.endswith(("_NUM_THREADS", "_MAXIMUM_THREADS"))}
    code = AUTOMATIC.format(first=first, then="" if first else "import peaktrade._frames")
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean | {"PEAKTRADE_CONFIG": str(config)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    if threads is not None:
        assert set(done.stdout.split()) <= {threads}
    elif usable_cores() > 1:
        assert "1" not in done.stdout.split()
