"""SQLite files: whose they are, their tables, and transactions that nest."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
import stat
from collections.abc import Callable, Collection, Iterator, Sequence

from .. import _native
from .._errors import DataError
from ..core._arguments import path_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAGIC = b"SQLite format 3\0"


@functools.cache
def schema() -> dict[str, Any]:
    """Version, migrations and indexes as C++ has them."""
    return _native.store_schema()


def _kind_of_file(path: str) -> str:
    """ "none", "empty" or "sqlite", from the first bytes: SQLite itself would create, lock or recover."""
    try:
        entry = os.stat(path)
    except FileNotFoundError:
        return "none"
    if not stat.S_ISREG(entry.st_mode):
        raise ValueError(f"'{path}' is not a file; name a SQLite database")
    if entry.st_size == 0:
        return "empty"
    with open(path, "rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise DataError(f"'{path}' is not a SQLite database; it was not changed")
    return "sqlite"


@contextlib.contextmanager
def named_errors(path: str) -> Iterator[None]:
    """SQLite's errors as the ones of this library, with the file's name."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text or "locking protocol" in text:
            raise OSError(
                f"'{path}' is locked by another program that writes to it; try again when that is done, or wait "
                "longer (timeout)"
            ) from error
        if "readonly" in text:
            raise OSError(f"'{path}' cannot be written to: it, or its folder, is read-only") from error
        if "unable to open" in text:
            raise OSError(f"cannot open '{path}': its folder is missing or may not be used") from error
        if "disk is full" in text:
            raise OSError(f"'{path}': the disk is full; nothing was written") from error
        raise
    except sqlite3.DatabaseError as error:
        if type(error) is sqlite3.DatabaseError:
            raise DataError(f"'{path}' is damaged or not a SQLite database: {error}; restore a backup") from error
        raise


def pragma(connection: sqlite3.Connection, name: str) -> int:
    return query(connection, f"PRAGMA {name}")[0][0]


def query(connection: sqlite3.Connection, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
    """Rows as tuples, whatever row factory the connection has."""
    cursor = connection.cursor()
    cursor.row_factory = None
    try:
        return cursor.execute(sql, parameters).fetchall()
    finally:
        cursor.close()


def create(path: str | bytes | os.PathLike[Any], timeout: float) -> None:
    name = path_text(path, "path")
    _kind_of_file(name)
    if folder := os.path.dirname(name):
        os.makedirs(folder, exist_ok=True)
    with named_errors(name):
        connection = sqlite3.connect(name, timeout=timeout, isolation_level=None)
        try:
            _take_over(connection, name)
        finally:
            connection.close()


def _take_over(connection: sqlite3.Connection, name: str) -> None:
    owner, version = pragma(connection, "application_id"), pragma(connection, "user_version")
    ours = owner == schema()["application_id"]
    check_version(connection, name)
    if owner != 0 and not ours:
        raise DataError(
            f"'{name}' is the database of another program (application_id {owner}); it was not changed: "
            "name another file"
        )
    if ours and version == schema()["version"]:
        return
    connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        # Another program may have migrated while this one waited.
        version = pragma(connection, "user_version")
        for number, statements in schema()["migrations"]:
            for statement in statements if number > version else ():
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema()['application_id']}")
        connection.execute(f"PRAGMA user_version = {max(version, schema()['version'])}")


def check_version(connection: sqlite3.Connection, name: str) -> None:
    """Refuses a store of a newer Peak Trade, whose tables may mean something else."""
    if pragma(connection, "application_id") != schema()["application_id"]:
        return
    version, known = pragma(connection, "user_version"), schema()["version"]
    if version > known:
        raise DataError(
            f"'{name}' was written by a newer Peak Trade (schema {version}, this one knows {known}); it was not "
            "changed: update Peak Trade"
        )


def open_existing(path: str | bytes | os.PathLike[Any], timeout: float) -> sqlite3.Connection:
    name = path_text(path, "path")
    kind = _kind_of_file(name)
    if kind == "none":
        raise FileNotFoundError(f"there is no file '{name}'")
    if kind == "empty":
        raise DataError(f"'{name}' is empty, not a SQLite database")
    with named_errors(name):
        connection = sqlite3.connect(name, timeout=timeout, isolation_level=None)
        try:
            check_version(connection, name)
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
    return connection


def file_of(connection: sqlite3.Connection) -> str:
    """The file behind a connection, for messages; ":memory:" where there is none."""
    rows = query(connection, "PRAGMA database_list")
    return next((row[2] for row in rows if row[1] == "main" and row[2]), ":memory:")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: a transaction of its own, or a savepoint inside the one that is open, which stays open."""
    nested = connection.in_transaction
    begin, end, undo = (
        ("SAVEPOINT peak_batch", "RELEASE peak_batch", ("ROLLBACK TO peak_batch", "RELEASE peak_batch"))
        if nested
        else ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
    )
    with named_errors(file_of(connection)):
        connection.execute(begin)
        try:
            yield
            connection.execute(end)
        except BaseException:
            # SQLite itself undoes everything on some faults, such as a full disk.
            if connection.in_transaction:
                for statement in undo:
                    connection.execute(statement)
            raise


def tables(connection: sqlite3.Connection) -> list[tuple[str, list[str]]]:
    """The tables that users made, each with its columns."""
    rows = query(
        connection,
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' "
        "AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid",
    )
    found: dict[str, list[str]] = {}
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return list(found.items())


def indexes(connection: sqlite3.Connection, table: str) -> list[list[str | None]]:
    """Each index of a table as its columns; an expression is None. Partial ones serve some queries only and do not count."""
    rows = query(
        connection,
        "SELECT i.name, c.name FROM pragma_index_list(?) i JOIN pragma_index_info(i.name) c WHERE NOT i.partial "
        "ORDER BY i.seq, c.seqno",
        (table,),
    )
    found: dict[str, list[str | None]] = {}
    for index, column in rows:
        found.setdefault(index, []).append(column)
    return list(found.values())


def add_once(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def make_indexes(
    columns_of: Callable[[str], Collection[str]],
    indexes_of: Callable[[str], Sequence[Sequence[str | None]]],
    execute: Callable[[str], Any],
) -> dict[str, list[str]]:
    """Makes the recommended indexes that are missing and takes statistics; tells what was done and what was there.

    The database is asked for a table's columns (none: there is no such table) and indexes. To be called in a transaction.
    """
    done: dict[str, list[str]] = {
        key: [] for key in ("created", "present", "missing_tables", "missing_columns", "analyzed")
    }
    for table, columns, name, sql in schema()["indexes"]:
        known = columns_of(table)
        if not known:
            add_once(done["missing_tables"], table)
        elif lacking := [column for column in columns if column not in known]:
            for column in lacking:
                add_once(done["missing_columns"], f"{table}.{column}")
        else:
            if columns in indexes_of(table):
                done["present"].append(f"{table}({', '.join(columns)})")
            else:
                execute(sql)
                done["created"].append(name)
            add_once(done["analyzed"], table)
    for table in done["analyzed"]:
        execute(f"ANALYZE {_native.store_quoted_name(table)}")
    return done
