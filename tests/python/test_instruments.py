"""Instruments, funding, corporate actions, benchmarks: worked by hand, in Python and by the command."""

from __future__ import annotations

import numpy as np
import pytest

import peaktrade as pt
from test_command import peak_json

pd = pytest.importorskip("pandas")

DAYS = pd.date_range("2024-01-01", periods=6, freq="D")
IN_AND_OUT = pt.Signals([1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0])


def flat(*prices):
    values = np.array(prices, dtype=float)
    return pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), values), index=DAYS[: len(prices)])


def test_a_split_and_a_dividend_by_hand():
    actions = pd.DataFrame({"time": DAYS[3:5], "kind": ["split", "dividend"], "value": [2.0, 1.0]})
    result = pt.backtest(flat(100, 100, 100, 50, 50, 50), IN_AND_OUT, cash=1000, actions=actions)
    # 10 units at 100 become 20 at 50, which are paid 20 on the fifth day.
    assert result.equity.tolist() == [1000, 1000, 1000, 1000, 1020, 1020]
    trade = result.trades.iloc[0]
    assert (trade["quantity"], trade["entry_price"], trade["pnl"]) == (20, 50, 20)
    assert (trade["mae"], trade["mfe"]) == (0, 0)  # in the units after the split nothing moved
    # Buying and holding is paid too: 1 share at 100 is 2 at 50 and 2 in cash.
    assert result.metrics["benchmark_return"] == pytest.approx(0.02, abs=1e-15)


def test_a_short_pays_the_dividend():
    signals = pt.Signals([0] * 6, short_entries=[1, 0, 0, 0, 0, 0])
    result = pt.backtest(flat(*[100] * 6), signals, cash=1000, actions=[("2024-01-04", "dividend", 1.5)])
    assert result.equity.tolist() == [1000, 1000, 1000, 985, 985, 985]  # 10 units pay 15


@pytest.mark.parametrize(
    "funding",
    [
        pd.Series([0.01, -0.02], index=[DAYS[2], DAYS[4]]),
        pd.DataFrame({"time": [DAYS[4], DAYS[2]], "rate": [-0.02, 0.01]}),
        {"2024-01-03": 0.01, "2024-01-05": -0.02},
        [("2024-01-03T00:00:00+00:00", 0.01), ("2024-01-05", -0.02)],
        {"date": ["2024-01-03", "2024-01-05"], "funding_rate": [0.01, -0.02]},
    ],
    ids=["series", "frame", "mapping", "rows", "columns"],
)
def test_funding_of_every_form_by_hand(funding):
    # 10 units at 100: the long pays 10, then receives 20.
    result = pt.backtest(flat(*[100] * 6), IN_AND_OUT, cash=1000, funding=funding)
    assert result.equity.tolist() == [1000, 1000, 990, 990, 1010, 1010]
    assert result.to_dict()["broker"]["funding"] == {
        "rates": 2,
        "start": "2024-01-03T00:00:00Z",
        "end": "2024-01-05T00:00:00Z",
    }


def test_funding_from_polars_and_arrow():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"time": [DAYS[2].to_pydatetime(), DAYS[4].to_pydatetime()], "rate": [0.01, -0.02]})
    for funding in (frame, frame.to_arrow()):
        result = pt.backtest(flat(*[100] * 6), IN_AND_OUT, cash=1000, funding=funding)
        assert result.equity.tolist() == [1000, 1000, 990, 990, 1010, 1010]


def test_an_instrument_gives_grid_and_multiplier():
    contract = pt.Instrument("ES", lot_size=2, multiplier=3, tick_size=0.5, minimum_notional=100)
    assert repr(contract) == "Instrument('ES', lot_size=2.0, tick_size=0.5, multiplier=3.0, minimum_notional=100.0)"
    result = pt.backtest(flat(100, 100.2, 101, 101, 101, 101), IN_AND_OUT, cash=1000, instrument=contract)
    # 100.2 is bought at the next tick above, 100.5: 1000 / (3 * 100.5) = 3.3 units, in lots of 2: 2; out at 101.
    trade = result.trades.iloc[0]
    assert (trade["quantity"], trade["entry_price"], trade["exit_price"]) == (2, 100.5, 101)
    assert trade["pnl"] == pytest.approx(2 * 3 * 0.5)
    # What is given by name goes over the instrument.
    assert (
        pt.backtest(flat(*[100] * 6), IN_AND_OUT, instrument=contract, multiplier=1)
        .to_dict()["broker"]
        .get("multiplier")
        is None
    )
    small = pt.backtest(flat(*[100] * 6), IN_AND_OUT, cash=250, instrument=contract)
    assert small.orders["reason"].iloc[0] == "below_step"
    minimum = pt.backtest(flat(*[100] * 6), IN_AND_OUT, size=1, minimum_notional=101)
    assert minimum.orders["reason"].iloc[0] == "below_minimum"


