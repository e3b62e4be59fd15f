"""peaktrade.resample against pandas' resample, and at("4h", ...) against values computed with pandas."""

import os
import pathlib
import subprocess

import numpy as np
import pandas as pd
import polars as pl
import pytest

import peaktrade as pt

HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum", "yield": "last"}


def frame(rows=500, freq="1h", start="2024-02-27 05:00", tz=None, seed=1, holes=True):
    random = np.random.default_rng(seed)
    close = 100 + np.cumsum(random.integers(-5, 6, rows) / 8)
    made = pd.DataFrame(
        {
            "open": close + random.integers(-3, 4, rows) / 8,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": random.integers(0, 1000, rows) / 16,
            "yield": random.normal(size=rows),
        },
        index=pd.date_range(start, periods=rows, freq=freq, tz=tz, name="time"),
    )
    if holes:
        made = made[random.random(rows) > 0.25]
        made.iloc[3, 3] = np.nan
    return made


def by_pandas(data, rule, empty=False, **options):
    made = data.resample(rule, **options).agg(HOW)
    return made if empty else made[data.resample(rule, **options)["volume"].count() > 0]


def assert_same(ours, theirs):
    pd.testing.assert_frame_equal(ours, theirs, check_freq=False, check_index_type=True)


@pytest.mark.parametrize("rule", ["2h", "4h", "7h", "12h", "1D", "3D", "90min"])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("label", ["left", "right"])
def test_is_what_pandas_gives(rule, side, label):
    data = frame()
    ours = pt.resample(data, rule, closed=side, label=label, allow_missing=True)
    assert_same(ours, by_pandas(data, rule, closed=side, label=label))


@pytest.mark.parametrize("options", [
    {"origin": "epoch"}, {"origin": "start"}, {"offset": "1h30min"}, {"origin": "2024-02-20 03:00"},
    {"origin": "start", "offset": "-20min"},
])  # fmt: skip
def test_origin_and_offset_mean_what_they_mean_in_pandas(options):
    data = frame()
    theirs = dict(options)
    if "2024" in theirs.get("origin", ""):
        theirs["origin"] = pd.Timestamp(theirs["origin"])
    assert_same(pt.resample(data, "5h", allow_missing=True, **options), by_pandas(data, "5h", **theirs))


def test_weeks_months_and_empty_periods():
    data = frame(rows=200, freq="1D")
    weeks = by_pandas(data, "W-MON", closed="left", label="left")
    assert_same(pt.resample(data, "1w", allow_missing=True), weeks)
    assert_same(pt.resample(data, "1mo", allow_missing=True), by_pandas(data, "MS"))
    assert_same(pt.resample(data, "3M", allow_missing=True), by_pandas(data, "QS"))
    hours = frame(rows=60)
    assert_same(pt.resample(hours, "1h", keep_empty=True, allow_missing=True), by_pandas(hours, "1h", empty=True))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize("rule", ["1D", "6h", "30min"])
def test_days_of_a_zone_begin_at_its_midnight(zone, rule):
    data = frame(rows=400, start="2024-03-01 00:00", tz=zone)  # over New York's change of clocks on the 10th
    assert_same(pt.resample(data, rule, allow_missing=True), by_pandas(data, rule))


def test_every_form_comes_back_as_it_was(tmp_path):
    data = frame(holes=False).drop(columns="yield")
    expected = by_pandas(data.assign(**{"yield": 0.0}), "4h").drop(columns="yield")
    assert_same(pt.resample(data, "4h"), expected)
    polar = pt.resample(pl.DataFrame(data.reset_index()), "4h")
    assert isinstance(polar, pl.DataFrame)
    assert polar["close"].to_list() == expected["close"].to_list()
    assert (
        pt.resample({name: data[name].to_numpy() for name in data} | {"time": data.index.to_numpy()}, "4h")[
            "volume"
        ].tolist()
        == expected["volume"].to_list()
    )
    bars = pt.resample(pt.Bars(data), "4h")
    assert isinstance(bars, pt.Bars) and bars["high"].tolist() == expected["high"].to_list()
    data.to_csv(tmp_path / "hours.csv")
    assert pt.resample(tmp_path / "hours.csv", "4h")["low"].to_list() == expected["low"].to_list()


