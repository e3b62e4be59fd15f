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


def run(
    function: Callable[[Any], Any],
    items: list[Any],
    workers: int,
    collect: bool,
    advance: Callable[[int], None],
) -> list[Any]:
    """Threads take items in order, so the first failure by index is certain: items before it have all been taken."""
    results: list[Any] = [None] * len(items)
    finished: queue.SimpleQueue[tuple[int, TaskError | None] | None] = queue.SimpleQueue()
    taken = itertools.count()  # next() is atomic under the interpreter's lock; see `lock` for builds without it
    lock = threading.Lock()
    first_failure = len(items)

    def work() -> None:
        nonlocal first_failure
        while True:
            with lock:
                index = next(taken)
                if index >= len(items) or index > first_failure:
                    break
            failed: TaskError | None = None
            try:
                results[index] = function(items[index])
            except BaseException as error:
                failed = _failed(index, error)
                results[index] = failed
                if not collect:
                    with lock:
                        first_failure = min(first_failure, index)
            finished.put((index, failed))
        finished.put(None)

    # Daemons: after Ctrl-C an item that waits for a network must not hold the program.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(workers, len(items)))]
    done: set[int] = set()
    first: TaskError | None = None
    try:
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            message = finished.get()
            if message is None:
                running -= 1
                continue
            index, failed = message
            done.add(index)
            advance(1)
            if failed is not None and (first is None or failed.index < first.index):
                first = failed
    except KeyboardInterrupt as interrupt:
        with lock:
            first_failure = -1  # nothing more is begun
        with contextlib.suppress(queue.Empty):
            while True:  # what was finished and not looked at yet
                message = finished.get_nowait()
                if message is not None:
                    done.add(message[0])
        interrupt.finished = {  # pyright: ignore[reportAttributeAccessIssue]
            index: results[index] for index in sorted(done)
        }
        raise
    if first is not None and not collect:
        raise first
    return results
