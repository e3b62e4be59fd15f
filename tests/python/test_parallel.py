"""peaktrade.core.parallel: order, failures, dying workers, shared data, Ctrl-C."""

import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import peaktrade as pt
from peaktrade.core import _pool
from peaktrade.core.parallel import (
    TaskError,
    WorkerDiedError,
    get_cpu_info,
    get_task_manager,
    parallel_apply,
    parallel_backtest,
    parallel_map,
)

BOTH = pytest.mark.parametrize("use_processes", [True, False])


def square(x):
    return x * x


def frame(rows):
    generator = np.random.default_rng(7)
    close = 100 * np.exp(np.cumsum(generator.normal(0, 0.01, rows)))
    return pd.DataFrame(
        {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close},
        index=pd.date_range("2020-01-01", periods=rows, freq="h", tz="UTC"),
    )


class TestCpuInfo:
    def test_counts_what_may_be_used(self):
        info = get_cpu_info()
        assert info["total_cores"] == info["performance_cores"] + info["efficiency_cores"]
        assert 1 <= info["total_cores"] <= info["machine_cores"]
        assert info["simd_level"]
        assert set(info["cache_bytes"]) == {"l1_data", "l1_instruction", "l2", "l3", "line"}

    @pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
    def test_follows_affinity(self):
        code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        code += "from peaktrade.core.parallel import get_cpu_info; print(get_cpu_info()['total_cores'])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["1"]


