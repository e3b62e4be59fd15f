"""`peak db` and `peak runs` as users meet them: output, errors, exit status, what other programs read in the file."""

from __future__ import annotations

import json
import os
import pathlib
import sqlite3
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPY = str(ROOT / "examples" / "data" / "spy_daily.csv")
FILLS = """symbol,side,quantity,price,timestamp,fees
SPY,buy,10,100.5,2020-01-02 09:30:00,0.1
SPY,sell,10,101.5,2020-01-02 09:31:00,
QQQ,buy,5,200,2020-01-03 09:31:00,0.3
"""


@pytest.fixture
def peak(tmp_path):
    given = os.environ.get("PEAK_COMMAND")
    command = pathlib.Path(given) if given else ROOT / "build" / "release" / "bin" / "peak"
    assert command.is_file(), f"no command at {command}: build it, or set PEAK_COMMAND"

    def run(*words: str, status: int = 0) -> str:
        done = subprocess.run([command, *words], capture_output=True, text=True, cwd=tmp_path, timeout=600)
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    return run


def test_trades_are_imported_queried_and_found_by_other_programs(peak, tmp_path):
    (tmp_path / "fills.csv").write_text(FILLS)
    assert json.loads(peak("db", "import", "t.db", "fills.csv", "--json"))["imported"] == 3
    rows = json.loads(peak("db", "query", "t.db", "SELECT * FROM trades WHERE symbol = ?", "--param", "QQQ", "--json"))
    assert rows == [
        {
            "id": 3,
            "symbol": "QQQ",
            "side": "buy",
            "quantity": 5,
            "price": 200,
            # 2020-01-03T09:31Z: day 18264 of 86400 s, and 34260 s
            "timestamp": (18264 * 86400 + 34260) * 10**9,
            "fees": 0.3,
            "strategy": None,
            "tag": None,
        }
    ]
    connection = sqlite3.connect(tmp_path / "t.db")
    assert connection.execute("SELECT count(*), sum(fees IS NULL) FROM trades").fetchone() == (3, 1)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_locked_file_is_waited_for_as_long_as_is_told(peak, tmp_path):
    peak("db", "create", "t.db")
    writer = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    error = peak("db", "optimize", "t.db", "--wait", "0", status=1)
    assert "'t.db' is locked by another program" in error and "--wait" in error
    writer.execute("ROLLBACK")
    writer.close()
    assert json.loads(peak("db", "optimize", "t.db", "--wait", "600", "--json"))["created"]
    for bad in ("-1", "1e9", "nan", "soon"):
        assert "--wait" in peak("db", "optimize", "t.db", "--wait", bad, status=2)


def test_a_bad_row_is_named_and_nothing_is_written(peak, tmp_path):
    (tmp_path / "good.csv").write_text(FILLS)
    (tmp_path / "bad.csv").write_text(FILLS.replace("QQQ,buy,5", "QQQ,buy,-5"))
    error = peak("db", "import", "t.db", "good.csv", "bad.csv", status=3)
    assert "bad.csv: trades[2], field 'quantity': -5 is not above 0" in error
    assert not (tmp_path / "t.db").exists()


def test_optimize_again_makes_nothing(peak, tmp_path):
    peak("db", "create", "t.db")
    assert "idx_trades_symbol_timestamp" in json.loads(peak("db", "optimize", "t.db", "--json"))["created"]
    assert json.loads(peak("db", "optimize", "t.db", "--json"))["created"] == []


def test_profile_names_the_missing_index(peak, tmp_path):
    peak("db", "create", "t.db")
    connection = sqlite3.connect(tmp_path / "t.db")
    rows = [(f"S{i % 100}", "buy", 1.0, 1.0, i) for i in range(20_000)]
    with connection:
        connection.executemany("INSERT INTO trades(symbol, side, quantity, price, timestamp) VALUES (?,?,?,?,?)", rows)
    connection.close()
    found = json.loads(
        peak("db", "profile", "t.db", "SELECT * FROM trades WHERE symbol = 'S7' ORDER BY timestamp", "--json")
    )
    assert found["rows_returned"] == 200
    assert found["sorts"] is True
    [missing] = found["missing_indexes"]
    assert missing["table"] == "trades" and missing["columns"][0] == "symbol"
    assert missing["seconds_after"] < missing["seconds_before"]


def test_runs_are_saved_listed_and_compared(peak):
    first = ("backtest", "sma_cross", "--data", SPY, "--save", "runs.db", "--json")
    printed = [json.loads(peak(*first, "--set", f"fast={fast}")) for fast in (10, 20)]
    peak(*first, "--set", "fast=10")  # the same run again
    runs = json.loads(peak("runs", "list", "--json"))
    assert [run["id"] for run in runs] == [2, 1]
    for run, document in zip(reversed(runs), printed):
        assert run["fingerprint"] == document["fingerprint"]
        assert run["params"] == document["params"]
        assert run["sharpe"] == document["metrics"]["sharpe"]
        assert run["trades"] == document["metrics"]["trades"]
        shown = json.loads(peak("runs", "show", str(run["id"]), "--json"))
        assert shown.pop("command") == [*first, "--set", f"fast={run['params']['fast']:g}"]
        assert shown == document
    equity = json.loads(peak("runs", "show", "1", "--equity", "--json"))
    assert len(equity) == 5241
    assert equity[-1]["equity"] == printed[0]["metrics"]["final_equity"]
    trades = json.loads(peak("runs", "show", "1", "--trades", "--json"))
    assert len(trades) == runs[1]["trades"]
    assert "run 1" in peak("runs", "compare", "1", "2")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("db", "query", "no.db", "SELECT 1"), 2, "there is no file"),
        (("db", "query", "text.db", "SELECT 1"), 3, "not a SQLite database"),
        (("db", "optimize", "empty.db"), 3, "empty, not a SQLite database"),
        (("db", "query", "t.db", "DELETE FROM trades"), 2, "changes the database"),
        (("db", "query", "t.db", "SELEC"), 2, "does not take this SQL"),
        (("db", "optimize", "."), 2, "not a file"),
        (("db", "create", "no/such/folder/t.db"), 1, "cannot open"),
        (("runs", "list"), 2, "--save runs.db"),
        (("runs", "show", "7", "--db", "t.db"), 2, "no run 7"),
        (("runs", "show", "x", "--db", "t.db"), 2, "RUN"),
        (("runs", "compare", "1", "--db", "t.db"), 2, "two runs"),
    ],
)
def test_errors_name_the_place(peak, tmp_path, words, status, message):
    peak("db", "create", "t.db")
    (tmp_path / "text.db").write_text("not a database, but longer than its header")
    (tmp_path / "empty.db").touch()
    assert message in peak(*words, status=status)
    assert (tmp_path / "text.db").read_text() == "not a database, but longer than its header"
