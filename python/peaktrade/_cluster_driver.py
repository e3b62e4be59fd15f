"""The process that speaks with Ray for a sweep on a cluster.

Ray ends the process that is connected to it, at once and without a word, when this machine's part of the cluster (its
raylet) is lost; and it takes the process group and the handlers of signals for itself. So the connection is held by a
process of its own: the caller stays, and tells in words what happened.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading

from ._cluster import Work, compute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOOK_S = 0.1
_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from peaktrade._cluster_driver import main; main({folder!r}, {address!r})"
)


def drive(work: Work, address: str) -> None:
    """Computes ``work`` on the cluster at ``address``; what goes wrong there is raised here. Ctrl-C ends it at once."""
    with tempfile.TemporaryDirectory(prefix="peak_cluster_") as folder:
        with open(os.path.join(folder, "work"), "wb") as file:
            pickle.dump(work, file, 5)
        process = _start(folder, address)
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_S)
        finally:
            # Ray ends the tasks of a driver that is gone; rows that came before are in the store.
            process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()
        try:
            with open(os.path.join(folder, "answer"), "rb") as file:
                error: Exception | None = pickle.load(file)
        except FileNotFoundError:
            raise RuntimeError(_lost(address, process.returncode)) from None
    if error is not None:
        raise error


def _start(folder: str, address: str) -> subprocess.Popen[bytes]:
    program = _PROGRAM.format(path=sys.path, folder=folder, address=address)
    # Ctrl-C is the caller's affair: the process inherits the signal blocked, and ignores it from then on.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        # Nothing is written to its standard input: that it closes tells that the caller is gone.
        return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lost(address: str, status: int) -> str:
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    return (
        f"the process that was connected to the Ray cluster '{address}' ended in the midst of the sweep ({how}). Ray does so "
        "when this machine's part of the cluster, its raylet, is lost: see 'ray status' and the logs "
        "under session_latest in Ray's temporary folder, start the cluster again and repeat the sweep; rows in its store are not computed again"
    )


def main(folder: str, address: str) -> None:
    """The life of the process: the work that is in the folder, and the answer beside it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # Ray tells of its nodes on standard output, which is the caller's.
    os.dup2(2, 1)
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    error: Exception | None = None
    with open(os.path.join(folder, "work"), "rb") as file:
        work: Work = pickle.load(file)
    try:
        ray: Any = importlib.import_module("ray")
        ray.init(address=None if address == "local" else address, log_to_driver=False, logging_level="error")
        compute(ray, work)
    except Exception as caught:
        error = _sendable(caught)
    part = os.path.join(folder, "part")
    with open(part, "wb") as file:
        pickle.dump(error, file, 5)
    os.replace(part, os.path.join(folder, "answer"))
    if (ray := sys.modules.get("ray")) is not None:
        ray.shutdown()


def _end_with_the_caller() -> None:
    os.read(0, 1)
    os._exit(1)


def _sendable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error, 5))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
