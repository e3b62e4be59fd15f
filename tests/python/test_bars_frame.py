"""Bars as frames of other libraries: the same values and times, and back again the same bars."""

import pathlib

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import peaktrade as pt

SPY = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data" / "spy_daily.csv"
ROWS = 40
CLOSE = 100 + np.sin(np.arange(ROWS))
COLUMNS = {"open": CLOSE, "high": CLOSE + 1, "low": CLOSE - 1, "close": CLOSE, "volume": np.arange(ROWS, dtype=float)}


def test_a_file_as_every_frame():
    bars = pt.read_bars(SPY)
    raw = pd.read_csv(SPY, comment="#")
    frame = bars.to_pandas()
    assert frame.index.name == "time" and str(frame.index.tz) == "UTC" and list(frame.columns) == bars.columns[1:]
    np.testing.assert_array_equal(frame["close"], raw[next(c for c in raw if c.lower() == "close")])
    assert str(frame.index[0].date()) == str(raw.iloc[0, 0])[:10]
    frame.iloc[0, 0] = 1.0  # its own memory
    assert bars["open"][0] != 1.0
    table = bars.to_arrow()
    assert table.schema.field("time").type == pa.timestamp("ns", "UTC")
    assert table["close"].chunk(0).buffers()[1].address == bars["close"].__array_interface__["data"][0]  # no copy
    polars = bars.to_polars()
    assert polars.columns == bars.columns and polars["time"].dtype == pl.Datetime("ns", "UTC")
    for again in (bars.to_pandas(), table, polars):
        assert pt.Bars(again).fingerprint == bars.fingerprint


def test_other_libraries_read_them_by_themselves():
    bars = pt.read_bars(SPY)
    assert pa.table(bars).equals(bars.to_arrow())
    assert pl.DataFrame(bars).equals(bars.to_polars())
    assert pt.backtest(bars, "sma_cross").metrics == pt.backtest(pl.DataFrame(bars), "sma_cross").metrics


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_the_zone_of_the_data_is_that_of_the_frame(zone):
    frame = pd.DataFrame(COLUMNS, index=pd.date_range("2024-03-01", periods=ROWS, freq="D", tz=zone, name="time"))
    frame.index = frame.index.as_unit("ns")
    pd.testing.assert_frame_equal(pt.Bars(frame).to_pandas(), frame, check_freq=False)
    column = pt.Bars(frame).to_arrow().schema.field("time").type
    assert column == pa.timestamp("ns", zone)


def test_arrays_without_a_zone_stay_without():
    times = np.datetime64("2024-01-01", "ns") + np.arange(ROWS) * np.timedelta64(1, "h")
    bars = pt.Bars({"time": times, **COLUMNS})
    assert bars.to_pandas().index.tz is None
    assert bars.to_polars()["time"].dtype == pl.Datetime("ns", None)
    assert pt.Bars(bars).symbol == bars.symbol


def test_a_notebook_shows_the_first_and_last_rows():
    times = np.datetime64("2024-01-01", "ns") + np.arange(ROWS) * np.timedelta64(1, "D")
    html = pt.Bars({"time": times, **COLUMNS}, symbol="<b>")._repr_html_()
    assert html.count("<tr>") == 1 + 5 + 1 + 5 and "2024-01-01" in html and "2024-02-09" in html
    assert "&lt;b&gt;" in html and "<b><b>" not in html
    assert pt.Bars({"time": times[:3], "close": CLOSE[:3]})._repr_html_().count("<tr>") == 4
