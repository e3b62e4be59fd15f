"""peaktrade.Portfolio: books worked out by hand, prices in every form, and what it refuses."""

import math

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt


def held():
    portfolio = pt.Portfolio(10_000, ["SPY", "GLD"])
    portfolio.apply_fill("SPY", 10, 400, fee=1)  # cash 10,000 - 4,000 - 1 = 5,999
    portfolio.apply_fill("GLD", -20, 50)  # cash 6,999
    return portfolio


def test_fills_and_prices_by_hand():
    portfolio = held()
    portfolio.update(np.array([410.0, 45.0]))
    assert portfolio.cash == 6_999
    assert portfolio.value == 6_999 + 4_100 - 900  # 10,199 = 10,000 - 1 + 100 + 100
    assert portfolio.exposure == 5_000
    assert portfolio.net_exposure == 3_200
    assert portfolio.open_pnl == 200
    assert portfolio.realised_pnl == -1
    assert portfolio.fees == 1
    assert portfolio.weight("GLD") == -900 / 10_199
    portfolio.apply_fill("GLD", 30, 44)  # closes 20 short at a gain of 6 each, opens 10
    assert portfolio.position("GLD") == {
        "units": 10,
        "average_price": 44,
        "price": 45,
        "value": 450,
        "open_pnl": 10,
        "realised_pnl": 120,
        "fees": 0,
    }
    assert list(portfolio.positions) == ["SPY", "GLD"]


@pytest.mark.parametrize(
    "prices",
    [
        np.array([410.0, 45.0]),
        np.array([410, 45]),
        np.array([[410.0, 1.0], [45.0, 1.0]])[:, 0],
        [410, 45.0],
        (410.0, 45.0),
        pd.Series([410.0, 45.0]).to_numpy(),
        {"GLD": 45, "SPY": 410.0},
        pd.Series({"GLD": 45.0, "SPY": 410.0}),
    ],
    ids=["float64", "int64", "strided", "list", "tuple", "series values", "dict", "series by name"],
)
def test_prices_in_every_form(prices):
    portfolio = held()
    portfolio.update(prices)
    assert portfolio.value == 10_199


def test_a_mapping_may_leave_symbols_out_and_nan_keeps_the_last_price():
    portfolio = held()
    portfolio.update({"SPY": 410})
    assert portfolio.position("GLD")["price"] == 50
    portfolio.update([math.nan, 45])
    assert portfolio.value == 10_199


def test_splits_payments_deposits_multipliers():
    portfolio = pt.Portfolio(50_000, ["ES"], multipliers={"ES": 50})
    portfolio.apply_fill("ES", 1, 4_000)
    portfolio.update([4_010])
    assert portfolio.value == 50_500
    assert portfolio.add_symbol("AAPL") == 1
    portfolio.apply_fill("AAPL", 3, 100)
    portfolio.apply_split("AAPL", 4)
    assert portfolio.position("AAPL")["units"] == 12
    portfolio.apply_payment("AAPL", 12 * 0.25)
    portfolio.deposit(100)
    assert portfolio.contributed == 50_100
    assert portfolio.value == portfolio.contributed + portfolio.realised_pnl + portfolio.open_pnl == 50_603


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda p: p.update([1.0]), ValueError, "1 prices were given for 2 symbols"),
        (lambda p: p.update([1.0, math.inf]), ValueError, "the price of 'GLD'"),
        (lambda p: p.update({"GLD": 1.0, "SPX": 2.0}), pt.NotFoundError, "did you mean 'SPY'"),
        (lambda p: p.update({"GLD": 1.0, "SPY": math.inf}), ValueError, "the price of 'SPY'"),
        (lambda p: p.update({"GLD": "x"}), TypeError, "price must be a number"),
        (lambda p: p.update(["a", "b"]), TypeError, "prices"),
        (lambda p: p.update(None), (TypeError, ValueError), "prices"),
        (lambda p: p.apply_fill("SPX", 1, 1), pt.NotFoundError, "did you mean 'SPY'"),
        (lambda p: p.apply_fill("SPY", math.nan, 1), ValueError, "quantity"),
        (lambda p: p.apply_fill(0, 1, 1), TypeError, "symbol"),
        (lambda p: p.apply_split("SPY", -1), ValueError, "ratio"),
        (lambda p: p.add_symbol("SPY"), ValueError, "already"),
        (lambda p: pt.Portfolio(math.inf), ValueError, "cash"),
        (lambda p: pt.Portfolio(1, "SPY"), TypeError, "symbols"),
        (lambda p: pt.Portfolio(1, ["ES"], multipliers={"EX": 50}), pt.NotFoundError, "did you mean 'ES'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(call, error, words):
    portfolio = held()
    before = (portfolio.cash, portfolio.positions)
    with pytest.raises(error, match=words):
        call(portfolio)
    assert (portfolio.cash, portfolio.positions) == before
