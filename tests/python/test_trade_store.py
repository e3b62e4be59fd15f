"""peaktrade.data.query_profiler and .runs against sqlite3 itself: what is stored, what is refused, what a kill leaves."""

import datetime as dt
import decimal
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zoneinfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import peaktrade as pt
from peaktrade.data import query_profiler as qp
from peaktrade.data import runs

FIRST = 1_600_000_000_000_000_000  # 2020-09-13T12:26:40Z
GOOD = {"symbol": "SPY", "side": "buy", "quantity": 1.0, "price": 2.0, "timestamp": FIRST}


def trades(count, **further):
    return [
        {
            "symbol": ("SPY", "QQQ", "BTC/USD")[i % 3],
            "side": ("buy", "sell")[i % 2],
            "quantity": 1.0 + i % 7,
            "price": 100 + i / 8,
            "timestamp": FIRST + i * 10**9,
            **further,
        }
        for i in range(count)
    ]


@pytest.fixture
def path(tmp_path):
    return qp.create_database(tmp_path / "deep" / "trades.db")


@pytest.fixture
def conn(path):
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def count(connection, table="trades"):
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


COLUMNS = "symbol, side, quantity, price, timestamp"


# ---- what is stored --------------------------------------------------------------------------------------------------


def frames_of(rows):
    frame = pd.DataFrame(rows)
    stamped = frame.assign(timestamp=pd.to_datetime(frame.timestamp, utc=True).dt.tz_convert("Asia/Tokyo"))
    return {
        "dicts": rows,
        "generator": (dict(row) for row in rows),
        "pandas": frame,
        "pandas categories": frame.astype({"symbol": "category", "side": "category"}),
        "pandas zone": stamped,
        "pandas time index": stamped.set_index("timestamp"),
        "polars": pl.DataFrame(rows),
        "arrow": pa.Table.from_pylist(rows),
        "arrow in batches": pa.Table.from_batches(pa.Table.from_pylist(rows).to_batches(max_chunksize=7)),
    }


@pytest.mark.parametrize("kind", list(frames_of(trades(1))))
@pytest.mark.parametrize("rows", [1, 49, 50, 51, 173])
def test_every_form_stores_the_same_rows(conn, kind, rows):
    expected = [tuple(row.values()) for row in trades(rows)]
    assert qp.batch_insert_trades(conn, frames_of(trades(rows))[kind]) == rows
    assert conn.execute(f"SELECT {COLUMNS} FROM trades ORDER BY id").fetchall() == expected
    assert not conn.in_transaction


@pytest.mark.parametrize(
    ("stamp", "nanoseconds"),
    [
        (FIRST, FIRST),
        (5, 5),
        (1_600_000_000.5, FIRST + 500_000_000),
        ("2020-09-13T12:26:40Z", FIRST),
        ("2020-09-13 14:26:40.25+02:00", FIRST + 250_000_000),
        (dt.datetime(2020, 9, 13, 12, 26, 40, 7), FIRST + 7000),
        (dt.datetime(2020, 9, 13, 12, 26, 40, tzinfo=dt.UTC), FIRST),
        (dt.datetime(2020, 9, 13, 8, 26, 40, tzinfo=zoneinfo.ZoneInfo("America/New_York")), FIRST),
        (dt.date(2020, 9, 13), FIRST - (12 * 3600 + 26 * 60 + 40) * 10**9),
        (dt.datetime(1950, 1, 3), -7303 * 86400 * 10**9),  # 20 years of 365 days, 5 leap days, less 2 days
        (pd.Timestamp(FIRST + 1), FIRST + 1),
        (pd.Timestamp("2020-09-13 14:26:40", tz="Europe/Paris"), FIRST),
        (np.datetime64(FIRST, "ns"), FIRST),
        (np.datetime64("2020-09-13T12:26:40", "s"), FIRST),
        (np.int64(FIRST), FIRST),
    ],
)
def test_times_of_every_kind_become_nanoseconds(conn, stamp, nanoseconds):
    qp.batch_insert_trades(conn, [GOOD | {"timestamp": stamp}])
    assert conn.execute("SELECT timestamp, typeof(timestamp) FROM trades").fetchone() == (nanoseconds, "integer")


