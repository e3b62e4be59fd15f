"""Items over threads of this process, and over none."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
import traceback
from collections.abc import Callable

from ._task_error import TaskError, describe, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# How often the thread that waits looks whether a signal has come.
LOOK_SECONDS = 0.05


def _failed(index: int, error: BaseException) -> TaskError:
    frames = traceback.TracebackException.from_exception(error)
    del frames.stack[0]  # this module's own frame says nothing
    return failure(index, describe(error), error if isinstance(error, Exception) else None, "".join(frames.format()))


def run_here(
    function: Callable[[Any], Any], items: list[Any], collect: bool, advance: Callable[[int], None]
) -> list[Any]:
    """One after the other in this thread."""
    results: list[Any] = []
    for index, item in enumerate(items):
        try:
            results.append(function(item))
        except Exception as error:
            failed = _failed(index, error)
            if not collect:
                raise failed from error
            results.append(failed)
        advance(1)
    return results


class ThreadRun:
    """One call: its function, its items, and what came back."""

    def __init__(self, function: Callable[[Any], Any], items: list[Any], workers: int, collect: bool) -> None:
        self.function = function
        self.items = items
        self.workers = min(workers, len(items))
        self.collect = collect
        self.results: list[Any] = [None] * len(items)
        self.finished: list[int] = []  # by the threads themselves: what they told may be under way when Ctrl-C comes
        self.stopped = False  # nothing more is begun
        self.first_failure = len(items)
        self.messages: queue.SimpleQueue[tuple[int, TaskError | None] | None] = queue.SimpleQueue()
        self.taken = (
            itertools.count()
        )  # next() is atomic under the interpreter's lock; see `lock` for builds without it
        self.lock = threading.Lock()

    def run(self, advance: Callable[[int], None]) -> list[Any]:
        """Results in the order of items. ``advance`` is told of each that is finished."""
        # Daemons: after Ctrl-C an item that waits for a network must not hold the program.
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self.workers)]
        first: TaskError | None = None
        try:
            for thread in threads:
                thread.start()
            running = len(threads)
            while running:
                message = self._next_message()
                if message is None:
                    running -= 1
                    continue
                index, failed = message
                advance(1)
                if failed is not None and (first is None or index < first.index):
                    first = failed
        finally:
            self.stopped = (
                True  # whatever ended it: Ctrl-C, a handler of a signal that leaves, a bar that cannot be drawn
            )
        if first is not None and not self.collect:
            raise first
        return self.results

    def kept(self) -> dict[int, Any]:
        """What is finished, by index."""
        return {index: self.results[index] for index in sorted(self.finished.copy())}

    def _next_message(self) -> tuple[int, TaskError | None] | None:
        while True:
            # A signal that comes just before the wait, or in another thread, does not end the wait: Python only notes it.
            with contextlib.suppress(queue.Empty):
                return self.messages.get(timeout=LOOK_SECONDS)

    def _work(self) -> None:
        """Threads take items in order, so the first failure by index is certain: items before it have all been taken."""
        while True:
            with self.lock:
                index = next(self.taken)
                if self.stopped or index >= len(self.items) or index > self.first_failure:
                    break
            failed: TaskError | None = None
            try:
                self.results[index] = self.function(self.items[index])
            except BaseException as error:
                failed = _failed(index, error)
                self.results[index] = failed
                if not self.collect:
                    with self.lock:
                        self.first_failure = min(self.first_failure, index)
            if failed is None or self.collect:
                self.finished.append(index)
            self.messages.put((index, failed))
        self.messages.put(None)
