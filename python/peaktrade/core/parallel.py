"""Work on many cores: maps over items, backtests of many strategies, and which cores there are.

    from peaktrade.core.parallel import get_cpu_info, parallel_backtest, parallel_map

    get_cpu_info()["performance_cores"]
    parallel_map(lambda x: x * x, range(1000))                       # processes; closures and lambdas work
    parallel_backtest(strategies, data, backtest_func)               # your own function; data is shared, not copied
    parallel_backtest(["sma_cross", "rsi_reversal"], data)           # Peak Trade's own strategies, natively on threads

Results come in the order of the input. Worker processes stay warm between calls; work inside a worker that asks for more
processes runs where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ._task_error import TaskError, WorkerDiedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeVar, overload

    from .._result import BacktestResult
    from ._task_manager import TaskManager

    Item = TypeVar("Item")
    Made = TypeVar("Made")
    Key = TypeVar("Key")
    OnError = Literal["raise", "collect"]

__all__ = [
    "TaskError",
    "WorkerDiedError",
    "get_cpu_info",
    "get_task_manager",
    "parallel_apply",
    "parallel_backtest",
    "parallel_map",
]


def get_cpu_info() -> dict[str, Any]:
    """The cores of this machine, and which of them this process may use; told by the system, never guessed.

    ``total_cores``, ``performance_cores``, ``efficiency_cores``
        What may be used now: within affinity, cpusets and the control group's quota (rounded up). Total is the sum of the
        others; cores of a machine with one kind are performance cores. A core is what the system schedules on.
    ``model``, ``simd_level``, ``cache_bytes`` (``l1_data, l1_instruction, l2, l3, line``)
        The processor, what the kernels use of it, and its caches; None where the system does not tell.
    ``cgroup_limit``
        The quota in cores (1.5), or None.
    ``machine_cores``, ``machine_physical_cores``, ``machine_performance_cores``, ``machine_efficiency_cores``
        What there is, whoever may use it.
    ``source``, ``performance_cpus``, ``efficiency_cpus``
        Who told the kinds apart ("intel_hybrid", "cpu_capacity", "perflevel", "uniform"), and the cores' numbers.
    """
    from .. import _native

    return _native.cpu_info()


if TYPE_CHECKING:

    @overload
    def parallel_map(
        fn: Callable[[Item], Made],
        items: Iterable[Item],
        max_workers: int | None = None,
        use_processes: bool = True,
        show_progress: bool = False,
        on_error: Literal["raise"] = "raise",
        chunksize: int | None = None,
    ) -> list[Made]: ...
    @overload
    def parallel_map(
        fn: Callable[[Item], Made],
        items: Iterable[Item],
        max_workers: int | None = None,
        use_processes: bool = True,
        show_progress: bool = False,
        *,
        on_error: Literal["collect"],
        chunksize: int | None = None,
    ) -> list[Made | TaskError]: ...
    @overload
    def parallel_map(
        fn: Callable[[Item], Made],
        items: Iterable[Item],
        max_workers: int | None = None,
        use_processes: bool = True,
        show_progress: bool = False,
        on_error: str = "raise",
        chunksize: int | None = None,
    ) -> list[Any]: ...


def parallel_map(
    fn: Callable[[Any], Any],
    items: Iterable[Any],
    max_workers: int | None = None,
    use_processes: bool = True,
    show_progress: bool = False,
    on_error: str = "raise",
    chunksize: int | None = None,
) -> list[Any]:
    """``[fn(item) for item in items]`` on many cores; results in the order of items.

    fn
        Any callable: functions, methods, closures and lambdas go to processes too.
    items
        Any iterable, generators among them; it is read before work begins.
    max_workers (None)
        None: the performance cores that may be used; with threads four times as many, at least 8.
    use_processes (True)
        False: threads of this process, for work that waits (network, files) or releases the interpreter's lock.
    show_progress (False)
        A bar on the terminal; nothing where the output is piped.
    on_error ("raise")
        ``"raise"``: the failure of the first item that fails, as a ``TaskError`` that is also of the exception's own class,
        with the item's index and the worker's traceback; later items are not begun. ``"collect"``: a ``TaskError`` in the
        failed item's place.
    chunksize (None)
        Items sent to a process at a time. None: one while there are few, then an eighth of a worker's share.

    A worker process that dies is a ``WorkerDiedError`` of the item that it was at; with ``"collect"`` the others go on. On
    Ctrl-C the ``KeyboardInterrupt`` has what was finished, by index, in ``finished``; threads begin nothing more.
    """
    from . import _arguments, _threads, _worker

    _arguments.check_callable(fn, "fn")
    _arguments.check_flag(use_processes, "use_processes")
    collect = _arguments.collects(on_error)
    workers = _arguments.workers(max_workers, use_processes)
    size = _arguments.positive(chunksize, "chunksize")
    run = None
    try:
        values = _arguments.listed(items, "items")
        if not values:
            return []
        if not use_processes:
            run = _threads.ThreadRun(fn, values, workers, collect)
        elif not _worker.inside:
            from ._processes import ProcessRun

            run = ProcessRun(fn, values, workers, size, collect)
        with _arguments.progress(show_progress, len(values)) as advance:
            return _threads.run_here(fn, values, collect, advance) if run is None else run.run(advance)
    except KeyboardInterrupt as interrupt:
        # Whenever it came: a handler that reads `finished` need not ask whether work had begun.
        interrupt.finished = {} if run is None else run.kept()  # pyright: ignore[reportAttributeAccessIssue]
        raise


class _WithShared:
    """A function of an item and of what all items share; pickled once for a call, its data in mapped memory."""

    def __init__(self, function: Callable[[Any, Any], Any], shared: Any) -> None:
        self.function = function
        self.shared = shared

    def __call__(self, item: Any) -> Any:
        return self.function(item, self.shared)


def parallel_backtest(
    strategies: Iterable[Any] | Mapping[Any, Any],
    data: Any,
    backtest_func: Callable[[Any, Any], Any] | None = None,
    max_workers: int | None = None,
    *,
    use_processes: bool = True,
    show_progress: bool = False,
    on_error: str = "raise",
    **options: Any,
) -> Any:
    """``[backtest_func(strategy, data) for strategy in strategies]`` on many cores.

    strategies
        Any iterable, or a mapping of names to strategies: then the result is a dict with the same keys.
    data
        Whatever ``backtest_func`` wants: frames, arrays, Arrow tables, dicts of them. Workers see it read-only: change a
        copy of it (``data.copy()``). On Linux, 64 MB or more are not copied at all: workers are forks of this process, unless
        threads of a library are about that forks cannot go on without (polars after its first computation, OpenMP). Else
        it is put into shared memory once and mapped by every worker.
    backtest_func (None)
        Your function. Without one, the strategies are Peak Trade's own (names, strategy files, ``Strategy``, ``Signals``,
        or a tuple of one of these and its parameters) and run natively on threads: ``options`` are those of
        ``peaktrade.backtest``.
    max_workers, use_processes, show_progress, on_error
        As in ``parallel_map``.
    """
    from . import _arguments

    if data is None:
        raise TypeError("parallel_backtest(): data is None; give what the backtests run on")
    keys, values = _arguments.keyed(strategies, "strategies")
    if backtest_func is None:
        made = _native_backtests(values, data, max_workers, show_progress, on_error, options)
    else:
        _arguments.check_callable(backtest_func, "backtest_func")
        _arguments.no_options(options, "parallel_backtest", "with a backtest_func")
        function = _WithShared(backtest_func, data)
        made = parallel_map(function, values, max_workers, use_processes, show_progress, on_error)
    return made if keys is None else dict(zip(keys, made, strict=True))


def _native_backtests(
    strategies: list[Any],
    data: Any,
    max_workers: int | None,
    show_progress: bool,
    on_error: str,
    options: dict[str, Any],
) -> list[BacktestResult | TaskError]:
    from .. import _native
    from .._backtest import backtest
    from . import _arguments, _threads

    collect = _arguments.collects(on_error)
    workers = _arguments.workers(max_workers, True)  # they compute
    if not strategies:
        return []
    bars = data if isinstance(data, _native.Bars) else _native.Bars(data)

    def run(strategy: Any) -> BacktestResult:
        if not isinstance(strategy, tuple):
            return backtest(bars, strategy, **options)
        if len(strategy) != 2:
            raise TypeError(f"a tuple stands for (strategy, params), but this one has {len(strategy)} parts")
        return backtest(bars, strategy[0], strategy[1], **options)

    threads = _threads.ThreadRun(run, strategies, workers, collect)
    try:
        with _arguments.progress(show_progress, len(strategies)) as advance:
            return threads.run(advance)
    except KeyboardInterrupt as interrupt:
        interrupt.finished = threads.kept()  # pyright: ignore[reportAttributeAccessIssue]
        raise


def parallel_apply(
    fn: Callable[[Any], Any],
    frames: Iterable[Any] | Mapping[Any, Any],
    max_workers: int | None = None,
    use_processes: bool = True,
    show_progress: bool = False,
    on_error: str = "raise",
) -> Any:
    """``fn(frame)`` for each frame: a list for an iterable, a dict with the same keys for a mapping or a pandas groupby.

    Frames reach worker processes in shared memory, read-only, without passing through a pipe.
    """
    from . import _arguments

    _arguments.check_callable(fn, "fn")
    keys, values = _arguments.keyed(frames, "frames")
    made = parallel_map(fn, values, max_workers, use_processes, show_progress, on_error)
    return made if keys is None else dict(zip(keys, made, strict=True))


_task_manager: TaskManager | None = None


def get_task_manager() -> TaskManager:
    """The task manager of this process: ``execute_cpu_tasks``, ``execute_io_tasks``, ``map_mixed``."""
    global _task_manager
    if _task_manager is None:
        from ._task_manager import TaskManager

        _task_manager = TaskManager()
    return _task_manager
