"""Worker processes that stay warm, each with a socket of its own and a few bytes of memory shared with it.

Whoever has work takes workers out of the pool, talks to them directly and gives them back: there is no thread and no queue
between a call and its workers, so that the way there and back costs a tenth of a millisecond. A worker has at most one chunk,
and so at most one message is on its way in either direction.

A message is eight bytes of length and a pickle; no length lets the worker forget its function. The shared bytes are two numbers: the index of the item that the worker is
at, plus one (0: none), and the index after which it is to begin no more items.
"""

from __future__ import annotations

import atexit
import contextlib
import mmap
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref

from ._sharing import SharedFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Process(Protocol):
        """As much of subprocess.Popen as workers need."""

        @property
        def pid(self) -> int: ...

        returncode: int | None

        def poll(self) -> int | None: ...
        def wait(self, timeout: float | None = None) -> int: ...
        def kill(self) -> None: ...

    # Begins a process that serves at the second socket, the first being the caller's; the memory; how many workers there are.
    Start = Callable[[socket.socket, socket.socket, SharedFile, int], Process]

# A worker that nobody gave work for so long ends. Nobody is given one that is about to.
IDLE_SECONDS = 120.0
_STALE_SECONDS = IDLE_SECONDS - 10
_WAIT_SECONDS = 0.1  # for a worker at a time: a signal that comes just before a wait does not end it
_NUMBERS = struct.Struct("qq")
_LENGTH = struct.Struct("Q")
_NO_LIMIT = (1 << 62) - 1
_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from peaktrade.core._worker import serve; serve({socket}, {memory}, {workers})"
)


class _Place:
    """The right to use one more worker. It is free again when nobody holds it, also after a Ctrl-C at any point."""


def _start_program(own: socket.socket, its: socket.socket, memory: SharedFile, workers: int) -> Process:
    words = {"path": sys.path, "socket": its.fileno(), "memory": memory.fd, "workers": workers}
    return subprocess.Popen(
        [sys.executable, *subprocess._args_from_interpreter_flags(), "-c", _PROGRAM.format(**words)],  # type: ignore[attr-defined]
        pass_fds=(its.fileno(), memory.fd),
        stdin=subprocess.DEVNULL,
    )


class Worker:
    """One process. Not safe for threads: it belongs to the call that took it."""

    def __init__(self, workers: int, place: _Place, start: Start = _start_program) -> None:
        self.place: _Place | None = place
        own, its = socket.socketpair()
        memory = SharedFile(_NUMBERS.size)
        try:
            # A Ctrl-C while it starts is not its affair: it inherits the signal blocked, and ignores it from then on.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                self.process = start(own, its, memory, workers)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._memory = mmap.mmap(memory.fd, _NUMBERS.size)
        except BaseException:
            own.close()
            raise
        finally:
            its.close()
            memory.close()
        self.socket = own
        self.call = 0  # the number of the call whose function it has
        self.idle_since = 0.0
        self._header = bytearray()
        self._body: bytearray | None = None
        self._filled = 0
        _all.add(self)

    def send(self, message: bytes) -> None:
        """Without waiting for an answer. A worker that is gone is noticed by ``receive``."""
        _NUMBERS.pack_into(self._memory, 0, 0, _NO_LIMIT)
        with contextlib.suppress(OSError):
            self.socket.sendall(_LENGTH.pack(len(message)) + message)

    def forget(self) -> None:
        """Lets the function go, and the memory that was mapped for it."""
        self.call = 0
        with contextlib.suppress(OSError):
            self.socket.sendall(_LENGTH.pack(0))

    def receive(self) -> bytearray | None:
        """The answer, or None if it is not there as a whole yet. EOFError: the process has ended."""
        while True:
            body = self._body
            try:
                if body is None:
                    piece = self.socket.recv(_LENGTH.size - len(self._header), socket.MSG_DONTWAIT)
                    self._header += piece
                    if piece and len(self._header) == _LENGTH.size:
                        self._body, self._filled = bytearray(_LENGTH.unpack(self._header)[0]), 0
                        self._header.clear()
                    count = len(piece)
                else:
                    count = self.socket.recv_into(memoryview(body)[self._filled :], 0, socket.MSG_DONTWAIT)
                    self._filled += count
                    if self._filled == len(body):
                        self._body = None
                        return body
            except BlockingIOError:
                return None
            except OSError:
                count = 0
            if count == 0:
                raise EOFError

    @property
    def item(self) -> int | None:
        """The index of the item that it is at, also after its death."""
        begun = _NUMBERS.unpack_from(self._memory)[0]
        return begun - 1 if begun > 0 else None

    def stop_after(self, index: int) -> None:
        """It begins no item beyond ``index`` of its chunk."""
        struct.pack_into("q", self._memory, 8, index)

    @property
    def stopped_after(self) -> int:
        return _NUMBERS.unpack_from(self._memory)[1]

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def cause(self) -> str:
        """Why it ended, in words; it is killed if it only closed its socket."""
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        if status >= 0:
            return f"exit status {status}"
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.socket.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # it was never begun
            self.kill()

    def abandon(self) -> None:
        """In the child after a fork: the worker is its parent's."""
        self.process.returncode = 0
        self.socket.close()


_all: weakref.WeakSet[Worker] = weakref.WeakSet()
_idle: list[Worker] = []
_places: weakref.WeakSet[_Place] = weakref.WeakSet()
_changed = threading.Condition()


def take(workers: int, wait: bool, start: Start | None = None) -> Worker | None:
    """A worker that was idle, or a new one; None if ``workers`` are busy already and nobody is to be waited for.

    start (None)
        How it begins, for one that only this call can use: always new.
    """
    with _changed:
        while len(_places) >= workers:
            if not wait:
                return None
            _changed.wait(_WAIT_SECONDS)
        place = _Place()
        _places.add(place)
        while _idle and start is None:
            worker = _idle.pop()
            if time.monotonic() - worker.idle_since < _STALE_SECONDS and not worker.has_ended():
                worker.place = place
                return worker
            worker.kill()
    return Worker(workers, place, start or _start_program)


def give_back(worker: Worker) -> None:
    """For others to take."""
    with _changed:
        worker.place = None
        worker.idle_since = time.monotonic()
        _idle.append(worker)
        _changed.notify()


def discard(worker: Worker) -> None:
    """Ends it; another one may be taken."""
    worker.kill()
    with _changed:
        worker.place = None
        _changed.notify()


def answering(workers: list[Worker], seconds: float) -> list[Worker]:
    """Those that have sent something, or have ended; after so long, those that ended without a word."""
    poll = select.poll()
    by_descriptor = {}
    for worker in workers:
        descriptor = worker.socket.fileno()
        by_descriptor[descriptor] = worker
        poll.register(descriptor, select.POLLIN)
    ready = [by_descriptor[descriptor] for descriptor, _ in poll.poll(seconds * 1000)]
    return ready or [worker for worker in workers if worker.has_ended()]


def stop_workers() -> None:
    """Ends the warm workers that have no work."""
    with _changed:
        ending, _idle[:] = _idle[:], []
    for worker in ending:
        worker.kill()


def _forget() -> None:
    """After a fork, in the child: it makes workers of its own."""
    global _changed
    for worker in _all:
        worker.abandon()
    _idle.clear()
    _places.clear()
    _changed = threading.Condition()


atexit.register(stop_workers)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
