"""Parts of files, tables of SQLite, Arrow out, narrow tables, and files that are not what they should be."""

import contextlib
import datetime as dt
import gzip
import json
import math
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

import peaktrade as pt
from frames import arrays

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLUMNS = arrays()
FINGERPRINT = pt.Bars(COLUMNS).fingerprint
HEAD = "time,open,high,low,close,volume\n"


def frame():
    return pd.DataFrame(COLUMNS)


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "bars.db"
    data = frame()
    data["time"] = data["time"].astype("datetime64[ns]").astype("int64")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        data.to_sql("bars", connection, index=False)
        data.head(5).to_sql("few", connection, index=False)
    return path


@pytest.fixture
def peak(tmp_path):
    given = os.environ.get("PEAK_COMMAND")
    command = pathlib.Path(given) if given else ROOT / "build" / "release" / "bin" / "peak"
    assert command.is_file(), f"no command at {command}: build it, or set PEAK_COMMAND"

    def run(*words, status=0):
        line = [str(command), *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, timeout=120)
        assert done.returncode == status, (done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stderr

    return run


# ---- tables of SQLite ------------------------------------------------------------------------------------------------


def test_a_table_and_a_query_are_bars(database):
    assert pt.read_bars(database, table="bars").fingerprint == FINGERPRINT
    assert (
        pt.backtest(pt.read_bars(database, table="bars"), "sma_cross").metrics
        == pt.backtest(COLUMNS, "sma_cross").metrics
    )
    some = pt.read_bars(database, table="SELECT * FROM bars WHERE time > (SELECT max(time) FROM few)")
    assert len(some) == len(COLUMNS["close"]) - 5
    assert pt.read_dataset(database, table="few")["bars"]["close"].tolist() == COLUMNS["close"][:5].tolist()


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        ("", ValueError, "2 tables, say which with 'table'.*'bars', 'few'"),
        ("bar", ValueError, "no table 'bar'; did you mean 'bars'"),
        ("select nothing from bars", ValueError, "does not take this SQL.*nothing"),
        ("with x as (select 1) delete from bars", (ValueError, OSError), "bars.db"),
        ("select 1; delete from bars", (ValueError, OSError), "bars.db"),
    ],
)
def test_a_wrong_table_is_told(database, table, error, words):
    with pytest.raises(error, match=words):
        pt.read_bars(database, table=table)
    assert len(pt.read_bars(database, table="bars")) == len(COLUMNS["close"])


