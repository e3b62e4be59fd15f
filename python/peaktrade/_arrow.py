"""Where libpeak_io finds Arrow's libraries: inside pyarrow, which may lie in another folder than this package."""

from __future__ import annotations

import os
import sys

# Kept for ever: a library that is open under its name is what the loader gives to libpeak_io.
_opened: list[object] = []


def open_libraries() -> bool:
    """Opens the libraries of pyarrow that libpeak_io was built for, without importing pyarrow; False if there are none."""
    from importlib.util import find_spec

    spec = find_spec("pyarrow")
    if _opened or spec is None or not spec.submodule_search_locations:
        return False
    import ctypes

    folder = next(iter(spec.submodule_search_locations))
    ending = f"{wanted_major()}00"
    for name in ("libarrow", "libparquet"):
        file = f"{name}.{ending}.dylib" if sys.platform == "darwin" else f"{name}.so.{ending}"
        path = os.path.join(folder, file)
        if not os.path.exists(path):
            return False
        _opened.append(ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL))
    return True


def requirement() -> str:
    """What the package asks for, such as "pyarrow==26.*"."""
    from importlib import metadata

    try:
        wanted = metadata.requires("peaktrade") or []
    except metadata.PackageNotFoundError:
        wanted = []
    return next((entry for entry in wanted if entry.startswith("pyarrow")), "pyarrow==26.*")


def wanted_major() -> str:
    """The major version in the requirement."""
    return "".join(c for c in requirement().partition("==")[2].partition(".")[0] if c.isdigit())


def remedy() -> str:
    """What is wrong with pyarrow and the command that mends it; empty if nothing is."""
    from importlib import metadata

    command = f"{sys.executable} -m pip install '{requirement()}'"
    try:
        version = metadata.version("pyarrow")
    except metadata.PackageNotFoundError:
        return f"Parquet and Arrow files need pyarrow, which is not installed: {command}"
    if version.partition(".")[0] != wanted_major():
        return f"Parquet and Arrow files need {requirement()}, but pyarrow {version} is installed: {command}"
    return ""