class TestParallelMap:
    @BOTH
    def test_keeps_order_for_any_iterable_and_function(self, use_processes):
        offset = 3
        expected = [x * x + offset for x in range(100)]
        assert parallel_map(lambda x: x * x + offset, range(100), use_processes=use_processes) == expected
        assert parallel_map(square, (x for x in range(50)), 2, use_processes) == [x * x for x in range(50)]
        assert parallel_map("{}!".format, ["a", "b"], use_processes=use_processes) == ["a!", "b!"]
        assert parallel_map(square, {3}, use_processes=use_processes) == [9]

    @BOTH
    def test_empty(self, use_processes):
        assert parallel_map(square, [], use_processes=use_processes) == []
        assert parallel_map(square, iter(()), use_processes=use_processes) == []

    @pytest.mark.parametrize("chunksize", [1, 7, 1000])
    def test_chunks_change_nothing(self, chunksize):
        assert parallel_map(square, range(40), chunksize=chunksize) == [x * x for x in range(40)]

    def test_chunks_follow_what_an_item_took_last_time(self, monkeypatch):
        from peaktrade.core import _processes

        def size(seconds):
            monkeypatch.setattr(_processes, "_item_seconds", {square.__code__: seconds} if seconds is not None else {})
            return _processes.ProcessRun(square, list(range(10)), 2, None, False).chunksize

        assert size(None) == 1, "not known: an eighth of a worker's share, rounded up"
        assert size(1e-6) == 5, "short ones: as few chunks as there are workers"
        assert size(0.0005) == 4, "2 ms of work to a chunk"
        assert size(1.0) == 1, "long ones: as if nothing were known"
        parallel_map(square, range(10), 2)
        assert square.__code__ in _processes._item_seconds

    @BOTH
    def test_first_failure_with_index_and_traceback(self, use_processes):
        def slow_to_fail(x):
            if x == 3:
                time.sleep(0.05)  # later than item 17
            if x in (3, 17):
                raise ValueError(f"bad value {x}")
            return x

        with pytest.raises(ValueError, match="item 3: ValueError: bad value 3") as caught:
            parallel_map(slow_to_fail, range(20), 2, use_processes, chunksize=1)
        error = caught.value
        assert isinstance(error, TaskError)
        assert error.index == 3
        assert isinstance(error.exception, ValueError)
        assert "slow_to_fail" in error.traceback
        assert 'raise ValueError(f"bad value {x}")' in str(error)

    @BOTH
    def test_collect_puts_errors_in_their_places(self, use_processes):
        made = parallel_map(lambda x: 1 / x, [1, 0, 2, 0], use_processes=use_processes, on_error="collect")
        assert made[0] == 1.0
        assert made[2] == 0.5
        for index in (1, 3):
            assert isinstance(made[index], TaskError)
            assert isinstance(made[index], ZeroDivisionError)
            assert made[index].index == index

    @BOTH
    def test_exceptions_of_every_shape(self, use_processes):
        class Odd(Exception):
            def __init__(self, a, b):  # cannot be unpickled from its message
                super().__init__(f"{a} and {b}")

        def fail(kind):
            raise {
                "odd": Odd(1, 2),
                "os": FileNotFoundError(2, "No such file", "x.csv"),
                "key": KeyError("fast"),
                "unicode": UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"),
                "exit": SystemExit(4),
            }[kind]

        kinds = ["odd", "os", "key", "unicode", "exit"]
        made = parallel_map(fail, kinds, use_processes=use_processes, on_error="collect")
        assert [type(error).__mro__.index(TaskError) >= 0 for error in made] == [True] * 5
        assert "1 and 2" in str(made[0])
        assert isinstance(made[1], FileNotFoundError)
        assert isinstance(made[2], KeyError)
        assert "SystemExit" in str(made[4])

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"fn": None}, TypeError, "fn must be a function, not None"),
            ({"fn": 3}, TypeError, "fn must be a function, not int"),
            ({"items": None}, TypeError, "items must be an iterable, not None"),
            ({"items": 5}, TypeError, "items must be an iterable, not int"),
            ({"items": "abc"}, TypeError, "items is a str"),
            ({"items": pd.DataFrame({"a": [1]})}, TypeError, "items is one pandas.DataFrame"),
            ({"max_workers": 0}, ValueError, "max_workers must be at least 1, not 0"),
            ({"max_workers": -2}, ValueError, "max_workers must be at least 1"),
            ({"max_workers": 1.5}, TypeError, "max_workers must be a whole number"),
            ({"max_workers": True}, TypeError, "max_workers must be a whole number"),
            ({"max_workers": "2"}, TypeError, "max_workers must be a whole number"),
            ({"chunksize": 0}, ValueError, "chunksize must be at least 1"),
            ({"on_error": "colect"}, ValueError, "did you mean 'collect'"),
            ({"on_error": None}, ValueError, "'raise' or 'collect', not None"),
        ],
    )
    def test_wrong_arguments(self, arguments, kind, message):
        with pytest.raises(kind, match=message):
            parallel_map(**{"fn": square, "items": [1], **arguments})

    def test_what_cannot_be_sent(self):
        lock = threading.Lock()
        with pytest.raises(TypeError, match=r"the function cannot be sent.*lock.*use_processes=False"):
            parallel_map(lambda x: (x, lock), [1])
        with pytest.raises(TypeError, match="item 2 cannot be sent"):
            parallel_map(square, [1, 2, lock, 3], chunksize=4)
        with pytest.raises(TypeError, match=r"item 1: TypeError: the result, a _thread\.lock, cannot be sent back"):
            parallel_map(lambda x: threading.Lock() if x else x, [0, 1])
        assert parallel_map(lambda x: (x, lock)[0], [1], use_processes=False) == [1]

    def test_a_generator_that_raises(self):
        def items():
            yield 1
            raise OSError("the disk is gone")

        with pytest.raises(OSError, match="the disk is gone"):
            parallel_map(square, items())

    def test_a_worker_that_dies_is_reported(self):
        with pytest.raises(WorkerDiedError, match=r"item 5: the worker process died \(SIGKILL") as caught:
            parallel_map(lambda x: os.kill(os.getpid(), signal.SIGKILL) if x == 5 else x, range(12), 1)
        assert caught.value.indices == [5]
        assert parallel_map(square, range(5)) == [0, 1, 4, 9, 16]  # a new pool is there at once

    def test_a_worker_that_dies_costs_only_its_item_when_collecting(self):
        made = parallel_map(lambda x: os._exit(3) if x in (5, 8) else x, range(12), 2, on_error="collect")
        assert [x for x in made if not isinstance(x, TaskError)] == [0, 1, 2, 3, 4, 6, 7, 9, 10, 11]
        for index in (5, 8):
            assert isinstance(made[index], WorkerDiedError)
            assert made[index].indices == [index]

    def test_a_warm_worker_that_is_gone_is_replaced(self):
        for pid in set(parallel_map(lambda _: os.getpid(), range(20), 2)):
            os.kill(pid, signal.SIGKILL)
        assert parallel_map(square, range(20), 2) == [x * x for x in range(20)]

    def test_an_item_that_kills_before_it_begins(self):
        class Bomb:
            def __reduce__(self):
                return os._exit, (3,)

        with pytest.raises(WorkerDiedError, match=r"item 2: the worker process died \(exit status 3\)"):
            parallel_map(lambda x: x, [0, 1, Bomb(), 3], 2, chunksize=1)
        made = parallel_map(lambda x: x, [0, Bomb(), 2], 2, chunksize=1, on_error="collect")
        assert (made[0], made[1].index, made[2]) == (0, 1, 2)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_a_child_of_a_worker_does_not_hide_its_death(self, tmp_path):
        def die(x):
            if x == 1 and os.fork() > 0:
                os._exit(3)
            while x == 1 and not (tmp_path / "over").exists():
                time.sleep(0.01)  # the child, which has the worker's socket too
            if x == 1:
                os._exit(0)
            return x

        made = parallel_map(die, range(4), 2, chunksize=1, on_error="collect")
        (tmp_path / "over").touch()
        assert made[0] == 0 and made[2:] == [2, 3]
        assert isinstance(made[1], WorkerDiedError)

    def test_nothing_is_begun_after_a_failure(self, tmp_path):
        def fail(x):
            if x == 0:
                while not (tmp_path / "begun 10").exists():
                    time.sleep(0.001)
                raise ValueError("first")
            (tmp_path / f"begun {x}").touch()
            while x == 10 and not (tmp_path / "over").exists():
                time.sleep(0.001)
            return x

        # The second worker is at item 10 of 10 to 19 when item 0 fails, and ends with it.
        def end():
            while not any(worker.stopped_after == 0 for worker in list(_pool._all)):
                time.sleep(0.001)
            (tmp_path / "over").touch()

        thread = threading.Thread(target=end)
        thread.start()
        with pytest.raises(ValueError, match="item 0: ValueError: first"):
            parallel_map(fail, range(20), 2, chunksize=10)
        thread.join()
        assert {entry.name for entry in tmp_path.iterdir()} == {"begun 10", "over"}

    def test_calls_of_many_threads_share_the_workers(self):
        def call(base):
            return parallel_map(lambda x: (base + x, os.getpid()), range(20), 2)

        with ThreadPoolExecutor(6) as threads:
            made = list(threads.map(call, range(0, 600, 100)))
        assert [[value for value, _ in part] for part in made] == [
            list(range(base, base + 20)) for base in range(0, 600, 100)
        ]
        assert len({pid for part in made for _, pid in part}) <= 2

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_after_a_fork_the_child_has_workers_of_its_own(self):
        code = textwrap.dedent("""
            import os
            from peaktrade.core.parallel import parallel_map
            pids = set(parallel_map(lambda _: os.getpid(), range(20), 2))
            child = os.fork()
            theirs = set(parallel_map(lambda _: os.getpid(), range(20), 2))
            if child == 0:
                os._exit(len(pids & theirs))
            assert theirs <= pids
            print(os.waitpid(child, 0)[1])
        """)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
        assert (done.stdout, done.stderr) == ("0\n", "")

    def test_the_only_item_dies(self):
        made = parallel_map(lambda x: os._exit(1), [0], on_error="collect")
        assert isinstance(made[0], WorkerDiedError)

    @BOTH
    def test_a_map_inside_a_map(self, use_processes):
        def rows(x):
            return parallel_map(lambda y: x * y, range(4), use_processes=use_processes)

        assert parallel_map(rows, range(4), use_processes=use_processes) == [
            [x * y for y in range(4)] for x in range(4)
        ]

    def test_processes_inside_threads(self):
        made = parallel_map(lambda x: parallel_map(lambda y: x + y, range(3)), range(4), use_processes=False)
        assert made == [[x, x + 1, x + 2] for x in range(4)]

    def test_a_failure_inside_a_map_inside_a_map(self):
        with pytest.raises(TaskError, match=r"item 1: .*item 0: ZeroDivisionError"):
            parallel_map(lambda x: parallel_map(lambda y: 1 / y, [1 - x]), range(2))

    def test_processes_stay_warm(self):
        assert (
            len(set(parallel_map(lambda _: os.getpid(), range(50), 1) + parallel_map(lambda _: os.getpid(), [1], 1)))
            == 1
        )

    def test_functions_of_a_module_that_workers_cannot_import(self, tmp_path):
        file = tmp_path / "hidden_strategies.py"
        file.write_text(
            "LEVEL = 5\nclass Rule:\n    def __call__(self, x):\n        return x + LEVEL\ndef add(x): return x + LEVEL\n"
        )
        spec = importlib.util.spec_from_file_location("hidden_strategies", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["hidden_strategies"] = module
        try:
            spec.loader.exec_module(module)
            assert parallel_map(module.add, range(3)) == [5, 6, 7]
            assert parallel_map(module.Rule(), range(3)) == [5, 6, 7]
            assert parallel_map(lambda rule: rule(1), [module.Rule()]) == [6]
        finally:
            del sys.modules["hidden_strategies"]

    def test_a_bar_only_on_a_terminal(self, capfd):
        parallel_map(square, range(10), show_progress=True)
        parallel_map(square, range(10), use_processes=False, show_progress=True)
        out, err = capfd.readouterr()
        assert out == ""
        assert err == ""


INTERRUPTED = """
import os, signal, sys, threading, time
from peaktrade.core.parallel import parallel_map
def work(x):
    if x >= 4:
        open(f"begun-{{x}}", "w").close()
        time.sleep(3600)
    return x
def interrupt():
    # Both workers are at an item that lasts, and begin one only when the one before is answered: those before are finished.
    while sum(name.startswith("begun-") for name in os.listdir()) < 2:
        time.sleep(0.01)
    os.killpg(0, signal.SIGINT) if {group} else os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    parallel_map(work, range(20), 2, {use_processes}, chunksize=1)
except KeyboardInterrupt as error:
    print("finished", sorted(error.finished))
"""


@BOTH
@pytest.mark.parametrize("group", [True, False])
def test_control_c_stops_at_once_and_keeps_what_is_finished(tmp_path, use_processes, group):
    code = INTERRUPTED.format(use_processes=use_processes, group=group)
    # The items that sleep for an hour are not waited for.
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=600, start_new_session=True
    )
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert lines["finished"] == "[0, 1, 2, 3]", done.stderr
    assert "Traceback" not in done.stderr


