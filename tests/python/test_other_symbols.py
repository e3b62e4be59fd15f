"""symbol("SPY", ...): values of other symbols, in runs of one symbol and of many, in studies, in the command."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt
from test_docs import peak_command


@pytest.fixture(scope="module")
def closes():
    """Closes of eight stocks, 2018 to 2022."""
    from conftest import ROOT

    return pd.read_csv(ROOT / "examples" / "data" / "stocks_daily.csv", index_col="Date", parse_dates=True)


def filtered():
    """In a stock while the other one is above its mean."""
    calm = pt.symbol("KO", pt.close > pt.sma(pt.close, 50))
    return pt.Strategy(entry=calm, exit=~calm, name="filtered")


def plain_signals(own, other):
    """The same with pandas: the other's answer at its last bar at or before each of ours."""
    calm = (other > other.rolling(50).mean()).where(other.rolling(50).mean().notna())
    seen = calm.reindex(own.index, method="ffill")
    return pt.Signals((seen == 1.0).to_numpy(), (seen == 0.0).to_numpy())


def test_one_symbol_reads_another_as_pandas_aligns_them(closes):
    own, other = closes[["AAPL"]].set_axis(["close"], axis=1), closes["KO"].drop(closes.index[60:300:7])
    found = pt.backtest(own, filtered(), others={"KO": other}, commission=0.001)
    wanted = pt.backtest(own, plain_signals(own, other), commission=0.001)
    assert len(found.trades) > 5
    np.testing.assert_array_equal(found.equity, wanted.equity)
    assert (
        pt.backtest(own, filtered(), others={"KO": other}, commission=0.001, engine="reference").metrics
        == found.metrics
    )
    bars = pt.Bars(own, others={"KO": other})
    assert bars.others == ["KO"] and bars.fingerprint != pt.Bars(own).fingerprint
    np.testing.assert_array_equal(pt.backtest(bars, filtered(), commission=0.001).equity, found.equity)
    values = pt.symbol("KO", pt.close).evaluate(bars)
    np.testing.assert_array_equal(values, other.reindex(own.index, method="ffill"))


def test_every_symbol_of_a_panel_reads_one_of_them_or_one_beside(closes):
    frames = {name: closes[[name]].set_axis(["close"], axis=1) for name in ("AAPL", "KO", "GE")}
    inside = pt.backtest(frames, filtered(), cash_sharing=False)
    alone = {
        name: pt.backtest(f, filtered(), others={"KO": closes["KO"]}, cash=10_000 / 3) for name, f in frames.items()
    }
    np.testing.assert_allclose(inside.equity, sum(run.equity for run in alone.values()), rtol=1e-12)
    two = {name: frames[name] for name in ("AAPL", "GE")}
    beside = pt.backtest(two, filtered(), others={"KO": closes["KO"]}, cash_sharing=False)
    np.testing.assert_allclose(
        beside.equity,
        sum(pt.backtest(f, filtered(), others={"KO": closes["KO"]}, cash=5_000).equity for f in two.values()),
        rtol=1e-12,
    )
    weights = pt.Weights(pt.where(pt.symbol("VIX", pt.close) < 20, 0.5, 0.0))
    vix = pd.Series(np.where(np.arange(len(closes)) % 100 < 50, 10.0, 30.0), index=closes.index)
    run = pt.backtest(two, weights, rebalance="daily", fill="same_close", others={"VIX": vix})
    assert ((run.weights.sum(axis=1) > 0.9) == (vix < 20).to_numpy()).all()


class Calm:
    def init(self, ctx):
        self.calm = ctx.indicator('symbol("KO", close) > symbol("KO", sma(close, 50))')

    def on_bar(self, ctx):
        if self.calm[-1] == 1 and ctx.position == 0:
            ctx.buy()
        elif self.calm[-1] == 0:
            ctx.close_position()


