"""Walk-forward, cross-validation, Monte Carlo and sensitivity over many symbols, as runs over a panel."""

from __future__ import annotations

import json
import subprocess

import numpy
import pandas
import pytest

import peaktrade as pt
from test_docs import ROOT, peak_command

STOCKS = ROOT / "examples" / "data" / "stocks_daily.csv"
GRID = {"fast": [5, 10], "slow": [40, 100]}
CROSS = ["--grid", "fast=5,10", "--grid", "slow=40,100"]


@pytest.fixture(scope="module")
def stocks():
    return pandas.read_csv(STOCKS, index_col="Date", parse_dates=True)


def command(*words):
    return subprocess.run([peak_command(), *map(str, words)], capture_output=True, text=True)


def of_command(*words):
    done = command(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def alike(study, told):
    made = study.to_dict()
    told.pop("data", None), made.pop("data", None)
    assert made == told


def test_python_and_the_command_say_the_same(stocks):
    options = ("--data", STOCKS, "--shared-cash", "--commission", "0.001")
    alike(
        pt.walk_forward(stocks, "sma_cross", GRID, windows=4, commission=0.001),
        of_command("walkforward", "sma_cross", *options, *CROSS, "--windows", 4),
    )
    alike(
        pt.cross_validate(stocks, "sma_cross", GRID, groups=5, commission=0.001),
        of_command("crossvalidate", "sma_cross", *options, *CROSS, "--groups", 5),
    )
    alike(
        pt.monte_carlo(stocks, "sma_cross", paths=50, seed=4, commission=0.001),
        of_command("montecarlo", "sma_cross", *options, "--paths", 50, "--seed", 4),
    )
    alike(
        pt.sensitivity(stocks, "sma_cross", commission=0.001),
        of_command("sensitivity", "sma_cross", *options),
    )


def test_weights_and_separate_accounts(stocks):
    alike(
        pt.walk_forward(stocks, "rank_momentum", {"lookback": [20, 60]}, windows=3, rebalance="weekly"),
        of_command(
            *("walkforward", "rank_momentum", "--data", STOCKS, "--grid", "lookback=20,60"),
            *("--windows", 3, "--rebalance", "weekly"),
        ),
    )
    shared = pt.walk_forward(stocks, "sma_cross", GRID, windows=4)
    separate = pt.walk_forward(stocks, "sma_cross", GRID, windows=4, cash_sharing=False)
    alike(separate, of_command("walkforward", "sma_cross", "--data", STOCKS, "--separate-cash", *CROSS, "--windows", 4))
    assert shared.metrics["total_return"] != separate.metrics["total_return"]


def test_the_tests_in_a_row_are_one_account(stocks):
    result = pt.walk_forward(stocks, "sma_cross", GRID, windows=4)
    equity, returns = result.equity, result.returns
    assert equity.index[0] == pandas.Timestamp(result["test_start"])
    numpy.testing.assert_allclose(result["cash"] * (1 + returns).cumprod(), equity, rtol=1e-12)
    frame = result.windows
    assert set(frame["fast"]) <= {5, 10} and set(frame["slow"]) <= {40, 100}
    numpy.testing.assert_allclose(
        (1 + frame["test_total_return"]).prod() - 1, result.metrics["total_return"], rtol=1e-12
    )


def test_an_embargo_that_is_all_of_a_test_but_one_bar_leaves_hardly_a_trade(stocks):
    some = pt.walk_forward(stocks, "sma_cross", GRID, train=300, test=100)
    none = pt.walk_forward(stocks, "sma_cross", GRID, train=300, test=100, embargo=99)
    assert some.metrics["trades"] > 20
    assert none.metrics["trades"] <= 1  # what the last close decides has no open to fill at


def test_monte_carlo_of_a_run_is_that_of_its_result(stocks):
    run = pt.backtest(stocks, "inverse_volatility")
    drawn = pt.monte_carlo(run, paths=30, seed=2).paths
    again = pt.monte_carlo(stocks, "inverse_volatility", paths=30, seed=2).paths
    for name, values in drawn.items():
        numpy.testing.assert_array_equal(values, again[name])


def test_bad_times_are_those_of_the_mix_of_all_symbols(stocks):
    result = pt.sensitivity(stocks, "equal_weight", rebalance="daily", windows={"my": ("2020-02-19", "2020-03-23")})
    own = result.stress.set_index("name").loc["my"]
    assert own["market_return"] < -0.15
    assert abs(own["total_return"] - own["market_return"]) < 0.03  # the mix, but for a close and an open at the edges


class Holder:
    def on_bar(self, ctx):
        pass


def test_refusals(stocks):
    with pytest.raises(TypeError, match="weights given as numbers"):
        pt.walk_forward(stocks, pt.Weights({"AAPL": 1.0}), GRID)
    with pytest.raises(TypeError, match="takes strategies of formulas"):
        pt.cross_validate(stocks, Holder, GRID, cash_sharing=True)
    with pytest.raises(ValueError, match="for weights"):
        pt.sensitivity(stocks, "sma_cross", rebalance="monthly")
    with pytest.raises(ValueError, match="prices of one market"):
        pt.monte_carlo(stocks, "sma_cross", method="prices")
    with pytest.raises(ValueError, match=r"no parameter .fats.; did you mean .fast."):
        pt.walk_forward(stocks, "sma_cross", {"fats": [1, 2]})
    with pytest.raises(TypeError, match=r"walk_forward.*comission"):
        pt.walk_forward(stocks, "sma_cross", GRID, comission=0.1)
    with pytest.raises(ValueError, match="too few for 2000 windows"):
        pt.walk_forward(stocks, "sma_cross", GRID, windows=2000)


def test_the_command_says_what_is_missing():
    done = command("walkforward", "sma_cross", "--data", STOCKS, *CROSS)
    assert done.returncode == 3 and "--shared-cash" in done.stderr
    done = command("sensitivity", "sma_cross", "--data", STOCKS, "--shared-cash", "--rebalance", "weekly")
    assert done.returncode == 2 and "for weights" in done.stderr
    done = command("montecarlo", "sma_cross", "--data", STOCKS, "--shared-cash", "--method", "prices")
    assert done.returncode == 2 and "one market" in done.stderr
