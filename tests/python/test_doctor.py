"""`peak doctor` with faults that were made up: each is found, and its own command mends it."""

from __future__ import annotations

import json
import os
import shlex
import socket
import sqlite3
import subprocess
import sys
import time

import pytest

from peaktrade.core.cache import MultiLevelCache
from peaktrade.data.query_profiler import create_database
from test_docs import ROOT, peak_command

SPY = str(ROOT / "examples" / "data" / "spy_daily.csv")


@pytest.fixture
def doctor(tmp_path, monkeypatch):
    """Runs `peak doctor --json` in an empty folder; gives the findings by name."""
    for name in list(os.environ):
        if name.startswith("PEAKTRADE_") or name.endswith("_NUM_THREADS") or name == "VECLIB_MAXIMUM_THREADS":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*words, status=0, cores=None, python=""):
        taken = None if cores is None else lambda: os.sched_setaffinity(0, cores)
        done = subprocess.run(
            [peak_command(), "doctor", *words, "--python", python, "--json"],
            capture_output=True,
            text=True,
            timeout=600,
            preexec_fn=taken,
        )
        assert done.returncode == status, done.stderr
        if status:
            return done.stderr
        found = json.loads(done.stdout)
        return {finding["name"]: finding for finding in found["findings"]}

    return run


