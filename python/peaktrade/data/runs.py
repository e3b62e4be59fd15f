"""Saved backtests in a trade store.

    from peaktrade.data import runs

    number = runs.save_run("runs.db", result, name="first try")
    runs.list_runs("runs.db")                    # a dict for each, newest first
    runs.load_run("runs.db", number)             # with trades, equity and the whole JSON document
    runs.compare_runs("runs.db", [1, 2])         # metrics by run

`peak runs` shows the same file from the command line.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator

from .. import _native
from .._errors import NotFoundError
from . import _database

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._result import BacktestResult

__all__ = ["compare_runs", "list_runs", "load_run", "save_run"]

_SUMMARY = (
    "id, created_at, name, strategy, parameters, fingerprint, symbol, data_path, start_time, end_time, bars, trades, "
    "final_equity, total_return, sharpe, max_drawdown"
)


@contextlib.contextmanager
def _opened(store: Any, create: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection as it is; a path as one that is closed again."""
    if isinstance(store, sqlite3.Connection):
        yield store
        return
    if not isinstance(store, (str, bytes, os.PathLike)):
        raise TypeError(f"store must be a path or a sqlite3 connection, not {type(store).__name__}")
    if create:
        _database.create(store, 5.0)
    connection = _database.open_existing(store, 5.0)
    try:
        yield connection
    finally:
        connection.close()


def save_run(store: Any, result: BacktestResult, *, name: str = "", data_path: str = "") -> int:
    """Saves a run with its trades and equity, whole or not at all; gives its number.

    `store` is a path (made if it is not there) or a ``sqlite3`` connection. The same run under the same name keeps its
    number and its row.
    """
    rows = _native.run_rows(result._run, time.time_ns(), name, data_path)
    run = rows["run"]
    with _opened(store, create=True) as connection, _database.transaction(connection):
        same = (run[rows["fingerprint_place"]], run[rows["name_place"]])
        known = _database.query(connection, rows["same_run_sql"], same)
        if known:
            return known[0][0]
        number = connection.execute(_native.store_insert_sql("runs", rows["run_columns"]), run).lastrowid
        assert number is not None
        for trade in rows["trades"]:
            trade[0] = number
        connection.executemany(_native.store_insert_sql("run_trades", rows["trade_columns"]), rows["trades"])
        times, equity = result._run.times(), result._run.equity()
        history = ((number, moment, value) for moment, value in zip(times.tolist(), equity.tolist()))
        connection.executemany(_native.store_insert_sql("portfolio_history", ["run_id", "date", "equity"]), history)
        return number


def list_runs(store: Any, limit: int = 0) -> list[dict[str, Any]]:
    """The saved runs as dicts, newest first; `limit` 0 gives all. Times are nanoseconds UTC, parameters a dict."""
    with _opened(store) as connection:
        rows = _database.query(connection, f"SELECT {_SUMMARY} FROM runs ORDER BY id DESC LIMIT ?", (limit or -1,))
    return [_summary(row) for row in rows]


def load_run(store: Any, number: int) -> dict[str, Any]:
    """One run: what ``list_runs`` tells, ``document`` (as ``to_dict``), ``trades`` (dicts) and ``equity`` (time, value)."""
    import json

    with _opened(store) as connection:
        rows = _database.query(connection, f"SELECT {_SUMMARY}, document FROM runs WHERE id = ?", (number,))
        if not rows:
            raise NotFoundError(
                f"'{_database.file_of(connection)}' holds no run {number}; list_runs shows those it holds"
            )
        cursor = connection.cursor()
        cursor.row_factory = sqlite3.Row
        cursor.execute("SELECT * FROM run_trades WHERE run_id = ? ORDER BY number", (number,))
        trades = [dict(row) for row in cursor]
        equity = _database.query(
            connection, "SELECT date, equity FROM portfolio_history WHERE run_id = ? ORDER BY date", (number,)
        )
    return {**_summary(rows[0][:-1]), "document": json.loads(rows[0][-1]), "trades": trades, "equity": equity}


def compare_runs(store: Any, numbers: list[int]) -> dict[str, dict[int, float | None]]:
    """Every metric of several runs: metric to run to value, None where undefined."""
    with _opened(store) as connection:
        loaded = {number: load_run(connection, number)["document"]["metrics"] for number in numbers}
    names = dict.fromkeys(name for metrics in loaded.values() for name in metrics)
    return {name: {number: metrics.get(name) for number, metrics in loaded.items()} for name in names}


def _summary(row: tuple[Any, ...]) -> dict[str, Any]:
    import json

    run = dict(zip((name.strip() for name in _SUMMARY.split(",")), row))
    run["parameters"] = json.loads(run["parameters"])
    return run
