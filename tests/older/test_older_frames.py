"""With the oldest numpy and pandas that are supported (1.26 and 2.2) as with the newest: frames in and out, memory, values of the
cache, the trade store.

scripts/test runs this file twice. The pyarrow that Peak Trade is built with wants numpy 2 of those who import it, so beside numpy 1.26
nothing here imports it; Parquet files are read all the same, by Peak Trade's own code.
"""

from __future__ import annotations

import math
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt
from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.cache.decorators import cached
from peaktrade.core.numpy_accel import (
    configure_numpy_for_apple_silicon,
    estimate_dataframe_memory,
    optimize_dataframe_memory,
)
from peaktrade.core.parallel import parallel_apply, parallel_backtest
from peaktrade.core.serialization import FastSerializer, save_optimized_parquet
from peaktrade.data.query_profiler import batch_insert_trades, create_database

DATA = Path(__file__).resolve().parents[2] / "examples" / "data"
OLD = np.lib.NumpyVersion(np.__version__) < "2.0.0"


@pytest.fixture(scope="module")
def frame():
    return pd.read_csv(DATA / "spy_daily.csv", parse_dates=["date"], index_col="date")


def test_frames_arrays_and_files_give_the_same_run(frame):
    from_frame = pt.backtest(frame, "sma_cross", commission=0.001)
    arrays = {name: frame[name].to_numpy(dtype=float) for name in frame.columns}
    from_arrays = pt.backtest({"time": frame.index.to_numpy(), **arrays}, "sma_cross", commission=0.001)
    from_parquet = pt.backtest(DATA / "spy_daily.parquet", "sma_cross", commission=0.001)
    assert dict(from_frame.metrics) == dict(from_arrays.metrics) == dict(from_parquet.metrics)
    zoned = pt.backtest(frame.tz_localize("America/New_York"), "sma_cross", commission=0.001)
    assert zoned.metrics["final_equity"] == from_frame.metrics["final_equity"]
    assert str(zoned.equity.index.tz) == "America/New_York"


def test_frames_of_results_have_the_same_types_everywhere(frame):
    result = pt.backtest(frame, "sma_cross", commission=0.001)
    trades = result.trades
    assert len(trades) == result.metrics["trades"]
    assert str(trades["entry_bar"].dtype) == "Int64"
    assert str(trades["side"].dtype) == "category"
    assert trades["entry_price"].dtype == np.float64
    assert str(trades["entry_time"].dtype).startswith("datetime64[")
    assert result.equity.index.equals(frame.index)
    assert result.equity.iloc[-1] == result.metrics["final_equity"]


def test_signals_of_any_boolean_form(frame):
    above = frame["close"] > frame["close"].rolling(50).mean()
    forms = [
        pt.Signals(above, ~above),
        pt.Signals(above.to_numpy(), (~above).to_numpy()),
        pt.Signals(above.astype("boolean"), (~above).astype("boolean")),
        pt.Signals(above.astype(int).to_numpy(), (~above).astype(int).to_numpy()),
    ]
    assert len({pt.backtest(frame, signals).metrics["final_equity"] for signals in forms}) == 1


def test_memory_is_saved_and_every_value_kept():
    n = 20_000
    frame = pd.DataFrame(
        {
            "symbol": ["BTC/USD", "ETH/USD"] * (n // 2),
            "count": np.arange(n) % 100,
            "price": np.arange(n) / 4,
            "rare": np.where(np.arange(n) % 1000 == 0, 1.0, 0.0),
            "flag": np.arange(n) % 2 == 0,
        }
    )
    small = optimize_dataframe_memory(frame)
    assert estimate_dataframe_memory(small)["total_mb"] < estimate_dataframe_memory(frame)["total_mb"] / 3
    for name in frame.columns:
        assert small[name].tolist() == frame[name].tolist(), name


def test_threads_of_numpy_are_set():
    told = configure_numpy_for_apple_silicon(num_threads=1)
    assert told["num_threads"] == 1
    assert all(library["threads_after"] == 1 for library in told["blas"]) or told["kept"]


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6).reshape(2, 3),
        np.array(["2020-01-01", "NaT"], dtype="datetime64[ns]"),
        np.float64(1.5),
        np.int32(7),
        pd.Series([1.0, math.nan], name="x"),
        pd.Index([3, 1, 2]),
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=pd.date_range("2020", periods=2, tz="UTC")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_the_cache_come_back(value, tmp_path):
    made = FastSerializer().deserialize(FastSerializer().serialize(value))
    with MultiLevelCache(l3_path=str(tmp_path)) as cache:
        cache.set("key", value)
    with MultiLevelCache(l3_path=str(tmp_path)) as cache:
        kept = cache.get("key")
    for found in (made, kept):
        assert type(found) is type(value)
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(found, value)
        elif isinstance(value, pd.Series):
            pd.testing.assert_series_equal(found, value)
        else:
            np.testing.assert_array_equal(found, value)
            assert found.dtype == value.dtype


def test_cached_functions_know_frames_by_content(frame):
    calls = []

    @cached(ttl=60)
    def last(data):
        calls.append(1)
        return float(data["close"].iloc[-1])

    assert last(frame) == last(frame.copy())
    assert last(frame.iloc[:-1]) != last(frame)
    assert len(calls) == 2


def test_functions_over_frames_in_processes(frame):
    assert parallel_backtest([5, 10], frame, lambda n, data: len(data) // n, max_workers=2) == [1048, 524]
    assert parallel_apply(len, [frame, frame.head(3)], max_workers=2) == [5241, 3]


def test_trades_of_a_frame_go_into_a_store(tmp_path):
    path = tmp_path / "trades.db"
    create_database(path)
    trades = pd.DataFrame(
        {
            "symbol": ["A", "B"],
            "side": ["buy", "sell"],
            "quantity": [1, 2],
            "price": [1.5, np.float32(2.5)],
            "timestamp": pd.to_datetime(["2020-01-01", "2020-01-02"], utc=True),
        }
    )
    with sqlite3.connect(path) as connection:
        assert batch_insert_trades(connection, trades) == 2
        rows = connection.execute("SELECT symbol, price, timestamp FROM trades ORDER BY timestamp").fetchall()
    connection.close()
    assert rows == [("A", 1.5, 1577836800 * 10**9), ("B", 2.5, 1577923200 * 10**9)]


@pytest.mark.skipif(not OLD, reason="only beside numpy 1.26 cannot pyarrow be imported")
def test_what_needs_pyarrow_says_what_to_install(frame, tmp_path):
    with pytest.raises(ImportError, match=r"(?i)numpy 2"):
        save_optimized_parquet(frame, tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []
    assert "pyarrow.lib" not in sys.modules
