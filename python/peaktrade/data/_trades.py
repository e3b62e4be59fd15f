"""Trades and prices into SQLite: C++ checks the rows and lays them out, sqlite3 writes them."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable, Mapping

from .. import _native
from .._errors import DataError
from . import _database

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Rows to a statement: sqlite3 spends most of a one-row statement on the call itself.
_ROWS_AT_ONCE = 50


def insert(connection: sqlite3.Connection, trades: Any) -> int:
    known, as_given = _table(connection)
    rows = as_rows(trades)
    if isinstance(rows, list) and not rows:
        return 0

    def write(batches: _native.TradeBatches) -> None:
        with _database.transaction(connection):
            _write(connection, batches)

    return write_whole(rows, known, as_given, _ROWS_AT_ONCE, write)


def write_whole(
    rows: Any, known: list[str], as_given: bool, rows_at_once: int, write: Callable[[_native.TradeBatches], None]
) -> int:
    """Has `write` write all rows or none; gives their number. It is called again, with one column more, when a row has a
    field that those before it lack."""
    if not isinstance(rows, list):
        further = [name for name in _names(rows) if name in known and name not in _fields()]
        if not further:
            batches = _native.TradeBatches.of_table(rows, as_given, rows_at_once)
            if lacking := [field for field in batches.fields if field not in known]:
                raise DataError(
                    f"the table trades has no column '{lacking[0]}', so that field of the trades would be lost"
                )
            write(batches)
            return len(batches)
        rows = _dicts(rows)  # C++ does not know the types of the table's further columns
    first = rows[0].keys() if isinstance(rows[0], Mapping) else ()
    fields = [*_database.schema()["required_trade_fields"]]
    fields += [name for name in first if name in known and name not in fields]
    while True:
        batches = _native.TradeBatches(rows, fields, known, as_given, rows_at_once)
        try:
            write(batches)
            return len(batches)
        except DataError:
            if not batches.wanted:
                raise
            fields.append(batches.wanted)


def _fields() -> list[str]:
    return _database.schema()["trade_fields"]


def _write(connection: sqlite3.Connection, batches: _native.TradeBatches) -> None:
    connection.executemany(_native.store_insert_sql("trades", batches.fields, _ROWS_AT_ONCE), batches)
    connection.executemany(_native.store_insert_sql("trades", batches.fields, 1), batches.rest())


def _table(connection: sqlite3.Connection) -> tuple[list[str], bool]:
    """The columns of the table trades, and whether its times are stored as they come: it is not one of ours."""
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError(
            "conn must be a sqlite3 connection (or one of psycopg or SQLAlchemy to PostgreSQL), not "
            f"{type(connection).__name__}"
        )
    name = _database.file_of(connection)
    with _database.named_errors(name):
        _database.check_version(connection, name)
        info = _database.query(connection, "SELECT * FROM pragma_table_info('trades')")
    types = {row[1]: str(row[2]).upper() for row in info}
    if not types:
        raise DataError(f"'{name}' has no table trades; create_database(path) makes it")
    for field in _database.schema()["required_trade_fields"]:
        if field not in types:
            raise DataError(f"the table trades of '{name}' has no column '{field}'")
    ours = _database.pragma(connection, "application_id") == _database.schema()["application_id"]
    return [*types], not (ours and "INT" in types["timestamp"])


def as_rows(trades: Any) -> Any:
    """A list of dicts as it is, a frame or table as something with an Arrow stream, any other iterable as a list."""
    if isinstance(trades, list):
        return trades
    if isinstance(trades, (str, bytes, Mapping)):
        raise TypeError(f"trades must be a list of dicts, a frame or an Arrow table, not {type(trades).__name__}")
    if hasattr(trades, "__arrow_c_stream__"):
        if type(trades).__module__.partition(".")[0] == "pandas":
            return _arrow_of_pandas(trades)
        return trades
    if isinstance(trades, Iterable):
        return list(trades)
    raise TypeError(f"trades must be a list of dicts, a frame or an Arrow table, not {type(trades).__name__}")


def _arrow_of_pandas(frame: Any) -> Any:
    """The frame's columns, with a named index (a time) as one more; rows where a column is of mixed types."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    try:
        import pyarrow
    except ImportError:  # it is missing, or wants a newer numpy
        return frame.to_dict("records")
    try:
        return pyarrow.Table.from_pandas(frame, preserve_index=False)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError):
        return frame.to_dict("records")  # the rows' own check names the row and the field


def _names(table: Any) -> list[str]:
    names = getattr(table, "column_names", None) or getattr(table, "columns", ())
    return [str(name) for name in names]


def _dicts(table: Any) -> list[dict[str, Any]]:
    if hasattr(table, "to_pylist"):
        return table.to_pylist()
    return table.to_dicts()


def update_prices(connection: sqlite3.Connection, prices: Any) -> int:
    rows = price_rows(prices)
    with _database.transaction(connection):
        cursor = connection.cursor()
        try:
            cursor.executemany("UPDATE positions SET current_price = ? WHERE symbol = ?", rows)
            return max(cursor.rowcount, 0)
        finally:
            cursor.close()


def price_rows(prices: Any) -> list[tuple[float, str]]:
    """Pairs of price and symbol, checked."""
    if hasattr(prices, "columns") and hasattr(prices, "__getitem__") and not isinstance(prices, Mapping):
        pairs = zip(list(prices["symbol"]), list(prices["price"]))
    elif isinstance(prices, Mapping) or hasattr(prices, "items"):
        pairs = prices.items()
    else:
        pairs = prices
    rows = []
    for symbol, price in pairs:
        if not isinstance(symbol, str) or not symbol:
            raise DataError(f"prices[{len(rows)}]: {symbol!r} is not a symbol")
        if isinstance(price, (bool, str)) or not hasattr(price, "__float__") or not math.isfinite(price):
            raise DataError(f"prices[{symbol!r}]: {price!r} is not a finite number")
        rows.append((float(price), symbol))
    return rows
