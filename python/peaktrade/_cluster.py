"""Sweeps on a Ray cluster: blocks of the grid as tasks, results kept as they come.

The driver puts the data into Ray's object store once; tasks read them there without copies. A task sweeps its block on
one core into a store of its own and gives that store's bytes back, checksums and keys included. The driver adds them to
its store, and at the end reads the result from there: so rows are the same bytes as on one machine, an interrupted
sweep goes on where it was, and nothing is computed twice. Tasks of workers and nodes that die are run again by Ray.

The driver is a process of its own (``_cluster_driver``), or the caller's where that is connected to Ray already.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import time

from . import _native
from ._sweep import SweepInterrupted, SweepResult, _show, _wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Rows = tuple[str, str, int, int]  # which are computed: the condition, how they are drawn, how many, the seed
    # The strategy's text, the axes, which rows, the metrics, options of a run, how many blocks the statistics have.
    Spec = tuple[str, dict[str, Any], Rows, list[str], dict[str, Any], int]

BLOCKS_PER_CORE = 8  # tasks for each core, so that cores end together
FEWEST_ROWS, MOST_ROWS = 16, 50_000  # of a task: a task costs Ray some milliseconds, and its results must not be large
TASKS_PER_CORE = 3  # that are with the cluster at a time
RETRIES = 8  # of a task whose worker or node dies
LOOK_S = 0.1


class Job:
    """What is swept: the arguments of ``_native.SweepJob``, as they can be sent."""

    def __init__(
        self,
        markets: list[tuple[str, Any, list[str]]],
        strategy: Any,
        axes: dict[str, Any],
        rows: Rows,
        names: list[str],
        run: dict[str, Any],
    ) -> None:
        self.markets = [(symbol, _bars(data), windows) for symbol, data, windows in markets]
        self.strategy = _definition(strategy)
        self.axes, self.rows, self.names, self.run = axes, rows, names, run

    def start(self, store: str, part: dict[str, Any], threads: int = 0) -> _native.SweepJob:
        """The sweep, or a part of it, on this machine."""
        common = (self.axes, *self.rows, self.names, self.run, threads, store, False, part)
        return _native.SweepJob(self.markets, self.strategy, *common)


def sweep_on_cluster(job: Job, address: str, store: str, show_progress: bool | None, blocks: int = 0) -> SweepResult:
    """Runs what is missing in ``store`` on the cluster; see ``peaktrade.sweep``. ``blocks``: of a part of a sweep."""
    if store:
        return _run(job, address, store, show_progress, blocks)
    with tempfile.TemporaryDirectory(prefix="peak_sweep_") as temporary:
        return _run(job, address, temporary, show_progress, blocks)


def _run(job: Job, address: str, store: str, show_progress: bool | None, blocks: int) -> SweepResult:
    if importlib.util.find_spec("ray") is None:
        raise ImportError("cluster= needs Ray: pip install 'peaktrade[ray]'")
    start = time.perf_counter()
    part: dict[str, Any] = {"blocks": blocks} if blocks else {}
    # What is wrong with the sweep is told before a cluster is asked.
    known = job.start(store, {**part, "only_kept": True}).take()
    missing = known.missing().tolist()
    if missing:
        show = sys.stderr.isatty() if show_progress is None else show_progress
        work = Work(job, known, missing, store, show)
        ray = sys.modules.get("ray")
        try:
            if ray is not None and ray.is_initialized():
                compute(ray, work)
            else:
                from ._cluster_driver import drive

                drive(work, address)
        except KeyboardInterrupt:
            result = job.start(store, {**part, "only_kept": True}).take()
            result.recount(result.reused - known.reused, known.reused, time.perf_counter() - start)
            raise SweepInterrupted(SweepResult(result)) from None
    final = job.start(store, part)
    _wait(final, False)
    result = final.take()
    result.recount(len(missing), known.reused, time.perf_counter() - start)
    return SweepResult(result)


class Work:
    """What the cluster is to compute, in plain data that go to another process."""

    def __init__(self, job: Job, known: Any, missing: list[int], store: str, show: bool) -> None:
        self.markets = [
            (symbol, {name: bars[name] for name in bars.columns}, windows) for symbol, bars, windows in job.markets
        ]
        self.spec: Spec = (
            job.strategy.to_toml(),
            job.axes,
            (job.rows[0], "all", 0, 1),
            job.names,
            job.run,
            known.blocks,
        )
        self.places = list(known.grid_places)
        self.missing, self.store, self.show = missing, store, show


def compute(ray: Any, work: Work) -> None:
    """Adds the missing rows to the store; ``ray`` is connected."""
    cores = max(int(ray.cluster_resources().get("CPU", 1)), 1)
    data = [ray.put(columns) for _, columns, _ in work.markets]
    spec = ray.put(work.spec)
    remote = ray.remote(num_cpus=1, max_retries=RETRIES)(sweep_block)
    blocks = iter(_blocks(work, cores))
    pending: dict[Any, int] = {}
    done, start, reported = 0, time.perf_counter(), 0.0

    def submit() -> bool:
        block = next(blocks, None)
        if block is None:
            return False
        market, window, places = block
        symbol = work.markets[market][0]
        pending[remote.remote(spec, data[market], symbol, window, places)] = len(places)
        return True

    try:
        while len(pending) < TASKS_PER_CORE * cores and submit():
            pass
        while pending:
            ready, _ = ray.wait(list(pending), num_returns=1, timeout=LOOK_S)
            for task in ready:
                name, rows_of_block = ray.get(task)
                _native.add_to_sweep_store(work.store, name, rows_of_block)
                done += pending.pop(task)
                submit()
            now = time.perf_counter() - start
            if work.show and now - reported >= LOOK_S:
                reported = now
                _show(done, len(work.missing), done / now)
    finally:
        for task in pending:
            ray.cancel(task, force=True)
        if work.show:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _blocks(work: Work, cores: int) -> Any:
    """Market, window and places of each task: rows that follow each other, which share most."""
    size = min(max(len(work.missing) // (cores * BLOCKS_PER_CORE) + 1, FEWEST_ROWS), MOST_ROWS)
    per_market = len(work.places)
    by_market: dict[int, list[int]] = {}
    for row in work.missing:
        by_market.setdefault(row // per_market, []).append(work.places[row % per_market])
    windows = max(len(work.markets[0][2]), 1)
    for swept, wanted in by_market.items():
        market = swept // windows
        window = work.markets[market][2][swept % windows : swept % windows + 1]
        for first in range(0, len(wanted), size):
            yield market, window, wanted[first : first + size]


_markets_here: dict[int, Any] = {}  # of this worker: bars by the address of their columns in the object store


def sweep_block(
    spec: Spec,
    columns: dict[str, Any],
    symbol: str,
    window: list[str],
    places: list[int],
) -> tuple[str, bytes]:
    """A task: the rows at ``places`` of one market, as the name and the bytes of the file that keeps them."""
    definition, axes, rows, names, run, blocks = spec
    address = columns["close"].ctypes.data
    bars = _markets_here.get(address)
    if bars is None:
        _markets_here.clear()
        bars = _markets_here[address] = _native.Bars(columns, symbol=symbol)
    strategy = _native.Strategy.from_toml(definition)
    with tempfile.TemporaryDirectory(prefix="peak_block_") as folder:
        part = {"places": places, "blocks": blocks}
        job = _native.SweepJob([(symbol, bars, window)], strategy, axes, *rows, names, run, 1, folder, False, part)
        note = job.take().note
        files = os.listdir(folder)
        if len(files) != 1:
            raise RuntimeError(f"a block's rows were not kept: {note or files}")
        with open(os.path.join(folder, files[0]), "rb") as file:
            return files[0], file.read()


def _bars(data: Any) -> _native.Bars:
    if isinstance(data, _native.Bars):
        return data
    return _native.read_bars(data) if isinstance(data, (str, os.PathLike)) else _native.Bars(data)


def _definition(strategy: Any) -> _native.Strategy:
    if isinstance(strategy, _native.Strategy):
        return strategy
    return _native.find_strategy(strategy)
