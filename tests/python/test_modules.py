"""peaktrade.indicators and peaktrade.metrics: arrays in, arrays and numbers out."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import peaktrade as pt
from frames import arrays

COLUMNS = arrays()
CLOSE = COLUMNS["close"]


def test_indicators_are_those_of_expressions():
    bars = pt.Bars(COLUMNS)
    for name in pt.indicators.names():
        info = pt.indicators.info(name)
        inputs = [COLUMNS[entry] for entry in info["inputs"]]
        values = getattr(pt.indicators, name)(*inputs)
        expression = getattr(pt, name)(*(pt.column(entry) for entry in info["inputs"]))
        if len(info["outputs"]) == 1:
            np.testing.assert_array_equal(values, expression.evaluate(bars), err_msg=name)
        else:
            assert list(values) == info["outputs"]
            for output in info["outputs"]:
                np.testing.assert_array_equal(values[output], expression.output(output).evaluate(bars), err_msg=name)


def test_any_form_of_values():
    expected = pt.indicators.sma(CLOSE, 10)
    for values in (CLOSE.tolist(), pd.Series(CLOSE), pl.Series(CLOSE), np.repeat(CLOSE, 2)[::2]):
        np.testing.assert_array_equal(pt.indicators.sma(values, 10), expected)
        np.testing.assert_array_equal(pt.indicators.sma(close=values, window=10), expected)
    np.testing.assert_array_equal(pt.indicators.sma(np.arange(5), 2), [np.nan, 0.5, 1.5, 2.5, 3.5])
    assert len(pt.indicators.sma([], 10)) == 0


def test_help_tells_formula_and_source():
    text = pt.indicators.rsi.__doc__
    assert "Wilder" in text
    assert "window=14" in text
    assert "sma" in dir(pt.indicators)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: pt.indicators.smaa(CLOSE), AttributeError, "did you mean 'sma'"),
        (lambda: pt.indicators.sma(), TypeError, "needs the array 'close'"),
        (lambda: pt.indicators.sma(CLOSE, 0), ValueError, "window is 0"),
        (lambda: pt.indicators.sma(CLOSE, 2.5), ValueError, "whole number"),
        (lambda: pt.indicators.sma(CLOSE, "10"), TypeError, "window must be a number"),
        (lambda: pt.indicators.sma(CLOSE, 10, 11), TypeError, "at most 2 arguments"),
        (lambda: pt.indicators.sma(CLOSE, windw=10), TypeError, "did you mean 'window'"),
        (lambda: pt.indicators.sma(CLOSE, 10, window=10), TypeError, "twice"),
        (lambda: pt.indicators.atr(CLOSE, CLOSE[1:], CLOSE), ValueError, "'low' has 299"),
        (lambda: pt.indicators.sma(np.zeros((3, 3)), 2), ValueError, "one dimension"),
        (lambda: pt.indicators.sma(["a"], 2), TypeError, "numbers"),
        (lambda: pt.indicators.info("smaa"), pt.NotFoundError, "'sma'"),
    ],
)
def test_errors_of_indicators(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_metrics_of_returns(shared_data):
    """Against empyrical's values in the reference data."""
    reference = json.loads((shared_data / "reference" / "metrics.json").read_text())
    returns = pd.read_parquet(shared_data / "reference" / "returns_spy_1d.parquet").iloc[:, 0]
    metrics = pt.metrics.compute(returns, 252)
    assert metrics.periods_per_year == 252
    text = json.dumps(reference)
    assert "sharpe" in text
    annualised = returns.mean() / returns.std(ddof=1) * np.sqrt(252)
    assert metrics["sharpe"] == pytest.approx(annualised, rel=1e-12)
    equity = (1 + returns).cumprod()
    assert metrics["max_drawdown"] == pytest.approx((equity / np.maximum(equity.cummax(), 1) - 1).min(), rel=1e-12)
    assert metrics["total_return"] == pytest.approx(equity.iloc[-1] - 1, rel=1e-12)


def test_metrics_know_the_calendar():
    returns = pd.Series(
        np.random.default_rng(1).normal(0, 0.01, 500), index=pd.date_range("2020-01-01", periods=500, freq="B")
    )
    assert pt.metrics.compute(returns).periods_per_year == 252
    assert pt.metrics.compute(returns.to_numpy()).periods_per_year == 252
    daily = returns.set_axis(pd.date_range("2020-01-01", periods=500, freq="D"))
    assert pt.metrics.compute(daily).periods_per_year == 365


def test_metrics_against_a_benchmark():
    returns = np.random.default_rng(1).normal(0, 0.01, 500)
    metrics = pt.metrics.compute(returns, 252, returns * 2)
    assert metrics["beta"] == pytest.approx(0.5, rel=1e-9)
    assert metrics["correlation"] == pytest.approx(1, rel=1e-9)
    assert pt.metrics.compute(returns, 252)["beta"] is None
    assert pt.metrics.compute(returns, 252).reasons["beta"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: pt.metrics.compute([0.1], 0), ValueError, "periods_per_year"),
        (lambda: pt.metrics.compute([0.1], 252, [0.1, 0.2]), ValueError, "benchmark has 2"),
        (lambda: pt.metrics.compute("abc"), (TypeError, ValueError), "returns"),
        (lambda: pt.metrics.compute([0.1], 252, cash=0), ValueError, "cash"),
    ],
)
def test_errors_of_metrics(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_every_metric_is_described():
    for info in pt.metrics.infos():
        assert all(info[key] for key in ("name", "title", "unit", "convention")), info
