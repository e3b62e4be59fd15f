"""peaktrade.sweep: each row is the run of its combination, and every door tells what is wrong."""

import json
import os
import subprocess
import sys
import time

import numpy
import pandas
import pytest

import peaktrade as pt
from frames import pandas_indexed
from test_command import peak_command


@pytest.fixture(scope="module")
def data():
    return pandas_indexed(count=800)


@pytest.fixture(scope="module")
def result(data):
    grid = {"fast": pt.range(3, 9, 3), "slow": [12, 20, 35], "commission": [0.0, 0.001]}
    return pt.sweep(data, "sma_cross", grid, slippage=0.0005)


def test_rows_are_the_single_runs_in_grid_order(data, result):
    frame = result.to_pandas()
    assert list(frame.columns) == [
        "fast",
        "slow",
        "commission",
        "total_return",
        "sharpe",
        "max_drawdown",
        "trades",
    ]
    expected = [(f, s, c) for f in (3, 6, 9) for s in (12, 20, 35) for c in (0.0, 0.001)]
    assert list(frame[["fast", "slow", "commission"]].itertuples(index=False, name=None)) == expected
    for row, (fast, slow, commission) in enumerate(expected):
        single = pt.backtest(
            data, "sma_cross", {"fast": fast, "slow": slow}, commission=commission, slippage=0.0005
        ).metrics
        for name in ("total_return", "sharpe", "max_drawdown", "trades"):
            assert frame[name][row] == single[name]


def test_frames_of_every_library_hold_the_same(result):
    pandas_frame, polars_frame, table = result.to_pandas(), result.to_polars(), result.to_arrow()
    for name in pandas_frame.columns:
        values = pandas_frame[name].to_numpy()
        assert numpy.array_equal(values, polars_frame[name].to_numpy())
        assert numpy.array_equal(values, table[name].to_numpy())


def test_best_and_top(result):
    frame = result.to_pandas()
    best = result.best("total_return")
    assert best["total_return"] == frame["total_return"].max()
    assert best.params["fast"] == frame["fast"][best.row]
    assert set(best) == set(frame.columns)
    top = result.top(4, "sharpe")
    assert list(top["sharpe"]) == sorted(frame["sharpe"], reverse=True)[:4]
    assert list(top.index) == list(frame["sharpe"].sort_values(ascending=False, kind="stable").index[:4])


def test_heatmap_is_the_pivot(result):
    frame = result.to_pandas()
    for reduce, function in (("mean", "mean"), ("median", "median"), ("best", "max"), ("worst", "min")):
        expected = frame.pivot_table(index="slow", columns="fast", values="sharpe", aggfunc=function)
        pandas.testing.assert_frame_equal(
            result.heatmap("fast", "slow", "sharpe", reduce), expected, check_names=True, rtol=1e-14
        )


def test_constraints_and_samples(data):
    grid = {"fast": pt.range(2, 20), "slow": pt.range(2, 20)}
    frame = pt.sweep(data, "sma_cross", grid, where="fast < slow").to_pandas()
    assert len(frame) == 19 * 18 // 2
    assert (frame["fast"] < frame["slow"]).all()
    sample = pt.sweep(data, "sma_cross", grid, where="fast < slow", random=25, seed=4).to_pandas()
    again = pt.sweep(data, "sma_cross", grid, where="fast < slow", random=25, seed=4).to_pandas()
    assert len(sample) == 25
    pandas.testing.assert_frame_equal(sample, again)
    merged = sample.merge(frame, on=list(frame.columns))
    assert len(merged) == 25


def test_many_symbols(data):
    other = pandas_indexed(count=500, seed=9)
    both = pt.sweep({"A": data, "B": other}, "sma_cross", {"fast": [3, 5]}).to_pandas()
    assert list(both["symbol"]) == ["A", "A", "B", "B"]
    alone = pt.sweep(other, "sma_cross", {"fast": [3, 5]}).to_pandas()
    assert list(both["sharpe"][2:]) == list(alone["sharpe"])


def test_own_strategies_and_metrics(data):
    strategy = pt.Strategy(
        name="dip", entry=pt.rsi(pt.close, pt.param("n", 5)) < pt.param("level", 30), exit=pt.rsi(7) > 60
    )
    result = pt.sweep(data, strategy, {"n": [3, 5], "level": [20, 40]}, metrics=["win_rate", "sortino"])
    single = pt.backtest(data, strategy, {"n": 5, "level": 20}).metrics
    row = result.to_pandas().iloc[2]
    assert row["sortino"] == single["sortino"]
    assert row["win_rate"] == pytest.approx(single["win_rate"], nan_ok=True, abs=0)


