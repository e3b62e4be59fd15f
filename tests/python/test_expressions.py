"""Expressions by operators: the same graph as the text, the same numbers as numpy, and no misuse passes in silence."""

import numpy as np
import pytest

import peaktrade as pt
from frames import arrays

COLUMNS = arrays()
BARS = pt.Bars(COLUMNS)
CLOSE, OPEN = COLUMNS["close"], COLUMNS["open"]


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (pt.sma(pt.close, 10), "sma(close, 10)"),
        (pt.sma(10), "sma(close, 10)"),
        (pt.sma(window=10), "sma(close, 10)"),
        (pt.close + 1, "close + 1"),
        (1 + pt.close, "1 + close"),
        (2 * pt.close - pt.open / 3, "2 * close - open / 3"),
        (10 - pt.close, "10 - close"),
        (1 / pt.close, "1 / close"),
        (5 % pt.close, "5 % close"),
        (-pt.close % 7, "-close % 7"),
        (pt.close[1], "close[1]"),
        (pt.close.shift(2), "close[2]"),
        ((pt.close > pt.open) & ~(pt.volume < 5), "close > open and not volume < 5"),
        (
            (pt.close >= 1) | (pt.low == pt.high) | (pt.close != 3) | (pt.close <= 9),
            "close >= 1 or low == high or close != 3 or close <= 9",
        ),
        (pt.where(pt.close > pt.open, pt.close, 0), "close if close > open else 0"),
        (pt.crosses_above(pt.close, pt.sma(pt.close, 5)), "crosses_above(close, sma(close, 5))"),
        (pt.macd(pt.close, 12, 26, 9).histogram, "macd(close, 12, 26, 9).histogram"),
        (pt.column("vix") > 20, None),
        (np.float64(2) * pt.close, "2 * close"),
        (np.float32(2) * pt.close, "2 * close"),
        (np.int64(2) + pt.close, "2 + close"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_operators_build_what_the_text_says(built, text):
    assert isinstance(built, pt.Expression)
    if text is not None:
        assert repr(built) == repr(pt.parse_expression(text))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (pt.close + pt.open * 2, CLOSE + OPEN * 2),
        (10 - pt.close / 3, 10 - CLOSE / 3),
        (-pt.close, -CLOSE),
        (pt.close > pt.open, CLOSE > OPEN),
        (~(pt.close > pt.open), ~(CLOSE > OPEN)),
        ((pt.close > pt.open) & (pt.close > 90), (CLOSE > OPEN) & (CLOSE > 90)),
        ((pt.close > pt.open) | (pt.close > 90), (CLOSE > OPEN) | (CLOSE > 90)),
        (pt.where(pt.close > pt.open, 1, -1), np.where(CLOSE > OPEN, 1.0, -1.0)),
        (pt.close[3], np.concatenate([[np.nan] * 3, CLOSE[:-3]])),
    ],
    ids=str,
)
def test_values_are_those_of_numpy(expression, expected):
    np.testing.assert_array_equal(expression.evaluate(BARS), expected)


def test_parameters():
    expression = pt.sma(pt.close, pt.param("fast", 10)) > pt.param("level", 80.5)
    assert expression.parameters == {"fast": 10, "level": 80.5}
    assert expression.columns == ["close"]
    assert expression.kind == "signal"
    different = expression.evaluate(BARS, {"fast": 3})
    np.testing.assert_array_equal(different, (pt.sma(pt.close, 3) > 80.5).evaluate(BARS))


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: pt.close > 1 and pt.open > 1,
        lambda: pt.close > 1 or pt.open > 1,
        lambda: not pt.close > 1,
        lambda: 1 < pt.close < 2,
        lambda: 1 if pt.close > 1 else 2,
        lambda: bool(pt.close == pt.open),
        lambda: pt.close in [pt.open, pt.close],
    ],
)
def test_a_truth_value_is_refused_with_the_remedy(misuse):
    with pytest.raises(TypeError, match="write & for `and`"):
        misuse()


