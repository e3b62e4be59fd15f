"""The look-ahead check over many symbols: what is honest passes, planted looks ahead are found by symbol and bar."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt
from conftest import ROOT
from test_command import peak_command


def frames():
    """Two random walks, the second listed later."""
    made = {}
    for number, name in enumerate("AB"):
        random = np.random.default_rng(number)
        close = 100 * np.exp(np.cumsum(random.normal(0, 0.02, 120)))
        frame = pd.DataFrame({"close": close}, index=pd.date_range("2024-01-01", periods=120))
        made[name] = frame.iloc[30:] if name == "B" else frame
    return made


class Strongest:
    def init(self, ctx):
        self.place = ctx.indicator("rank(roc(close, 5))")

    def on_bar(self, ctx):
        for symbol in ctx.ready:
            if self.place[symbol][-1] == 1 and ctx[symbol].position == 0:
                ctx.buy(symbol)
            elif self.place[symbol][-1] < 1:
                ctx.close_position(symbol)


@pytest.mark.parametrize(
    ("strategy", "options"),
    [
        ("sma_cross", {"params": {"fast": 3, "slow": 8}}),
        ("sma_cross", {"params": {"fast": 3, "slow": 8}, "cash_sharing": False}),
        ("rank_momentum", {"params": {"lookback": 5, "count": 1}}),
        ("rank_momentum", {"params": {"lookback": 5, "count": 1}, "rebalance": "daily"}),
        (pt.Weights("normalize(rank(close))"), {"rebalance": "monthly:last"}),
        (Strongest, {}),
    ],
)
def test_honest_strategies_pass(strategy, options):
    found = pt.lookahead(frames(), strategy, cuts=20, pairs=4, **options)
    assert found.clean and found["failed_prefixes"] == 0, found
    assert pt.lookahead(pt.Panel(frames()), strategy, cuts=3, pairs=0, **options).clean


class Clairvoyant:
    """Buys only in the first run that is made, which is the one over all stamps."""

    known = 0

    def init(self, ctx):
        Clairvoyant.known += 1

    def on_bar(self, ctx):
        if ctx.bar == 10 and Clairvoyant.known == 1:
            ctx.buy("A")


def test_what_hangs_on_the_run_is_found_by_symbol():
    Clairvoyant.known = 0
    found = pt.lookahead(frames(), Clairvoyant, cuts=4, pairs=0)
    assert not found.clean
    assert found.findings[0]["name"] == "order of A" and found.findings[0]["bar"] == 10
    assert "order of A" in repr(found)


def test_refusals():
    data = frames()
    with pytest.raises(TypeError, match="give the formula"):
        pt.lookahead(data, pt.Weights({"A": 1.0}))
    with pytest.raises(ValueError, match="for weights"):
        pt.lookahead(data, "sma_cross", rebalance="monthly")


def test_the_command_checks_runs_over_many_symbols():
    stocks = ROOT / "examples" / "data" / "stocks_daily.csv"

    def run(*words):
        return subprocess.run([peak_command(), "lookahead", *map(str, words)], capture_output=True, text=True)

    done = run("rank_momentum", "--data", stocks, "--cuts", 3, "--pairs", 1, "--rebalance", "weekly", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["clean"] is True
    done = run("sma_cross", "--data", stocks, "--shared-cash", "--cuts", 3, "--pairs", 0)
    assert done.returncode == 0 and "No look-ahead" in done.stdout, done.stderr
    done = run("sma_cross", "--data", stocks)
    assert done.returncode == 3 and "several symbols: add --shared-cash" in done.stderr
    done = run("sma_cross", "--data", stocks, "--rebalance", "weekly")
    assert done.returncode == 2 and "--shared-cash" in done.stderr