def test_failed_combinations_are_rows(data):
    result = pt.sweep(data, "sma_cross", {"fast": [0, 3]})
    assert "fast" in result.failures[0]
    assert numpy.isnan(result.to_pandas()["sharpe"][0])
    assert not numpy.isnan(result.to_pandas()["sharpe"][1])


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"grid": {}}, ValueError, "empty"),
        ({"grid": {"fats": [1]}}, ValueError, "'fast'"),
        ({"grid": {"fast": pt.range(1, 5, 0)}}, ValueError, "step is 0"),
        ({"grid": {"fast": []}}, ValueError, "empty"),
        ({"grid": {"fast": ["x"]}}, ValueError, "number"),
        ({"grid": [1]}, TypeError, "mapping"),
        ({"grid": {"fast": [1]}, "where": "fast > 3"}, ValueError, "leaves none"),
        ({"grid": {"fast": pt.range(1, 1e6), "slow": pt.range(1, 1e6)}}, ValueError, "1,000,000,000,000"),
        ({"grid": {"fast": [1]}, "comission": 1}, TypeError, "'commission'"),
        ({"grid": {"fast": [1]}, "metrics": ["sharp"]}, ValueError, "sharpe"),
        ({"grid": {"fast": [1]}, "random": 3, "latin": 3}, TypeError, "not both"),
    ],
)
def test_mistakes_are_told(data, arguments, error, text):
    with pytest.raises(error, match=text):
        pt.sweep(data, "sma_cross", **arguments)


def test_json_is_the_command_s(tmp_path, data):
    path = tmp_path / "prices.csv"
    data.to_csv(path)
    line = [
        peak_command(),
        "sweep",
        "sma_cross",
        "--data",
        str(path),
        "--grid",
        "fast=3:9:3",
        "--grid",
        "slow=12,20",
        "--json",
    ]
    said = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    ours = pt.sweep(path, "sma_cross", {"fast": pt.range(3, 9, 3), "slow": [12, 20]}).to_dict()
    for entry in (said, ours):
        entry.pop("elapsed_s")
    assert said == ours


def test_csv_holds_every_row(tmp_path, result):
    path = tmp_path / "rows.csv"
    result.write(path)
    pandas.testing.assert_frame_equal(pandas.read_csv(path), result.to_pandas(), check_dtype=False, check_exact=True)


INTERRUPTED = """
import os, signal, sys
import peaktrade as pt
from frames import pandas_indexed
from peaktrade import _sweep

def interrupt(done, total, per_second):
    if done > 0:
        os.kill(os.getpid(), signal.SIGINT)

# Looked at all the time: the interrupt comes when something is finished, however fast or slow the machine is.
_sweep.POLL_S, _sweep.REPORT_S, _sweep._show = 0.001, 0, interrupt
try:
    pt.sweep(pandas_indexed(count=50_000), "rsi_reversion", {"window": pt.range(2, 400), "upper": pt.range(50, 99)}, accumulate=True,
             show_progress=True, reuse=False, out=sys.argv[1])
except pt.SweepInterrupted as stopped:
    done = stopped.result
    print(done.computed, len(done), len(done.to_pandas()), done.complete)
"""


@pytest.mark.parametrize("name", ["rows.parquet", "rows.csv"])
def test_ctrl_c_keeps_what_is_finished_and_leaves_no_file(tmp_path, name):
    folder = os.path.dirname(os.path.abspath(__file__))
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=folder)
    assert list(tmp_path.iterdir()) == []
    assert done.returncode == 0, done.stderr
    computed, total, kept, complete = done.stdout.split()
    assert 0 < int(computed) < int(total)
    assert kept == computed
    assert complete == "False"


def test_parquet_holds_every_row(tmp_path, result):
    path = tmp_path / "rows.parquet"
    result.write(path)
    pandas.testing.assert_frame_equal(pandas.read_parquet(path), result.to_pandas(), check_exact=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.parquet"]
    with pytest.raises(OSError, match="cannot write"):
        result.write(tmp_path / "no folder" / "rows.parquet")


@pytest.mark.parametrize("name", ["rows.parquet", "rows.csv"])
@pytest.mark.parametrize("first", [0, 2], ids=["with failures", "without"])
def test_a_file_written_meanwhile_is_that_of_the_result(data, tmp_path, name, first):
    """149,769 rows, more than the 131,072 of a group."""
    data, grid = data[:40], {"fast": pt.range(first, 386 + first), "slow": pt.range(2, 388)}
    swept = pt.sweep(data, "sma_cross", grid, reuse=False, out=tmp_path / name)
    swept.write(tmp_path / f"again {name}")
    assert (tmp_path / name).read_bytes() == (tmp_path / f"again {name}").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, f"again {name}"])
    path = tmp_path / name
    rows = pandas.read_parquet(path) if name.endswith("parquet") else pandas.read_csv(path, low_memory=False)
    assert len(rows) == 387 * 387 and ("error" in rows) == (first == 0)
    columns = [name for name in rows if name != "error"]
    pandas.testing.assert_frame_equal(rows[columns], swept.to_pandas(), check_dtype=False, check_exact=True)