class TestParallelBacktest:
    def test_own_function_in_strategy_order(self):
        data = frame(500)
        expected = [float(data["close"].rolling(n).mean().iloc[-1]) for n in range(2, 12)]
        made = parallel_backtest(range(2, 12), data, lambda n, d: float(d["close"].rolling(n).mean().iloc[-1]), 2)
        assert made == expected

    def test_a_mapping_gives_a_dict(self):
        made = parallel_backtest({"a": 1, "b": 2}, frame(10), lambda s, d: s * len(d))
        assert made == {"a": 10, "b": 20}

    @pytest.mark.parametrize("shape", ["pandas", "polars", "arrow", "numpy", "bars", "dict"])
    def test_large_data_arrive_whole(self, shape):
        rows = 40_000  # beyond what is sent through the pipe
        pandas = frame(rows)
        data = {
            "pandas": lambda: pandas,
            "polars": lambda: pl.from_pandas(pandas.reset_index(names="time")),
            "arrow": lambda: pl.from_pandas(pandas.reset_index(names="time")).to_arrow(),
            "numpy": lambda: pandas["close"].to_numpy(),
            "bars": lambda: pt.Bars(pandas),
            "dict": lambda: {"BTC/USD": pandas, "ETH/USD": pandas * 2},
        }[shape]()

        def same(number, given):
            if shape == "pandas":
                pd.testing.assert_frame_equal(given, pandas)
            elif shape == "polars":
                assert given.equals(pl.from_pandas(pandas.reset_index(names="time")))
            elif shape == "arrow":
                assert given.column("close").to_pylist()[-1] == pandas["close"].iloc[-1]
            elif shape == "numpy":
                assert not given.flags.writeable
                assert (given == pandas["close"].to_numpy()).all()
            elif shape == "bars":
                assert (given["close"] == pandas["close"].to_numpy()).all()
                assert given.fingerprint == pt.Bars(pandas).fingerprint
            else:
                pd.testing.assert_frame_equal(given["ETH/USD"], pandas * 2)
            return number

        assert parallel_backtest(range(4), data, same, 2) == [0, 1, 2, 3]

    def test_a_worker_serves_call_after_call(self):
        data = np.arange(60_000.0)  # beyond what is sent through the pipe: the worker is told to let it go
        made = [parallel_backtest([1], data, lambda _, given: (os.getpid(), len(given)), 1)[0] for _ in range(100)]
        assert set(made) == {(made[0][0], 60_000)}

    def test_memory_mapped_files_are_mapped_again(self, tmp_path):
        values = np.arange(60_000.0).reshape(300, 200)
        np.save(tmp_path / "values.npy", values)
        mapped = np.load(tmp_path / "values.npy", mmap_mode="r")

        def look(_, given):
            return type(given).__name__, float(given.sum()), given.shape

        assert parallel_backtest([1], mapped, look) == [("memmap", values.sum(), (300, 200))]
        assert parallel_backtest([1], mapped[10:20, 5:], look)[0][1] == values[10:20, 5:].sum()

    def test_shared_data_are_read_only_and_the_message_says_what_to_do(self):
        def write(_, array):
            array[0] = 1.0

        with pytest.raises(ValueError, match=r"read-only(.|\n)*data\.copy\(\)"):
            parallel_backtest([1], np.zeros(100_000), write)

    def test_own_strategies_run_natively(self):
        data = frame(2_000)
        made = parallel_backtest(["sma_cross", ("sma_cross", {"fast": 5, "slow": 20})], data, commission=0.001)
        assert (
            made[0].metrics["final_equity"] == pt.backtest(data, "sma_cross", commission=0.001).metrics["final_equity"]
        )
        single = pt.backtest(data, "sma_cross", {"fast": 5, "slow": 20}, commission=0.001)
        assert made[1].metrics["final_equity"] == single.metrics["final_equity"]
        named = parallel_backtest({"cross": "sma_cross"}, data)
        assert list(named) == ["cross"]

    def test_wrong_arguments(self):
        data = frame(50)
        with pytest.raises(TypeError, match="data is None"):
            parallel_backtest(["sma_cross"], None)
        with pytest.raises(TypeError, match="strategies must be an iterable, not None"):
            parallel_backtest(None, data)
        with pytest.raises(TypeError, match="strategies is a str"):
            parallel_backtest("sma_cross", data)
        with pytest.raises(TypeError, match="backtest_func must be a function, not int"):
            parallel_backtest([1], data, 5)
        with pytest.raises(TypeError, match=r"no argument 'fees' with a backtest_func"):
            parallel_backtest([1], data, lambda s, d: s, fees=1)
        with pytest.raises(TypeError, match="this one has 3 parts"):
            parallel_backtest([("sma_cross", {}, 1)], data)
        with pytest.raises(KeyError, match=r"item 1: .*sma_cros"):
            parallel_backtest(["sma_cross", "sma_cros"], data)
        assert parallel_backtest([], data) == []
        assert parallel_backtest([], data, lambda s, d: s) == []
        assert parallel_backtest([1], pd.DataFrame(), lambda s, d: len(d)) == [0]

    def test_collect(self):
        made = parallel_backtest(["sma_cross", "nonsense"], frame(100), on_error="collect")
        assert isinstance(made[1], TaskError)
        assert made[0].metrics["trades"] >= 0