@pytest.mark.parametrize(
    ("misuse", "error", "words"),
    [
        (lambda: pt.close[-1], ValueError, "ahead|0"),
        (lambda: pt.close.shift(-1), ValueError, "ahead|0"),
        (lambda: pt.close[1.5], TypeError, "whole number"),
        (lambda: pt.close[1:3], TypeError, "whole number"),
        (lambda: list(pt.close), TypeError, "iterated"),
        (lambda: {pt.close}, TypeError, "unhashable"),
        (lambda: pt.close + "1", TypeError, "unsupported operand"),
        (lambda: pt.close + CLOSE, TypeError, "peaktrade.close"),
        (lambda: CLOSE + pt.close, TypeError, "peaktrade.close"),
        (lambda: pt.sma(CLOSE, 3), TypeError, "peaktrade.close"),
        (lambda: pt.sma(pt.close, 3, 4), ValueError, "sma"),
        (lambda: pt.sma(pt.close, windw=3), ValueError, "window"),
        (lambda: pt.sma(pt.close, 0), ValueError, "window"),
        (lambda: pt.sma(pt.close > 1, 3), ValueError, "signal"),
        (lambda: (pt.close > 1) + 1, ValueError, "signal"),
        (lambda: pt.close & pt.open, ValueError, "number"),
        (lambda: pt.macd(pt.close).histogramm, AttributeError, "histogram"),
        (lambda: pt.close.upper, AttributeError, "several outputs"),
        (lambda: pt.parse_expression("sma(close, 10"), ValueError, r"\^"),
        (lambda: pt.parse_expression("smaa(close, 10)"), ValueError, "sma"),
        (lambda: (pt.column("vxi") > 1).evaluate(BARS), (ValueError, KeyError), "vxi"),
    ],
)
def test_errors(misuse, error, words):
    with pytest.raises(error, match=words):
        misuse()


def test_every_function_of_the_language_is_here():
    from peaktrade import _native

    for name in _native.function_names():
        function = getattr(pt, name)
        assert callable(function)
        assert function.__doc__.strip(), name


def test_a_strategy_from_operators_texts_and_toml_is_the_same():
    fast, slow = pt.sma(pt.close, pt.param("fast", 5)), pt.sma(pt.close, pt.param("slow", 20))
    built = pt.Strategy(name="a", entry=pt.crosses_above(fast, slow), exit=pt.crosses_below(fast, slow))
    written = pt.Strategy(
        name="b",
        params={"fast": 5, "slow": 20},
        lines={"f": "sma(close, fast)", "s": "sma(close, slow)"},
        entry="crosses_above(f, s)",
        exit="crosses_below(f, s)",
    )
    read = pt.Strategy.from_toml(built.to_toml())
    assert built.fingerprint == written.fingerprint == read.fingerprint
    assert built.parameters == {"fast": 5, "slow": 20}
    results = [
        pt.backtest(BARS, strategy, {"fast": 4}).equity
        for strategy in (
            built,
            written,
            read,
        )
    ]
    assert results[0].equals(results[1])
    assert results[0].equals(results[2])
    assert results[0].equals(pt.backtest(BARS, "sma_cross", {"fast": 4, "slow": 20}).equity)


def test_a_strategy_from_a_file(tmp_path):
    built = pt.Strategy(name="mine", entry=pt.close > pt.open, exit=pt.close < pt.open)
    path = tmp_path / "mine.toml"
    path.write_text(built.to_toml())
    assert pt.find_strategy(path).fingerprint == built.fingerprint
    assert pt.backtest(BARS, path).to_dict()["strategy"] == pt.backtest(BARS, str(path)).to_dict()["strategy"]
    path.write_text("name = 'mine'\n[signals]\nentry = 'cloze > 1'\n")
    with pytest.raises(ValueError, match=r"mine\.toml(.|\n)*close"):
        pt.backtest(BARS, path)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, ValueError, "entry"),
        ({"entry": pt.close}, ValueError, "signal"),
        ({"entry": 5}, TypeError, "entry must be an expression"),
        ({"entry": "clsoe > 1"}, ValueError, "close"),
        ({"entry": pt.close > 1, "params": {"unused": 1}}, ValueError, "unused"),
        ({"entry": pt.close > 1, "params": {"x": "y"}}, TypeError, "parameter 'x' must be a number"),
    ],
    ids=str,
)
def test_strategies_are_checked(arguments, error, words):
    with pytest.raises(error, match=words):
        pt.Strategy(**arguments)
