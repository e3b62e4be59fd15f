"""Every function of the guide with what it was not made for: None, wrong types, empty inputs, functions that cannot be sent,
workers that die, items that raise, generators, pools inside pools, Ctrl-C. A message that a newcomer understands, and never a
wrong value, a hang or half a file. (test_parallel.py and test_cache.py go deeper into their own.)"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pandas as pd
import pytest

from peaktrade import config
from peaktrade.benchmark import PerformanceBenchmark, load_measurements
from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.cache.decorators import cached
from peaktrade.core.numpy_accel import (
    configure_numpy_for_apple_silicon,
    estimate_dataframe_memory,
    optimize_dataframe_memory,
)
from peaktrade.core.parallel import (
    TaskError,
    WorkerDiedError,
    get_task_manager,
    parallel_apply,
    parallel_backtest,
    parallel_map,
)
from peaktrade.core.serialization import FastSerializer, load_optimized_parquet, save_optimized_parquet
from peaktrade.data.async_loader import load_multiple_symbols_async
from peaktrade.data.query_profiler import QueryProfiler, batch_insert_trades, create_database, optimize_database

NOT_FRAMES = [None, 5, "prices.csv", [1, 2], {"a": [1]}, np.arange(3), object()]


def load(**options):
    given = {"symbols": ["A"], "timeframe": "1h", "loader_func": lambda symbol, timeframe: symbol, **options}
    return asyncio.run(load_multiple_symbols_async(**given))


async def waits():
    """Nothing to do with an iteration's time."""


def in_memory():
    return MultiLevelCache(l3_enabled=False)


