"""Runs of many symbols with one account: sweeps, finer bars, the four readings of prices inside bars."""

import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt
from test_docs import peak_command
from test_sweep import holds_a_segment


@pytest.fixture(scope="module")
def stocks():
    from conftest import ROOT

    return ROOT / "examples" / "data" / "stocks_daily.csv"


def test_rows_of_a_sweep_are_runs_over_all_symbols(stocks):
    panel = pt.Panel(stocks)
    grid = {"fast": [10, 20], "slow": [50, 100], "commission": [0.0, 0.001]}
    swept = pt.sweep(panel, "sma_cross", grid, slippage=0.0005)
    rows = swept.to_pandas()
    assert len(rows) == 8 and swept.complete
    for _, row in rows.iterrows():
        params = {"fast": row["fast"], "slow": row["slow"]}
        run = pt.backtest(panel, "sma_cross", params, commission=row["commission"], slippage=0.0005)
        for metric in ("total_return", "sharpe", "max_drawdown", "trades"):
            assert run.metrics[metric] == row[metric]
    apart = pt.sweep(panel, "sma_cross", {"fast": [10]}, cash_sharing=False).to_pandas()
    run = pt.backtest(panel, "sma_cross", {"fast": 10}, cash_sharing=False)
    assert apart["total_return"][0] == run.metrics["total_return"]


class Momentum:
    lookback = 60

    def init(self, ctx):
        self.rise = ctx.indicator("roc", "close", self.lookback)

    def on_bar(self, ctx):
        for symbol in ctx.ready:
            if self.rise[symbol][-1] > 0 and ctx[symbol].position == 0:
                ctx.buy(symbol)
            elif self.rise[symbol][-1] < 0:
                ctx.close_position(symbol)


def test_weights_and_classes_are_swept_over_all_symbols(stocks):
    swept = pt.sweep(stocks, "rank_momentum", {"count": [2, 3]}, rebalance="weekly").to_pandas()
    for _, row in swept.iterrows():
        run = pt.backtest(stocks, "rank_momentum", {"count": row["count"]}, rebalance="weekly")
        assert run.metrics["sharpe"] == row["sharpe"]
    formula = pt.Weights("normalize(top(roc(close, 120), 3))")
    assert len(pt.sweep(stocks, formula, {"commission": [0.0, 0.01]})) == 2
    panel = pt.Panel(stocks)
    swept = pt.sweep(panel, Momentum, {"lookback": [30, 60]}).to_pandas()
    for _, row in swept.iterrows():
        run = pt.backtest(panel, Momentum, {"lookback": int(row["lookback"])})
        assert run.metrics["total_return"] == row["total_return"]


def test_sweeps_over_a_panel_are_kept(stocks, tmp_path):
    panel = pt.Panel(stocks)
    grid = {"fast": [5, 10], "slow": [50, 100], "commission": [0.0, 0.001]}
    first = pt.sweep(panel, "sma_cross", grid, store=tmp_path, out=tmp_path / "rows.parquet")
    again = pt.sweep(panel, "sma_cross", grid, store=tmp_path)
    wider = pt.sweep(panel, "sma_cross", {**grid, "fast": [5, 10, 20]}, store=tmp_path)
    assert [(swept.computed, swept.reused) for swept in (first, again, wider)] == [(8, 0), (0, 8), (4, 8)]
    anew = pt.sweep(panel, "sma_cross", {**grid, "fast": [5, 10, 20]}, reuse=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "rows.parquet"), first.to_pandas())
    pd.testing.assert_frame_equal(again.to_pandas(), first.to_pandas(), check_exact=True)
    pd.testing.assert_frame_equal(wider.to_pandas(), anew.to_pandas(), check_exact=True)
    # Luck is the same, whether the returns of the runs are at hand or the runs are made again.
    assert wider.overfitting == anew.overfitting and again.overfitting == first.overfitting
    assert anew.overfitting["spa_p"] is not None and anew.overfitting["deflated_sharpe"] is not None
    # What gives other runs has other keys.
    whole = pt.Instrument("KO", lot_size=1)
    for options in ({"cash_sharing": False}, {"cash": 5_000}, {"instruments": {"KO": whole}}):
        assert pt.sweep(panel, "sma_cross", grid, store=tmp_path, **options).reused == 0, options
    ranked = {"count": [2, 3]}
    for schedule in ("weekly", "monthly"):
        assert pt.sweep(panel, "rank_momentum", ranked, store=tmp_path, rebalance=schedule).reused == 0
    assert pt.sweep(panel, "rank_momentum", ranked, store=tmp_path, rebalance="weekly").reused == 2


