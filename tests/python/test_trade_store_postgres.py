"""The same functions on a real PostgreSQL server."""

import datetime as dt
import os
import warnings

import polars as pl
import pytest

import peaktrade as pt
import postgres_server
from peaktrade.data import query_profiler as qp
from ports import held_port

psycopg = pytest.importorskip("psycopg")
FIRST = 1_600_000_000_000_000_000
GOOD = {"symbol": "SPY", "side": "buy", "quantity": 1.0, "price": 2.0, "timestamp": FIRST}


@pytest.fixture(scope="module")
def server():
    if postgres_server.binaries() is None:
        message = "PostgreSQL is not installed: scripts/setup test"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)
    with postgres_server.running() as url:
        yield url


@pytest.fixture
def url(server):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return qp.create_database(server)


@pytest.fixture
def conn(url):
    with psycopg.connect(url) as connection:
        yield connection


def count(url, table="trades"):
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_creating_again_changes_nothing(url):
    qp.create_database(url)
    assert count(url, "runs") == 0
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO peak_schema VALUES (99)")
    with pytest.raises(pt.DataError, match="newer Peak Trade"):
        qp.create_database(url)


def test_trades_are_committed_and_come_back(conn, url):
    rows = [GOOD | {"price": 100 + i / 8, "symbol": "O'Neil\t\\x"} for i in range(500)]
    rows[300]["tag"] = "late"
    assert qp.batch_insert_trades(conn, rows) == 500
    assert qp.batch_insert_trades(conn, pl.DataFrame(rows[:3])) == 3
    assert qp.batch_insert_trades(conn, [GOOD | {"timestamp": dt.datetime(2020, 9, 13, 12, 26, 40)}]) == 1
    assert qp.batch_insert_trades(conn, []) == 0
    assert count(url) == 504
    stored = conn.execute("SELECT symbol, price, timestamp, tag FROM trades ORDER BY id LIMIT 500").fetchall()
    assert stored == [(row["symbol"], row["price"], FIRST, row.get("tag")) for row in rows]


def test_a_bad_row_is_named_and_undoes_only_its_batch(conn, url):
    rows = [GOOD] * 60 + [GOOD | {"price": "cheap"}]
    with pytest.raises(pt.DataError, match=r"trades\[60\], field 'price': 'cheap' is not a number"):
        qp.batch_insert_trades(conn, rows)
    assert count(url) == 0
    with conn.transaction():
        qp.batch_insert_trades(conn, [GOOD])
        with pytest.raises(pt.DataError):
            qp.batch_insert_trades(conn, rows)
        qp.batch_insert_trades(conn, [GOOD])
    assert count(url) == 2


def test_sqlalchemy_commits_when_its_user_does(url):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("INSERT INTO positions(symbol, quantity) VALUES ('SPY', 1)"))
        qp.batch_insert_trades(connection, [GOOD] * 3)
        assert qp.batch_update_prices(connection, {"SPY": 5, "none": 1}) == 1
        connection.rollback()
        assert count(url) == 0
        qp.batch_insert_trades(connection, [GOOD] * 3)
    assert count(url) == 3
    engine.dispose()


def test_optimize_and_profile(conn, url):
    qp.batch_insert_trades(conn, [GOOD | {"symbol": f"S{i % 500}", "timestamp": FIRST + i} for i in range(20_000)])
    conn.execute("ANALYZE trades")
    conn.commit()
    profiler = qp.QueryProfiler(slow_query_threshold=0.0)
    sql = "SELECT * FROM trades WHERE symbol = %s ORDER BY timestamp"
    profile = profiler.profile_query(conn, sql, ("S7",), measure=True)
    assert (profile.rows_returned, profile.rows_scanned) == (40, 20_000)
    assert profile.is_slow and any("Seq Scan" in line for line in profile.plan)
    [index] = profile.suggested_indexes
    assert index.columns[0] == "symbol" and index.seconds_after < index.seconds_before
    conn.commit()
    done = qp.optimize_database(url)
    assert "idx_trades_symbol_timestamp" in done["created"] and "positions(symbol)" in done["present"]
    assert qp.optimize_database(url)["created"] == []
    assert profiler.profile_query(conn, sql, ("S7",)).rows_scanned == 0


def test_what_is_not_there_says_so(server):
    with held_port() as port, pytest.raises(OSError, match="cannot reach PostgreSQL"):
        qp.create_database(f"postgresql://peak@127.0.0.1:{port}/none")
    with psycopg.connect(server) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        with pytest.raises(pt.DataError, match="no table trades"):
            qp.batch_insert_trades(connection, [GOOD])
        with pytest.raises(NotImplementedError, match="pg_dump"):
            qp.DatabaseOptimizer(connection).backup("x")


def test_a_locked_table_is_waited_for_no_longer_than_allowed(conn, url):
    conn.execute("LOCK TABLE trades IN ACCESS EXCLUSIVE MODE")
    # It used to wait for as long as the other program kept the lock.
    with pytest.raises(OSError, match=r"locked by another program: .*lock timeout.*timeout\)"):
        qp.optimize_database(url, timeout=0.05)
    conn.rollback()
    assert qp.optimize_database(url, timeout=float("inf"))["created"]