def test_files_of_sweeps_of_functions_and_what_cannot_be_opened(data, tmp_path):
    def crosses(data, fast, slow):
        return pt.Strategy(entry=pt.sma(pt.close, fast) > pt.sma(pt.close, slow))

    swept = pt.sweep(data, crosses, {"fast": [2, 3], "slow": [9]}, out=tmp_path / "rows.parquet")
    pandas.testing.assert_frame_equal(pandas.read_parquet(tmp_path / "rows.parquet"), swept.to_pandas())
    for strategy in ("sma_cross", crosses):
        with pytest.raises(OSError, match="cannot write"):
            pt.sweep(data, strategy, {"fast": [2], "slow": [9]}, out=tmp_path / "none" / "rows.parquet")


def test_repeated_and_wider_sweeps_compute_what_is_new(data, tmp_path):
    first = pt.sweep(data, "sma_cross", {"fast": [3, 5], "slow": [12, 20]}, store=tmp_path)
    again = pt.sweep(data, "sma_cross", {"fast": [3, 5], "slow": [12, 20]}, store=tmp_path)
    wider = pt.sweep(data, "sma_cross", {"fast": [3, 4, 5], "slow": [12, 20]}, store=tmp_path)
    assert (first.computed, first.reused) == (4, 0)
    assert (again.computed, again.reused) == (0, 4)
    assert (wider.computed, wider.reused) == (2, 4)
    anew = pt.sweep(data, "sma_cross", {"fast": [3, 4, 5], "slow": [12, 20]}, reuse=False)
    assert (anew.computed, anew.reused) == (6, 0)
    pandas.testing.assert_frame_equal(again.to_pandas(), first.to_pandas(), check_exact=True)
    pandas.testing.assert_frame_equal(wider.to_pandas(), anew.to_pandas(), check_exact=True)


KILLED = """
import sys
import peaktrade as pt
from frames import pandas_indexed
print("ready", flush=True)
result = pt.sweep(pandas_indexed(count=20_000), "rsi_reversion", {"window": pt.range(2, 60), "upper": pt.range(50, 90)},
                  accumulate=True, store=sys.argv[1])
print(result.computed, result.reused, flush=True)
"""


def holds_a_segment(path):
    """Whether the first segment, whose size stands in its bytes 8 to 16, is written whole."""
    head = path.read_bytes()[:16]
    return len(head) == 16 and path.stat().st_size >= int.from_bytes(head[8:], sys.byteorder)


def test_a_killed_sweep_goes_on(tmp_path):
    folder = os.path.dirname(os.path.abspath(__file__))
    store = tmp_path / "store"
    command = [sys.executable, "-c", KILLED, str(store)]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    assert first.stdout.readline() == "ready\n"
    while first.poll() is None and not any(map(holds_a_segment, store.glob("*.sweep"))):
        time.sleep(0.01)
    first.kill()
    first.wait()
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=600)
    assert done.returncode == 0, done.stderr
    computed, reused = map(int, done.stdout.splitlines()[-1].split())
    assert reused > 0
    assert computed + reused == 59 * 41


def test_stops_and_costs_in_the_grid(data):
    result = pt.sweep(data, "sma_cross", {"stop_loss": [0.02, 0.1], "commission": [0, 0.002]}, take_profit=0.05)
    frame = result.to_pandas()
    for row in range(4):
        single = pt.backtest(
            data,
            "sma_cross",
            stop_loss=frame["stop_loss"][row],
            commission=frame["commission"][row],
            take_profit=0.05,
        ).metrics
        assert frame["sharpe"][row] == single["sharpe"]
        assert frame["total_return"][row] == single["total_return"]
    assert "stops and targets" in result.plan


def test_luck_is_told(data):
    found = pt.sweep(data, "sma_cross", {"fast": pt.range(2, 8), "slow": pt.range(10, 30, 5)}).overfitting
    assert found["trials"] == 7 * 5
    assert 0 < found["effective_trials"] <= 35
    assert 0 <= found["deflated_sharpe"] <= 1
    assert 0 <= found["pbo"] <= 1
    assert found["text"]


def test_the_page_stands_alone(tmp_path, result):
    from html.parser import HTMLParser

    path = tmp_path / "page.html"
    result.report(path)
    page = path.read_text()
    seen = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append(tag)
            assert not {"src", "href"} & {name for name, _ in attrs}

    Reader().feed(page)
    assert seen.count("rect") == 3 * 3
    assert seen.count("polyline") == len(result)
    assert "<script" not in page
    assert "Luck or skill" in page


