"""Much data with a function: workers are forks of the process, which see the data where they lie."""

import _thread
import ctypes
import os
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from peaktrade.core import _forks, _pool, _sharing
from peaktrade.core.parallel import TaskError, WorkerDiedError, parallel_backtest, parallel_map

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux; elsewhere the data are mapped")


@pytest.fixture(autouse=True)
def forks(monkeypatch):
    """Forks already for little data, and whatever threads earlier tests began; what is forked is told."""
    started = []

    def counted(function):
        start = starter(function)

        def begin(*arguments):
            started.append(start(*arguments))
            return started[-1]

        return begin

    starter = _forks.starter
    monkeypatch.setattr(_sharing, "FORK_BYTES", 1 << 18)
    monkeypatch.setattr(_forks, "may_fork", lambda: True)
    monkeypatch.setattr(_forks, "starter", counted)
    yield started
    assert all(child.returncode is not None for child in started), "none is left behind"


def frame(rows=40_000):
    values = np.random.default_rng(3).normal(100, 1, (rows, 4))
    return pd.DataFrame(
        values, columns=["open", "high", "low", "close"], index=pd.date_range("2020", periods=rows, freq="h")
    )


@pytest.mark.parametrize(
    "part",
    [
        lambda whole: whole,
        lambda whole: whole.iloc[1_000:],
        lambda whole: whole.iloc[::-2],
        lambda whole: whole[["close", "open"]],
        lambda whole: {"prices": whole, "n": 3},
        lambda whole: whole["close"],
        lambda whole: whole.to_numpy()[::-1, 1:3],
        lambda whole: whole.to_numpy().reshape(200, 200, 4)[:, ::-1, ::2],
        lambda whole: pa.Table.from_pandas(whole),
    ],
    ids=["whole", "rest", "backwards", "columns", "dict", "series", "array", "cube", "arrow"],
)
@pytest.mark.parametrize("forked", [True, False])
def test_any_part_of_data_arrives_as_it_is(forks, monkeypatch, part, forked):
    data = part(frame())
    if not forked:
        monkeypatch.setattr(_forks, "may_fork", lambda: False)

    def text(given):
        if isinstance(given, dict):
            return text(given["prices"])
        if isinstance(given, np.ndarray):
            return np.ascontiguousarray(given).tobytes(), given.shape
        kept = given if isinstance(given, pa.Table) else pa.Table.from_pandas(pd.DataFrame(given))
        return str(kept.schema.names), [column.to_numpy().tobytes() for column in kept.columns]

    made = parallel_backtest(range(3), data, lambda _, given: text(given), 2)
    assert made == [text(data)] * 3
    assert bool(forks) == forked


def test_nothing_is_copied(forks):
    data = np.arange(100_000.0)
    place = data.__array_interface__["data"][0]
    made = parallel_backtest(range(2), data, lambda _, given: (given.__array_interface__["data"][0], os.getpid()), 2)
    assert [where for where, _ in made] == [place, place]
    assert {pid for _, pid in made} <= {child.pid for child in forks}
    part = data[::2]
    made = parallel_backtest([1], part, lambda _, given: given.__array_interface__["data"][0])
    assert made == [place]


def test_data_are_read_only_and_this_process_keeps_its_own():
    data = np.zeros(100_000)

    def write(_, given):
        given[0] = 1.0

    with pytest.raises(ValueError, match=r"read-only(.|\n)*data\.copy\(\)"):
        parallel_backtest([1], data, write)
    assert data.flags.writeable and data[0] == 0.0


def test_a_fork_that_dies_is_reported(forks):
    data = np.zeros(100_000)

    def die(item, _):
        return os.kill(os.getpid(), signal.SIGKILL) if item == 2 else item

    with pytest.raises(WorkerDiedError, match=r"item 2: the worker process died \(SIGKILL"):
        parallel_backtest(range(4), data, die, 1)
    made = parallel_backtest(range(6), data, die, 2, on_error="collect")
    assert made[:2] + made[3:] == [0, 1, 3, 4, 5]
    assert isinstance(made[2], WorkerDiedError)


def test_failures_and_what_cannot_be_sent():
    data = np.zeros(100_000)
    with pytest.raises(ZeroDivisionError, match="item 1") as caught:
        parallel_backtest([1, 0], data, lambda item, _: 1 / item)
    assert isinstance(caught.value, TaskError)
    lock = threading.Lock()
    with pytest.raises(TypeError, match=r"the function cannot be sent.*lock"):
        parallel_backtest([1], data, lambda item, _: lock)
    with pytest.raises(TypeError, match=r"the result, a _thread\.lock, cannot be sent back"):
        parallel_backtest([1], data, lambda item, _: threading.Lock())


def test_work_inside_work_stays_in_its_fork():
    data = np.ones(100_000)

    def inner(item, given):
        return set(parallel_backtest(range(3), given, lambda _, again: (os.getpid(), again.sum()), 2)) == {
            (os.getpid(), 100_000.0)
        }

    assert parallel_backtest(range(2), data, inner, 2) == [True, True]


def test_workers_that_are_warm_are_left_alone(forks):
    warm = set(parallel_map(lambda _: os.getpid(), range(10), 2))
    forked = set(parallel_backtest(range(10), np.zeros(100_000), lambda _, given: os.getpid(), 2))
    assert forked.isdisjoint(warm) and len(forks) == 2
    assert set(parallel_map(lambda _: os.getpid(), range(10), 2)) <= warm | {w.process.pid for w in list(_pool._all)}