def test_sessions_begin_at_their_opens():
    minutes = frame(rows=3 * 24 * 60, freq="1min", start="2024-03-07", holes=False)  # Thursday to Saturday
    hours = pt.resample(minutes, "1h", sessions="nyse")
    assert hours.index.strftime("%d %H:%M").tolist()[:8] == [
        "07 14:30", "07 15:30", "07 16:30", "07 17:30", "07 18:30", "07 19:30", "07 20:30", "08 14:30",
    ]  # fmt: skip
    days = pt.resample(minutes, "1d", sessions=pt.calendar("nyse"))
    assert days.index.strftime("%Y-%m-%d").tolist() == ["2024-03-07", "2024-03-08"]
    assert days["open"].iloc[0] == minutes.loc["2024-03-07 14:30", "open"]
    assert days["close"].iloc[0] == minutes.loc["2024-03-07 20:59", "close"]


def test_wrong_arguments_are_told():
    data = frame(holes=False)
    for arguments, message in [
        ({"timeframe": "4q"}, "such as 30s, 15m, 4h"),
        ({"timeframe": "4h", "closed": "middle"}, "closed must be 'left' or 'right'"),
        ({"timeframe": "4h", "origin": "begin"}, "did you mean|known"),
        ({"timeframe": "4h", "sessions": "nyse", "keep_empty": True}, "do not go with sessions"),
    ]:
        with pytest.raises(ValueError, match=message):
            pt.resample(data, **arguments)


# --- at() ------------------------------------------------------------------------------------------------------------


def expected_at(data, rule, values):
    """Values of higher bars on the bars that see them: complete once the bar's end reaches the period's end."""
    step = pd.Series(data.index).diff().cummin()
    ends = data.index + step.fillna(pd.Timedelta(0)).to_numpy()
    period_ends = values.index + pd.Timedelta(rule)
    last = np.searchsorted(period_ends, ends, side="right") - 1
    # A period whose last bar is missing is seen with the first bar beyond it.
    beyond = np.searchsorted(period_ends, data.index, side="right") - 1
    place = np.maximum(last, beyond)
    return np.where(place >= 0, values.to_numpy()[np.maximum(place, 0)], np.nan)


@pytest.mark.parametrize("rule", ["3h", "4h", "1D"])
def test_at_is_the_value_of_the_last_complete_period(rule):
    data = frame(seed=3).dropna()
    data = pd.concat([frame(rows=3, start="2024-02-27 02:00", holes=False), data])  # so that the step is known at once
    closes = data["close"].resample(rule).last().dropna()
    means = closes.rolling(5).mean()
    strategy = pt.Strategy(entry=pt.at(rule, pt.close) > 0)
    assert pt.backtest(data, strategy).metrics["trades"] == 1
    values = pt.at(rule, pt.sma(pt.close, 5)).evaluate(data)
    np.testing.assert_allclose(values, expected_at(data, rule, means), rtol=1e-12)


def test_at_looks_not_ahead():
    data = frame(rows=300, holes=False).drop(columns="yield")
    strategy = pt.Strategy(entry=pt.close > pt.at("4h", pt.sma(pt.close, 3)), exit=pt.close < pt.at("1d", pt.low))
    assert pt.lookahead(data, strategy)["clean"]
    direct = pt.backtest(data, strategy)
    grid = pt.sweep(data, pt.Strategy(entry=pt.close > pt.at("4h", pt.sma(pt.close, pt.param("n", 3))),
                                      exit=pt.close < pt.at("1d", pt.low)), {"n": [2, 3, 5]}).to_pandas()  # fmt: skip
    assert grid.loc[grid["n"] == 3, "total_return"].item() == direct.metrics["total_return"]


# --- the command -----------------------------------------------------------------------------------------------------


def peak(*words, cwd):
    command = os.environ.get("PEAK_COMMAND") or pathlib.Path(__file__).parents[2] / "build" / "release" / "bin" / "peak"
    return subprocess.run([command, "data", "resample", *words], cwd=cwd, capture_output=True, text=True, timeout=600)


