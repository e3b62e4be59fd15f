"""Many columns of signals at once: every form of the arrays, and every column equal to its own run."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import peaktrade as pt

BARS, COLUMNS = 700, 5
RANDOM = np.random.default_rng(3)
ENTRIES = RANDOM.random((BARS, COLUMNS)) < [0.5, 0.02, 0.9, 0.0, 0.1]
EXITS = RANDOM.random((BARS, COLUMNS)) < [0.5, 0.02, 0.1, 0.5, 0.3]
CLOSE = 100 * np.exp(np.cumsum(RANDOM.normal(0, 0.01, BARS)))
OPEN = np.concatenate(([100.0], CLOSE[:-1]))
FRAME = pd.DataFrame(
    {"open": OPEN, "high": np.maximum(OPEN, CLOSE), "low": np.minimum(OPEN, CLOSE), "close": CLOSE},
    index=pd.date_range("2020-01-01", periods=BARS, freq="D", tz="UTC", name="time"),
)
NAMES = list("abcde")
METRICS = ["total_return", "sharpe", "max_drawdown", "trades", "win_rate", "fees"]


def expect_single_runs(result, entries=ENTRIES, exits=EXITS, **options):
    for place, name in enumerate(result.columns):
        single = pt.backtest(FRAME, pt.Signals(entries[:, place], exits[:, place]), **options)
        for metric in result.metrics:
            value = single.metrics[metric]
            there = result[metric][place]
            assert (value is None and np.isnan(there)) or value == there, (name, metric)


FORMS = {
    "rows in one piece": lambda array: np.ascontiguousarray(array),
    "columns in one piece": lambda array: np.asfortranarray(array),
    "every second value": lambda array: np.repeat(np.repeat(array, 2, axis=0), 2, axis=1)[::2, ::2],
    "backwards in memory": lambda array: np.ascontiguousarray(array[::-1, ::-1])[::-1, ::-1],
    "bytes that are neither 0 nor 1": lambda array: (array.astype(np.uint8) * 6).view(bool),
    "whole numbers": lambda array: array.astype(np.int64),
    "objects with gaps": lambda array: np.where(array, True, None),
    "pandas": lambda array: pd.DataFrame(array, index=FRAME.index, columns=NAMES),
    "polars": lambda array: pl.DataFrame(array, schema=NAMES),
    "mapping": lambda array: {name: array[:, place].tolist() for place, name in enumerate(NAMES)},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_single_runs(form):
    result = pt.backtest_columns(
        FRAME, FORMS[form](ENTRIES), FORMS[form](EXITS), metrics=METRICS, commission=0.001, fill="same_close"
    )
    assert result.columns == (NAMES if form in ("pandas", "polars", "mapping") else list(range(COLUMNS)))
    expect_single_runs(result, commission=0.001, fill="same_close")


@pytest.mark.parametrize("count", [1, 7, 8, 9, 20])
def test_any_number_of_columns(count):
    entries, exits = np.resize(ENTRIES, (BARS, count)), np.resize(EXITS, (BARS, count))
    expect_single_runs(pt.backtest_columns(FRAME, entries, exits, threads=1), entries, exits)


def test_shorts_and_stops_are_runs_of_their_own():
    result = pt.backtest_columns(FRAME, ENTRIES, EXITS, EXITS & ~ENTRIES, stop_loss=0.02)
    assert "run of its own" in result.plan
    for place in range(COLUMNS):
        signals = pt.Signals(ENTRIES[:, place], EXITS[:, place], (EXITS & ~ENTRIES)[:, place])
        assert result["sharpe"][place] == pytest.approx(
            pt.backtest(FRAME, signals, stop_loss=0.02).metrics["sharpe"] or np.nan, abs=0, nan_ok=True
        )


def test_the_result_as_frames_and_one_column_as_a_run():
    result = pt.backtest_columns(FRAME, pd.DataFrame(ENTRIES, index=FRAME.index, columns=NAMES), EXITS)
    frame = result.to_pandas()
    assert list(frame.index) == NAMES and list(frame) == ["total_return", "sharpe", "max_drawdown", "trades"]
    assert result.to_polars()["column"].to_list() == NAMES
    assert result.to_arrow().column_names == ["column", *result.metrics]
    run = result.run("c")
    assert run.metrics["total_return"] == frame.loc["c", "total_return"]
    assert len(run.trades) == frame.loc["c", "trades"]
    assert len(result) == 5 and "5 columns" in repr(result)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "text"),
    [
        ((ENTRIES, EXITS[:, :3]), {}, ValueError, r"exits has shape \(700, 3\)"),
        ((ENTRIES[:-1], EXITS[:-1]), {}, ValueError, "column 0 has signals for 699 bars, but the data have 700"),
        ((np.zeros((BARS, 0), bool),), {}, ValueError, "two dimensions"),
        ((np.zeros((BARS, 2, 2), bool),), {}, ValueError, "two dimensions"),
        ((None,), {}, TypeError, "needs entries"),
        ((ENTRIES, EXITS), {"comission": 1}, TypeError, "'commission'"),
        ((ENTRIES, EXITS), {"metrics": ["sharp"]}, ValueError, "sharpe"),
        ((ENTRIES, EXITS), {"commission": 2}, ValueError, "commission"),
        (({"a": ENTRIES[:, 0]}, {"b": EXITS[:, 0]}), {}, ValueError, "other columns"),
        ((pd.DataFrame(ENTRIES, index=FRAME.index[::-1]),), {}, ValueError, "another index"),
    ],
)
def test_bad_input(arguments, options, error, text):
    with pytest.raises(error, match=text):
        pt.backtest_columns(FRAME, *arguments, **options)


def test_an_unknown_column_or_metric_is_named():
    result = pt.backtest_columns(FRAME, ENTRIES, EXITS)
    with pytest.raises(KeyError, match="'sharpe'"):
        result["sharp"]
    with pytest.raises(KeyError, match="no column 9"):
        result.run(9)