def test_a_stream_over_a_panel_gives_every_row_once(stocks, tmp_path):
    panel, grid = pt.Panel(stocks), {"fast": pt.range(2, 30), "slow": [50, 100]}
    pt.sweep(panel, "sma_cross", {**grid, "slow": [50]}, store=tmp_path)
    stream = pt.sweep_stream(panel, "sma_cross", grid, store=tmp_path)
    rows = pd.concat([batch.to_pandas() for batch in stream])
    assert (stream.result.computed, stream.result.reused) == (29, 29)
    pd.testing.assert_frame_equal(rows.sort_index(), stream.result.to_pandas(), check_names=False, check_exact=True)
    left = pt.sweep_stream(panel, "sma_cross", grid, store=tmp_path)
    for _ in left:
        break
    assert left.result.reused == 58
    with pytest.raises(TypeError, match="one account over all"):
        pt.sweep_stream(panel, "sma_cross", grid, windows=["2019:2020"])


STOPPED = """
import os, signal, sys
import peaktrade as pt
from peaktrade import _sweep

def interrupt(done, total, per_second):
    if done > 0:
        os.kill(os.getpid(), signal.SIGINT)

# Looked at all the time: the interrupt comes when something is finished, however fast or slow the machine is.
_sweep.POLL_S, _sweep.REPORT_S, _sweep._show = 0.001, 0, interrupt
grid = {"fast": pt.range(2, 60), "slow": pt.range(61, 120), "commission": [0, 0.001, 0.002, 0.003]}
try:
    pt.sweep(pt.Panel(sys.argv[1]), "sma_cross", grid, store=sys.argv[2], out=sys.argv[3], show_progress=True)
except pt.SweepInterrupted as stopped:
    print(stopped.result.computed, len(stopped.result), len(stopped.result.to_pandas()), stopped.result.complete)
"""


