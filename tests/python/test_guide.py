"""Every Python block of the user's guide runs, verbatim but for `src.` read as `peaktrade.`, and does what it says.

The guide lies beside the shared data. Its blocks use names that it does not define; here they get values. Blocks run in
the order of the guide, each in a namespace of its own, in one folder.
"""

import asyncio
import re
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLES = [
    "numpy",
    "cores",
    "dataframe",
    "cache",
    "decorators",
    "hit_rate",
    "processes",
    "async",
    "manager",
    "optimize",
    "insert",
    "profile",
    "memory",
    "parquet",
    "benchmark",
    "tracemalloc",
]


def calculate(item):
    """What the guide calls my_function, heavy_calc and the like; a module's function, so that processes find it."""
    return item * 2


def frame():
    count = 2000
    return pd.DataFrame(
        {
            "open": np.linspace(100, 120, count),
            "high": np.linspace(101, 121, count),
            "low": np.linspace(99, 119, count),
            "close": np.linspace(100, 120, count) + np.sin(np.arange(count)),
            "volume": np.arange(count) % 7,
            "symbol": ["BTC/USD", "ETH/USD"] * (count // 2),
        },
        index=pd.date_range("2024-01-01", periods=count, freq="h", tz="UTC", name="time"),
    )


@pytest.fixture(scope="session")
def blocks(shared_data):
    text = (shared_data.parent / "GUIDE.md").read_text(encoding="utf-8")
    found = [code.replace("from src.", "from peaktrade.") for code in FENCE.findall(text)]
    assert len(found) == len(TITLES), "the guide has other blocks than these tests know"
    return dict(zip(TITLES, found, strict=True))


@pytest.fixture
def run(blocks, tmp_path, monkeypatch):
    """Runs a block with these names, gives its namespace back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))
    (tmp_path / "data").mkdir()

    def runner(title, **names):
        code = blocks[title]
        if "await " in code:
            return asyncio.run(awaited(code, names))
        exec(compile(code, f"GUIDE.md ({title})", "exec"), names)
        return names

    async def awaited(code, names):
        body = "\n".join("    " + line for line in code.splitlines())
        exec(f"async def block():\n{body}\n    return locals()\n", names)
        return await names["block"]()

    return runner


def test_numpy(run, capsys):
    run("numpy")
    assert capsys.readouterr().out == ""


def test_cores(run, capsys):
    data = frame()
    names = run(
        "cores",
        strategies=["sma_cross", "momentum"],
        data=data,
        backtest_func=lambda strategy, bars: pt.backtest(bars, strategy).metrics["trades"],
    )
    assert names["results"] == [pt.backtest(data, name).metrics["trades"] for name in ("sma_cross", "momentum")]
    assert f"Performance cores: {names['cpu_info']['performance_cores']}" in capsys.readouterr().out


def test_dataframe(run):
    before = frame()
    after = run("dataframe", df=before.copy())["df"]
    assert after.memory_usage(deep=True).sum() < before.memory_usage(deep=True).sum()
    assert (after["close"] == before["close"]).all()
    assert (after["symbol"].astype(str) == before["symbol"]).all()


def test_cache(run):
    value = {"equity": [1.0, 2.0]}
    assert run("cache", value=value)["value"] == value


def test_decorators(run):
    names = run("decorators", pd=pd, result=1.5, data=frame())
    assert names["expensive_calculation"]("BTC/USD") == 1.5
    calls = names["expensive_calculation"].cache_info()
    assert names["expensive_calculation"]("BTC/USD") == 1.5
    assert names["expensive_calculation"].cache_info().hits == calls.hits + 1
    assert names["load_historical_data"]("BTC/USD").equals(frame())


def test_hit_rate(run, capsys):
    from peaktrade.core.cache import get_global_cache

    run("hit_rate", get_global_cache=get_global_cache)
    printed = capsys.readouterr().out
    assert re.search(r"L1 hit rate: \d+\.\d%", printed)
    assert re.search(r"L1 size: \d+/\d+", printed)


def test_processes(run):
    names = run("processes", datasets=[1, 2, 3], result=7)
    assert names["results"] == [7, 7, 7]


def test_async(run):
    async def load(symbol, timeframe):
        return (symbol, timeframe)

    names = run("async", load_data=load)
    assert names["data"] == {symbol: (symbol, "1h") for symbol in ("BTC/USD", "ETH/USD", "SOL/USD")}


def test_manager(run):
    names = run("manager", heavy_calc=calculate, items=[1, 2], fetch_data=calculate, urls=["a", "b"])
    assert names["cpu_results"] == [2, 4]
    assert names["io_results"] == ["aa", "bb"]


def test_optimize(run):
    from peaktrade.data.query_profiler import create_database

    create_database("data/trades.db")
    run("optimize")
    with sqlite3.connect("data/trades.db") as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert any("timestamp" in name for name in names)
    assert any("symbol" in name for name in names)
    assert any("date" in name for name in names)


def trades(count):
    return [
        {
            "symbol": "BTC/USD",
            "side": "buy",
            "quantity": 1.0,
            "price": 100.0 + i,
            "timestamp": f"2024-01-01T00:00:{i:02}",
        }
        for i in range(count)
    ]


def test_insert(run):
    from peaktrade.data.query_profiler import create_database

    create_database("trades.db")
    with sqlite3.connect("trades.db") as connection:
        run("insert", db_conn=connection, trades=trades(5))
        assert connection.execute("SELECT COUNT(*) FROM trades").fetchone() == (5,)


def test_profile(run):
    from peaktrade.data.query_profiler import batch_insert_trades, create_database

    create_database("trades.db")
    with sqlite3.connect("trades.db") as connection:
        batch_insert_trades(connection, trades(5))
        profile = run("profile", db_conn=connection)["profile"]
    assert profile.rows_returned == 5
    assert profile.is_slow == (profile.execution_time >= 0.1)


def test_memory(run, capsys):
    names = run("memory", df=frame())
    assert f"Memory: {names['stats']['total_mb']:.1f} MB" in capsys.readouterr().out


def test_parquet(run):
    before = frame()
    after = run("parquet", df=before)["df"]
    pd.testing.assert_frame_equal(after, before)


def test_benchmark(run, capsys):
    result = run("benchmark", my_function=lambda: calculate(3))["result"]
    assert result.iterations == 100
    printed = capsys.readouterr().out
    for word in ("mean", "median", "std", "min", "max", "memory"):
        assert word in printed


def test_tracemalloc(run, capsys):
    run("tracemalloc")
    assert "Peak memory" in capsys.readouterr().out


def test_the_configuration_of_the_guide(blocks, shared_data, tmp_path):
    text = (shared_data.parent / "GUIDE.md").read_text(encoding="utf-8")
    (toml,) = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "performance.toml").write_text(toml)
    settings = pt.config.load(str(tmp_path))
    assert settings["performance.parallel.max_workers"] == 8
    assert settings["performance.numpy.auto_configure"] is True


def test_the_performance_tests_of_the_guide_run(tmp_path):
    import subprocess

    words = [sys.executable, "-m", "pytest", "tests/performance/test_data_loading_performance.py", "-v", "--profile"]
    done = subprocess.run([*words, "-p", "no:cacheprovider"], cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = ROOT / "profiles"
    written = sorted(path.suffix for path in folder.iterdir())
    assert ".prof" in written
    assert ".html" in written
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
