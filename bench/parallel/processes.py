"""What peaktrade.core.parallel costs: overhead of an item, speed-up of an own function on shared data, memory.

    python bench/parallel/processes.py [MEGABYTES]      1000 if not given

Prints the best of several rounds. Memory is the proportional set size of this process and its workers, before and during.
"""

import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

from peaktrade.core._forks import may_fork
from peaktrade.core.parallel import get_cpu_info, parallel_backtest, parallel_map

ROUNDS = 5


def best(work):
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def overhead():
    parallel_map(lambda x: x, range(10))
    for count in (10, 100, 1_000, 10_000):
        seconds = best(lambda count=count: parallel_map(lambda x: x, range(count)))
        print(f"parallel_map, processes, {count:>6} items: {seconds / count * 1e6:8.1f} us an item")


def tree_megabytes():
    """Proportional set size of this process and those that it started."""
    pids, total = [os.getpid()], 0
    for pid in pids:
        try:
            pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 1024


class Highest:
    """Samples the memory of all processes from a thread, and keeps the highest."""

    def __enter__(self):
        self.value = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self):
        while not self._done.wait(0.1):
            self.value = max(self.value, tree_megabytes())

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


def own_function(period, frame):
    """Something like a backtest in numpy, some ms for each period, on a stretch of its own of the closes."""
    first = (period * 7_919_000) % (len(frame) - 20_000)
    close = frame["close"].to_numpy()[first : first + 20_000]
    total = 0.0
    for repeat in range(20):
        average = np.convolve(close, np.full(16, 1 / 16), "valid")
        total += float((average > close[15:] * (1 + period * 1e-6 + repeat * 1e-9)).sum())
    return total


def read_all(_, frame):
    """Has each page of the data in its own memory's count."""
    return float(frame["close"].sum())


def shared(megabytes):
    rows = megabytes * 1_000_000 // (5 * 8)
    values = np.random.default_rng(1).normal(100, 1, (rows, 5))
    frame = pd.DataFrame(values, columns=["open", "high", "low", "close", "volume"], copy=False)
    print("workers are", "forks of this process" if may_fork() else "warm processes that map a copy")
    periods = list(range(1, 401))
    expected = [own_function(period, frame) for period in periods]
    one, two = [], []
    for _ in range(ROUNDS):  # interleaved: what else the machine does meets both
        for workers, times in ((1, one), (2, two)):
            started = time.perf_counter()
            made = parallel_backtest(periods, frame, own_function, workers)
            times.append(time.perf_counter() - started)
            assert made == expected
    print(
        f"parallel_backtest, own function, {len(periods)} items of {min(one) / len(periods) * 1e3:.1f} ms, {megabytes} MB:"
    )
    pairs = ", ".join(f"{a / b:.2f}" for a, b in zip(one, two, strict=True))
    print(f"  one worker {min(one):.2f} s, two {min(two):.2f} s: {min(one) / min(two):.2f}x (rounds: {pairs})")
    before = tree_megabytes()
    with Highest() as highest:
        parallel_backtest(range(4), frame, read_all, 2)
    grown = highest.value - before
    print(
        f"  memory of all processes: {before:.0f} MB before, at most {highest.value:.0f} MB during: {grown / megabytes:+.1%} of the data"
    )


if __name__ == "__main__":
    print(get_cpu_info()["model"], get_cpu_info()["total_cores"], "cores")
    if "--data-only" not in sys.argv:
        overhead()
    shared(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