def test_interest_and_borrowing_by_hand():
    days = [100.0] * 6
    idle = pt.backtest(flat(*days), pt.Signals([0] * 6), cash=365_000, interest=0.01)
    assert idle.equity.tolist() == pytest.approx(
        [365_000, 365_010, 365_020.00027, 365_030.00082, 365_040.00164, 365_050.00274]
    )
    short = pt.backtest(flat(*days), pt.Signals([0] * 6, short_entries=[1, 0, 0, 0, 0, 0]), cash=365, borrow=0.1)
    # 3.65 units, worth 365, at 0.1 a year: 0.1 a day from the day after the entry on.
    assert short.equity.tolist() == pytest.approx([365, 365, 364.9, 364.8, 364.7, 364.6])


def test_raw_prices_with_actions_are_right_to_the_cent(shared_data):
    """Oracle in 2000: two splits of two for one, prices as they were traded."""
    path = shared_data / "corporate_actions" / "wiki_orcl_2000.csv"
    raw = pd.read_csv(path, index_col="Date", parse_dates=True).sort_index()
    splits = raw["Split Ratio"].to_numpy()
    assert sorted(splits)[-2:] == [2, 2]
    result = pt.backtest(str(path), "buy_and_hold", cash=100_000, actions=str(path))
    units = 100_000 / raw["Open"].iloc[1]
    expected = units * np.where(np.arange(len(raw)) >= 1, np.cumprod(np.where(np.arange(len(raw)) > 1, splits, 1.0)), 0)
    books = np.where(np.arange(len(raw)) >= 1, expected * raw["Close"].to_numpy(), 100_000)
    assert result.equity.to_numpy() == pytest.approx(books, rel=1e-12)
    frame = pt.backtest(raw, "buy_and_hold", cash=100_000, actions=raw[["Split Ratio", "Ex-Dividend"]])
    assert frame.equity.to_numpy().tobytes() == result.equity.to_numpy().tobytes()
    # Adjusted prices tell the same story.
    adjusted = raw[[f"Adj. {name}" for name in ("Open", "High", "Low", "Close")]].rename(columns=lambda name: name[5:])
    same = pt.backtest(adjusted, "buy_and_hold", cash=100_000)
    assert result.equity.iloc[-1] == pytest.approx(same.equity.iloc[-1], rel=1e-9)
    assert result.metrics["benchmark_return"] == pytest.approx(same.metrics["benchmark_return"], rel=1e-9)
    assert result.trades["mae"].iloc[0] == pytest.approx(same.trades["mae"].iloc[0], rel=1e-6)


def test_command_and_python_agree(tmp_path, example_csv):
    (tmp_path / "funding.csv").write_text("time,rate\n2010-01-04,0.001\n2010-02-01,-0.0005\n")
    (tmp_path / "actions.csv").write_text("date,dividend,split\n2010-03-19,0.48,1\n2010-06-18,0.53,\n")
    words = ["backtest", "sma_cross", "--data", str(example_csv), "--lot-size", "1"]
    words += ["--funding", str(tmp_path / "funding.csv"), "--actions", str(tmp_path / "actions.csv")]
    words += ["--benchmark", str(example_csv), "--compat", "quantstats"]
    told = peak_json(*words)
    ours = pt.backtest(
        example_csv,
        "sma_cross",
        lot_size=1,
        funding=str(tmp_path / "funding.csv"),
        actions=str(tmp_path / "actions.csv"),
        benchmark=example_csv,
        compat="quantstats",
    ).to_dict()
    assert told["broker"] == ours["broker"]
    assert told["broker"]["actions"][1] == {"time": "2010-06-18T00:00:00Z", "kind": "dividend", "value": 0.53}
    assert told["metrics"] == ours["metrics"]
    assert told["conventions"]["name"] == "quantstats"


