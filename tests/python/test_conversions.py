"""Datasets of many files, bars of ticks, adjusted and converted prices, on real data."""

import os
import pathlib
import subprocess

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import peaktrade as pt


def test_files_of_days_are_one_symbol(shared_data):
    data = pt.read_dataset(shared_data / "crypto" / "lean_btcusd_1m")
    assert list(data) == ["lean_btcusd_1m"]
    assert len(data["lean_btcusd_1m"]) == 5 * 1440 + 1007
    months = pt.read_dataset(str(shared_data / "fx" / "eurusd_1m_2017*.csv.gz"))
    assert {name: len(bars) for name, bars in months.items()} == {"eurusd_1m": 31500 + 28779 + 32660 + 29161}


def test_long_and_wide_files_are_taken_apart(shared_data):
    four = pt.read_dataset(shared_data / "corporate_actions" / "wiki_4tickers_2014.zip")
    assert {name: len(bars) for name, bars in four.items()} == {"AAPL": 252, "BRK_A": 252, "MSFT": 252, "ZEN": 160}
    wide = pt.read_dataset(shared_data / "panel" / "stocks20_1989_2018_nan.csv.gz")
    frame = pd.read_csv(shared_data / "panel" / "stocks20_1989_2018_nan.csv.gz", index_col=0, parse_dates=True)
    assert list(wide) == frame.columns.tolist()
    for name, bars in wide.items():
        expected = frame[name].dropna()
        assert bars["close"].tolist() == expected.tolist()
        assert (bars["time"] == expected.index.to_numpy().astype("datetime64[ns]")).all()
    rates = pt.read_dataset(shared_data / "fx" / "exchange_rates_monthly.csv.gz")
    assert sum(len(bars) for bars in rates.values()) == 17237


def test_folders_that_name_the_symbol(tmp_path):
    frame = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=6), "close": np.arange(1.0, 7)})
    for symbol in ("SPY", "QQQ"):
        for part in (0, 1):
            folder = tmp_path / f"symbol={symbol}" / f"part={part}"
            folder.mkdir(parents=True)
            frame.iloc[part * 3 : part * 3 + 3].to_csv(folder / "data.csv", index=False)
    (tmp_path / "notes.md").write_text("no data")
    data = pt.read_dataset(tmp_path)
    assert {name: bars["close"].tolist() for name, bars in data.items()} == {
        "QQQ": [1, 2, 3, 4, 5, 6],
        "SPY": [1, 2, 3, 4, 5, 6],
    }
    frame.iloc[2:4].to_csv(tmp_path / "symbol=SPY" / "part=1" / "more.csv", index=False)
    with pytest.raises(pt.DataError, match=r"'SPY', put together of 3 files.*repeated times"):
        pt.read_dataset(tmp_path)
    assert len(pt.read_dataset(tmp_path, sort=True, drop_duplicates=True)["SPY"]) == 6


def test_missing_datasets_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file is named like"):
        pt.read_dataset(str(tmp_path / "*.csv"))
    with pytest.raises(ValueError, match="has no files of data"):
        pt.read_dataset(tmp_path)
    with pytest.raises(ValueError, match="at least one"):
        pt.read_dataset([])


@pytest.mark.parametrize("name", ["xrpeth_trades_2019_10.parquet", "xrp_trades_old_ccxt.json.gz"])
def test_minutes_of_trades_are_the_exchanges_candles(shared_data, name):
    ours = pt.bars_from_ticks(shared_data / "ticks" / name, "1m")
    theirs = pd.read_feather(shared_data / "crypto" / "xrpeth_1m_2019_10.feather").set_index("date")
    assert (ours.index == theirs.index.tz_localize(None)).all()
    for column in ("open", "high", "low", "close", "volume"):
        assert (ours[column].to_numpy() == theirs[column].to_numpy()).all(), column