class TestParallelApply:
    def test_lists_dicts_and_groups(self):
        frames = {"a": frame(10), "b": frame(20)}
        assert parallel_apply(len, frames.values()) == [10, 20]
        assert parallel_apply(len, frames) == {"a": 10, "b": 20}
        table = pd.DataFrame({"symbol": ["x", "y", "x"], "close": [1.0, 2.0, 3.0]})
        assert parallel_apply(lambda f: float(f["close"].sum()), table.groupby("symbol")) == {"x": 4.0, "y": 2.0}

    def test_large_frames(self):
        frames = [frame(40_000) * (i + 1) for i in range(5)]
        expected = [float(f["close"].sum()) for f in frames]
        assert parallel_apply(lambda f: float(f["close"].sum()), frames) == expected

    def test_one_frame_is_refused(self):
        with pytest.raises(TypeError, match=r"frames is one pandas.DataFrame; give a list or a dict of frames"):
            parallel_apply(len, frame(3))


class TestTaskManager:
    def test_one_for_a_process(self):
        assert get_task_manager() is get_task_manager()

    def test_cpu_and_io(self):
        manager = get_task_manager()
        assert manager.execute_cpu_tasks(lambda x: x + 1, range(5)) == [1, 2, 3, 4, 5]
        all_inside = threading.Barrier(8)  # nobody leaves before eight are in it at once
        assert manager.execute_io_tasks(lambda x: (all_inside.wait(300), x)[1], range(8)) == list(range(8))

    def test_coroutine_functions(self):
        async def fetch(x):
            return x * 10

        assert get_task_manager().execute_io_tasks(fetch, [1, 2]) == [10, 20]

    def test_mixed(self):
        manager = get_task_manager()
        made = manager.map_mixed(lambda x: (x, os.getpid()), lambda pair: (pair[0], pair[1] != os.getpid()), range(6))
        assert made == [(x, True) for x in range(6)]
        with pytest.raises(ZeroDivisionError, match="item 2"):
            manager.map_mixed(lambda x: x, lambda x: 1 / (x - 2), range(4))


def runs(pid):
    """Whether there is such a process that has not ended; containers may have nobody who buries those that have."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_workers_end_with_the_program(tmp_path):
    code = textwrap.dedent("""
        import os
        from peaktrade.core.parallel import parallel_map
        print(*set(parallel_map(lambda _: os.getpid(), range(20), 2)))
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=900, check=True)
    assert done.stderr == ""
    deadline = time.monotonic() + 600
    left = [int(pid) for pid in done.stdout.split()]
    while any(map(runs, left)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(runs, left))