# What is called, and a word of the message that says what is meant. The class is always one that users catch.
WRONG = {
    "parallel_map(None)": (lambda: parallel_map(None, [1]), "fn"),
    "parallel_map(5)": (lambda: parallel_map(5, [1]), "fn"),
    "parallel_map, items None": (lambda: parallel_map(abs, None), "items"),
    "parallel_map, items a number": (lambda: parallel_map(abs, 5), "items"),
    "parallel_map, items a text": (lambda: parallel_map(abs, "abc"), "items"),
    "parallel_map, items a frame": (lambda: parallel_map(abs, pd.DataFrame({"a": [1]})), "items"),
    "parallel_map, no workers": (lambda: parallel_map(abs, [1], max_workers=0), "max_workers"),
    "parallel_map, workers a text": (lambda: parallel_map(abs, [1], max_workers="two"), "max_workers"),
    "parallel_map, on_error": (lambda: parallel_map(abs, [1], on_error="rise"), "on_error"),
    "parallel_map, chunksize": (lambda: parallel_map(abs, [1], chunksize=-1), "chunksize"),
    "parallel_backtest(None)": (lambda: parallel_backtest(None, [1], max), "strategies"),
    "parallel_backtest, data None": (lambda: parallel_backtest(["sma_cross"], None), "data"),
    "parallel_backtest, function": (lambda: parallel_backtest([1], [1], 5), "backtest_func"),
    "parallel_apply, frames None": (lambda: parallel_apply(len, None), "frames"),
    "parallel_apply, one frame": (lambda: parallel_apply(len, pd.DataFrame({"a": [1]})), "frames"),
    "cpu tasks": (lambda: get_task_manager().execute_cpu_tasks(None, [1]), "fn"),
    "io tasks": (lambda: get_task_manager().execute_io_tasks(len, None), "items"),
    "configure numpy": (lambda: configure_numpy_for_apple_silicon(0), "num_threads"),
    "configure numpy, text": (lambda: configure_numpy_for_apple_silicon("8"), "num_threads"),
    "serialize": (lambda: FastSerializer().serialize(object()), "object"),
    "serialize, deep": (lambda: FastSerializer().serialize({"a": [1, {2, open}]}), "a"),
    "deserialize None": (lambda: FastSerializer().deserialize(None), "None"),
    "deserialize text": (lambda: FastSerializer().deserialize("abc"), "str"),
    "deserialize nonsense": (lambda: FastSerializer().deserialize(b"nonsense"), ""),
    "deserialize nothing": (lambda: FastSerializer().deserialize(b""), ""),
    "load parquet": (lambda: load_optimized_parquet("missing.parquet"), "missing.parquet"),
    "load parquet None": (lambda: load_optimized_parquet(None), "path"),
    "optimize database": (lambda: optimize_database("missing.db"), "missing.db"),
    "optimize database None": (lambda: optimize_database(None), "path"),
    "create database None": (lambda: create_database(None), "path"),
    "profiler": (lambda: QueryProfiler(slow_query_threshold="slow"), "slow_query_threshold"),
    "profiler, negative": (lambda: QueryProfiler(slow_query_threshold=-1), "slow_query_threshold"),
    "symbols None": (lambda: load(symbols=None), "symbols"),
    "symbols a text": (lambda: load(symbols="BTC/USD"), "symbols"),
    "loader None": (lambda: load(loader_func=None), "loader_func"),
    "no loads at once": (lambda: load(max_concurrent=0), "max_concurrent"),
    "loader on_error": (lambda: load(on_error="collect"), "on_error"),
    "loader timeout": (lambda: load(timeout=-1), "timeout"),
    "benchmark None": (lambda: PerformanceBenchmark().run(None), "fn"),
    "benchmark iterations": (lambda: PerformanceBenchmark().run(int, iterations=0), "iterations"),
    "benchmark warmup": (lambda: PerformanceBenchmark().run(int, warmup=1.5), "warmup"),
    "benchmark baseline": (lambda: PerformanceBenchmark(baseline=[1]), "baseline"),
    "save parquet None": (lambda: save_optimized_parquet(pd.DataFrame({"a": [1]}), None), "path"),
    "create database nowhere": (lambda: create_database(""), "path"),
    "map, processes": (lambda: parallel_map(abs, [1], use_processes="no"), "use_processes"),
    "mixed": (lambda: get_task_manager().map_mixed(None, abs, [1]), "io_fn"),
    "loader timeout, text": (lambda: load(timeout="long"), "timeout"),
    "benchmark name": (lambda: PerformanceBenchmark().run(int, name=5), "name"),
    "benchmark of a coroutine": (lambda: PerformanceBenchmark().run(waits), "coroutine"),
    "benchmark baseline, number": (lambda: PerformanceBenchmark(baseline=5), "baseline"),
    "benchmark file": (lambda: PerformanceBenchmark().save(None), "path"),
    "configuration None": (lambda: config.load(None), "folder"),
    "configuration missing": (lambda: config.load("performance.toml"), "performance.toml"),
    "cache key None": (lambda: in_memory().set(None, 1), "key"),
    "cache delete None": (lambda: in_memory().delete(None), "key"),
    "cache contains None": (lambda: None in in_memory(), "key"),
    "cache keys None": (lambda: in_memory().get_many(None), "keys"),
    "cache keys one text": (lambda: in_memory().get_many("abc"), "keys"),
    "cache items": (lambda: in_memory().set_many([("a", 1)]), "items"),
    "cache tags": (lambda: in_memory().set("a", 1, tags=5), "tags"),
    "cache tag": (lambda: in_memory().set("a", 1, tags=[5]), "tag"),
    "cache function": (lambda: in_memory().get_or_compute("a", None), "function"),
    "cached ttl": (lambda: cached(ttl=-1)(abs), "ttl"),
    "cached level": (lambda: cached(cache_level="dsik")(abs), "cache_level"),
    "cache size": (lambda: MultiLevelCache(l1_size=0, l3_enabled=False), "l1_size"),
    "cache ttl": (lambda: MultiLevelCache(l1_ttl="long", l3_enabled=False), "l1_ttl"),
    "cache option": (lambda: MultiLevelCache(l1_sise=5, l3_enabled=False), "l1_sise"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_refused_in_words(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, word = WRONG[name]
    with pytest.raises((TypeError, ValueError, OSError)) as caught:
        call()
    assert word in str(caught.value), str(caught.value)
    assert "incompatible function arguments" not in str(caught.value)
    assert len(str(caught.value)) > 10, "a message says what was wrong"
    assert list(tmp_path.iterdir()) == [], "nothing was left behind"


@pytest.mark.parametrize("wrong", NOT_FRAMES, ids=lambda value: type(value).__name__)
def test_what_is_no_frame_is_refused(wrong, tmp_path):
    for call in (optimize_dataframe_memory, estimate_dataframe_memory):
        with pytest.raises(TypeError, match=r"frame|DataFrame"):
            call(wrong)
    with pytest.raises((TypeError, ValueError)):
        save_optimized_parquet(wrong, tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


@pytest.mark.parametrize("wrong", [None, 5, "BUY", [{}], [None], [{"symbol": "A"}], {"a": 1}, [{"symbol": ""}]])
def test_trades_that_are_none(wrong, tmp_path):
    path = tmp_path / "trades.db"
    create_database(path)
    with sqlite3.connect(path) as connection:
        with pytest.raises((TypeError, ValueError)):
            batch_insert_trades(connection, wrong)
        assert connection.execute("SELECT count(*) FROM trades").fetchone() == (0,)
    connection.close()


def test_connections_and_queries_that_are_none(tmp_path):
    for wrong in (None, "trades.db", 5):
        with pytest.raises(TypeError):
            batch_insert_trades(wrong, [])
        with pytest.raises(TypeError):
            QueryProfiler().profile_query(wrong, "SELECT 1")
    connection = sqlite3.connect(tmp_path / "empty.db")
    for sql, kinds in (
        (None, TypeError),
        ("SELEC 1", sqlite3.Error | ValueError),
        ("SELECT * FROM no_such", sqlite3.Error),
    ):
        with pytest.raises(kinds if isinstance(kinds, type) else kinds.__args__):
            QueryProfiler().profile_query(connection, sql)
    connection.close()


def test_empty_inputs_give_empty_results(tmp_path):
    assert parallel_map(abs, []) == []
    assert parallel_backtest([], [1], max) == []
    assert parallel_backtest({}, [1], max) == {}
    assert parallel_apply(len, []) == []
    assert get_task_manager().execute_io_tasks(len, iter(())) == []
    assert load(symbols=[]) == {}
    assert optimize_dataframe_memory(pd.DataFrame()).empty
    assert estimate_dataframe_memory(pd.DataFrame())["rows"] == 0
    with sqlite3.connect(tmp_path / "trades.db") as connection:
        create_database(tmp_path / "trades.db")
        assert batch_insert_trades(connection, []) == 0
    connection.close()
    save_optimized_parquet(pd.DataFrame({"a": []}), tmp_path / "empty.parquet")
    assert list(load_optimized_parquet(tmp_path / "empty.parquet").columns) == ["a"]
    assert FastSerializer().deserialize(FastSerializer().serialize({})) == {}


def test_functions_that_cannot_be_sent():
    lock = threading.Lock()
    with pytest.raises(TypeError, match=r"cannot be sent to a worker process.*use_processes=False"):
        parallel_map(lambda x: (lock, x), [1, 2])
    with pytest.raises(TypeError, match="item 1"):
        parallel_map(str, [1, lock])
    with pytest.raises(TypeError, match="the result"):
        parallel_map(lambda x: __import__("threading").Lock(), [1])
    assert parallel_map(lambda x: (lock, x)[1], [1, 2], use_processes=False) == [1, 2]


def test_workers_that_die_and_items_that_raise():
    with pytest.raises(WorkerDiedError) as died:
        parallel_map(lambda x: os._exit(3) if x == 2 else x, range(4), 2)
    assert "2" in str(died.value)
    made = parallel_map(lambda x: 1 // x, [1, 0, 2], 2, on_error="collect")
    assert (made[0], made[2]) == (1, 0)
    assert isinstance(made[1], TaskError) and made[1].index == 1
    assert parallel_map(abs, [-1], 2) == [1], "the pool is made anew"
    loaded = load(symbols=["A", "B"], loader_func=lambda symbol, timeframe: {"A": 1}[symbol], on_error="skip")
    assert loaded == {"A": 1}
    with pytest.raises(Exception, match="B") as failed:
        load(symbols=["A", "B"], loader_func=lambda symbol, timeframe: {"A": 1}[symbol])
    assert failed.value.results == {"A": 1}, "what the others loaded is kept"


def test_generators_and_pools_inside_pools():
    assert parallel_map(abs, (-x for x in range(3))) == [0, 1, 2]
    assert load(symbols=(name for name in "AB")) == {"A": "A", "B": "B"}

    def broken():
        yield 1
        raise OSError("the feed ended")

    for call in (lambda: parallel_map(abs, broken()), lambda: load(symbols=broken())):
        with pytest.raises(OSError, match="the feed ended"):
            call()
    nested = parallel_map(lambda x: parallel_map(lambda y: x * y, [1, 2]), [3, 4], 2)
    assert nested == [[3, 6], [4, 8]]


def test_a_benchmark_of_what_raises_and_files_that_are_no_baseline(tmp_path):
    with pytest.raises(ZeroDivisionError):
        PerformanceBenchmark().run(lambda: 1 // 0)
    wrong = tmp_path / "baseline.json"
    for text in ("", "[", "{}", '[{"name": 1}]', "\0"):
        wrong.write_text(text)
        with pytest.raises(ValueError, match=r"baseline\.json"):
            load_measurements(wrong)


@pytest.mark.parametrize("key", [None, 5, b"bytes", ["a"]])
def test_keys_that_are_no_text(key, tmp_path):
    with MultiLevelCache(l3_path=str(tmp_path)) as cache:
        for call in (cache.get, cache.delete, lambda k: cache.set(k, 1), lambda k: cache.get_or_compute(k, int)):
            with pytest.raises(TypeError, match=r"key|str"):
                call(key)


def test_values_that_are_not_kept_name_their_place(tmp_path):
    with MultiLevelCache(l3_path=str(tmp_path)) as cache:
        with pytest.raises(TypeError, match=r"function|builtin"):
            cache.set("a", {"deep": [1, print]})
        assert cache.get("a") is None
        with pytest.raises(ZeroDivisionError):
            cache.get_or_compute("b", lambda: 1 // 0)
        assert "b" not in cache, "a failure is no value"
        with pytest.raises(TypeError):
            cache.get_or_compute("b", 5)


INTERRUPTED = """
import asyncio, os, signal, sys, threading, time
from peaktrade.core.cache import MultiLevelCache
from peaktrade.data.async_loader import load_multiple_symbols_async

begun = threading.Event()

def interrupt():
    begun.wait()
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()

def loader(symbol, timeframe):
    begun.set()
    while True:  # in pieces: Python forgets a signal that comes just before it begins to wait
        time.sleep(0.01)

try:
    if sys.argv[1] == "load":
        asyncio.run(load_multiple_symbols_async(symbols=["A", "B"], timeframe="1h", loader_func=loader))
    else:
        MultiLevelCache(l3_enabled=False).get_or_compute("a", lambda: loader("A", "1h"))
except KeyboardInterrupt:
    print("stopped", flush=True)
    os._exit(0)  # the threads that wait for ever are the test's own
"""


@pytest.mark.parametrize("what", ["load", "compute"])
def test_control_c_stops_what_waits(what, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(INTERRUPTED))
    done = subprocess.run([sys.executable, program, what], capture_output=True, text=True, timeout=600, cwd=tmp_path)
    assert done.stdout == "stopped\n", done.stderr
    assert signal.SIGINT.name not in done.stderr
