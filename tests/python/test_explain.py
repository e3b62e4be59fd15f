"""result.explain(trade) and `peak explain`: one text, numbers that add up, errors that say what to do."""

import json
import subprocess

import numpy as np
import pytest

import peaktrade as pt
from test_docs import ROOT, peak_command

SPY = str(ROOT / "examples" / "data" / "spy_daily.csv")


def peak(*words, cwd=None):
    return subprocess.run([peak_command(), *words], cwd=cwd, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def result():
    return pt.backtest(SPY, "sma_cross", commission=0.001, slippage=0.0005)


def test_every_trade_is_explained_by_its_own_numbers(result):
    cash = 10_000.0
    for number, trade in enumerate(result.trades.to_dict("records")):
        told = result.explain(number).to_dict()
        assert told["trade"]["pnl"] == trade["pnl"]
        for fill in told["fills"]:
            assert fill["cash_before"] == pytest.approx(cash, abs=1e-6)
            cash = fill["cash_after"]
            signals = {line["name"]: line for line in fill["lines"]}
            assert signals["entry" if fill["order"]["action"] == "buy" else "exit"]["value"] is True
        assert sum(fill["fee"] for fill in told["fills"]) == pytest.approx(trade["fees"], rel=1e-12)


def test_command_and_python_print_the_same(result, tmp_path):
    line = ("backtest", "sma_cross", "--data", SPY, "--commission", "0.001", "--slippage", "0.0005")
    saved = peak(*line, "--save", "runs.db", "--report", "page.html", cwd=tmp_path)
    assert saved.returncode == 0, saved.stderr
    (tmp_path / "page.html").unlink()
    told = peak("explain", "1", "2", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout == repr(result.explain(2))
    assert json.loads(peak("explain", "1", "2", "--json", cwd=tmp_path).stdout) == result.explain(2).to_dict()
    assert peak(*line, "--explain", "2").stdout == told.stdout
    assert not (tmp_path / "page.html").exists(), "explaining a run writes none of its files"


def test_what_cannot_be_explained_says_why(result, tmp_path):
    line = ("backtest", "sma_cross", "--data", "prices.csv", "--save", "runs.db")
    (tmp_path / "prices.csv").write_bytes((ROOT / "examples" / "data" / "spy_daily.csv").read_bytes())
    assert peak(*line, cwd=tmp_path).returncode == 0
    assert "counted from 0" in peak("explain", "1", "999", cwd=tmp_path).stderr
    assert peak("explain", "2", "0", cwd=tmp_path).returncode == 2
    text = (tmp_path / "prices.csv").read_text().splitlines()
    (tmp_path / "prices.csv").write_text("\n".join(text[:-1]) + "\n")
    changed = peak("explain", "1", "0", cwd=tmp_path)
    assert changed.returncode == 3
    assert "has changed since" in changed.stderr
    (tmp_path / "prices.csv").unlink()
    assert "cannot be run again" in peak("explain", "1", "0", cwd=tmp_path).stderr
    from peaktrade.data import runs

    runs.save_run(str(tmp_path / "python.db"), result)
    assert "result.explain" in peak("explain", "1", "0", "--db", "python.db", cwd=tmp_path).stderr


@pytest.mark.parametrize("trade", ["0", 1.0, None])
def test_wrong_trades_are_refused(result, trade):
    with pytest.raises(TypeError, match="whole number"):
        result.explain(trade)


def test_rows_that_are_not_there(result):
    with pytest.raises((KeyError, IndexError), match="no trade 999"):
        result.explain(999)
    with pytest.raises(IndexError, match="no trade -999"):
        result.explain(-999)
    assert repr(result.explain(-1)) == repr(result.explain(len(result.trades) - 1))
    assert repr(result.explain(np.int64(0))) == repr(result.explain(0))


def test_given_signals_have_no_lines():
    entries, exits = np.zeros(30, bool), np.zeros(30, bool)
    entries[3] = exits[9] = True
    prices = np.linspace(10, 20, 30)
    data = {"time": np.arange(30) * 86_400_000_000_000, **dict.fromkeys(("open", "high", "low", "close"), prices)}
    told = pt.backtest(data, pt.Signals(entries, exits)).explain(0)
    assert [fill["lines"] for fill in told.to_dict()["fills"]] == [[], []]
    assert "<pre>" in told._repr_html_()


class Cross:
    """A class whose indicators lie under names of its own."""

    slow = 20

    def init(self, ctx):
        self.fast = ctx.indicator("sma", "close", 5)
        self.calm = ctx.indicator(pt.sma(pt.close, self.slow))

    def on_bar(self, ctx):
        if self.fast[-1] > self.calm[-1] and not ctx.position:
            ctx.buy()
        elif self.fast[-1] < self.calm[-1]:
            ctx.close_position()


def test_indicators_of_a_class_are_told_at_the_bar_that_decided():
    run = pt.backtest(SPY, Cross, {"slow": 30})
    close = np.asarray(pt.read_bars(SPY)["close"])
    for number in (0, len(run.trades) // 2):
        fills = run.explain(number).to_dict()["fills"]
        assert len(fills) == 2
        for fill in fills:
            lines = {line["name"]: line["value"] for line in fill["lines"]}
            bar = fill["order"]["decision_bar"]
            assert lines["fast"] == pytest.approx(close[bar - 4 : bar + 1].mean())
            assert lines["calm"] == pytest.approx(close[bar - 29 : bar + 1].mean())
        assert "fast = sma(close, 5)" in repr(run.explain(number)).replace("  ", " ")


class Leader:
    def init(self, ctx):
        self.place = ctx.indicator("rank(roc(close, 20))")
        self.market = ctx["KO"].indicator("sma", "close", 10)

    def on_bar(self, ctx):
        for symbol in ctx.ready:
            if self.place[symbol][-1] == 1 and not ctx[symbol].position:
                ctx.buy(symbol)
            elif self.place[symbol][-1] < 1:
                ctx.close_position(symbol)


def test_indicators_of_a_class_over_many_symbols_are_told_for_the_symbol():
    stocks = pt.Panel(ROOT / "examples" / "data" / "stocks_daily.csv")
    run = pt.backtest(stocks, Leader)
    ko = np.asarray(stocks["KO"]["close"])
    entry, leave = run.explain(3).to_dict()["fills"]
    told = {line["name"]: line["value"] for line in entry["lines"]}
    assert told["place"] == 1
    bar = entry["order"]["decision_bar"]
    assert told["market_KO"] == pytest.approx(ko[bar - 9 : bar + 1].mean())
    assert {line["name"]: line["value"] for line in leave["lines"]}["place"] < 1