def test_calls_of_many_threads():
    data = np.arange(100_000.0)
    made: list = [None] * 4

    def call(number):
        made[number] = parallel_backtest(range(6), data, lambda item, given: given[number] + item, 2)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [[number + item for item in range(6)] for number in range(4)]


PROGRAM = """
import os, signal, sys, threading, time
import numpy as np
from peaktrade.core import _forks, _sharing
from peaktrade.core.parallel import parallel_backtest
_sharing.FORK_BYTES = 1 << 19
assert _forks.may_fork()
data = np.ones(100_000)
"""


def program(code, folder, **options):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + textwrap.dedent(code)],
        **{"cwd": folder, "capture_output": True, "text": True, "timeout": 600, "start_new_session": True, **options},
    )


def test_what_was_printed_is_printed_once(tmp_path):
    done = program(
        """
        print("before", end=";")  # waits to be written
        def tell(item, given):
            print(f"item {item};", end="")  # in one piece: two processes write here
        parallel_backtest(range(4), data, tell, 2)
        print("after", end=";")
        """,
        tmp_path,
    )
    assert done.stderr == ""
    parts = done.stdout.split(";")
    assert parts[0] == "before" and parts[-2] == "after"
    assert sorted(parts[1:-2]) == [f"item {item}" for item in range(4)]


@pytest.mark.parametrize("group", [True, False])
def test_control_c(tmp_path, group):
    done = program(
        f"""
        def work(item, given):
            if item >= 4:
                open(f"begun-{{item}}", "w").close()
                time.sleep(3600)
            return item
        def interrupt():
            while sum(name.startswith("begun-") for name in os.listdir()) < 2:
                time.sleep(0.01)
            os.killpg(0, signal.SIGINT) if {group} else os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=interrupt).start()
        try:
            parallel_backtest(range(20), data, work, 2)
        except KeyboardInterrupt as error:
            print("finished", sorted(error.finished))
        """,
        tmp_path,
    )
    assert done.stdout == "finished [0, 1, 2, 3]\n", done.stderr
    assert done.stderr == ""


def test_forks_end_when_their_parent_is_killed(tmp_path):
    # The forks' ends of the pipe are the last: it is at its end when both are gone.
    done = program(
        """
        def work(item, given):
            open(f"begun-{item}", "w").close()
            while not os.path.exists("killed"):
                time.sleep(0.01)
            return item
        def kill():
            while sum(name.startswith("begun-") for name in os.listdir()) < 2:
                time.sleep(0.01)
            open("killed", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Thread(target=kill).start()
        parallel_backtest(range(2), data, work, 2)
        """,
        tmp_path,
    )
    assert done.returncode == -signal.SIGKILL


class TestMayFork:
    may_fork = staticmethod(_forks.may_fork)

    def test_not_beside_threads_of_a_library_that_waits_for_them(self):
        ready, over = threading.Event(), threading.Event()

        def thread():  # one that Python does not know of
            ctypes.CDLL(None).prctl(15, b"polars-0", 0, 0, 0)
            ready.set()
            over.wait()

        before = self.may_fork()
        _thread.start_new_thread(thread, ())
        assert ready.wait(600)
        assert not self.may_fork()
        over.set()
        if before:  # earlier tests may have begun threads of polars
            while not self.may_fork():
                pass

    def test_not_where_it_cannot_look(self, monkeypatch):
        monkeypatch.setattr(_forks, "_threads_are_harmless", lambda: (_ for _ in ()).throw(PermissionError()))
        assert not self.may_fork()

    def test_after_polars_computed_data_are_mapped(self, tmp_path):
        done = program(
            """
            import polars as pl
            pl.DataFrame({"a": range(1000)}).group_by("a").len()
            assert not _forks.may_fork()
            def sum_in_polars(item, given):
                return float(pl.DataFrame({"a": given})["a"].sum()) + len(pl.DataFrame({"a": given}).group_by("a").len())
            print(parallel_backtest(range(2), data, sum_in_polars, 2))
            """,
            tmp_path,
        )
        assert done.stdout == "[100001.0, 100001.0]\n", done.stderr

    def test_after_numpy_arrow_and_peak_trade_computed_forks_compute_too(self, tmp_path):
        done = program(
            """
            import pandas as pd, pyarrow as pa, pyarrow.parquet as pq, peaktrade as pt
            close = 100 + np.sin(np.arange(20_000) / 50)
            bars = pd.DataFrame({"open": close, "high": close + 1, "low": close - 1, "close": close},
                                index=pd.date_range("2020", periods=len(close), freq="h"))
            def work(item, given):
                square = np.dot(np.ones((300, 300)), np.ones((300, 300))).sum()
                read = pq.read_table("bars.parquet").num_rows
                swept = pt.sweep(given, "sma_cross", {"fast": [5, 10], "slow": [20, 30]}, reuse=False)
                return square, read, swept.to_pandas()["total_return"].tolist()
            pq.write_table(pa.Table.from_pandas(bars), "bars.parquet")
            expected = work(0, bars)
            assert _forks.may_fork()
            assert parallel_backtest(range(4), bars, work, 2) == [expected] * 4
            print("same")
            """,
            tmp_path,
        )
        assert (done.stdout, done.stderr) == ("same\n", "")
