"""DatabaseOptimizer: indexes and statistics, integrity and backups of the file behind a connection."""

from __future__ import annotations

import os
import sqlite3

from . import _database

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DatabaseOptimizer:
    """Looks after the database behind a connection, or in a file, which is then closed with it.

    `conn` is a ``sqlite3`` connection, the path of a SQLite file, or a connection to PostgreSQL. ``timeout`` is how long
    to wait for a program that has locked the file, in seconds; a connection that was given keeps its own.
    """

    def __init__(self, conn: Any, *, timeout: float = 5.0) -> None:
        from . import _postgres

        self._owned = isinstance(conn, (str, bytes, os.PathLike))
        self._postgres = not self._owned and _postgres.is_connection(conn)
        self._connection = _database.open_existing(conn, timeout) if self._owned else conn

    def __enter__(self) -> DatabaseOptimizer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes a file that was opened here; a connection that was given stays open."""
        if self._owned:
            self._connection.close()

    def _only_sqlite(self, instead: str) -> None:
        if self._postgres:
            raise NotImplementedError(f"this is for SQLite files; PostgreSQL {instead}")

    def recommended_indexes(self) -> list[str]:
        """The statements that make every index that Peak Trade recommends, whether it is there or not."""
        return [sql for _, _, _, sql in _database.schema()["indexes"]]

    def optimize(self) -> dict[str, list[str]]:
        """As ``optimize_database``, in one transaction."""
        if self._postgres:
            from . import _postgres

            return _postgres.optimize(self._connection)
        connection = self._connection
        with _database.transaction(connection):
            tables = dict(_database.tables(connection))
            return _database.make_indexes(
                lambda table: tables.get(table, []),
                lambda table: _database.indexes(connection, table),
                connection.execute,
            )

    def check_integrity(self) -> list[str]:
        """What is wrong with the file, one sentence each; an empty list: it is whole."""
        self._only_sqlite("checks itself: use the extension amcheck")
        try:
            problems = [row[0] for row in _database.query(self._connection, "PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        if problems == ["ok"]:
            problems = []
        for table, _, parent, _ in _database.query(self._connection, "PRAGMA foreign_key_check"):
            problems.append(f"a row of {table} belongs to no row of {parent}")
        return problems

    def backup(self, path: str | os.PathLike[str]) -> None:
        """A copy of the present state, whole or not at all, while others read and write."""
        self._only_sqlite("is backed up by pg_dump")
        target = os.fsdecode(path)
        beside = f"{target}.part-{os.getpid()}"
        try:
            with _database.named_errors(target):
                copy = sqlite3.connect(beside)
                try:
                    self._connection.backup(copy, pages=4096, sleep=0.005)
                    copy.execute("PRAGMA journal_mode = DELETE")
                finally:
                    copy.close()
            os.replace(beside, target)
        finally:
            if os.path.exists(beside):
                os.unlink(beside)
