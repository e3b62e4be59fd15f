#!/usr/bin/env python3
"""What a sweep on a cluster costs beside its work, and how far it scales.

    scaling.py [--rows N] [--bars N] [--row-us X] [--cores 1 8 64 512 1000]

Measures on a local Ray (as many workers as this machine has cores): the driver's time for a task without work, the time
and the bytes with which a row comes back and is kept, and the time of a row's work. From these it simulates a sweep on
many cores, event by event: the driver hands out and takes in one task after the other, each core does one task at a
time. Needs peaktrade[ray].
"""

from __future__ import annotations

import argparse
import heapq
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import ray

import peaktrade as pt
from peaktrade import _cluster, _native


@dataclass(frozen=True)
class Costs:
    task_s: float  # of the driver for each task
    taken_in_s: float  # of the driver for each row
    row_bytes: float
    row_s: float  # of a core


def market(bars: int) -> dict[str, np.ndarray]:
    close = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, bars)))
    time_ns = np.arange(bars) * 3_600_000_000_000
    return {"time": time_ns, "open": close, "high": close * 1.01, "low": close * 0.99, "close": close}


def nothing() -> None:
    pass


def measured_costs(bars: int) -> Costs:
    empty = ray.remote(num_cpus=1)(nothing)
    ray.get([empty.remote() for _ in range(200)])
    start = time.perf_counter()
    ray.get([empty.remote() for _ in range(1000)])
    task_s = (time.perf_counter() - start) / 1000
    grid = {"fast": (2.0, 101.0, 1.0), "slow": (110.0, 209.0, 1.0)}
    rows = 10_000
    spec = (_native.find_strategy("sma_cross").to_toml(), grid, ("", "all", 0, 1), ["sharpe"], {"size_step": 1}, 16)
    places = list(range(0, rows, 5))
    start = time.perf_counter()
    name, data = _cluster.sweep_block(spec, market(bars), "", [], places)
    row_s = (time.perf_counter() - start) / len(places)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        _native.add_to_sweep_store(folder, name, data)
        taken_in = (time.perf_counter() - start) / len(places)
    return Costs(task_s, taken_in, len(data) / len(places), row_s)


def simulated_s(rows: int, cores: int, costs: Costs) -> float:
    """When the last row is taken in."""
    size = min(max(rows // (cores * _cluster.BLOCKS_PER_CORE) + 1, _cluster.FEWEST_ROWS), _cluster.MOST_ROWS)
    blocks = [min(size, rows - first) for first in range(0, rows, size)]
    blocks.reverse()
    driver, free, running = 0.0, [0.0] * cores, []
    while blocks or running:
        while blocks and len(running) < _cluster.TASKS_PER_CORE * cores:
            driver += costs.task_s
            count = blocks.pop()
            begins = max(heapq.heappop(free), driver)
            heapq.heappush(free, begins + count * costs.row_s)
            heapq.heappush(running, (begins + count * costs.row_s, count))
        ends, count = heapq.heappop(running)
        driver = max(driver, ends) + count * costs.taken_in_s
    return driver


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="combinations (1,000,000)")
    parser.add_argument("--bars", type=int, default=10_000, help="bars of the market (10,000)")
    parser.add_argument("--row-us", type=float, help="work of a row in microseconds (measured: a run of its own)")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2, 8, 32, 128, 512, 1000], help="cores to simulate")
    arguments = parser.parse_args()
    ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
    costs = measured_costs(arguments.bars)
    ray.shutdown()
    if arguments.row_us is not None:
        costs = Costs(costs.task_s, costs.taken_in_s, costs.row_bytes, arguments.row_us * 1e-6)
    print(f"{Path(__file__).name}: peaktrade {pt.__version__}, ray {ray.__version__}, {arguments.bars:,} bars")
    print(f"a task costs the driver {costs.task_s * 1e3:.3g} ms; a row {costs.taken_in_s * 1e6:.3g} us and")
    print(f"{costs.row_bytes:.0f} bytes of transfer; a row's work on a core takes {costs.row_s * 1e6:.4g} us\n")
    print(f"| cores | {arguments.rows:,} rows | times as fast | share of the ideal |")
    print("|---|---|---|---|")
    alone = simulated_s(arguments.rows, 1, costs)
    for cores in arguments.cores:
        seconds = simulated_s(arguments.rows, cores, costs)
        print(f"| {cores:,} | {seconds:,.1f} s | {alone / seconds:,.1f} | {alone / seconds / cores:.0%} |")


if __name__ == "__main__":
    main()
