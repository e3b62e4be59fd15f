"""The threads of the linear algebra behind numpy."""

from __future__ import annotations

import os
import platform
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Which variable rules which library; OMP_NUM_THREADS rules those that use OpenMP.
_VARIABLES = {
    "openblas": "OPENBLAS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "blis": "BLIS_NUM_THREADS",
    "accelerate": "VECLIB_MAXIMUM_THREADS",
}
_ANY = "OMP_NUM_THREADS"

# What this module has set itself: it is no wish of the user's.
_own: dict[str, str] = {}


def configure(num_threads: int | None, force: bool) -> dict[str, Any]:
    if num_threads is not None and (
        isinstance(num_threads, bool) or not isinstance(num_threads, int) or num_threads < 1
    ):
        raise ValueError(f"num_threads must be a whole number from 1 on, not {num_threads!r}")
    import numpy
    import threadpoolctl

    wanted = num_threads if num_threads is not None else _performance_cores()
    users = {name: os.environ[name] for name in (*_VARIABLES.values(), _ANY) if _is_users(name)}
    built_for = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"].get("name", "unknown")  # type: ignore[index]
    before = [entry for entry in threadpoolctl.threadpool_info() if entry["user_api"] == "blas"]
    libraries = []
    for entry in before:
        name = entry["internal_api"]
        kept = not force and (_VARIABLES.get(name) in users or _ANY in users)
        if not kept and entry["num_threads"] != wanted:
            threadpoolctl.threadpool_limits({entry["prefix"]: wanted})
        libraries.append({"name": name, "version": entry.get("version"), "threads_before": entry["num_threads"]})
    after = {entry["filepath"]: entry["num_threads"] for entry in threadpoolctl.threadpool_info()}
    for library, entry in zip(libraries, before):
        library["threads_after"] = after.get(entry["filepath"], entry["num_threads"])
    return {
        "apple_silicon": sys.platform == "darwin" and platform.machine() == "arm64",
        "machine": platform.machine(),
        "numpy_blas": built_for,
        "blas": libraries,
        "num_threads": wanted,
        "environment": _set_environment(wanted, users, force),
        "kept": {} if force else users,
    }


def _performance_cores() -> int:
    from .parallel import get_cpu_info

    return max(1, get_cpu_info()["performance_cores"])


def _is_users(name: str) -> bool:
    return name in os.environ and _own.get(name) != os.environ[name]


def _set_environment(wanted: int, users: dict[str, str], force: bool) -> dict[str, str]:
    """For libraries that are loaded later, Accelerate (which reads nothing else) and child processes."""
    made = {}
    for name in _VARIABLES.values():
        if force or not (name in users or _ANY in users):
            made[name] = _own[name] = os.environ[name] = str(wanted)
    return made