def test_a_database_in_use_and_one_that_is_damaged(database):
    with contextlib.closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM bars")
        assert pt.read_bars(database, table="bars").fingerprint == FINGERPRINT  # what was committed
        writer.rollback()
        writer.execute("PRAGMA journal_mode = DELETE")
    database.write_bytes(database.read_bytes()[: os.path.getsize(database) // 2])
    with pytest.raises(pt.DataError, match=r"bars\.db"):
        pt.read_bars(database, table="bars")
    database.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises((pt.DataError, ValueError), match=r"bars\.db"):
        pt.read_bars(database)


def test_the_command_reads_and_writes_tables(peak, tmp_path, database):
    told = json.loads(peak("data", "info", "bars.db", "--table", "bars", "--json"))[0]
    assert told["format"] == "sqlite" and told["rows"] == len(COLUMNS["close"])
    run = json.loads(peak("backtest", "sma_cross", "--data", "bars.db", "--table", "bars", "--json"))
    assert run["data"]["fingerprint"] == told["fingerprint"] == FINGERPRINT
    assert "holds 2 tables" in peak("backtest", "sma_cross", "--data", "bars.db", status=2)
    peak("data", "convert", "bars.db", "--table", "few", "--out", "out.db", "--into", "mine")
    with contextlib.closing(sqlite3.connect(tmp_path / "out.db")) as connection:
        rows = connection.execute("SELECT symbol, close FROM mine").fetchall()
    assert rows == [("bars", close) for close in COLUMNS["close"][:5]]
    told = peak("data", "convert", "out.db", "--out", "bars.db", "--into", "few", status=2)
    assert "has another table 'few' already" in told
    assert len(pt.read_bars(database, table="few")) == 5


# ---- parts of files --------------------------------------------------------------------------------------------------


def test_arrow_out_is_read_by_others(peak, tmp_path):
    frame().to_csv(tmp_path / "bars.csv", index=False)
    peak("data", "convert", "bars.csv", "--out", "bars.arrow")
    with pa.memory_map(str(tmp_path / "bars.arrow")) as source:
        table = pa.ipc.open_file(source).read_all()
        np.testing.assert_array_equal(table["close"].to_numpy(), COLUMNS["close"])
    assert pl.read_ipc(tmp_path / "bars.arrow")["close"].to_list() == COLUMNS["close"].tolist()
    assert pt.read_bars(tmp_path / "bars.arrow").fingerprint == FINGERPRINT


ENDINGS = ("csv", "json", "parquet", "arrow", "feather")


@pytest.mark.parametrize("ending", ENDINGS)
def test_bars_are_written_and_read_to_the_bit(tmp_path, ending):
    awkward = frame().head(4)
    awkward["rate"] = [0.1 + 0.2, 1e300, 5e-324, 123456789012345680.0]
    awkward["whole"] = [1.0, 2.0, -3.0, 2.0**60]
    awkward["gaps"] = [np.nan, 0.25, np.inf, -np.inf]
    path = tmp_path / f"bars.{ending}"
    pt.write_bars(awkward, path)
    found = pt.read_bars(path)
    assert found.fingerprint == pt.Bars(awkward).fingerprint
    for name in ("rate", "whole", "gaps"):
        np.testing.assert_array_equal(found[name].view(np.int64), awkward[name].to_numpy().view(np.int64))
    pt.write_bars(path, tmp_path / "again.json")  # a file of another format is taken as well
    assert pt.read_bars(tmp_path / "again.json").fingerprint == found.fingerprint
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "again.json"}


def test_json_out_is_read_by_pandas(peak, tmp_path):
    frame().to_csv(tmp_path / "bars.csv", index=False)
    peak("data", "convert", "bars.csv", "--out", "bars.json")
    found = pd.read_json(tmp_path / "bars.json", precise_float=True)
    assert list(found.columns) == list(COLUMNS)
    times = pd.to_datetime(found["time"], utc=True).dt.tz_localize(None)
    np.testing.assert_array_equal(times.to_numpy("datetime64[ns]"), COLUMNS["time"])
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(found[name].to_numpy(float), COLUMNS[name])
    objects = json.loads((tmp_path / "bars.json").read_text())
    assert [row["close"] for row in objects] == COLUMNS["close"].tolist()
    assert peak("data", "info", "bars.json").count("json") >= 1


def test_bars_are_not_written_to_what_is_no_name_of_ours(tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.csv, \.json, \.parquet or \.arrow"):
        pt.write_bars(frame(), tmp_path / "bars.xlsx")
    with pytest.raises(OSError, match="folder does not exist"):
        pt.write_bars(frame(), tmp_path / "none" / "bars.json")
    with pytest.raises(TypeError, match="path must be a path"):
        pt.write_bars(frame(), 7)
    assert list(tmp_path.iterdir()) == []


def test_bounds_of_every_kind_mean_the_same(tmp_path):
    index = pd.date_range("2024-01-01", periods=10 * 24, freq="h")
    pd.DataFrame({"time": index, "close": np.arange(240.0) + 1}).to_csv(tmp_path / "x.csv", index=False)
    pd.DataFrame({"time": index, "close": np.arange(240.0) + 1}).to_parquet(tmp_path / "x.parquet", row_group_size=24)
    for path in (tmp_path / "x.csv", tmp_path / "x.parquet"):
        for start, end in (
            ("2024-01-03", "2024-01-03 23"),
            (dt.date(2024, 1, 3), dt.date(2024, 1, 3)),
            (dt.datetime(2024, 1, 3), pd.Timestamp("2024-01-03 23:00", tz="UTC")),
            (np.datetime64("2024-01-03"), dt.datetime(2024, 1, 4, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))),
        ):
            assert pt.read_bars(path, start=start, end=end)["close"].tolist() == list(np.arange(48.0, 72) + 1)
    with pytest.raises(TypeError, match="start must be a time or a text"):
        pt.read_bars(tmp_path / "x.csv", start=5)
    with pytest.raises(ValueError, match="end: 'soon' is no time"):
        pt.read_bars(tmp_path / "x.csv", end="soon")
    with pytest.raises(TypeError, match="select must be several texts"):
        pt.read_bars(tmp_path / "x.csv", select="close")


def test_row_groups_outside_the_times_are_not_read(tmp_path):
    """Row groups that are destroyed do no harm as long as nobody asks for their times."""
    index = pd.date_range("2024-01-01", periods=4000, freq="h")
    path = tmp_path / "x.parquet"
    pd.DataFrame({"time": index, "close": np.sqrt(np.arange(4000.0) + 1)}).to_parquet(
        path, row_group_size=1000, compression="zstd"
    )
    group = parquet.ParquetFile(path).metadata.row_group(3)
    data = bytearray(path.read_bytes())
    for column in range(2):
        chunk = group.column(column)
        begin = chunk.dictionary_page_offset or chunk.data_page_offset
        data[begin : begin + chunk.total_compressed_size] = os.urandom(chunk.total_compressed_size)
    path.write_bytes(data)
    assert len(pt.read_bars(path, end=index[2999].to_pydatetime())) == 3000
    with pytest.raises(pt.DataError, match=r"x\.parquet"):
        pt.read_bars(path)


# ---- narrow tables ---------------------------------------------------------------------------------------------------


def test_a_narrow_table_is_small_and_runs_as_the_wide_one():
    data = frame()
    data["symbol"] = ["SPY", "QQQ"] * (len(data) // 2) + ["SPY"] * (len(data) % 2)
    narrow = pt.narrow(data)
    assert len(narrow) == len(data) and narrow.column_names == list(data.columns)
    back = narrow.to_pandas().reset_index()
    for name in data.columns:
        assert back[name].tolist() == data[name].tolist()
    assert narrow["symbol"][:2] == ["SPY", "QQQ"]
    assert narrow.to_polars()["close"].to_list() == narrow.to_arrow()["close"].to_pylist() == COLUMNS["close"].tolist()
    assert pt.backtest(pt.NarrowTable(COLUMNS), "sma_cross").to_dict() == pt.backtest(COLUMNS, "sma_cross").to_dict()
    assert narrow.rows_of(3, 2, ["close"])["close"].tolist() == COLUMNS["close"][3:5].tolist()
    told = narrow.summary("close")
    assert told["min"] == COLUMNS["close"].min() and told["present"] == len(data)
    assert told["sum"] == math.fsum(COLUMNS["close"])
    with pytest.raises(pt.NotFoundError, match="'clos'; did you mean 'close'"):
        narrow["clos"]


def test_a_frame_of_numbers_is_narrowed_where_it_lies():
    """Without a detour by Arrow, for which NaN would be one missing value like the other."""
    negative = np.array([0xFFF8000000000001], dtype="u8").view("f8")[0]
    frame = pd.DataFrame({"a": [1.5, np.nan, negative, -0.0] * 50, "b": np.arange(200), "c": np.arange(400)[::2]})
    narrow = pt.narrow(frame)
    assert narrow.column_names == ["a", "b", "c"] and narrow.nbytes < 200 * 24
    for name in frame:
        assert narrow[name].dtype == frame[name].dtype
        assert narrow[name].tobytes() == frame[name].to_numpy().tobytes()
    assert pt.narrow(frame.astype({"b": "i4"}))["b"].tolist() == list(range(200))


def test_the_trades_of_the_benchmark_shrink_by_three_quarters():
    rng = np.random.default_rng(1)
    rows = 50_000
    trades = pl.DataFrame(
        {
            "symbol": rng.choice(["BTC/USD", "ETH/USD", "SOL/USD", "ADA/USD", "XRP/USD", "DOT/USD"], rows),
            "side": rng.choice(["buy", "sell"], rows),
            "strategy": rng.choice(["mean_reversion", "breakout", "market_making"], rows),
            "quantity": rng.integers(1, 500, rows).astype(float),
            "price": np.round(100 + rng.standard_normal(rows).cumsum() * 0.01, 2),
            "timestamp": pd.to_datetime(1_600_000_000_000_000_000 + np.cumsum(rng.integers(1, 200, rows)) * 1_000_000),
        }
    )
    narrow = pt.narrow(trades)
    assert narrow.nbytes <= 0.25 * trades.estimated_size()
    assert narrow.to_polars().equals(trades.with_columns(pl.col("timestamp").cast(pl.Datetime("ns"))))


# ---- what is not as it should be -------------------------------------------------------------------------------------


def rows(count):
    return "".join(f"{1_600_000_000 + i * 60},1,2,1,{1 + i % 9 / 10},5\n" for i in range(count))


def test_a_pipe_is_read_to_its_end(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text(HEAD + rows(5000)))
    writer.start()
    bars = pt.read_bars(path)
    writer.join()
    assert len(bars) == 5000


def test_a_file_that_grows_is_read_up_to_some_row(tmp_path):
    """A line that is written half makes an error that names it or a row fewer, never a wrong row."""
    path = tmp_path / "grows.csv"
    text = HEAD + rows(4_000)
    path.write_text(text[:2000])
    stop = threading.Event()

    def grow():
        with open(path, "a") as file:
            for begin in range(2000, len(text), 777):
                if stop.is_set():
                    return
                file.write(text[begin : begin + 777])
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        while writer.is_alive():
            try:
                bars = pt.read_bars(path)
            except pt.DataError as error:
                assert "line" in str(error)
                continue
            # A line that is cut before its last comma has too few cells, so that no close is ever half.
            assert bars["close"].tolist() == [1 + i % 9 / 10 for i in range(len(bars))]
    finally:
        stop.set()
        writer.join()
    assert len(pt.read_bars(path)) == 4_000


def test_a_line_without_an_end(tmp_path):
    path = tmp_path / "line.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(HEAD.encode() + rows(3).encode() + b"1600000999,")
        for _ in range(60):
            file.write(b"7" * 1_000_000)
    with pytest.raises(pt.DataError, match="line 5") as caught:
        pt.read_bars(path)
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("cell", [b"7" * 3_000_000, b'"' + b"7" * 3_000_000, b"x" * 3_000_000])
def test_a_json_cell_without_an_end(tmp_path, cell):
    path = tmp_path / "cell.json"
    path.write_bytes(b'[{"time": "2020-01-01", "close": 1}, {"time": "2020-01-02", "close": ' + cell + b"}]")
    with pytest.raises(pt.DataError, match=r"cell\.json: the JSON text is cut or damaged") as caught:
        pt.read_bars(path)
    assert len(str(caught.value)) < 1000


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"time,close,n\xff\xfeme\n1600000000,1,\xc3\x28\n1600000060,2,\x80\n")
    bars = pt.read_bars(path)
    assert bars["close"].tolist() == [1, 2]
    path.write_bytes(b"time,close\n1600000000,\xff\n1600000060,2\n")
    with pytest.raises(pt.DataError, match="close"):
        pt.read_bars(path)


def test_five_thousand_columns(tmp_path):
    path = tmp_path / "wide.csv"
    names = ["time", "close", *(f"x{i}" for i in range(4998))]
    line = ",".join(["{}", "1.5", *("0.25" for _ in range(4998))])
    path.write_text(",".join(names) + "\n" + "\n".join(line.format(1_600_000_000 + i) for i in range(20)) + "\n")
    bars = pt.read_bars(path)
    assert len(bars) == 20 and bars["x4997"].tolist() == [0.25] * 20
    pd.read_csv(path).to_parquet(tmp_path / "wide.parquet")
    assert pt.read_bars(tmp_path / "wide.parquet", select=["x7"])["x7"].tolist() == [0.25] * 20


@pytest.mark.parametrize("writer", ["csv", "json", "parquet", "arrow", "save_optimized_parquet"])
def test_a_killed_writer_leaves_the_file_that_was_there(tmp_path, writer, peak):
    """Killed again and again at another moment, the name always holds one of the two files, whole."""
    folder = tmp_path / "files"
    folder.mkdir()
    path = folder / f"out.{'parquet' if writer == 'save_optimized_parquet' else writer}"
    index = pd.date_range("2020-01-01", periods=60_000, freq="min", name="time")
    data = pd.DataFrame(
        {name: np.round(100 + np.arange(60_000) % 977 / 100, 2) for name in ("open", "high", "low", "close")},
        index=index,
    )
    source = tmp_path / "source.csv"
    data.to_csv(source)
    if writer == "save_optimized_parquet":
        code = (
            "import sys, pandas as pd; from peaktrade.core.serialization import save_optimized_parquet as save\n"
            "data = pd.read_csv(sys.argv[1], index_col=0, parse_dates=True)\nprint('ready', flush=True)\n"
            "while True: save(data, sys.argv[2])"
        )
        line = [sys.executable, "-c", code, str(source), str(path)]
        subprocess.run([sys.executable, "-c", code.replace("while True: ", ""), str(source), str(path)], check=True)
    else:
        peak("data", "convert", source, "--out", path)
        command = os.environ.get("PEAK_COMMAND") or ROOT / "build" / "release" / "bin" / "peak"
        loop = f"echo ready; while true; do '{command}' data convert '{source}' --out '{path}' >/dev/null; done"
        line = ["bash", "-c", loop]
    expected = pt.read_bars(path).fingerprint
    for turn in range(5):
        process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert process.stdout.readline() == "ready\n"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05 + 0.07 * turn)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert pt.read_bars(path).fingerprint == expected
    found = pt.read_dataset(folder)  # what a killed writer left beside it is not taken for data
    assert [bars.fingerprint for bars in found.values()] == [expected]


# ---- checks of many symbols ------------------------------------------------------------------------------------------


def test_symbols_below_each_other_are_checked_one_by_one(tmp_path, peak):
    """The same times under two names are no repeated times; a price of zero is found at its symbol and line."""
    lines = ["time,symbol,open,high,low,close,volume"]
    for day in range(1, 10):
        for symbol in ("AAA", "BBB"):
            close = 0 if (day, symbol) == (5, "BBB") else day + len(symbol)
            lines.append(f"2024-01-0{day},{symbol},{close},{close},{close},{close},1")
    path = tmp_path / "long.csv"
    path.write_text("\n".join(lines) + "\n")
    checked = pt.check(path, calendar="24/7")
    assert "AAA" in str(checked) and "BBB" in str(checked) and "repeated" not in str(checked)
    text = peak("data", "check", "long.csv", "--calendar", "24/7", status=3)
    assert "long.csv: BBB" in text and "AAA" not in text
    assert "2 symbols" in peak("data", "check", "long.csv", "--fix", "safe", status=2)