def test_classes_and_studies_see_the_same(closes, tmp_path):
    own = closes[["AAPL"]].set_axis(["close"], axis=1)
    options = {"others": {"KO": closes["KO"]}, "commission": 0.001}
    run = pt.backtest(own, filtered(), **options)
    assert pt.backtest(own, Calm, **options).trades["pnl"].tolist() == run.trades["pnl"].tolist()
    assert pt.lookahead(own, filtered(), **options).clean
    windowed = pt.Strategy(
        entry=pt.symbol("KO", pt.close > pt.sma(pt.close, pt.param("n", 50))),
        exit=pt.symbol("KO", pt.close < pt.sma(pt.close, pt.param("n", 50))),
    )
    swept = pt.sweep(own, windowed, {"n": [20, 50]}, reuse=False, **options).to_pandas()
    for _, row in swept.iterrows():
        single = pt.backtest(own, windowed, {"n": row["n"]}, **options)
        assert single.metrics["total_return"] == row["total_return"]
    assert len(pt.walk_forward(own, windowed, {"n": [20, 50]}, windows=3, **options).windows) == 3
    run.save(tmp_path / "run.peak")
    again = pt.BacktestResult.load(tmp_path / "run.peak")
    assert str(again.explain(0)) == str(run.explain(0))
    assert again.fingerprint == run.fingerprint


def test_what_is_missing_is_named(closes):
    own = closes[["AAPL"]].set_axis(["close"], axis=1)
    with pytest.raises(ValueError, match=r"the data hold one only; give 'KO' beside them"):
        pt.backtest(own, filtered())
    with pytest.raises(ValueError, match=r"no symbol 'KO'; did you mean 'KOX'"):
        pt.backtest(own, filtered(), others={"KOX": closes["KO"]})
    with pytest.raises(pt.DataError, match=r"zone"):
        pt.backtest(own, filtered(), others={"KO": closes["KO"].tz_localize("America/New_York")})
    with pytest.raises(TypeError, match=r"mapping of symbols to data"):
        pt.Bars(own, others=[closes["KO"]])
    with pytest.raises(ValueError, match=r"a symbol of the data already"):
        pt.backtest({"KO": own, "GE": own}, filtered(), others={"KO": closes["KO"]})
    with pytest.raises(NotImplementedError, match=r"a feed of one symbol"):
        pt.Runner(filtered())


def test_the_command_takes_it_as_with(closes, tmp_path):
    own, other, strategy = tmp_path / "own.csv", tmp_path / "ko.csv", tmp_path / "filtered.toml"
    closes[["AAPL"]].set_axis(["close"], axis=1).to_csv(own)
    closes[["KO"]].set_axis(["close"], axis=1).to_csv(other)
    strategy.write_text(
        'name = "filtered"\n[params]\nn = 50\n[signals]\n'
        'calm = \'symbol("KO", close > sma(close, n))\'\nentry = "calm"\nexit = "not calm"\n'
    )

    def run(*words):
        return subprocess.run([peak_command(), *map(str, words)], capture_output=True, text=True)

    done = run("backtest", strategy, "--data", own, "--with", f"KO={other}", "--json")
    assert done.returncode == 0, done.stderr
    same = pt.backtest(own, strategy, others={"KO": other})
    told = json.loads(done.stdout)
    assert told["metrics"] == same.to_dict()["metrics"] and told["fingerprint"] == same.fingerprint
    assert "No look-ahead" in run("lookahead", strategy, "--data", own, "--with", f"KO={other}").stdout
    swept = run("sweep", strategy, "--data", own, "--with", f"KO={other}", "--grid", "n=20,50", "--no-reuse", "--json")
    rows = json.loads(swept.stdout)["rows"]
    assert {row["n"]: row["total_return"] for row in rows}[50] == same.metrics["total_return"]
    for words, message in (
        (["--with", f"KOX={other}"], "did you mean 'KOX'"),
        (["--with", "KO"], "SYMBOL=FILE"),
        (["--with", f"KO={tmp_path}/none.csv"], "none.csv"),
        ([], "give 'KO' beside them"),
    ):
        done = run("backtest", strategy, "--data", own, *words)
        assert done.returncode in (2, 3) and message in done.stderr, done.stderr
