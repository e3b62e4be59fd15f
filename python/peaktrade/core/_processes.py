"""Items over worker processes: chunks one at a time to each worker, failures by item, workers that die."""

from __future__ import annotations

import itertools
import pickle
from collections import deque
from collections.abc import Callable

from . import _forks, _pool, _worker
from ._sharing import Packed, SharedFile, pack
from ._task_error import TaskError, WorkerDiedError, describe, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A chunk costs a way there and back, some 0.1 ms; chunks of this much work make that small beside it.
WORTH_SENDING_SECONDS = 0.002
# Seconds that an item of a function took at its last call, by the function's code: a lambda is a new function each time.
_item_seconds: dict[Any, float] = {}
_MOST_REMEMBERED = 256
_numbers = itertools.count(1)
# How often workers are looked at that neither answer nor close their sockets, which a child of theirs may hold open; and
# whether a signal has come that did not end the wait, since it came just before it.
_LOOK_SECONDS = 0.1

Chunk = tuple[int, int]  # the first item, and the one after the last


def _packed(value: object, what: str, may_fork: Callable[[], bool] | None = None) -> tuple[Packed, SharedFile | None]:
    try:
        return pack(value, may_fork)
    except Exception as error:
        raise TypeError(
            f"{what} cannot be sent to a worker process: {describe(error)}. Give workers what they need as plain data "
            "(open files, locks and connections inside the function), or use threads: use_processes=False"
        ) from error


class _Task:
    """A chunk that a worker has, and the memory of its large items."""

    def __init__(self, chunk: Chunk, memory: SharedFile | None) -> None:
        self.chunk = chunk
        self.memory = memory


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
        self.slowest = 0.0
        self.number = next(_numbers)
        self.function, self.function_memory = _packed(function, "the function", _forks.may_fork)
        # Much data that the function has with it stays where it is: workers that are forks of this process see it there.
        self.start = _forks.starter(self.function) if self.function.views is not None else None
        self.pending: deque[Chunk] = deque()
        self.tasks: dict[_pool.Worker, _Task] = {}
        self.sent_again: set[Chunk] = set()

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
        self.pending.extend((first, min(first + size, count)) for first in range(0, count, size))
        try:
            while self.pending or self.tasks:
                self._hand_out()
                for worker in _pool.answering(list(self.tasks), _LOOK_SECONDS):
                    self._hear(worker, advance)
        except KeyboardInterrupt:
            self._hear_the_last()
            raise
        finally:
            for worker, task in self.tasks.items():  # interrupted, or an item that cannot be sent
                self._end(task)
                _pool.discard(worker)
            self.tasks.clear()
            if self.function_memory is not None:
                self.function_memory.close()
        if self.error is not None:
            raise self.error
        self.remember(self.slowest)
        return self.results

    def kept(self) -> dict[int, Any]:
        """What is finished, by index."""
        return {index: self.results[index] for index in sorted(self.finished)}

    def _hand_out(self) -> None:
        """A chunk to each worker that can be had."""
        while self.pending and len(self.tasks) < self.workers:
            if self.error is not None and self.pending[0][0] > self.error.index:
                self.pending.clear()  # what comes after a failure is not begun
                return
            worker = _pool.take(self.workers, not self.tasks, self.start)
            if worker is None:
                return
            if self.start is not None:
                worker.call = self.number  # it has the function
            self._give(worker)

    def _give(self, worker: _pool.Worker) -> None:
        """The next chunk to a worker that was taken out of the pool."""
        try:
            first, last = self.pending[0]
            packed, memory = self._packed_items(first, last)
            function = self.function if worker.call != self.number else None
            message = pickle.dumps((self.number, function, packed, first, self.collect), 5)
        except BaseException:
            self._release(worker)
            raise
        self.tasks[worker] = _Task(self.pending.popleft(), memory)
        worker.call = self.number
        worker.send(message)

    def _packed_items(self, first: int, last: int) -> tuple[Packed, SharedFile | None]:
        try:
            return _packed(self.items[first:last], "an item")
        except TypeError:
            for index in range(first, last):  # which one is it?
                _packed(self.items[index], f"item {index}")
            raise

    def _hear(self, worker: _pool.Worker, advance: Callable[[int], None]) -> None:
        """Takes a worker's answer, if it is there, and gives it more to do or back to the pool."""
        try:
            answer = worker.receive()
            if answer is None and worker.has_ended():
                answer = worker.receive()
                if answer is None:
                    raise EOFError  # a child of its own holds the socket open
        except EOFError:
            self._bury(worker, advance)
            return
        if answer is None:
            return
        task = self.tasks.pop(worker)
        self._end(task)
        advance(self._take(task.chunk, answer))
        if self.error is not None:
            for other in self.tasks:
                other.stop_after(self.error.index)
        if self.pending and (self.error is None or self.pending[0][0] < self.error.index):
            self._give(worker)
        else:
            self._release(worker)

    def _release(self, worker: _pool.Worker) -> None:
        if self.start is not None:  # nobody else has a use for it
            _pool.discard(worker)
            return
        if self.function_memory is not None:
            worker.forget()
        _pool.give_back(worker)

    def _hear_the_last(self) -> None:
        """What had been answered when Ctrl-C came, and was not taken yet."""
        for worker, task in self.tasks.items():
            try:
                answer = worker.receive()
            except EOFError:
                continue
            if answer is not None:
                self._take(task.chunk, answer)

    def _take(self, chunk: Chunk, answer: bytes | bytearray) -> int:
        """What a worker made of a chunk's items; how many there are."""
        outcomes, seconds = pickle.loads(answer)
        self.slowest = max(self.slowest, seconds)
        for index, (kind, data) in enumerate(outcomes, chunk[0]):
            if kind == _worker.FAILED:
                place, reason, pickled, text = pickle.loads(data)
                self.fail(failure(place, reason, pickle.loads(pickled) if pickled else None, text))
                continue
            try:
                self.results[index] = data if kind == _worker.PLAIN else pickle.loads(data)
            except Exception as error:
                self.fail(failure(index, f"the result cannot be read here: {describe(error)}", error, ""))
                continue
            self.finished.add(index)
        return len(outcomes)

    def _bury(self, worker: _pool.Worker, advance: Callable[[int], None]) -> None:
        """A worker died: the item that it was at has failed, and the others of its chunk are done again."""
        item, cause = worker.item, worker.cause()
        task = self.tasks.pop(worker)
        self._end(task)
        _pool.discard(worker)
        first, last = task.chunk
        if item is None and task.chunk not in self.sent_again:  # it died before it began: of something else
            self.sent_again.add(task.chunk)
            self.pending.appendleft(task.chunk)
            return
        item = first if item is None else item
        self.fail(WorkerDiedError([item], cause))
        advance(1)
        if self.collect:
            self.pending.extendleft(chunk for chunk in ((item + 1, last), (first, item)) if chunk[0] < chunk[1])

    def _end(self, task: _Task) -> None:
        if task.memory is not None:
            task.memory.close()

    def fail(self, error: TaskError) -> None:
        if self.collect:
            self.results[error.index] = error
            self.finished.add(error.index)
        elif self.error is None or error.index < self.error.index:
            self.error = error


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
