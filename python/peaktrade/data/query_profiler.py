"""The trade store from Python: tables, fast inserts, indexes, and what makes a query slow.

    from peaktrade.data.query_profiler import batch_insert_trades, create_database, optimize_database, QueryProfiler

    create_database("data/trades.db")
    connection = sqlite3.connect("data/trades.db")
    batch_insert_trades(connection, trades)          # dicts, a frame or an Arrow table; all of them or none
    optimize_database("data/trades.db")              # indexes and statistics
    profile = QueryProfiler(slow_query_threshold=0.1).profile_query(connection, "SELECT * FROM trades")
    profile.is_slow, profile.plan, profile.suggested_indexes

Connections are plain ``sqlite3`` connections: Peak Trade's extension links no SQLite, since two copies of it on one file
in one process break its locks. The SQL and the checks are those of the command and of C++. The same functions take
connections of psycopg and SQLAlchemy to PostgreSQL (``pip install 'peaktrade[postgres]'``).
"""

from __future__ import annotations

from ._optimizer import DatabaseOptimizer
from ._profiler import QueryProfile, QueryProfiler, SuggestedIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from typing import Any

__all__ = [
    "DatabaseOptimizer",
    "QueryProfile",
    "QueryProfiler",
    "SuggestedIndex",
    "batch_insert_trades",
    "batch_update_prices",
    "create_database",
    "optimize_database",
]


def create_database(path: str | os.PathLike[str], *, timeout: float = 5.0) -> str | os.PathLike[str]:
    """Makes a store, or the tables that a file lacks; gives the path back.

    Tables ``trades``, ``portfolio_history``, ``positions``, ``runs`` and ``run_trades``, in WAL mode, with a schema
    version. Tables of these names that are there already stay as they are. The folder is made. `path` may also be the
    URL of a PostgreSQL database. ``timeout`` is how long to wait for another writer, in seconds.

    Raises DataError for a file that is not SQLite, is another program's or comes from a newer Peak Trade (it is not
    changed), OSError for one that is locked or may not be written.
    """
    from . import _database, _postgres

    if _postgres.is_url(path):
        _postgres.create_database(str(path), timeout)
    else:
        _database.create(path, timeout)
    return path


def optimize_database(path: str | os.PathLike[str], *, timeout: float = 5.0) -> dict[str, list[str]]:
    """Makes the indexes that usual queries want and takes statistics; doing it again makes nothing.

    The file must be there; one that is not SQLite is refused untouched. Tables that someone else made are indexed in
    place. Gives back what was done: ``created`` (names of indexes), ``present`` (served by an index that was there),
    ``missing_tables``, ``missing_columns``, ``analyzed``. ``timeout`` is how long to wait for a program that has locked the
    database, in seconds; then OSError says so and nothing was changed.
    """
    from . import _database, _postgres

    if _postgres.is_url(path):
        with _postgres.connect(str(path), timeout) as connection:
            return DatabaseOptimizer(connection).optimize()
    connection = _database.open_existing(path, timeout)
    try:
        return DatabaseOptimizer(connection).optimize()
    finally:
        connection.close()


def batch_insert_trades(conn: Any, trades: Iterable[Mapping[str, Any]] | Any) -> int:
    """Writes trades, all of them or none; gives their number.

    `trades` are dicts, a pandas or polars frame, or an Arrow table, with ``symbol``, ``side`` (buy, sell, long, short),
    ``quantity`` (above 0), ``price`` and ``timestamp``; ``fees``, ``strategy``, ``tag`` and further columns of the table
    may be there. Times are datetimes (without a zone: UTC), ISO text, nanoseconds as int or seconds as float; they are
    stored as nanoseconds UTC, in a table that someone else made as they come.

    Inside an open transaction the trades become part of it: a bad row undoes only this call, and committing is left to
    the caller. Otherwise they are committed. Raises DataError for a bad row, with its index and field.
    """
    from . import _postgres, _trades

    if _postgres.is_connection(conn):
        return _postgres.insert_trades(conn, trades)
    return _trades.insert(conn, trades)


def batch_update_prices(conn: Any, prices: Mapping[str, float] | Iterable[tuple[str, float]]) -> int:
    """Sets ``positions.current_price`` by symbol, all or none; gives how many positions were set.

    Symbols that are not held are passed over. Raises DataError for a price that is no finite number.
    """
    from . import _postgres, _trades

    if _postgres.is_connection(conn):
        return _postgres.update_prices(conn, prices)
    return _trades.update_prices(conn, prices)