def test_bars_by_count_volume_and_dollar(shared_data):
    trades = pd.read_parquet(shared_data / "ticks" / "xrpeth_trades_2019_10.parquet")
    trades["time"] = pd.to_datetime(trades["timestamp"], unit="ms")
    trades = trades[["time", "price", "amount"]]
    hundreds = pt.bars_from_ticks(trades, "tick:100")
    groups = trades.groupby(np.arange(len(trades)) // 100)["price"]
    full = len(trades) // 100
    assert hundreds["close"].tolist() == groups.last().tolist()[:full]
    assert hundreds["high"].tolist() == groups.max().tolist()[:full]
    for rule, weights in [("volume:5000", trades["amount"]), ("dollar:10", trades["price"] * trades["amount"])]:
        closes, total = [], 0.0
        for price, weight in zip(trades["price"], weights, strict=True):
            total += weight
            if total >= float(rule.partition(":")[2]):
                closes.append(price)
                total = 0.0
        assert pt.bars_from_ticks(pl.DataFrame(trades), rule)["close"].to_list() == closes


def test_quotes_and_trades_without_names(shared_data):
    quotes = pt.bars_from_ticks(shared_data / "ticks" / "usdjpy_truefx_2013_01.csv", "1m")
    frame = pd.read_csv(shared_data / "ticks" / "usdjpy_truefx_2013_01.csv")
    middle = (frame["bid"] + frame["ask"]) / 2
    assert quotes["close"].iloc[-1] == middle.iloc[-1] and "volume" not in quotes
    trades = pt.bars_from_ticks(shared_data / "ticks" / "bitstamp_btcusd_trades_2011_2012.csv.gz", "1d")
    assert trades["ticks"].sum() == 9999


@pytest.mark.parametrize("name", ["wiki_orcl_2000.csv", "wiki_aapl_2012.csv"])
def test_adjusted_prices_are_those_of_the_wiki_set(shared_data, name):
    bars = pt.read_bars(shared_data / "corporate_actions" / name)
    made = pt.adjust(bars)
    # The set goes on to later days: its last bar has a factor of its own.
    factor = bars["adj. close"][-1] / bars["close"][-1]
    for column in ("open", "high", "low", "close"):
        np.testing.assert_allclose(made[column] * factor, bars["adj. " + column], rtol=1e-12)


def test_points_and_currencies(shared_data):
    points = pt.read_bars(shared_data / "fx" / "usdjpy_1h_mt5_points.csv.gz")
    yen = pt.scale(points, 0.001)
    assert yen["open"][0] == 81.121
    days = pd.date_range("2013-01-01", periods=3)
    frame = pd.DataFrame({"close": [100.0, 200.0, 300.0]}, index=days)
    rates = pd.DataFrame({"close": [2.0, 4.0]}, index=days[[1, 2]] - pd.Timedelta("1h"))
    made = pt.convert_currency(frame, rates)
    assert made["close"].isna().tolist() == [True, False, False] and made["close"].tolist()[1:] == [400, 1200]


def test_symbols_on_one_time_line():
    days = pd.date_range("2024-01-01", periods=5)
    frames = {
        "A": pd.DataFrame({"close": [1.0, 2, 4], "volume": 5.0}, index=days[[0, 1, 3]]),
        "B": pd.DataFrame({"close": [20.0, 30, 50], "volume": 5.0}, index=days[[1, 2, 4]]),
    }
    outer = pt.align(frames)
    expected = pd.concat({name: frame["close"] for name, frame in frames.items()}, axis=1, sort=True)
    for name, frame in outer.items():
        pd.testing.assert_series_equal(frame["close"], expected[name], check_names=False, check_freq=False)
        forward = pt.align(frames, "forward")[name]
        pd.testing.assert_series_equal(forward["close"], expected[name].ffill(), check_names=False, check_freq=False)
    assert pt.align(frames, "inner")["B"]["close"].tolist() == [20]
    with pytest.raises(ValueError, match="did you mean 'outer'"):
        pt.align(frames, "outter")


def test_zstd(tmp_path):
    text = "date,close\n" + "".join(
        f"{day:%Y-%m-%d},{i}\n" for i, day in enumerate(pd.bdate_range("2020", periods=5000), 1)
    )
    codec = pa.Codec("zstd")
    packed = codec.compress(text.encode(), asbytes=True)
    path = tmp_path / "prices.csv.zst"
    path.write_bytes(packed)
    assert pt.read_bars(path)["close"].tolist() == list(range(1, 5001))
    half = len(text) // 2
    path.write_bytes(b"".join(codec.compress(part.encode(), asbytes=True) for part in (text[:half], text[half:])))
    assert len(pt.read_bars(path)) == 5000  # two frames, one text
    for size in (5, 20, len(packed) // 2, len(packed) - 1):
        path.write_bytes(packed[:size])
        with pytest.raises(pt.DataError, match=r"the zstd file is (cut|damaged)"):
            pt.read_bars(path)


def peak(*words, cwd):
    command = os.environ.get("PEAK_COMMAND") or pathlib.Path(__file__).parents[2] / "build" / "release" / "bin" / "peak"
    return subprocess.run([command, "data", "convert", *words], cwd=cwd, capture_output=True, text=True, timeout=600)


def test_the_command(shared_data, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    wide = str(shared_data / "panel" / "factors_etf_2014_2022.csv.gz")
    done = peak(wide, "--out", "out", "--as", "parquet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(out)) == ["MTUM.parquet", "QUAL.parquet", "SIZE.parquet", "USMV.parquet", "VLUE.parquet"]
    assert len(pt.read_bars(out / "SIZE.parquet")) == 2264
    trades = str(shared_data / "ticks" / "xrpeth_trades_2019_10.parquet")
    assert peak(trades, "--bars", "1m", "--out", "m.csv", cwd=tmp_path).returncode == 0
    assert len(pt.read_bars(tmp_path / "m.csv")) == 2469
    for words, message in [
        ([wide, "--out", "one.csv"], "there are 5 symbols"),
        ([wide, "--out", "one.xlsx"], ".csv"),
        ([trades, "--bars", "ticks:5", "--out", "x.csv"], "did you mean 'tick'"),
        ([wide, "--price-scale", "0", "--out", "out"], "above 0"),
    ]:
        done = peak(*words, cwd=tmp_path)
        assert done.returncode == 2 and message in done.stderr, done.stderr
    assert not (tmp_path / "one.csv").exists() and not (tmp_path / "x.csv").exists()