def test_ctrl_c_over_a_panel_keeps_what_is_finished(stocks, tmp_path):
    out = tmp_path / "rows.parquet"
    command = [sys.executable, "-c", STOPPED, str(stocks), str(tmp_path / "store"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    computed, total, kept, complete = done.stdout.split()
    assert 0 < int(computed) < int(total) and kept == computed and complete == "False"
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    first = {"fast": [2], "slow": [61], "commission": [0.0]}
    whole = pt.sweep(pt.Panel(stocks), "sma_cross", first, reuse=False)
    again = pt.sweep(pt.Panel(stocks), "sma_cross", first, store=tmp_path / "store")
    assert again.reused == 1
    pd.testing.assert_frame_equal(again.to_pandas(), whole.to_pandas(), check_exact=True)


def test_a_killed_sweep_over_a_panel_goes_on(stocks, tmp_path):
    """Killed without notice as soon as something is kept; what is there then is used, and the file appears whole."""
    store, out = tmp_path / "store", tmp_path / "rows.parquet"
    command = [peak_command(), "sweep", "sma_cross", "--data", stocks, "--shared-cash", "--grid", "fast=2:40:1"]
    command += ["--grid", "slow=41:80:1", "--store", store, "--out", out, "--overfit", "none", "--json"]
    command = [str(word) for word in command]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while first.poll() is None and not any(map(holds_a_segment, store.glob("*.sweep"))):
        time.sleep(0.01)
    first.kill()
    finished = first.wait() == 0
    assert out.exists() == finished or not finished
    if out.exists():
        assert len(pd.read_parquet(out)) == 39 * 40  # killed between its last two steps
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["reused"] > 0 and told["computed"] + told["reused"] == 39 * 40
    rows = pd.read_parquet(out)
    anew = pt.sweep(pt.Panel(stocks), "sma_cross", {"fast": pt.range(2, 40), "slow": pt.range(41, 80)}, reuse=False)
    pd.testing.assert_frame_equal(rows, anew.to_pandas(), check_exact=True)


def test_what_a_sweep_over_a_panel_cannot_do_is_told(stocks):
    panel = pt.Panel(stocks)
    with pytest.raises(ValueError, match=r"no parameter 'fats'; did you mean 'fast'"):
        pt.sweep(panel, "sma_cross", {"fats": [1]})
    with pytest.raises(TypeError, match=r"one account over all"):
        pt.sweep(panel, "sma_cross", {"fast": [10]}, windows=["2019:2020"])
    with pytest.raises(TypeError, match=r"no parameters to sweep"):
        pt.sweep(panel, pt.Weights({"KO": 1.0}), {"commission": [0.0]})
    with pytest.raises(ValueError, match=r"rebalance is for weights"):
        pt.sweep(panel, "sma_cross", {"fast": [10]}, rebalance="weekly")
    failed = pt.sweep(panel, "sma_cross", {"fast": [0, 10]})
    assert len(failed.failures) == 1


def test_the_command_sweeps_with_shared_cash(stocks, tmp_path):
    def run(*words):
        return subprocess.run([peak_command(), "sweep", *map(str, words)], capture_output=True, text=True)

    out = tmp_path / "rows.csv"
    done = run(
        "sma_cross",
        "--data",
        stocks,
        "--shared-cash",
        "--grid",
        "fast=10,20",
        "--grid",
        "slow=50",
        "--json",
        "--out",
        out,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    same = pt.sweep(pt.Panel(stocks), "sma_cross", {"fast": [10, 20], "slow": [50]}).to_pandas()
    assert [row["sharpe"] for row in rows] == sorted(same["sharpe"], reverse=True)
    assert pd.read_csv(out)["total_return"].tolist() == same["total_return"].tolist()
    done = run("rank_momentum", "--data", stocks, "--grid", "count=2,3", "--rebalance", "weekly")
    assert done.returncode == 0, done.stderr
    for words, message in (
        (["sma_cross", "--data", stocks, "--grid", "fast=10", "--rebalance", "weekly"], "add --shared-cash"),
        (["sma_cross", "--data", stocks, "--grid", "fast=10", "--shared-cash", "--window", "2019:2020"], "one by one"),
        (
            ["sma_cross", "--data", stocks, "--grid", "fast=10", "--shared-cash", "--rebalance", "weekly"],
            "is for weights",
        ),
    ):
        done = run(*words)
        assert done.returncode == 2 and message in done.stderr, done.stderr


def candles(rows, days, step="D"):
    times = pd.date_range(days, periods=len(rows), freq=step)
    return pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=times).astype(float)


FLAT, WIDE = (100, 100, 100, 100), (100, 112, 94, 105)


def test_finer_bars_and_bounds_by_hand(tmp_path):
    """5 units of each at 100; A's stop at 95 and its target at 110 lie in its third bar: 5 * 95 or 5 * 110, and 5 * 100."""
    data = {"A": candles([FLAT, FLAT, WIDE], "2024-01-01"), "B": candles([FLAT, FLAT, FLAT], "2024-01-01")}
    finer = {"A": candles([(100, 112, 100, 111), (111, 111, 94, 105)], "2024-01-03", "h")}
    always = pt.Strategy(entry=pt.close > 0)
    options = {"cash": 1_000, "stop_loss": 0.05, "take_profit": 0.1}
    assert pt.backtest(data, always, **options).equity.iloc[-1] == pytest.approx(975)
    assert pt.backtest(data, always, detail=finer, **options).equity.iloc[-1] == pytest.approx(1_050)
    between = pt.bounds(data, always, **options)
    assert [run.equity.iloc[-1] for run in between.runs.values()] == pytest.approx([975, 1_050, 1_050, 975])
    assert between.ambiguous_share == 0.5
    with pytest.raises(ValueError, match=r"no symbol 'C'"):
        pt.backtest(data, always, detail={"C": finer["A"]}, **options)
    with pytest.raises(ValueError, match=r"must be finer bars"):
        pt.backtest(data, always, detail=data, **options)
    with pytest.raises(ValueError, match=r"opens and closes only"):
        pt.backtest(data, "equal_weight", detail=finer)

    for folder, frames in (("data", data), ("finer", finer)):
        (tmp_path / folder).mkdir()
        for name, frame in frames.items():
            frame.to_csv(tmp_path / folder / f"{name}.csv", index_label="time")
    strategy = tmp_path / "always.toml"
    strategy.write_text('name = "always"\n[signals]\nentry = "close > 0"\n')
    line = [peak_command(), "backtest", strategy, "--data", tmp_path / "data", "--cash", 1000]
    line = [*map(str, line), "--stop-loss", "0.05", "--take-profit", "0.1", "--json"]
    detailed = subprocess.run([*line, "--detail", str(tmp_path / "finer")], capture_output=True, text=True)
    assert detailed.returncode == 0, detailed.stderr
    assert json.loads(detailed.stdout)["metrics"]["final_equity"] == pytest.approx(1_050)
    bounded = subprocess.run([*line, "--bounds"], capture_output=True, text=True)
    told = json.loads(bounded.stdout)
    assert told["ambiguous_share"] == 0.5
    ends = [run["metrics"]["final_equity"] for run in told["runs"].values()]
    np.testing.assert_allclose(ends, [975, 1_050, 1_050, 975])
