"""Saved runs. The file is a zip archive, to be read by anyone:

``run.json``
    What the run was: format and versions, options, parameters, the strategy's text or declared lines, warnings, sums, and why metrics
    are undefined.
``columns/*.npy``
    Its arrays in numpy's format: bars, equity, returns, in_position, trades/*, orders/*, requests/* and events/* (terms
    and lives of orders), funding/*, actions/*, benchmark, metrics (in the order of ``peaktrade.metrics.infos()``). Of
    a run over many symbols also panel/N/* (bars of symbol N), instruments/* and holdings/* (units from a bar on).
``result.json``
    What ``peak backtest --json`` prints.

Nothing in it is executed: no pickle is written, and arrays of objects are refused on reading.
"""

from __future__ import annotations

import json
import os
import zipfile

import numpy

from . import _native
from ._errors import DataError
from ._result import BacktestResult

FORMAT = "peaktrade run 2"
PANEL_FORMAT = "peaktrade panel run 1"
MAX_ENTRY_BYTES = 1 << 34


def save(result: BacktestResult, path: str | os.PathLike[str]) -> None:
    """Writes the file beside its place and moves it in, so that nothing half written is ever seen."""
    run = result._run
    state = _native.result_state(run)
    columns = state.pop("columns")
    form = PANEL_FORMAT if run.is_panel else FORMAT
    head = {"format": form, "version": _native.__version__, "engine_semantics": _native.ENGINE_SEMANTICS, **state}
    target = os.path.abspath(os.fspath(path))
    draft = f"{target}.{os.getpid()}.part"
    try:
        with open(draft, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("run.json", json.dumps(head, indent=2))
            archive.writestr("result.json", _native.result_json(run))
            for name, values in columns.items():
                with archive.open(f"columns/{name}.npy", "w") as entry:
                    numpy.lib.format.write_array(entry, values, allow_pickle=False)
        os.replace(draft, target)
    except BaseException:
        if os.path.exists(draft):
            os.unlink(draft)
        raise


def load(path: str | os.PathLike[str]) -> BacktestResult:
    """DataError for a file that is damaged, foreign, or of another meaning of a run."""
    name = os.fspath(path)
    try:
        with zipfile.ZipFile(name) as archive:
            return _load(archive, name)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        zlib_error(),
    ) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name}: not a saved run, or damaged ({error})") from None


def zlib_error() -> type[Exception]:
    """What a damaged archive raises while it is unpacked."""
    import zlib

    return zlib.error


def _load(archive: zipfile.ZipFile, name: str) -> BacktestResult:
    state = json.loads(archive.read("run.json"))
    if not isinstance(state, dict) or state.get("format") not in (FORMAT, PANEL_FORMAT):
        raise DataError(f"{name}: not a run that this version of Peak Trade can read")
    if state.get("engine_semantics") != _native.ENGINE_SEMANTICS:
        raise DataError(
            f"{name}: saved by version {state.get('version')}, whose runs have another meaning; result.json inside has its numbers"
        )
    state["columns"] = {}
    for entry in archive.infolist():
        if not entry.filename.startswith("columns/"):
            continue
        if entry.file_size > MAX_ENTRY_BYTES:
            raise DataError(f"{name}: {entry.filename} would unpack to {entry.file_size} bytes")
        with archive.open(entry) as file:
            column = entry.filename.removeprefix("columns/").removesuffix(".npy")
            state["columns"][column] = numpy.lib.format.read_array(file, allow_pickle=False)
    return BacktestResult(_native.result_from_state(state))
