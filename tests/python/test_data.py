"""Data in: every form gives the same bars to the bit, and float64 columns are not copied."""

import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import peaktrade as pt
from frames import NAMES, arrays, pandas_indexed, variants

FINGERPRINT = pt.Bars(arrays()).fingerprint


def address(array):
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("form", variants(count=10))
def test_every_form_gives_the_same_bars(form):
    bars = pt.Bars(variants()[form])
    assert len(bars) == 300
    assert bars.fingerprint == FINGERPRINT


@pytest.mark.parametrize("form", ["dict of arrays", "pandas with an index", "polars", "Arrow table"])
def test_every_form_gives_the_same_run(form):
    expected = pt.backtest(arrays(), "sma_cross", {"fast": 5, "slow": 20}, commission=0.001).to_dict()
    result = pt.backtest(variants()[form], "sma_cross", {"fast": 5, "slow": 20}, commission=0.001).to_dict()
    assert result == expected


def test_arrays_are_not_copied():
    columns = arrays()
    bars = pt.Bars(columns)
    for name in ("time", *NAMES):
        assert address(bars[name]) == address(columns[name]), name


def test_pandas_is_not_copied():
    frame = pandas_indexed()
    bars = pt.Bars(frame)
    for name in NAMES:
        assert address(bars[name]) == address(frame[name].to_numpy()), name


def test_polars_is_not_copied():
    frame = pl.DataFrame(arrays())
    bars = pt.Bars(frame)
    for name in NAMES:
        assert address(bars[name]) == address(frame[name].to_numpy()), name


def test_arrow_is_not_copied():
    table = pa.table(arrays())
    bars = pt.Bars(table)
    for name in NAMES:
        assert address(bars[name]) == table[name].chunk(0).buffers()[1].address, name


def test_memory_lives_as_long_as_the_bars():
    bars = pt.Bars(pl.DataFrame(arrays()))
    close = bars["close"]
    del bars
    assert close.tolist() == arrays()["close"].tolist()
    assert not close.flags.writeable


def test_zone_is_kept_for_output():
    frame = pandas_indexed("America/New_York")
    bars = pt.Bars(frame)
    assert bars.time_zone == "America/New_York"
    result = pt.backtest(frame, "sma_cross", {"fast": 5, "slow": 20})
    assert result.equity.index is frame.index
    assert str(result.trades["entry_time"].dt.tz) == "America/New_York"
    assert result.trades["entry_time"].iloc[0] == frame.index[result.trades["entry_bar"].iloc[0]]


def test_index_without_zone_stays_without():
    result = pt.backtest(pandas_indexed(), "sma_cross", {"fast": 5, "slow": 20})
    assert result.equity.index.tz is None
    assert result.trades["entry_time"].dt.tz is None


def test_polars_in_polars_out():
    frame = pl.DataFrame(arrays()).with_columns(pl.col("time").dt.replace_time_zone("UTC"))
    result = pt.backtest(frame, "sma_cross", {"fast": 5, "slow": 20})
    assert isinstance(result.equity, pl.Series)
    assert isinstance(result.trades, pl.DataFrame)
    assert result.trades["entry_time"].dtype == pl.Datetime("ns", "UTC")
    same = pt.backtest(arrays(), "sma_cross", {"fast": 5, "slow": 20})
    assert result.trades["pnl"].to_list() == same.trades["pnl"].to_list()
    assert result.trades["exit_bar"].to_list() == [None if pd.isna(bar) else bar for bar in same.trades["exit_bar"]]


def test_further_columns_are_usable_by_name():
    columns = {**arrays(), "Fear": np.linspace(0, 1, 300)}
    bars = pt.Bars(columns)
    assert "fear" in bars.columns
    strategy = pt.Strategy(entry=pt.column("fear") > 0.5, exit=pt.column("fear") > 0.9)
    assert pt.backtest(bars, strategy).trades["entry_bar"].tolist() == [151]


def test_prices_alone_are_bars():
    columns = arrays()
    series = pd.Series(columns["close"], index=pd.DatetimeIndex(columns["time"]))
    bars = pt.Bars(series)
    assert bars["open"].tolist() == bars["high"].tolist() == columns["close"].tolist()


def test_one_symbol_in_a_mapping():
    bars = pt.Bars({"SPY": pandas_indexed()})
    assert bars.symbol == "SPY"
    assert set(pt.backtest(bars, "sma_cross", {"fast": 5, "slow": 20}).trades["symbol"]) == {"SPY"}
    with pytest.raises(NotImplementedError, match="several symbols"):
        pt.Bars({"SPY": pandas_indexed(), "QQQ": pandas_indexed()})