def test_the_command_writes_what_python_gives(tmp_path):
    data = frame(holes=False)
    data.to_csv(tmp_path / "hours.csv")
    for name in ("four.csv", "four.parquet"):
        done = peak("hours.csv", "4h", "--out", name, "--label", "right", cwd=tmp_path)
        assert done.returncode == 0 and "became" in done.stdout, done.stderr
        assert pt.Bars(pt.resample(data, "4h", label="right")).fingerprint == pt.read_bars(tmp_path / name).fingerprint
    for words, message in [
        (("hours.csv", "4q", "--out", "a.csv"), "such as 30s"),
        (("hours.csv", "4h"), "--out"),
        (("hours.csv", "4h", "--out", "hours.csv"), "hours.csv"),
    ]:
        done = peak(*words, cwd=tmp_path)
        assert done.returncode == 2 and message in done.stderr


def two(tz=None):
    return {
        "A": frame(300, tz=tz, seed=3, holes=False),
        "B": frame(200, start="2024-02-29 03:00", tz=tz, seed=4, holes=False),
    }


@pytest.mark.parametrize("timeframe", ["7h", "3d", "1w", "1MS"])
@pytest.mark.parametrize("tz", [None, "Europe/Berlin"])
def test_symbols_are_taken_by_one_grid_which_is_that_of_pandas(timeframe, tz):
    data = two(tz)
    made = pt.resample(data, timeframe.replace("1MS", "1mo"))
    assert list(made) == ["A", "B"]
    origin = data["A"].index[0].normalize()
    for symbol, given in data.items():
        # pandas takes an origin of days only without a zone; the clocks do not change in these data.
        plain = given.tz_localize(None) if tz and timeframe == "3d" else given
        start = origin.tz_localize(None) if plain is not given else origin
        grid = {} if timeframe in ("1w", "1MS") else {"origin": start}
        rule = {"1w": "W-MON", "3d": "3D"}.get(timeframe, timeframe)
        sides = {"closed": "left", "label": "left"}
        how = {name: way for name, way in HOW.items() if name in given}
        expected = plain.resample(rule, **sides, **grid).agg(how).dropna(subset=["close"])
        if plain is not given:
            expected = expected.tz_localize(tz)
        got = made[symbol]
        assert list(got.index) == list(expected.index)
        np.testing.assert_array_equal(got["close"], expected["close"])
        np.testing.assert_array_equal(got["high"], expected["high"])


def test_a_mapping_a_long_frame_and_a_panel_tell_the_same():
    data = two()
    by_symbol = pt.resample(data, "7h")
    panel = pt.resample(pt.Panel(data), "7h")
    assert isinstance(panel, type(pt.Panel(data)))
    long = pd.concat([part.assign(symbol=symbol) for symbol, part in data.items()])
    made = pt.resample(long, "7h")
    assert list(made.columns) == list(long.columns)
    of_polars = pt.resample(pl.from_pandas(long.reset_index()), "7h")
    assert of_polars.columns == ["time", *long.columns]
    for symbol, expected in by_symbol.items():
        np.testing.assert_array_equal(panel[symbol]["close"], expected["close"])
        np.testing.assert_array_equal(panel[symbol]["time"], expected.index.to_numpy("M8[ns]"))
        pd.testing.assert_frame_equal(made[made.symbol == symbol].drop(columns="symbol"), expected, check_freq=False)
        assert of_polars.filter(pl.col("symbol") == symbol)["close"].to_list() == expected["close"].tolist()
    wide = pd.DataFrame({symbol: part["close"] for symbol, part in data.items()})
    closes = pt.resample(wide, "7h")
    np.testing.assert_array_equal(closes["B"]["close"], by_symbol["B"]["close"])


def test_a_symbol_that_cannot_be_read_is_named():
    data = two()
    data["B"].iloc[3, 1] = -1.0
    with pytest.raises(pt.DataError, match="symbol 'B'"):
        pt.resample(data, "7h")


def test_the_command_takes_a_file_of_many_symbols(tmp_path):
    data = two()
    given, out = tmp_path / "given.csv", tmp_path / "out.csv"
    pd.concat([part.assign(symbol=symbol) for symbol, part in data.items()]).to_csv(given)
    command = os.environ.get("PEAK_COMMAND", "peak")
    told = subprocess.run([command, "data", "resample", given, "7h", "--out", out], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "500 bars of 2 symbols became" in told.stdout
    made = pd.read_csv(out)
    for symbol, expected in pt.resample(data, "7h").items():
        own = made[made.symbol == symbol]
        np.testing.assert_array_equal(own["close"], expected["close"])
        np.testing.assert_array_equal(own["yield"], expected["yield"])
