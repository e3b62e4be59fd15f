"""Trades into SQLite, and the guide's queries before and after the indexes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path

import pandas as pd
from data.work import Work
from peaktrade.data.query_profiler import QueryProfiler, batch_insert_trades, create_database, optimize_database

FIELDS = ("symbol", "side", "quantity", "price", "timestamp")
INSERT = "INSERT INTO trades(symbol, side, quantity, price, timestamp) VALUES (?, ?, ?, ?, ?)"
MINUTE = 60_000_000_000
QUERIES = {
    "trades of a minute": "SELECT * FROM trades WHERE timestamp BETWEEN {moment} AND {moment} + 60000000000",
    "a symbol's trades of five minutes": "SELECT * FROM trades WHERE symbol = 'ETH/USD' AND timestamp BETWEEN {moment} "
    "AND {moment} + 300000000000",
    "the last 100 trades": "SELECT * FROM trades ORDER BY timestamp DESC LIMIT 100",
    "a symbol's last trade": "SELECT * FROM trades WHERE symbol = 'SOL/USD' ORDER BY timestamp DESC LIMIT 1",
    "history of a day": "SELECT * FROM portfolio_history WHERE date BETWEEN {moment} AND {moment} + 86400000000000 "
    "ORDER BY date",
}


class Store:
    def __init__(self, folder: Path, frame: pd.DataFrame, program: str | None) -> None:
        self.path = folder / "trades.db"
        self.program = program
        self.frame = frame[list(FIELDS)]
        stamps = frame["timestamp"].astype("datetime64[ns]").astype("int64").tolist()
        columns = [frame[name].tolist() for name in FIELDS[:4]]
        self.rows = list(zip(*columns, stamps))
        self.dicts = [dict(zip(FIELDS, row)) for row in self.rows]
        self.first = stamps[0]
        self.connection: sqlite3.Connection | None = None

    def fresh(self) -> None:
        if self.connection is not None:
            self.connection.close()
        for end in ("", "-wal", "-shm"):
            if os.path.exists(f"{self.path}{end}"):
                os.unlink(f"{self.path}{end}")
        create_database(self.path)
        self.connection = sqlite3.connect(self.path)

    def executemany(self) -> None:
        self.connection.executemany(INSERT, self.rows)
        self.connection.commit()

    def one_by_one(self) -> float:
        """Each row committed on its own; the time of as many as there are, from 300 of them."""
        import time

        count = 300
        begin = time.perf_counter()
        for row in self.rows[:count]:
            self.connection.execute(INSERT, row)
            self.connection.commit()
        return (time.perf_counter() - begin) / count * len(self.rows)

    def from_cpp(self) -> float:
        line = [self.program, f"--benchmark_filter=insert_trades/{len(self.rows)}", "--benchmark_format=json"]
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
        [row] = json.loads(done.stdout)["benchmarks"]
        return row["real_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}[row["time_unit"]]

    def check(self) -> None:
        """Every way stores the same rows."""
        for insert in (self.executemany, lambda: self.batch(self.dicts), lambda: self.batch(self.frame)):
            self.fresh()
            insert()
            stored = self.connection.execute(f"SELECT {', '.join(FIELDS)} FROM trades ORDER BY id").fetchall()
            assert stored == self.rows

    def batch(self, trades: object) -> None:
        batch_insert_trades(self.connection, trades)

    def inserts(self) -> list[Work]:
        group = f"SQLite, {len(self.rows):,} trades, one transaction"
        works = [
            Work(group, "batch_insert_trades, dicts", lambda: self.batch(self.dicts), self.fresh, ours=True),
            Work(group, "sqlite3 executemany, tuples", self.executemany, self.fresh, mark=1.0),
            Work(group, "sqlite3, a commit for each row", self.one_by_one, self.fresh, mark=10),
            Work(group, "batch_insert_trades, pandas frame", lambda: self.batch(self.frame), self.fresh),
        ]
        if self.program:
            native = "SQLite, C++"
            works += [
                Work(native, "peak::store::TradeStore", self.from_cpp, ours=True),
                Work(native, "sqlite3 executemany, tuples", self.executemany, self.fresh, mark=1.5),
            ]
        return works

    def fill(self) -> None:
        """The trades (about ten a second), and the history of as many minutes."""
        self.fresh()
        self.executemany()
        history = ((0, self.first + i * MINUTE, 10_000.0 + i) for i in range(len(self.rows)))
        with self.connection:
            self.connection.executemany("INSERT INTO portfolio_history(run_id, date, equity) VALUES (?, ?, ?)", history)

    def queries(self) -> dict[str, str]:
        moment = self.first + (self.rows[-1][-1] - self.first) // 2
        return {name: sql.format(moment=moment) for name, sql in QUERIES.items()}

    def plan(self, sql: str) -> str:
        return "; ".join(QueryProfiler().profile_query(self.connection, sql, measure=False).plan)

    def timed(self, sql: str) -> tuple[float, list]:
        import time

        best, rows = float("inf"), []
        for _ in range(5):
            begin = time.perf_counter()
            rows = self.connection.execute(sql).fetchall()
            best = min(best, time.perf_counter() - begin)
        return best, rows

    def optimized(self) -> list[tuple[str, float, float, str, str]]:
        """Each query: its time before and after, its plan before and after; the rows are the same."""
        self.fill()
        before = {name: (*self.timed(sql), self.plan(sql)) for name, sql in self.queries().items()}
        optimize_database(self.path)
        found = []
        for name, sql in self.queries().items():
            seconds, rows = self.timed(sql)
            old_seconds, old_rows, old_plan = before[name]
            assert sorted(rows) == sorted(old_rows), name
            found.append((name, old_seconds, seconds, old_plan, self.plan(sql)))
        return found