def test_functions_sweep_too(data):
    def crossing(frame, fast, slow):
        quick, late = frame["close"].rolling(fast).mean(), frame["close"].rolling(slow).mean()
        if fast == 7:
            raise ZeroDivisionError("a mistake of the strategy")
        return pt.Signals(quick > late, quick < late)

    grid = {"fast": [3, 5, 7], "slow": [11, 20], "commission": [0, 0.001]}
    result = pt.sweep(data, crossing, grid, slippage=0.0001)
    frame = result.to_pandas()
    assert len(frame) == 12
    single = pt.backtest(data, crossing(data, 5, 20), commission=0.001, slippage=0.0001).metrics
    row = frame[(frame["fast"] == 5) & (frame["slow"] == 20) & (frame["commission"] == 0.001)].iloc[0]
    assert row["sharpe"] == single["sharpe"]
    assert result.failures[8] == "ZeroDivisionError: a mistake of the strategy"
    assert result.best("total_return")["total_return"] == frame["total_return"].max()
    assert result.overfitting["trials"] == 8


def test_classes_sweep_too(data):
    class Cross:
        def __init__(self, window=5):
            self.window = window

        def on_bar(self, ctx):
            if len(ctx.close) < 5:
                return
            if ctx.close[-1] > ctx.close[-4] and not ctx.position:
                ctx.buy()
            elif ctx.close[-1] < ctx.close[-3] and ctx.position:
                ctx.close_position()

    result = pt.sweep(data, Cross, {"commission": [0, 0.001]})
    single = pt.backtest(data, Cross, commission=0.001).metrics
    assert result.to_pandas()["total_return"][1] == single["total_return"]


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["--grid", "fats=1:5:1"], 2, "did you mean 'fast'"),
        (["--grid", "fast=1:5:0"], 2, "step is 0"),
        (["--grid", "fast=1:5:1", "--where", "fast > 9"], 2, "leaves none of the 5"),
        (["--grid", "fast=1:1000000:1", "--grid", "slow=1:1000000:1"], 2, "1,000,000,000,000 combinations"),
        (["--grid", "fast=1:5:1", "--sort", "sharp"], 2, "did you mean 'sharpe'"),
        (["--grid", "fast=1:5:1", "--random", "3", "--latin", "3"], 2, "one of them"),
        (["--grid", "fast=1:5:1", "--out", "rows.xlsx"], 2, "Parquet or CSV"),
        (["--grid", "fast=1:5:1", "--out", "/dev/full"], 1, "No space left on device"),
    ],
)
def test_the_command_tells_mistakes(example_csv, words, status, text):
    line = [peak_command(), "sweep", "sma_cross", "--data", str(example_csv), *words]
    done = subprocess.run(line, capture_output=True, text=True, timeout=600)
    assert done.returncode == status, done.stderr
    assert text in done.stderr
    assert "computed" not in done.stdout


def test_the_command_says_what_it_reused(example_csv, tmp_path):
    line = [peak_command(), "sweep", "sma_cross", "--data", str(example_csv), "--store", str(tmp_path)]
    first = subprocess.run([*line, "--grid", "fast=5:20:5"], capture_output=True, text=True, check=True).stdout
    wider = subprocess.run([*line, "--grid", "fast=5:30:5"], capture_output=True, text=True, check=True).stdout
    assert "computed 4, reused 0" in first
    assert "computed 2, reused 4" in wider
    assert "deflated" in first.lower()


def test_windows_are_markets_of_their_own(data):
    # Hourly bars from 2020-01-01: the first four days and what follows.
    result = pt.sweep(data, "sma_cross", {"fast": [3, 5]}, windows=["2020-01-01:2020-01-04", "2020-01-05:"])
    frame = result.to_pandas()
    assert list(frame["window"]) == ["2020-01-01:2020-01-04"] * 2 + ["2020-01-05:"] * 2
    assert frame["sharpe"][1] == pt.sweep(data[:96], "sma_cross", {"fast": [5]}).to_pandas()["sharpe"][0]
    assert frame["sharpe"][3] == pt.sweep(data[96:], "sma_cross", {"fast": [5]}).to_pandas()["sharpe"][0]
    for window in ("2020", "2020-13:", "x:y", ":"):
        with pytest.raises(ValueError, match="is not FROM:TO"):
            pt.sweep(data, "sma_cross", {"fast": [3]}, windows=[window])
    with pytest.raises(ValueError, match="holds none of the bars"):
        pt.sweep(data, "sma_cross", {"fast": [3]}, windows=["1999:2000"])
