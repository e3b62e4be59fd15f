"""TaskManager: computing tasks to processes, waiting tasks to threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from . import _arguments
from .parallel import parallel_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class TaskManager:
    """Sends work where it belongs. One for a process: ``peaktrade.core.parallel.get_task_manager()``.

    max_cpu_workers (None)
        Processes for computing tasks; None: the performance cores that may be used.
    max_io_workers (None)
        Threads for waiting tasks; None: four for each core, at least 8.
    """

    def __init__(self, max_cpu_workers: int | None = None, max_io_workers: int | None = None) -> None:
        self.max_cpu_workers = _arguments.workers(max_cpu_workers, True)
        self.max_io_workers = _arguments.workers(max_io_workers, False)

    def execute_cpu_tasks(
        self, fn: Callable[[Any], Any], items: Iterable[Any], *, show_progress: bool = False, on_error: str = "raise"
    ) -> list[Any]:
        """``fn`` of each item in processes, in order; see ``parallel_map``."""
        return parallel_map(fn, items, self.max_cpu_workers, True, show_progress, on_error)

    def execute_io_tasks(
        self, fn: Callable[[Any], Any], items: Iterable[Any], *, show_progress: bool = False, on_error: str = "raise"
    ) -> list[Any]:
        """``fn`` of each item in threads, in order; a coroutine function is run in an event loop of its own thread."""
        return parallel_map(_synchronous(fn, "fn"), items, self.max_io_workers, False, show_progress, on_error)

    def map_mixed(
        self,
        io_fn: Callable[[Any], Any],
        cpu_fn: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        show_progress: bool = False,
        on_error: str = "raise",
    ) -> list[Any]:
        """``cpu_fn(io_fn(item))`` of each item, in order: fetched in threads, computed in processes, both at a time.

        The threads that fetch hand over to the processes item by item, so the cores are busy while the next items are
        still on their way.
        """
        _arguments.check_callable(cpu_fn, "cpu_fn")
        fetch = _synchronous(io_fn, "io_fn")

        def both(item: Any) -> Any:
            from ._processes import run_one

            return run_one(cpu_fn, fetch(item), self.max_cpu_workers)

        return parallel_map(both, items, self.max_io_workers, False, show_progress, on_error)

    def __repr__(self) -> str:
        return f"TaskManager(max_cpu_workers={self.max_cpu_workers}, max_io_workers={self.max_io_workers})"


def _synchronous(function: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    _arguments.check_callable(function, name)
    from inspect import iscoroutinefunction

    if not iscoroutinefunction(function):
        return function

    def run(item: Any) -> Any:
        import asyncio

        return asyncio.run(function(item))

    return run