def test_numbers_of_every_kind_are_stored_as_such(conn):
    values = [3, 0.1, np.float64(0.1), np.int32(7), decimal.Decimal("0.1"), np.float32(0.5), 10**30]
    qp.batch_insert_trades(conn, [GOOD | {"price": value} for value in values])
    stored = [row[0] for row in conn.execute("SELECT price FROM trades ORDER BY id")]
    assert stored == [3.0, 0.1, 0.1, 7.0, 0.1, 0.5, 1e30]


def test_a_field_that_only_a_later_row_has_is_kept(conn):
    rows = trades(120)
    rows[77]["tag"] = "late"
    rows[110]["fees"] = 0.5
    assert qp.batch_insert_trades(conn, rows) == 120
    assert conn.execute("SELECT tag, fees FROM trades WHERE id IN (78, 111) ORDER BY id").fetchall() == [
        ("late", None),
        (None, 0.5),
    ]


def test_nothing_is_nothing(conn):
    assert qp.batch_insert_trades(conn, []) == 0
    assert qp.batch_insert_trades(conn, pd.DataFrame(trades(1)).iloc[:0]) == 0


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"price": float("nan")}, r"trades\[57\], field 'price': nan is not a finite number"),
        ({"price": "100"}, r"trades\[57\], field 'price': '100' is not a number"),
        ({"price": None}, r"trades\[57\], field 'price': is missing"),
        ({"price": True}, r"trades\[57\], field 'price'"),
        ({"quantity": 0}, r"trades\[57\], field 'quantity': 0 is not above 0"),
        ({"quantity": float("inf")}, r"trades\[57\], field 'quantity'"),
        ({"symbol": ""}, r"trades\[57\], field 'symbol': is empty"),
        ({"symbol": 7}, r"trades\[57\], field 'symbol': int is not text"),
        ({"side": "hold"}, r"trades\[57\], field 'side': 'hold' is not a side"),
        ({"timestamp": None}, r"trades\[57\], field 'timestamp': is missing"),
        ({"timestamp": pd.NaT}, r"trades\[57\], field 'timestamp': is missing"),
        ({"timestamp": "yesterday"}, r"trades\[57\], field 'timestamp': 'yesterday' is no time"),
        ({"timestamp": 1_600_000_000}, r"trades\[57\], field 'timestamp': 1600000000 looks like seconds"),
        ({"timestamp": 1_600_000_000_000}, "looks like milliseconds"),
        ({"timestamp": 10**30}, "64 bits"),
        ({"timestamp": dt.datetime(9999, 1, 1)}, "outside of 1678 to 2261"),
        ({"pryce": 1}, r"trades\[57\]: the table has no column for field 'pryce'; did you mean 'price'"),
        ({"symbol": "\ud800"}, r"trades\[57\], field 'symbol': is not valid Unicode"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_stored(conn, change, words):
    rows = trades(120)
    rows[57] = rows[57] | change
    with pytest.raises(pt.DataError, match=words):
        qp.batch_insert_trades(conn, rows)
    assert count(conn) == 0
    assert not conn.in_transaction


@pytest.mark.parametrize("field", ["symbol", "side", "quantity", "price", "timestamp"])
def test_a_missing_field_is_named(conn, field):
    rows = trades(60)
    del rows[53][field]
    with pytest.raises(pt.DataError, match=rf"trades\[53\]: field '{field}' is missing"):
        qp.batch_insert_trades(conn, rows)
    assert count(conn) == 0


def test_bad_rows_of_frames_are_named(conn):
    frame = pd.DataFrame(trades(60))
    frame.loc[41, "price"] = float("inf")
    with pytest.raises(pt.DataError, match=r"trades\[41\], field 'price'"):
        qp.batch_insert_trades(conn, frame)
    mixed = pd.DataFrame(trades(60)).astype({"price": object})
    mixed.loc[42, "price"] = "cheap"
    with pytest.raises(pt.DataError, match=r"trades\[42\], field 'price': 'cheap' is not a number"):
        qp.batch_insert_trades(conn, mixed)
    with pytest.raises(pt.DataError, match="no column 'price'"):
        qp.batch_insert_trades(conn, pl.DataFrame(trades(3)).drop("price"))
    with pytest.raises(pt.DataError, match="'pryce' is no field of a trade"):
        qp.batch_insert_trades(conn, pl.DataFrame(trades(3)).with_columns(pryce=1.0))
    assert count(conn) == 0


@pytest.mark.parametrize("wrong", ["trades", 7, {"symbol": "SPY"}, None])
def test_what_is_no_list_of_trades_is_a_type_error(conn, wrong):
    with pytest.raises(TypeError, match="trades must be a list of dicts"):
        qp.batch_insert_trades(conn, wrong)


def test_rows_that_are_no_dicts_are_named(conn):
    with pytest.raises(pt.DataError, match=r"trades\[1\] is int, not a dict"):
        qp.batch_insert_trades(conn, [GOOD, 7])
    with pytest.raises(TypeError, match="sqlite3 connection"):
        qp.batch_insert_trades("trades.db", trades(1))


def test_a_generator_that_fails_leaves_nothing(conn):
    def broken():
        yield GOOD
        raise RuntimeError("feed lost")

    with pytest.raises(RuntimeError, match="feed lost"):
        qp.batch_insert_trades(conn, broken())
    assert count(conn) == 0


# ---- transactions ----------------------------------------------------------------------------------------------------


def test_inside_an_open_transaction_only_the_batch_is_undone(conn):
    conn.execute(f"INSERT INTO trades({COLUMNS}) VALUES ('OWN', 'buy', 1, 1, 1)")
    assert conn.in_transaction
    assert qp.batch_insert_trades(conn, trades(60)) == 60
    assert conn.in_transaction  # committing is the caller's
    with pytest.raises(pt.DataError):
        qp.batch_insert_trades(conn, [*trades(60), GOOD | {"price": None}])
    assert conn.in_transaction
    assert count(conn) == 61
    conn.rollback()
    assert count(conn) == 0


@pytest.mark.parametrize("level", [None, "", "IMMEDIATE"])
def test_every_isolation_level_commits_or_undoes(path, level):
    connection = sqlite3.connect(path, isolation_level=level)
    qp.batch_insert_trades(connection, trades(51))
    with pytest.raises(pt.DataError):
        qp.batch_insert_trades(connection, [GOOD, GOOD | {"side": ""}])
    connection.close()
    assert count(sqlite3.connect(path)) == 51


def test_row_factories_do_not_matter(conn):
    conn.row_factory = sqlite3.Row
    qp.batch_insert_trades(conn, trades(3))
    assert qp.QueryProfiler().profile_query(conn, "SELECT * FROM trades WHERE symbol = 'SPY'").rows_returned == 1
    conn.row_factory = lambda cursor, row: {"x": row}
    qp.batch_insert_trades(conn, trades(3))


def test_a_locked_file_says_so_and_readers_go_on(path, conn):
    qp.batch_insert_trades(conn, trades(5))
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    impatient = sqlite3.connect(path, timeout=0.01)
    with pytest.raises(OSError, match="locked by another program"):
        qp.batch_insert_trades(impatient, trades(5))
    with pytest.raises(OSError, match="locked"):
        qp.optimize_database(path, timeout=0.01)
    assert count(impatient) == 5
    writer.execute("ROLLBACK")
    assert qp.batch_insert_trades(impatient, trades(5)) == 5


def test_readers_see_whole_batches_while_one_writes(path):
    seen = []
    stop = threading.Event()

    def read():
        connection = sqlite3.connect(path)
        seen.append(count(connection))
        while not stop.is_set():
            seen.append(count(connection))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    connection = sqlite3.connect(path)
    for _ in range(20):
        qp.batch_insert_trades(connection, trades(500))
    stop.set()
    for reader in readers:
        reader.join()
    assert seen and all(number % 500 == 0 for number in seen)


WRITER = """
import sqlite3, sys
from peaktrade.data.query_profiler import batch_insert_trades
connection = sqlite3.connect(sys.argv[1])
rows = [{"symbol": "SPY", "side": "buy", "quantity": 1, "price": 2, "timestamp": i} for i in range(1000)]
while True:
    batch_insert_trades(connection, rows)
    print("x", flush=True)
"""


def test_a_killed_writer_leaves_whole_batches(path):
    for wait in (0.0, 0.003, 0.011):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout.read(4) == b"x\nx\n"
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    connection = sqlite3.connect(path)
    assert qp.DatabaseOptimizer(connection).check_integrity() == []
    assert count(connection) >= 6000 and count(connection) % 1000 == 0


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.text(min_size=1, max_size=5)), max_size=130)
)
def test_any_price_and_symbol_comes_back(values):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE trades(symbol, price REAL, quantity REAL, timestamp, side)")
    rows = [GOOD | {"price": price, "symbol": symbol.replace("\0", "0")} for price, symbol in values]
    qp.batch_insert_trades(connection, rows)
    stored = connection.execute("SELECT price, symbol FROM trades ORDER BY rowid").fetchall()
    assert stored == [(row["price"], row["symbol"]) for row in rows]