def test_arrow_types():
    """Each Arrow type against what pyarrow itself says its values are."""
    rows = 4
    cases = {
        "float32": pa.array([1.5, 2.25, None, -3], pa.float32()),
        "float16": pa.array(np.array([1.5, 6e-8, -65504, np.inf], np.float16)),
        "int8": pa.array([1, -2, 3, None], pa.int8()),
        "uint16": pa.array([1, 65535, 0, 7], pa.uint16()),
        "uint64": pa.array([1, 2**63 + 4096, 0, 7], pa.uint64()),
        "decimal": pa.array(
            [decimal.Decimal(t) for t in ("1.10", "-0.30", "123456789012345678901234.567", "7")], pa.decimal128(38, 3)
        ),
        "decimal256": pa.array([decimal.Decimal(t) for t in ("1.10", "-0.30", "9" * 60, "-7")], pa.decimal256(70, 2)),
        "bool": pa.array([True, False, True, True]),
        "bool with nulls": pa.array([True, None, False, True]),
        "nulls": pa.nulls(rows),
    }
    time = pa.array([0, 3600, 7200, 10800], pa.timestamp("s"))
    for name, values in cases.items():
        bars = pt.Bars(pa.table({"date": time, "close": [1.0, 2.0, 3.0, 4.0], "x": values}))
        expected = [float("nan") if value is None else float(value) for value in values.to_pylist()]
        np.testing.assert_array_equal(bars["x"], expected, err_msg=name)


def test_arrow_text_and_nested_columns_do_no_harm():
    columns = arrays(count=3)
    table = pa.table(
        {
            **columns,
            "note": ["a", None, "b"],
            "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
            "deep": [[1], [2], []],
        }
    )
    bars = pt.Bars(table)
    assert bars.columns == ["time", *NAMES]
    assert any("deep" in note for note in bars.notes)


NO_BARS = {
    "number": (42, TypeError, "data must be"),
    "list": ([1, 2, 3], TypeError, "data must be"),
    "array": (np.zeros(4), TypeError, "data must be"),
    "nothing": ({}, pt.DataError, "time"),
    "no times": ({"close": [1.0, 2.0]}, pt.DataError, "column of times"),
    "no close": ({"time": arrays()["time"]}, pt.DataError, "close"),
    "lengths": ({**arrays(), "close": arrays()["close"][:-1]}, ValueError, "differ in length"),
    "text": ({**arrays(), "close": ["a"] * 300}, TypeError, "close"),
    "matrix": ({**arrays(), "close": np.zeros((300, 2))}, ValueError, "one dimension"),
    "seconds": ({**arrays(), "time": np.arange(300)}, ValueError, "nanoseconds since 1970"),
    "names": ({1: [1.0]}, TypeError, "column names"),
    "no file": ("nowhere.csv", FileNotFoundError, "nowhere.csv"),
    "two levels": (pd.DataFrame({("a", "close"): [1.0]}), TypeError, "one level"),
    "far future": (
        {**arrays(count=2), "time": np.array(["3000-01-01", "3000-01-02"], "datetime64[s]")},
        ValueError,
        "2262",
    ),
}


@pytest.mark.parametrize("case", NO_BARS)
def test_what_cannot_be_bars(case):
    data, error, words = NO_BARS[case]
    with pytest.raises(error, match=words):
        pt.Bars(data)


def with_value(name, row, value):
    columns = arrays()
    columns[name] = columns[name].copy()
    columns[name][row] = value
    return columns


@pytest.mark.parametrize(
    ("columns", "repair"),
    [
        (with_value("close", 5, np.nan), "drop_missing_rows"),
        (with_value("close", 5, np.inf), "drop_bad_rows"),
        (with_value("low", 5, 0.0), "drop_bad_rows"),
        (with_value("open", 5, -1.0), "drop_bad_rows"),
        (with_value("time", 5, arrays()["time"][4]), "drop_duplicates"),
        (with_value("time", 5, arrays()["time"][50] + 1), "sort"),
    ],
    ids=["missing", "infinite", "zero", "negative", "repeated", "unsorted"],
)
def test_bad_rows_are_refused_or_repaired(columns, repair):
    with pytest.raises(pt.DataError, match=f"row [56].*{repair}"):
        pt.Bars(columns)
    bars = pt.Bars(columns, **{repair: True})
    assert len(bars) == (300 if repair == "sort" else 299)
    assert bars.notes


def test_newest_first_is_turned_round():
    columns = {name: values[::-1] for name, values in arrays().items()}
    bars = pt.Bars(columns)
    assert bars.fingerprint == FINGERPRINT
    assert bars.notes
    frame = pandas_indexed()[::-1]
    result = pt.backtest(frame, "sma_cross", {"fast": 5, "slow": 20})
    assert result.equity.index.is_monotonic_increasing


def test_empty_data_say_so():
    empty = {name: values[:0] for name, values in arrays().items()}
    try:
        result = pt.backtest(empty, "sma_cross")
    except pt.DataError as error:
        assert "no bars" in str(error) or "empty" in str(error) or "rows" in str(error)
    else:
        assert result.metrics["sharpe"] is None
        assert len(result.trades) == 0
