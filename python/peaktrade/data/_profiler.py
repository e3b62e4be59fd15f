"""QueryProfiler: time and plan of a query, and what missing indexes would save."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from .. import _native
from . import _database

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# An index that saves less than this share of the time is not worth its upkeep.
_WORTHWHILE = 0.9
# Files up to this size are copied for a slow query without being asked.
_MOST_BYTES = 1 << 29


class SuggestedIndex(str):
    """The statement that makes an index, with what it was worth where that was measured (on a copy)."""

    table: str
    columns: list[str]
    name: str
    seconds_before: float | None = None
    seconds_after: float | None = None

    @classmethod
    def of(cls, candidate: tuple[str, list[str], str, str]) -> SuggestedIndex:
        made = cls(candidate[3])
        made.table, made.columns, made.name = candidate[:3]
        return made

    @property
    def seconds_saved(self) -> float | None:
        """None where it was not measured."""
        if self.seconds_before is None or self.seconds_after is None:
            return None
        return self.seconds_before - self.seconds_after


@dataclass
class QueryProfile:
    """One query as it ran."""

    sql: str
    params: Any
    execution_time: float  # seconds, to the last row
    is_slow: bool
    rows_returned: int
    rows_scanned: int  # rows of the tables that the plan reads from end to end
    plan: list[str] = field(default_factory=list)  # EXPLAIN QUERY PLAN, a line each
    suggested_indexes: list[SuggestedIndex] = field(default_factory=list)

    def __str__(self) -> str:
        slow = ", slow" if self.is_slow else ""
        lines = [
            f"{self.execution_time * 1e3:.3f} ms{slow}: {self.rows_returned} rows, {self.rows_scanned} scanned",
            *(f"  {line}" for line in self.plan),
        ]
        for index in self.suggested_indexes:
            lines.append(f"missing: {index}")
            if index.seconds_before is not None and index.seconds_after is not None:
                lines.append(f"  {index.seconds_before * 1e3:.3f} ms would be {index.seconds_after * 1e3:.3f} ms")
        return "\n".join(lines)


class QueryProfiler:
    """Runs queries and remembers how they went.

    ``slow_query_threshold`` is in seconds; a query that takes as long or longer is slow. The last ``history`` profiles
    are kept. May be used from many threads, each with its own connection.
    """

    def __init__(self, slow_query_threshold: float = 0.1, history: int = 1000) -> None:
        wanted = f"slow_query_threshold must be a number of seconds from 0 on, not {slow_query_threshold!r}"
        if isinstance(slow_query_threshold, bool) or not hasattr(slow_query_threshold, "__float__"):
            raise TypeError(wanted)
        if not slow_query_threshold >= 0:
            raise ValueError(wanted)
        self.slow_query_threshold = float(slow_query_threshold)
        self._profiles: deque[QueryProfile] = deque(maxlen=history)

    def profile_query(self, conn: Any, sql: str, params: Any = None, *, measure: bool | None = None) -> QueryProfile:
        """Runs a query to its last row and tells how it went.

        ``suggested_indexes`` are those that SQLite's planner would use; with ``measure`` they are made on a copy of the
        database, which stays as it is, and carry the time before and after. None measures slow queries on files up to
        512 MB. PostgreSQL is never copied: ``measure=True`` makes and undoes indexes in place, else the first guess is
        given. A statement that changes the database is run and profiled without suggestions.
        """
        from . import _postgres

        parameters = () if params is None else params
        if _postgres.is_connection(conn):
            profile = _postgres.profile(conn, sql, params, self.slow_query_threshold, measure)
        else:
            _check(conn, sql)
            profile = self._profile(conn, sql, parameters)
            profile.suggested_indexes = _suggestions(conn, profile, parameters, measure)
        self._profiles.append(profile)
        return profile

    def _profile(self, conn: sqlite3.Connection, sql: str, parameters: Any) -> QueryProfile:
        cursor = conn.cursor()
        cursor.row_factory = None
        try:
            # EXPLAIN does not look whether another connection has changed the schema; reading it does.
            cursor.execute("SELECT count(*) FROM sqlite_master").fetchone()
            plan = [row[3] for row in cursor.execute(_explained(sql), parameters)]
            begin = time.perf_counter()
            cursor.execute(sql, parameters)
            rows = 0
            while batch := cursor.fetchmany(1000):
                rows += len(batch)
            seconds = time.perf_counter() - begin
        finally:
            cursor.close()
        slow = seconds >= self.slow_query_threshold
        return QueryProfile(sql, parameters or None, seconds, slow, rows, _rows_scanned(conn, sql, plan), plan)

    def get_slow_queries(self) -> list[QueryProfile]:
        """The slow ones among those kept, slowest first."""
        return sorted((p for p in self._profiles if p.is_slow), key=lambda p: p.execution_time, reverse=True)

    def get_stats(self) -> dict[str, Any]:
        """``total_queries``, ``slow_queries``, ``total_time``, ``mean_time``, ``max_time`` (seconds) of those kept."""
        times = [profile.execution_time for profile in self._profiles]
        return {
            "total_queries": len(times),
            "slow_queries": sum(profile.is_slow for profile in self._profiles),
            "total_time": sum(times),
            "mean_time": sum(times) / len(times) if times else 0.0,
            "max_time": max(times, default=0.0),
            "slow_query_threshold": self.slow_query_threshold,
        }

    def clear(self) -> None:
        """Forgets what was profiled."""
        self._profiles.clear()


_explanations = itertools.count()


def _explained(sql: str) -> str:
    """Different each time: sqlite3 keeps prepared statements by their text, and an EXPLAIN that was kept tells its old plan."""
    return f"EXPLAIN QUERY PLAN /* {next(_explanations)} */ {sql}"


def _wanting(conn: sqlite3.Connection, sql: str, plan: list[str], scans_only: bool) -> list[tuple[str, list[str]]]:
    """The tables that the plan reads from end to end; when it sorts, every table in it."""
    tables = _database.tables(conn)
    sorts = not scans_only and any(_native.is_sort_step(line) for line in plan)
    found: dict[str, list[str]] = {}
    for line in plan:
        step = _native.plan_step(line)
        if step is None or not (step[1] or sorts):
            continue
        table = _native.resolve_table(sql, step[0], tables)
        if table is not None:
            found[table] = dict(tables)[table]
    return list(found.items())


def _rows_scanned(conn: sqlite3.Connection, sql: str, plan: list[str]) -> int:
    count = 0
    for table, _ in _wanting(conn, sql, plan, True):
        count += _database.query(conn, f"SELECT count(*) FROM {_native.store_quoted_name(table)}")[0][0]
    return count


def _check(conn: Any, sql: Any) -> None:
    if not callable(getattr(conn, "cursor", None)):
        hint = f": sqlite3.connect({conn!r})" if isinstance(conn, str) else ""
        raise TypeError(f"conn must be an open connection of sqlite3 or PostgreSQL, not {type(conn).__name__}{hint}")
    if not isinstance(sql, str):
        raise TypeError(f"sql must be the text of a query, not {type(sql).__name__}")


def _suggestions(
    conn: sqlite3.Connection, profile: QueryProfile, parameters: Any, measure: bool | None
) -> list[SuggestedIndex]:
    wanting = _wanting(conn, profile.sql, profile.plan, False)
    if not wanting or not profile.sql.lstrip().lower().startswith(("select", "with", "values")):
        return []
    if measure is None:
        size = _database.pragma(conn, "page_count") * _database.pragma(conn, "page_size")
        measure = profile.is_slow and size <= _MOST_BYTES
    # An empty name is a database in temporary space that is gone when closed.
    with contextlib.closing(sqlite3.connect("", isolation_level=None)) as copy:
        try:
            if measure:
                conn.backup(copy)
            else:
                _copy_schema(conn, copy)
            return _tried(conn, copy, profile.sql, parameters, wanting, measure)
        except sqlite3.Error:
            return []  # functions or modules of this connection that a copy does not have


def _copy_schema(conn: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """Tables and indexes without their rows, and the statistics that the planner goes by."""
    for (sql,) in _database.query(
        conn, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY type DESC"
    ):
        copy.execute(sql)
    copy.execute("ANALYZE")
    with contextlib.suppress(sqlite3.OperationalError):  # no statistics were ever taken
        rows = _database.query(conn, "SELECT tbl, idx, stat FROM sqlite_stat1")
        copy.executemany("INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES (?, ?, ?)", rows)


def _tried(
    conn: sqlite3.Connection,
    copy: sqlite3.Connection,
    sql: str,
    parameters: Any,
    wanting: list[tuple[str, list[str]]],
    measure: bool,
) -> list[SuggestedIndex]:
    before = _best_time(copy, sql, parameters) if measure else None
    found = []
    for table, columns in wanting:
        present = _database.indexes(conn, table)
        best: SuggestedIndex | None = None
        for candidate in _native.index_candidates(sql, table, columns):
            if candidate[1] in present:
                continue
            index = _try_one(copy, SuggestedIndex.of(candidate), sql, parameters, before)
            if index is not None and (best is None or (index.seconds_after or 0) < (best.seconds_after or 0)):
                best = index
        if best is not None:
            found.append(best)
    return found


def _try_one(
    copy: sqlite3.Connection, index: SuggestedIndex, sql: str, parameters: Any, before: float | None
) -> SuggestedIndex | None:
    copy.execute(index)
    try:
        plan = [row[3] for row in _database.query(copy, _explained(sql), parameters)]
        steps = [_native.plan_step(line) for line in plan]
        if not any(step is not None and step[2] == index.name for step in steps):
            return None
        if before is None:
            return index
        index.seconds_before, index.seconds_after = before, _best_time(copy, sql, parameters)
        return index if index.seconds_after <= before * _WORTHWHILE else None
    finally:
        copy.execute(f"DROP INDEX {_native.store_quoted_name(index.name)}")


def _best_time(copy: sqlite3.Connection, sql: str, parameters: Any) -> float:
    def run() -> None:
        cursor = copy.execute(sql, parameters)
        while cursor.fetchmany(1000):
            pass

    return _best_of_runs(run)


def _best_of_runs(run: Callable[[], object]) -> float:
    """Its time in seconds: the best of many for a short one, which other programs disturb easily."""
    best, runs = float("inf"), 0
    while runs < (12 if best < 0.02 else 3):
        begin = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begin)
        runs += 1
    return best