# ---- files of others -------------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(tmp_path):
    path = tmp_path / "original.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE trades(symbol TEXT, price REAL, quantity REAL, timestamp TEXT, side TEXT, pnl REAL);"
        "CREATE TABLE positions(symbol TEXT, current_price REAL);"
        "INSERT INTO positions VALUES ('SPY', 1), ('QQQ', 2);"
    )
    connection.close()
    return path


def test_the_originals_tables_take_trades_as_they_come(foreign):
    connection = sqlite3.connect(foreign)
    rows = [
        GOOD | {"timestamp": "2024-01-01 10:00"},
        GOOD | {"timestamp": dt.datetime(2024, 1, 1, 10)},
        GOOD | {"timestamp": 1_700_000_000, "pnl": 3.5},
    ]
    assert qp.batch_insert_trades(connection, rows) == 3
    assert connection.execute("SELECT timestamp, pnl FROM trades").fetchall() == [
        ("2024-01-01 10:00", None),
        ("2024-01-01 10:00:00", None),
        ("1700000000", 3.5),  # the column's type is text
    ]
    assert qp.batch_insert_trades(connection, pl.DataFrame(trades(60, pnl=1.25))) == 60
    assert connection.execute("SELECT sum(pnl) FROM trades").fetchone() == (3.5 + 60 * 1.25,)
    with pytest.raises(pt.DataError, match="no column for field 'fees'"):
        qp.batch_insert_trades(connection, trades(3, fees=0.1))
    assert qp.batch_update_prices(connection, {"SPY": 410.5, "QQQ": 300, "not held": 5}) == 2


