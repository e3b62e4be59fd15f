"""Signals given as arrays: every form, missing values, lengths and indexes."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import peaktrade as pt
from frames import arrays, pandas_indexed

FRAME = pandas_indexed()
GENERATOR = np.random.default_rng(3)
ENTRIES = GENERATOR.random(300) < 0.1
EXITS = GENERATOR.random(300) < 0.1
EXPECTED = pt.backtest(arrays(), pt.Signals(ENTRIES, EXITS)).trades["pnl"].tolist()

FORMS = {
    "bool": ENTRIES,
    "list": ENTRIES.tolist(),
    "tuple": tuple(ENTRIES.tolist()),
    "int8": ENTRIES.astype(np.int8),
    "float": ENTRIES.astype(float),
    "float with NaN": np.where(ENTRIES, 1.0, np.nan),
    "with None": [True if value else None for value in ENTRIES],
    "strided": np.repeat(ENTRIES, 2)[::2],
    "reversed view": ENTRIES[::-1].copy()[::-1],
    "pandas": pd.Series(ENTRIES, index=FRAME.index),
    "pandas nullable": pd.Series(pd.array(np.where(ENTRIES, True, None), dtype="boolean"), index=FRAME.index),
    "pandas object": pd.Series([bool(value) for value in ENTRIES], index=FRAME.index, dtype=object),
    "polars": pl.Series(ENTRIES),
    "polars with nulls": pl.Series([True if value else None for value in ENTRIES]),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(form):
    assert len(EXPECTED) > 10
    assert pt.backtest(arrays(), pt.Signals(FORMS[form], EXITS)).trades["pnl"].tolist() == EXPECTED
    assert pt.backtest(FRAME, pt.Signals(FORMS[form], EXITS)).trades["pnl"].tolist() == EXPECTED


def test_short_sides():
    result = pt.backtest(arrays(), pt.Signals(ENTRIES, short_entries=EXITS))
    assert set(result.trades["side"]) == {"long", "short"}
    result = pt.backtest(arrays(), pt.Signals(np.zeros(300, bool), short_entries=ENTRIES, short_exits=EXITS))
    assert set(result.trades["side"]) == {"short"}


def test_words_about_signals():
    signals = pt.Signals(ENTRIES, EXITS, name="mine")
    assert len(signals) == 300
    assert f"{ENTRIES.sum()} entries" in repr(signals)
    assert pt.backtest(arrays(), signals).to_dict()["strategy"]
    assert "mine" in repr(pt.backtest(arrays(), signals))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((ENTRIES, EXITS[:-1]), ValueError, "exits has 299 values"),
        ((np.zeros((3, 3), bool),), ValueError, "one dimension"),
        ((["a", "b"],), (TypeError, ValueError), "entries"),
        ((np.array([0.0, 0.5]),), ValueError, "other numbers"),
        ((5,), (TypeError, ValueError), "entries"),
    ],
    ids=["length", "matrix", "text", "numbers", "scalar"],
)
def test_what_cannot_be_signals(arguments, error, words):
    with pytest.raises(error, match=words):
        pt.Signals(*arguments)


def test_lengths_must_fit_the_data():
    with pytest.raises(ValueError, match="299"):
        pt.backtest(arrays(), pt.Signals(ENTRIES[:-1], EXITS[:-1]))


def test_another_index_is_a_mistake():
    shifted = pd.Series(ENTRIES, index=FRAME.index + pd.Timedelta("1h"))
    with pytest.raises(ValueError, match="reindex"):
        pt.backtest(FRAME, pt.Signals(shifted))
    equal = pd.Series(ENTRIES, index=FRAME.index.copy())
    pt.backtest(FRAME, pt.Signals(equal))


def test_parameters_do_not_go_with_signals():
    with pytest.raises(ValueError, match="param"):
        pt.backtest(arrays(), pt.Signals(ENTRIES), {"fast": 1})


def test_shifted_arrays_are_warned_of():
    """Entries that follow each crossing by one bar are what vectorbt users write (rule 1)."""
    bars = pt.Bars(arrays())
    entry = (pt.crosses_above(pt.close, pt.sma(pt.close, 5))).evaluate(bars)
    exit_ = (pt.crosses_below(pt.close, pt.sma(pt.close, 5))).evaluate(bars)
    plain = pt.backtest(bars, pt.Signals(entry, exit_))
    assert not any("shift" in text for text in plain.warnings)
