"""Items over worker processes: loky's pool, chunks in flight, failures by item, workers that die."""

from __future__ import annotations

import atexit
import itertools
import os
import pickle
import re
import struct
import threading
from collections.abc import Callable

from . import _worker
from ._sharing import Packed, SharedFile, pack
from ._task_error import TaskError, WorkerDiedError, describe, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Any

# A worker that nobody gave work for so long ends.
IDLE_SECONDS = 120.0
# An item sent alone costs a way there and back, some 0.3 ms; chunks of this much work make that small beside it.
WORTH_SENDING_SECONDS = 0.002
# Seconds that an item of a function took at its last call, by the function's code: a lambda is a new function each time.
_item_seconds: dict[Any, float] = {}
_MOST_REMEMBERED = 256
_numbers = itertools.count(1)
_lock = threading.Lock()
_executor: Any = None
_executor_workers = 0


def _pool(workers: int) -> Any:
    """The warm pool, made anew when it broke or the number of workers changes."""
    global _executor, _executor_workers
    from loky.process_executor import ProcessPoolExecutor

    with _lock:
        broken = _executor is not None and (_executor._flags.broken is not None or _executor._flags.shutdown)
        if _executor is not None and (broken or _executor_workers != workers):
            _executor.shutdown(wait=False)
            _executor = None
        if _executor is None:
            _executor = ProcessPoolExecutor(
                max_workers=workers, timeout=IDLE_SECONDS, initializer=_worker.start, initargs=(workers,)
            )
            _executor_workers = workers
        return _executor


def stop_workers() -> None:
    """Ends the warm workers now."""
    global _executor
    with _lock:
        executor, _executor = _executor, None
    if executor is not None:
        executor.shutdown(wait=False, kill_workers=True)


# Before the interpreter takes its modules apart: loky's callbacks need them.
atexit.register(stop_workers)


def _packed(value: object, what: str) -> tuple[Packed, SharedFile | None]:
    try:
        return pack(value)
    except Exception as error:
        raise TypeError(
            f"{what} cannot be sent to a worker process: {describe(error)}. Give workers what they need as plain data "
            "(open files, locks and connections inside the function), or use threads: use_processes=False"
        ) from error


