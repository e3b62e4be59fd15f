"""What runs in a worker process: chunks of items, with failures turned into data."""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import struct
import threading
import time
import traceback

from ._sharing import Packed, dumps, unpack
from ._task_error import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# True in a worker: parallel work inside parallel work stays in its process.
inside = False
# The functions of the last calls by call number, with the mappings that their items are counted in.
_calls: dict[int, tuple[Any, mmap.mmap]] = {}
_forgetting: threading.Timer | None = None
_lock = threading.Lock()
FORGET_AFTER_SECONDS = 2.0
# Of one item: whether it was done, and its pickled result or failure.
Outcome = tuple[bool, bytes]


def start(workers: int) -> None:
    """Once in each worker: Ctrl-C is the parent's affair, and performance cores come first."""
    global inside
    inside = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from .. import _native

    _native.prefer_performance_cores(workers - 1)


def _call(number: int, function: Packed, progress_path: str) -> tuple[Any, mmap.mmap]:
    """The function of this call, built at its first chunk here; those of other calls are let go."""
    global _forgetting
    with _lock:
        if _forgetting is not None:
            _forgetting.cancel()
            _forgetting = None
        if number not in _calls:
            while len(_calls) > 3:
                del _calls[next(iter(_calls))]
            descriptor = os.open(progress_path, os.O_RDWR)
            try:
                progress = mmap.mmap(descriptor, 0)
            finally:
                os.close(descriptor)
            _calls[number] = (unpack(function), progress)
        return _calls[number]


def _forget_when_idle(function: Packed) -> None:
    """Mapped data must not outlive its call for long: nobody tells a worker that the call is over."""
    global _forgetting
    if function.path is None:
        return
    with _lock:
        _forgetting = threading.Timer(FORGET_AFTER_SECONDS, _calls.clear)
        _forgetting.daemon = True
        _forgetting.start()


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
    del frames.stack[0]  # run_chunk itself says nothing
    return index, describe(error), kept, "".join(frames.format())


def run_chunk(
    number: int, function: Packed, items: Packed, first: int, chunk: int, progress_path: str, collect: bool
) -> tuple[list[Outcome], float]:
    """Runs the items of one chunk in order; each gives (True, pickled result) or (False, pickled failure). And the
    seconds that an item took.

    Before an item begins, its index is written where the parent finds it should this process die.
    """
    outcomes: list[Outcome] = []
    index = first
    try:
        call, progress = _call(number, function, progress_path)
        values = unpack(items)
    except BaseException as error:
        return [(False, dumps(_failed(first, error)))], 0.0
    begin = time.perf_counter()
    for index, value in enumerate(values, first):
        struct.pack_into("q", progress, 8 * chunk, index + 1)
        try:
            outcomes.append((True, _result(call(value))))
        except BaseException as error:
            outcomes.append((False, dumps(_failed(index, error))))
            if not collect:
                break
    struct.pack_into("q", progress, 8 * chunk, 0)
    _forget_when_idle(function)
    return outcomes, (time.perf_counter() - begin) / len(outcomes)


def _result(value: object) -> bytes:
    if type(value) in (int, float, bool, str, bytes, type(None)):
        return pickle.dumps(value, 5)
    try:
        return dumps(value)
    except Exception as error:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise TypeError(f"the result, a {kind}, cannot be sent back from a worker process: {describe(error)}") from None
