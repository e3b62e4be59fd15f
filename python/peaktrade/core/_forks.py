"""Worker processes that are forks of this one, for functions that have much data with them: the data are not copied.

A fork has this process's memory, page by page, until one of both writes to a page. What it does not have is this process's
threads: a library that waits for threads of its own there would wait for ever. So it is done on Linux only, and where all
threads are known to be none of its affair; elsewhere the data are copied once into memory that all workers map.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from ._sharing import Packed, SharedFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from ._pool import Process, Start

# Threads of native libraries that a fork does well without: the allocator's, which it begins again, and Jupyter's messages;
# polars begins those that compute when it is first used, and they are not among these.
_HARMLESS = ("jemalloc_bg_thd", "ZMQbg/", "polars-ooc-clea")
# Runtimes whose threads have no names and are not begun again in a fork: an OpenMP loop there would never end.
_NOT_FOR_FORKS = ("libgomp", "libtbb")
_LOOK_SECONDS = 0.005


def may_fork() -> bool:
    """Whether a fork of this process could work as well as the process itself."""
    from . import _worker

    if sys.platform != "linux" or _worker.inside:
        return False
    try:
        return _threads_are_harmless()
    except OSError:
        return False


def _threads_are_harmless() -> bool:
    python = {thread.native_id for thread in threading.enumerate()}
    folder = Path("/proc/self/task")
    own_name = Path("/proc/self/comm").read_text()
    nameless = False
    for entry in os.listdir(folder):
        if int(entry) in python:
            continue
        try:
            name = (folder / entry / "comm").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        if name == own_name:  # the first thread too, where Python did not begin with it
            nameless = nameless or int(entry) != os.getpid()
        elif not name.startswith(_HARMLESS):
            return False
    if not nameless:
        return True
    # Those of Arrow, OpenBLAS and Peak Trade itself are begun again in a fork.
    files = Path("/proc/self/maps").read_text()
    return not any(runtime in files for runtime in _NOT_FOR_FORKS)


class _Child:
    """A forked process, with the part of subprocess.Popen that workers need."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else waited for it; how it ended is not known
                self.returncode = 0
            else:
                if pid == self.pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("a forked worker", timeout or 0.0)
            time.sleep(_LOOK_SECONDS)
        return status

    def kill(self) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def starter(function: Packed) -> Start:
    """What begins a worker that has the function and its data from the start."""

    def start(own: socket.socket, its: socket.socket, memory: SharedFile, workers: int) -> Process:
        from .. import _native

        for stream in (sys.stdout, sys.stderr):  # what waits there to be written would be written twice
            with contextlib.suppress(Exception):
                stream.flush()
        pid = _native.fork_process()
        if pid == 0:
            _serve(own, its, memory, workers, function)
        return _Child(pid)

    return start


def _serve(own: socket.socket, its: socket.socket, memory: SharedFile, workers: int, function: Packed) -> None:
    """The fork's life. It never returns: what stands above it on the stack is its parent's."""
    status = 1
    try:
        from ._worker import serve

        own.close()
        gc.freeze()  # a collection would write to all objects, and so copy their pages
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        serve(its.detach(), os.dup(memory.fd), workers, function)
        status = 0
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        os._exit(status)
