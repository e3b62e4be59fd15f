"""What runs in a worker process: chunks of items, with failures turned into data."""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import select
import signal
import socket
import struct
import sys
import time
import traceback

from ._sharing import Packed, dumps, is_plain, unpack
from ._task_error import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# True in a worker: parallel work inside parallel work stays in its process.
inside = False
# Of one item: how it ended, and its result, plain or pickled, or its pickled failure.
PLAIN, PICKLED, FAILED = 0, 1, 2
Outcome = tuple[int, object]


def serve(descriptor: int, memory: int, workers: int, inherited: Packed | None = None) -> None:
    """The worker's life: chunks are answered one by one until the other end closes, or nobody sends any for long.

    Ctrl-C is the parent's affair, and performance cores come first. A worker that is a fork has its function ``inherited``.
    """
    global inside
    inside = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    from .. import _native
    from ._pool import IDLE_SECONDS

    _native.prefer_performance_cores(workers - 1)
    progress = mmap.mmap(memory, 16)
    os.close(memory)
    connection = socket.socket(fileno=descriptor)
    number: int = 0
    call: Any = None
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while poll.poll(IDLE_SECONDS * 1000):
        # Not through a buffer: what lay in one would not be seen by poll().
        header = _read(connection, 8)
        if header is None:
            return
        size = struct.unpack("Q", header)[0]
        if size == 0:
            number, call = 0, None
            continue
        message = _read(connection, size)
        if message is None:
            return
        try:
            wanted, packed, items, first, collect = pickle.loads(message)
            if wanted != number:
                number, call = 0, None  # the last one's memory goes before there is new
                function: Packed = packed if inherited is None else inherited
                number, call = wanted, unpack(function)
            values = unpack(items)
        except BaseException as error:
            answer = ([(FAILED, dumps(_failed(first, error)))], 0.0)
        else:
            answer = _run(call, values, first, collect, progress)
            del values
            _flush()
        text = pickle.dumps(answer, 5)
        del message, answer
        connection.sendall(struct.pack("Q", len(text)) + text)


def _flush() -> None:
    """What the items printed is seen now: a worker may be ended at any time."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # closed, or replaced by something of the user's own
            stream.flush()


def _read(connection: socket.socket, size: int) -> bytearray | None:
    """So many bytes; None at the end."""
    message = bytearray(size)
    view, filled = memoryview(message), 0
    while filled < size:
        count = connection.recv_into(view[filled:])
        if count == 0:
            return None
        filled += count
    return message


def _failed(index: int, error: BaseException) -> tuple[int, str, bytes | None, str]:
    """A failure as data. An exception that does not survive pickling is told by its text."""
    if isinstance(error, ValueError) and "read-only" in str(error):
        error.add_note("data in a worker is shared and read-only: change a copy of it (data.copy())")
    kept: bytes | None = None
    try:
        kept = dumps(error)
        pickle.loads(kept)
    except Exception:
        kept = None
    frames = traceback.TracebackException.from_exception(error)
    del frames.stack[0]  # this module's own frame says nothing
    return index, describe(error), kept, "".join(frames.format())


def _run(call: Any, values: list[Any], first: int, collect: bool, progress: mmap.mmap) -> tuple[list[Outcome], float]:
    """The outcomes of a chunk's items in order, and the seconds that an item took.

    Before an item begins, its index is written where the parent finds it should this process die; and the parent writes
    there after which item nothing is worth beginning any more.
    """
    outcomes: list[Outcome] = []
    begin = time.perf_counter()
    for index, value in enumerate(values, first):
        if struct.unpack_from("q", progress, 8)[0] < index:
            break
        struct.pack_into("q", progress, 0, index + 1)
        try:
            result = call(value)
            outcomes.append((PLAIN, result) if is_plain(result) else (PICKLED, _pickled(result)))
        except BaseException as error:
            outcomes.append((FAILED, dumps(_failed(index, error))))
            if not collect:
                break
    return outcomes, (time.perf_counter() - begin) / max(len(outcomes), 1)


def _pickled(value: object) -> bytes:
    try:
        return dumps(value)
    except Exception as error:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise TypeError(f"the result, a {kind}, cannot be sent back from a worker process: {describe(error)}") from None