def mend(finding):
    """Types the finding's command, as a reader would."""
    words = shlex.split(finding["command"])
    assert words[0] == "peak", finding
    done = subprocess.run([peak_command(), *words[1:]], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def test_a_machine_without_faults_has_none(doctor):
    findings = doctor(SPY)
    assert {f["topic"] for f in findings.values()} >= {"installation", "slow_backtests", "high_memory", "cache_misses"}
    wrong = {n: f for n, f in findings.items() if f["condition"] != "good" and n not in ("memory", "cores")}
    assert wrong == {}, "a good machine needs nothing mended"


def test_the_page_names_every_topic(tmp_path):
    done = subprocess.run([peak_command(), "doctor", "--python", ""], capture_output=True, text=True, cwd=tmp_path)
    for title in ("Installation", "Slow backtests", "High memory", "Cache misses", "Slow queries"):
        assert f"\n{title}\n" in done.stdout
    assert "to mend" in done.stdout


# ---- slow backtests --------------------------------------------------------------------------------------------------


def test_settings_that_slow_down_are_mended_in_the_file(doctor, tmp_path):
    (tmp_path / "config").mkdir()
    file = tmp_path / "config" / "performance.toml"
    file.write_text(
        "# mine\n[performance]\nenable_caching = false\n[performance.cache]\nl3_enabled = false\n"
        "l1_max_mb = 100000000\n[performance.parallel]\nmax_workers = 4000\n"
    )
    findings = doctor()
    bad = {"caching", "workers", "cache in memory", "cache on disk"}
    assert {name for name in bad if findings[name]["condition"] == "advice"} == bad
    assert all(findings[name]["safe"] for name in bad)
    assert findings["workers"]["command"] == "peak config set parallel.max_workers 0"
    mend(findings["caching"])
    assert doctor()["caching"]["condition"] == "good"
    fixed = doctor("--fix")
    assert {fixed[name]["condition"] for name in bad - {"caching"}} == {"mended"}
    assert {name for name, f in doctor().items() if name in bad and f["condition"] != "good"} == set()
    assert file.read_text().startswith("# mine\n"), "the rest of the file stays"


def test_what_the_environment_sets_is_not_mended_by_the_file(doctor, monkeypatch, tmp_path):
    monkeypatch.setenv("PEAKTRADE_PARALLEL_MAX_WORKERS", "4000")
    monkeypatch.setenv("OMP_NUM_THREADS", "9999")
    monkeypatch.setenv("PEAK_SIMD", "SSE4" if os.uname().machine == "x86_64" else "SCALAR")
    findings = doctor("--fix")
    assert findings["workers"]["command"] == "export PEAKTRADE_PARALLEL_MAX_WORKERS=0"
    assert not findings["workers"]["safe"]
    assert findings["OMP_NUM_THREADS"]["command"] == "unset OMP_NUM_THREADS"
    assert not (tmp_path / "config").exists()


def test_a_configuration_with_a_slip_is_a_fault(doctor, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "performance.toml").write_text("[performance.cache]\nl1_sise = 5\n")
    finding = doctor()["configuration"]
    assert finding["condition"] == "fault"
    assert "did you mean 'l1_size'" in finding["found"]
    assert finding["command"] == "peak config check"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity is set by Linux's call")
def test_a_process_bound_to_one_core(doctor):
    all_cores = os.sched_getaffinity(0)
    if len(all_cores) < 2:
        pytest.skip("this machine has one core")
    finding = doctor(cores={min(all_cores)})["cores"]
    assert finding["condition"] == "advice"
    assert finding["found"].startswith(f"1 of {os.cpu_count()} may be used")


def test_numpy_of_a_python(doctor, tmp_path):
    import numpy

    findings = doctor(python=sys.executable)
    assert findings["numpy"]["found"].startswith(numpy.__version__ + ", linear algebra by ")
    assert "cores" in findings["numpy's threads"]["found"]
    assert doctor(python="no-such-python")["numpy"]["condition"] == "good"
    bare = tmp_path / "bare"
    bare.write_text("#!/bin/sh\necho silicon 1\necho numpy 1.26.4\necho blas openblas\necho threads 999\n")
    bare.chmod(0o755)
    made_up = doctor(python=str(bare))
    assert made_up["numpy"]["command"] == "pip install --upgrade 'numpy>=2'", "Apple silicon without Accelerate"
    subprocess.run([peak_command(), "config", "set", "numpy.auto_configure", "false"], check=True, capture_output=True)
    assert doctor(python=str(bare))["numpy's threads"]["command"] == "peak config set numpy.auto_configure true"


# ---- cache misses ----------------------------------------------------------------------------------------------------


def test_a_small_memory_gets_room_for_the_working_set(doctor, tmp_path):
    with MultiLevelCache(l1_size=10, l3_path=str(tmp_path / "data" / "cache")) as cache:
        for i in range(2000):
            cache.set(f"key {i}", i)
        for _ in range(2):
            for i in range(2000):
                assert cache.get(f"key {i}") == i
    findings = doctor()
    assert findings["L1 hits"]["condition"] == "advice"
    assert findings["L3 hits"]["condition"] == "good", "the folder had everything"
    # 2,000 entries and a quarter more; the default of 1,000 is too small.
    assert findings["L1 size"]["command"] == "peak config set cache.l1_size 2500"
    assert findings["L1 size"]["safe"]
    doctor("--fix")
    assert "L1 size" not in doctor(), "the configured size is large enough now"
    config = json.loads(subprocess.run([peak_command(), "config", "show", "--json"], capture_output=True).stdout)
    assert config["settings"]["performance.cache.l1_size"]["value"] == 2500


def test_a_short_life_is_made_longer(doctor, tmp_path):
    with MultiLevelCache(l1_ttl=0.01, l3_path=str(tmp_path / "data" / "cache")) as cache:
        for i in range(100):
            cache.set(f"key {i}", i)
        for _ in range(3):
            time.sleep(0.05)  # longer than a life, however busy the machine is
            for i in range(100):
                assert cache.get(f"key {i}") == i
    subprocess.run([peak_command(), "config", "set", "cache.l1_ttl", "0.01"], check=True, capture_output=True)
    finding = doctor()["L1 time to live"]
    assert finding["command"] == "peak config set cache.l1_ttl 60"
    mend(finding)
    assert "L1 time to live" not in doctor() or doctor()["L1 time to live"]["command"] != finding["command"]


def test_few_requests_are_not_judged(doctor, tmp_path):
    with MultiLevelCache(l3_path=str(tmp_path / "elsewhere")) as cache:
        cache.get("missing")
    assert "too few" in doctor("--cache", str(tmp_path / "elsewhere"))["L1 hits"]["found"]
    assert doctor("--cache", str(tmp_path / "nowhere"))["cache folder"]["condition"] == "good"
    assert not (tmp_path / "nowhere").exists(), "looking makes no folder"


def test_a_folder_that_is_asked_for_what_it_never_had(doctor, tmp_path):
    with MultiLevelCache(l3_path=str(tmp_path / "data" / "cache")) as cache:
        for i in range(300):
            cache.get_or_compute(f"key {i}", lambda: 1)
    findings = doctor()
    for level in ("L1 hits", "L3 hits"):
        assert findings[level]["condition"] == "advice"
        assert findings[level]["command"] == "peak cache warm FILE..."


def test_a_program_that_gave_its_cache_less_than_is_configured(doctor, tmp_path):
    with MultiLevelCache(l1_size=10, l3_path=str(tmp_path / "data" / "cache")) as cache:
        for i in range(200):
            cache.set(f"key {i}", i)
        for _ in range(2):
            for i in range(200):
                assert cache.get(f"key {i}") == i
    finding = doctor()["L1 hits"]
    assert finding["condition"] == "advice" and finding["command"] is None
    assert "(l1_size 1000) would hold it" in finding["found"]


def test_a_redis_that_does_not_answer(doctor, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused for as long as the test runs
        monkeypatch.setenv("PEAKTRADE_CACHE_L2_ENABLED", "true")
        monkeypatch.setenv("PEAKTRADE_CACHE_L2_HOST", "127.0.0.1")
        monkeypatch.setenv("PEAKTRADE_CACHE_L2_PORT", str(taken.getsockname()[1]))
        finding = doctor()["Redis"]
    assert finding["condition"] == "fault"
    assert finding["command"].startswith("redis-server --port ")


# ---- slow queries, memory and files ----------------------------------------------------------------------------------


def test_missing_indexes_are_named_and_made(doctor, tmp_path):
    path = str(tmp_path / "my trades.db")
    create_database(path)
    finding = doctor(path)[path]
    assert finding["topic"] == "slow_queries"
    assert "trades(symbol)" in finding["found"]
    assert finding["command"] == f"peak db optimize '{path}'"
    mend(finding)
    assert doctor(path)[path]["condition"] == "good"


def test_a_configured_store_is_looked_at_and_fixed(doctor, tmp_path, monkeypatch):
    path = tmp_path / "others.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE trades(symbol TEXT, price REAL, quantity REAL, timestamp TEXT, side TEXT)")
    monkeypatch.setenv("PEAKTRADE_DATABASE_PATH", str(path))
    assert doctor("--fix")[str(path)]["condition"] == "mended"
    with sqlite3.connect(path) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert "idx_trades_symbol_timestamp" in names


def big_csv(path, rows=40_000):
    lines = ["time,open,high,low,close,volume,side"]
    for i in range(rows):
        price = 100 + i % 50 / 4
        stamp = f"2020-01-{1 + i // 1440:02d} {i // 60 % 24:02d}:{i % 60:02d}:00"
        lines.append(f"{stamp},{price},{price + 1},{price - 1},{price},{i % 100},{'sell' if i % 3 else 'buy'}")
    path.write_text("\n".join(lines) + "\n")


def test_csv_that_should_be_parquet_and_frames_that_could_shrink(doctor, tmp_path):
    path = tmp_path / "prices.csv"
    big_csv(path)
    done = subprocess.run([peak_command(), "doctor", str(path), "--python", "", "--json"], capture_output=True)
    findings = [f for f in json.loads(done.stdout)["findings"] if f["name"] == str(path)]
    assert [f["condition"] for f in findings] == ["advice", "advice"]
    assert findings[0]["command"] == f"peak data convert {path} --out {tmp_path}/prices.parquet"
    assert "optimize_dataframe_memory" in findings[1]["command"]
    mend(findings[0])
    by_hand = (tmp_path / "prices.parquet").read_bytes()
    (tmp_path / "prices.parquet").unlink()
    doctor(str(path), "--fix")
    assert path.exists(), "the original stays"
    assert by_hand[:4] == b"PAR1"
    prints = {
        json.loads(
            subprocess.run(
                [peak_command(), "backtest", "sma_cross", "--data", str(file), "--json"], capture_output=True
            ).stdout
        )["data"]["fingerprint"]
        for file in (path, tmp_path / "prices.parquet")
    }
    assert len(prints) == 1, "the Parquet file has the same bars"
    written = (tmp_path / "prices.parquet").stat().st_mtime_ns
    doctor(str(path), "--fix")
    assert (tmp_path / "prices.parquet").stat().st_mtime_ns == written, "nothing is replaced"


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [(None, 2, "no_such.csv"), (b"", 3, "no_such.csv"), (b"SQLite format 3\0 and then nonsense", 3, "no_such.csv")],
)
def test_files_that_cannot_be_read(doctor, tmp_path, content, status, words):
    path = tmp_path / "no_such.csv"
    if content is not None:
        path.write_bytes(content)
    assert words in doctor(str(path), status=status)