class ProcessRun:
    """One call: its function, its items, and what came back."""

    def __init__(self, function: object, items: list[Any], workers: int, chunksize: int | None, collect: bool) -> None:
        self.items = items
        self.workers = workers
        self.collect = collect
        self.code = getattr(function, "__code__", None)
        self.chunksize = chunksize or self._chunk_size()
        self.results: list[Any] = [None] * len(items)
        self.finished: set[int] = set()
        self.error: TaskError | None = None
        self.function, self.function_memory = _packed(function, "the function")

    def _chunk_size(self) -> int:
        """Small enough for balance, large enough that the way there costs little: of a function whose items were found to be
        short, chunks that are worth sending, but never fewer chunks than workers."""
        count, workers = len(self.items), min(self.workers, len(self.items))
        size = 1 if count <= 4 * workers else -(-count // (workers * 8))
        seconds = _item_seconds.get(self.code) if self.code is not None else None
        if seconds is None:
            return size
        worth = count if seconds <= 0 else int(WORTH_SENDING_SECONDS / seconds)
        return max(size, min(worth, -(-count // workers)))

    def remember(self, seconds: float) -> None:
        """How long an item takes, for the next call of this function."""
        if self.code is None:
            return
        _item_seconds.pop(self.code, None)
        _item_seconds[self.code] = seconds
        if len(_item_seconds) > _MOST_REMEMBERED:
            del _item_seconds[next(iter(_item_seconds))]

    def run(self, advance: Callable[[int], None]) -> list[Any]:
        """Results in the order of items. ``advance`` is told how many more are finished."""
        count, size = len(self.items), self.chunksize
        pending = [(first, min(first + size, count)) for first in range(0, count, size)]
        try:
            while pending:
                death = _Round(self, pending, self.workers).run(advance)
                if death is None:
                    break
                pending = self._after(death, advance)
        except KeyboardInterrupt as interrupt:
            stop_workers()
            done = {index: self.results[index] for index in sorted(self.finished)}
            interrupt.finished = done  # pyright: ignore[reportAttributeAccessIssue]
            raise
        finally:
            if self.function_memory is not None:
                self.function_memory.close()
        if self.error is not None:
            raise self.error
        return self.results

    def _after(self, death: _Death, advance: Callable[[int], None]) -> list[tuple[int, int]]:
        """What is left to do after a worker died. When failures are collected, each item that was being worked on runs
        once more alone, so that only who kills its worker counts as dead."""
        stop_workers()
        if not self.collect:
            self.fail(WorkerDiedError(death.running, death.cause))
            return []
        suspects = death.running or self._unfinished()[:1]
        for index in suspects:
            alone = _Round(self, [(index, index + 1)], 1).run(advance)
            if alone is not None:
                stop_workers()
                self.fail(WorkerDiedError([index], alone.cause))
                advance(1)
        return [(index, index + 1) for index in self._unfinished()]

    def _unfinished(self) -> list[int]:
        return [index for index in range(len(self.items)) if index not in self.finished]

    def take(self, first: int, outcomes: list[_worker.Outcome]) -> None:
        """What a worker made of the items from ``first`` on."""
        for index, (done, data) in enumerate(outcomes, first):
            if done:
                self.results[index] = pickle.loads(data)
                self.finished.add(index)
                continue
            place, reason, pickled, text = pickle.loads(data)
            self.fail(failure(place, reason, pickle.loads(pickled) if pickled else None, text))

    def fail(self, error: TaskError) -> None:
        if self.collect:
            self.results[error.index] = error
            self.finished.add(error.index)
        elif self.error is None or error.index < self.error.index:
            self.error = error


class _Death:
    """A worker died: why, and which items were being worked on (the pool ends its other workers then)."""

    def __init__(self, error: BaseException, running: list[int]) -> None:
        found = re.search(r"exit codes of the workers are \{([^}]*)\}", str(error))
        self.cause = found.group(1) if found else describe(error)
        self.running = running


class _Round:
    """Chunks through a pool, some in flight at a time, until all are done or a worker dies."""

    def __init__(self, call: ProcessRun, chunks: list[tuple[int, int]], workers: int) -> None:
        self.call = call
        self.chunks = chunks
        self.workers = workers
        self.number = next(_numbers)
        self.kept: dict[int, SharedFile] = {}  # memory of large items, by chunk
        self.progress = SharedFile(8 * len(chunks))

    def run(self, advance: Callable[[int], None]) -> _Death | None:
        from concurrent.futures.process import BrokenProcessPool

        try:
            self._run(advance)
        except BrokenProcessPool as error:
            return _Death(error, self._running())
        finally:
            for memory in [*self.kept.values(), self.progress]:
                memory.close()
        return None

    def _run(self, advance: Callable[[int], None]) -> None:
        from concurrent.futures import FIRST_COMPLETED, wait

        call, executor = self.call, _pool(self.workers)
        flying: dict[Future[tuple[list[_worker.Outcome], float]], int] = {}
        next_chunk, slowest = 0, 0.0
        while True:
            while next_chunk < len(self.chunks) and len(flying) < 2 * self.workers + 2:
                if call.error is not None and self.chunks[next_chunk][0] > call.error.index:
                    next_chunk = len(self.chunks)  # what comes after a failure is not begun
                    break
                flying[self._submit(executor, next_chunk)] = next_chunk
                next_chunk += 1
            if not flying:
                call.remember(slowest)
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                chunk = flying.pop(future)
                if future.cancelled():
                    continue
                outcomes, seconds = future.result()
                slowest = max(slowest, seconds)
                call.take(self.chunks[chunk][0], outcomes)
                advance(len(outcomes))
                memory = self.kept.pop(chunk, None)
                if memory is not None:
                    memory.close()
            if call.error is not None:
                for future, chunk in flying.items():
                    if self.chunks[chunk][0] > call.error.index:
                        future.cancel()

    def _submit(self, executor: Any, chunk: int) -> Future[tuple[list[_worker.Outcome], float]]:
        first, last = self.chunks[chunk]
        try:
            packed, memory = _packed(self.call.items[first:last], "an item")
        except TypeError:
            for index in range(first, last):  # which one is it?
                _packed(self.call.items[index], f"item {index}")
            raise
        if memory is not None:
            self.kept[chunk] = memory
        return executor.submit(
            _worker.run_chunk,
            self.number,
            self.call.function,
            packed,
            first,
            chunk,
            self.progress.path,
            self.call.collect,
        )

    def _running(self) -> list[int]:
        """Items that had begun and not ended, as the workers noted."""
        counters = os.pread(self.progress.fd, 8 * len(self.chunks), 0)
        begun = [counter - 1 for (counter,) in struct.iter_unpack("q", counters) if counter > 0]
        return sorted(index for index in begun if index not in self.call.finished)


def run_one(function: Callable[[Any], Any], item: object, workers: int) -> Any:
    """``function(item)`` in a worker process of the warm pool; its exception as it was raised there."""
    if _worker.inside:
        return function(item)
    try:
        return ProcessRun(function, [item], workers, 1, False).run(lambda count: None)[0]
    except TaskError as error:
        if error.exception is None:
            raise
        error.exception.add_note(f"in the worker:\n{error.traceback.rstrip()}")
        raise error.exception from None