def test_the_originals_tables_are_indexed_in_place(foreign):
    done = qp.optimize_database(foreign)
    assert done["created"] == [
        "idx_trades_timestamp",
        "idx_trades_symbol",
        "idx_trades_symbol_timestamp",
        "idx_positions_symbol",
    ]
    assert done["missing_tables"] == ["portfolio_history", "runs", "run_trades"]
    assert qp.optimize_database(foreign)["created"] == []
    connection = sqlite3.connect(foreign)
    assert connection.execute("PRAGMA application_id").fetchone() == (0,)
    plan = connection.execute("EXPLAIN QUERY PLAN SELECT * FROM trades WHERE symbol='a' AND timestamp>'b'").fetchall()
    assert "idx_trades_symbol_timestamp" in plan[0][3]


def test_create_adds_what_a_file_lacks(foreign):
    qp.create_database(foreign)
    connection = sqlite3.connect(foreign)
    assert count(connection, "runs") == 0
    assert "pnl" in [row[1] for row in connection.execute("PRAGMA table_info(trades)")]


@pytest.mark.parametrize("content", [b"", b"symbol,side\nSPY,buy\n", b"SQLite format 2", os.urandom(5000)])
def test_what_is_not_sqlite_is_refused_untouched(tmp_path, content):
    path = tmp_path / "file.db"
    path.write_bytes(content)
    with pytest.raises(pt.DataError, match="not a SQLite database"):
        qp.optimize_database(path)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["file.db"]


