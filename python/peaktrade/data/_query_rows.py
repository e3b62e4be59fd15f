"""Queries on SQLite files for the reader of prices, by Python's own sqlite3."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import urllib.parse

from ._database import named_errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_ROWS = 20_000
_TIMEOUT = 5.0


class Query:
    """A query that is being read: its columns' names, and its rows piece by piece."""

    def __init__(self, path: str, sql: str) -> None:
        self._path = path
        with self._named():
            # "file:" and not the bare path: only so can it be opened for reading only.
            place = urllib.parse.quote(os.path.abspath(path))
            self._connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=_TIMEOUT)
            try:
                self._cursor = self._connection.execute(sql)
            except BaseException:
                self._connection.close()
                raise
        self.names = [column[0] for column in self._cursor.description or ()]

    @contextlib.contextmanager
    def _named(self) -> Any:
        try:
            with named_errors(self._path):
                yield
        except sqlite3.Error as error:
            if "decode" in str(error):
                from .._errors import DataError

                raise DataError(f"'{self._path}': a text is not UTF-8: {error}") from error
            raise ValueError(f"'{self._path}': SQLite does not take this SQL: {error}") from error

    def rows(self) -> list[tuple[Any, ...]]:
        """The next rows; none at the end."""
        with self._named():
            return self._cursor.fetchmany(_ROWS)

    def close(self) -> None:
        self._connection.close()


if TYPE_CHECKING:
    _check: Callable[[str, str], Query] = Query