def test_another_benchmark_is_compared_with():
    closes = flat(100, 110, 121, 133.1, 146.41, 161.051)
    half = pd.Series([100, 105, 110.25, 115.7625, 121.550625, 127.62815625], index=DAYS, name="close")
    result = pt.backtest(closes, "buy_and_hold", benchmark=half)
    assert result.metrics["benchmark_return"] == pytest.approx(0.2762815625)
    gap = pt.backtest(closes, "buy_and_hold", benchmark=half.drop(DAYS[2]))
    assert gap.metrics["benchmark_return"] == pytest.approx(0.2762815625)


def test_a_loaded_run_has_all_of_it(tmp_path):
    actions = [("2024-01-04", "split", 2.0)]
    contract = pt.Instrument("X", lot_size=0.5, funding={"2024-01-03": 0.01})
    result = pt.backtest(flat(100, 100, 100, 50, 50, 50), IN_AND_OUT, cash=1000, instrument=contract, actions=actions)
    result.save(tmp_path / "run.peak")
    loaded = pt.BacktestResult.load(tmp_path / "run.peak")
    assert loaded.to_json() == result.to_json()
    assert loaded.fingerprint == result.fingerprint
    assert loaded.explain(0).to_dict() == result.explain(0).to_dict()


NEW_YORK = flat(*[100] * 6).tz_localize("America/New_York")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"funding": pd.Series([2.0], index=DAYS[:1])}, ValueError, "a funding rate is 2"),
        ({"funding": [("2024-01-03", 0.1), ("2024-01-03", 0.2)]}, pt.DataError, "two rates at 2024-01-03"),
        ({"funding": [("2024-01-03", float("nan"))]}, pt.DataError, "row 1: the rate is missing"),
        ({"funding": "nowhere.csv"}, FileNotFoundError, "nowhere.csv"),
        ({"funding": 5}, TypeError, "not int"),
        ({"actions": [("2024-01-03", "spilt", 2)]}, pt.DataError, "did you mean 'split'"),
        ({"actions": [("2024-01-03", "split", 0)]}, ValueError, "a split is 0"),
        ({"actions": {"time": ["2024-01-03"], "divi": [1]}}, pt.DataError, "neither columns 'kind'"),
        ({"instrument": "ES"}, TypeError, "peaktrade.Instrument, not str"),
        ({"benchmark": NEW_YORK}, ValueError, "which times meet would be a guess"),
        ({"detail": NEW_YORK}, ValueError, "which times meet would be a guess"),
        ({"benchmark": flat(*[100] * 6).shift(freq="365D")}, pt.DataError, "no bar at any of the data's times"),
        ({"benchmark": flat(*[100] * 6).resample("2D").first()}, ValueError, "resample one of them"),
    ],
)
def test_what_makes_no_sense_is_refused(options, kind, words):
    with pytest.raises(kind) as error:
        pt.backtest(flat(*[100] * 6), IN_AND_OUT, cash=1000, **options)
    assert words in str(error.value)


def test_times_without_a_zone_are_refused_beside_data_with_one():
    funding = pd.Series([0.01], index=DAYS[2:3])
    with pytest.raises(ValueError, match="times without a zone"):
        pt.backtest(NEW_YORK, IN_AND_OUT, funding=funding)
    with pytest.raises(ValueError, match="times without a zone"):
        pt.backtest(NEW_YORK, IN_AND_OUT, instrument=pt.Instrument(funding=funding))
    paid = pt.backtest(NEW_YORK, IN_AND_OUT, cash=1000, funding=funding.tz_localize("America/New_York"))
    assert paid.equity.tolist() == [1000, 1000, 990, 990, 990, 990]


@pytest.mark.parametrize(
    "values", [{"lot_size": 0}, {"tick_size": -1}, {"multiplier": 0}, {"minimum_notional": float("nan")}]
)
def test_an_instrument_out_of_range_is_refused(values):
    with pytest.raises(ValueError, match=next(iter(values)).replace("lot_size", "size_step")):
        pt.Instrument(**values)


def test_a_sweep_of_several_markets_refuses_what_belongs_to_one():
    data = {"A": flat(*[100] * 6), "B": flat(*[50] * 6)}
    with pytest.raises(ValueError, match="belongs to one market"):
        pt.sweep(data, "sma_cross", {"fast": [1, 2]}, funding={"2024-01-03": 0.01}, reuse=False)