def test_missing_files_folders_and_newer_stores(tmp_path, path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        qp.optimize_database(tmp_path / "no.db")
    assert not (tmp_path / "no.db").exists()
    with pytest.raises(ValueError, match="not a file"):
        qp.optimize_database(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for call in (qp.create_database, qp.optimize_database):
        with pytest.raises(pt.DataError, match="newer Peak Trade"):
            call(path)
    other = sqlite3.connect(tmp_path / "other.db")
    other.executescript("CREATE TABLE x(a); PRAGMA application_id = 12")
    other.close()
    with pytest.raises(pt.DataError, match="another program"):
        qp.create_database(tmp_path / "other.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_says_so(path):
    os.chmod(path, 0o444)
    with pytest.raises(OSError, match="read-only"):
        qp.optimize_database(path)


def test_a_read_only_connection_says_so(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(OSError, match="read-only"):
        qp.batch_insert_trades(connection, trades(1))


def test_a_damaged_file_says_so(path, conn):
    qp.batch_insert_trades(conn, trades(5000))
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    with open(path, "r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xee" * 4096 * 8)
    with qp.DatabaseOptimizer(path) as optimizer:
        assert optimizer.check_integrity() != []
    with pytest.raises(pt.DataError, match="damaged"):
        qp.optimize_database(path)


# ---- prices ----------------------------------------------------------------------------------------------------------


def test_prices_of_every_form(conn):
    with conn:
        conn.executemany("INSERT INTO positions(symbol, quantity) VALUES (?, 1)", [("A",), ("B",)])
    for forms, price in (({"A": 1.5, "Z": 3}, 1.5), ([("A", 2)], 2.0), (pd.Series({"A": 2.5}), 2.5)):
        assert qp.batch_update_prices(conn, forms) == 1
        assert conn.execute("SELECT current_price FROM positions WHERE symbol = 'A'").fetchone() == (price,)
    assert qp.batch_update_prices(conn, pl.DataFrame({"symbol": ["A", "B"], "price": [7.0, 8.0]})) == 2
    for bad in (float("nan"), "3", None, True):
        with pytest.raises(pt.DataError, match="'B'"):
            qp.batch_update_prices(conn, {"A": 1, "B": bad})
    assert conn.execute("SELECT current_price FROM positions ORDER BY symbol").fetchall() == [(7.0,), (8.0,)]


# ---- profiles --------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(conn):
    qp.batch_insert_trades(conn, [GOOD | {"symbol": f"S{i % 500}", "timestamp": FIRST + i} for i in range(20_000)])
    return conn


def test_a_profile_tells_plan_rows_and_indexes(path, filled):
    profiler = qp.QueryProfiler(slow_query_threshold=0.0)
    sql = "SELECT * FROM trades WHERE symbol = ? ORDER BY timestamp DESC LIMIT 10"
    profile = profiler.profile_query(filled, sql, ("S7",))
    assert profile.is_slow and profile.execution_time > 0
    assert (profile.rows_returned, profile.rows_scanned) == (10, 20_000)
    assert any(line.startswith("SCAN") for line in profile.plan)
    [index] = profile.suggested_indexes
    assert index.startswith("CREATE INDEX") and index.columns[0] == "symbol"
    assert index.seconds_after < index.seconds_before and index.seconds_saved > 0
    assert count(filled, "sqlite_master WHERE type = 'index' AND tbl_name = 'trades'") == 0
    other = sqlite3.connect(path)  # an index of another connection is seen too
    other.execute(index)
    other.close()
    after = profiler.profile_query(filled, sql, ("S7",))
    assert after.rows_scanned == 0 and index.name in after.plan[0]
    assert "missing" in str(profile)


def test_without_measuring_the_planner_alone_is_asked(filled):
    profile = qp.QueryProfiler(slow_query_threshold=1e9).profile_query(
        filled, "SELECT count(*) FROM trades t WHERE t.timestamp BETWEEN :a AND :b", {"a": FIRST, "b": FIRST + 5}
    )
    assert not profile.is_slow and profile.rows_returned == 1
    [index] = profile.suggested_indexes
    assert index.columns == ["timestamp"] and index.seconds_saved is None


def test_the_threshold_decides_what_is_slow_and_history_is_kept(filled):
    profiler = qp.QueryProfiler(slow_query_threshold=1000)
    assert not profiler.profile_query(filled, "SELECT 1").is_slow
    profiler.slow_query_threshold = 0.0
    assert profiler.profile_query(filled, "SELECT 2").is_slow
    assert [p.sql for p in profiler.get_slow_queries()] == ["SELECT 2"]
    stats = profiler.get_stats()
    assert (stats["total_queries"], stats["slow_queries"]) == (2, 1)
    assert 0 < stats["mean_time"] <= stats["max_time"] <= stats["total_time"]
    profiler.clear()
    assert profiler.get_stats()["total_queries"] == 0
    with pytest.raises(ValueError, match="slow_query_threshold"):
        qp.QueryProfiler(-1)


def test_functions_of_the_connection_may_be_used(filled):
    filled.create_function("twice", 1, lambda x: 2 * x)
    profile = qp.QueryProfiler(0.0).profile_query(filled, "SELECT twice(price) FROM trades WHERE symbol = 'S1'")
    assert profile.rows_returned == 40


def test_wrong_sql_is_sqlites_error(conn):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        qp.QueryProfiler().profile_query(conn, "SELECT * FROM nowhere")


# ---- care ------------------------------------------------------------------------------------------------------------


def test_optimize_again_makes_nothing_and_serves_the_guides_queries(path, filled):
    done = qp.optimize_database(path)
    assert {"idx_trades_timestamp", "idx_trades_symbol", "idx_portfolio_history_date"} <= set(done["created"])
    assert "trades" in done["analyzed"]
    again = qp.optimize_database(path)
    assert again["created"] == [] and "trades(symbol, timestamp)" in again["present"]
    for sql in (
        "SELECT * FROM trades WHERE symbol = 'S1' AND timestamp > 5",
        "SELECT * FROM trades WHERE timestamp BETWEEN 1 AND 2",
        "SELECT * FROM trades ORDER BY timestamp DESC LIMIT 100",
        "SELECT * FROM portfolio_history WHERE date > 5 ORDER BY date",
    ):
        # A bare EXPLAIN would not notice that another connection has made indexes.
        plan = " ".join(qp.QueryProfiler().profile_query(filled, sql).plan)
        assert "USING INDEX" in plan and "TEMP B-TREE" not in plan, plan


def test_backup_while_others_write(path, filled, tmp_path):
    stop = threading.Event()

    def write():
        connection = sqlite3.connect(path)
        while not stop.is_set():
            qp.batch_insert_trades(connection, trades(100))

    writer = threading.Thread(target=write)
    writer.start()
    with qp.DatabaseOptimizer(path) as optimizer:
        optimizer.backup(tmp_path / "copy.db")
    stop.set()
    writer.join()
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert qp.DatabaseOptimizer(copy).check_integrity() == []
    assert count(copy) >= 20_000 and count(copy) % 100 == 0
    assert [name for name in os.listdir(tmp_path) if "part" in name] == []


# ---- runs ------------------------------------------------------------------------------------------------------------


def test_runs_are_saved_whole_and_once(tmp_path, example_csv):
    path = tmp_path / "runs.db"
    results = [pt.backtest(example_csv, "sma_cross", {"fast": fast, "slow": 50}) for fast in (10, 20)]
    numbers = [runs.save_run(path, result, name=f"run {i}") for i, result in enumerate(results)]
    assert numbers == [1, 2]
    assert runs.save_run(path, results[0], name="run 0") == 1
    listed = runs.list_runs(path)
    assert [run["name"] for run in listed] == ["run 1", "run 0"]
    assert listed[1]["parameters"] == {"fast": 10, "slow": 50}
    loaded = runs.load_run(path, 1)
    assert loaded["fingerprint"] == results[0].fingerprint
    assert loaded["document"]["metrics"] == results[0].to_dict()["metrics"]
    assert [value for _, value in loaded["equity"]] == results[0].equity.tolist()
    assert [trade["pnl"] for trade in loaded["trades"]] == results[0].trades["pnl"].tolist()
    assert len(loaded["trades"]) == loaded["document"]["metrics"]["trades"]
    compared = runs.compare_runs(path, [1, 2])
    assert compared["sharpe"] == {1: results[0].metrics["sharpe"], 2: results[1].metrics["sharpe"]}
    with pytest.raises(pt.NotFoundError, match="no run 9"):
        runs.load_run(path, 9)
    with pytest.raises(FileNotFoundError):
        runs.list_runs(tmp_path / "none.db")


def test_trades_go_into_no_newer_store_and_no_other_file(tmp_path, conn):
    """The table of a newer store may mean something else; SQLite's own words name no file."""
    conn.execute("PRAGMA user_version = 99")
    with pytest.raises(pt.DataError, match="newer Peak Trade"):
        qp.batch_insert_trades(conn, trades(3))
    assert count(conn) == 0
    conn.execute("PRAGMA application_id = 0")  # the number of another program's file is that program's own
    assert qp.batch_insert_trades(conn, trades(3)) == 3
    text = tmp_path / "notes.db"
    text.write_text("no database at all\n" * 100)
    other = sqlite3.connect(text)
    with pytest.raises(pt.DataError, match=r"notes\.db' is damaged or not a SQLite database"):
        qp.batch_insert_trades(other, trades(3))
    other.close()
    assert text.read_text() == "no database at all\n" * 100
