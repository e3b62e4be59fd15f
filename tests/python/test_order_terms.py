"""What an order of a strategy class may say: trailing, time in force, reduce-only, groups, tags; replacing, protecting.

Each case is worked by hand: 1,000 in cash, no costs, prices as open, high, low, close.
"""

from __future__ import annotations

import pytest

import peaktrade as pt
from test_command import peak_json

pd = pytest.importorskip("pandas")

FLAT = (100, 100, 100, 100)


def bars(*rows):
    index = pd.date_range("2024-01-01", periods=len(rows), freq="D")
    return pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=index, dtype=float)


def run(data, acts, **options):
    """`acts` by bar: a function of the context."""

    class Acting:
        def on_bar(self, ctx):
            if ctx.bar in acts:
                acts[ctx.bar](ctx)

    return pt.backtest(data, Acting, cash=1000, **options)


def test_a_trailing_order_follows_prices_down():
    # It buys 5 above the lowest price of completed bars: 105, then 90 + 5 = 95.
    result = run(bars(FLAT, (98, 99, 90, 91), (92, 96, 92, 95)), {0: lambda ctx: ctx.buy(5, trail="distance:5")})
    assert result.orders[["type", "status", "price"]].iloc[0].tolist() == ["trailing", "filled", 95]


def test_a_trailing_stop_of_what_an_order_opens():
    # Half of the best price, 110, is 55, which 54 is below.
    data = bars(FLAT, (100, 110, 99, 108), (108, 109, 54, 60))
    result = run(data, {0: lambda ctx: ctx.buy(5, trailing_stop=0.5)})
    assert result.trades[["exit_reason", "exit_price"]].iloc[0].tolist() == ["trailing_stop", 55]


@pytest.mark.parametrize(
    ("terms", "status", "reason"),
    [
        ({"time_in_force": "day"}, "expired", "expired"),  # the bar of the day after is on another date
        ({"time_in_force": "ioc"}, "cancelled", "expired"),
        ({"time_in_force": "fok"}, "cancelled", "expired"),
        ({"good_till": "2024-01-03"}, "expired", "expired"),
        ({"good_till": pd.Timestamp("2024-01-04", tz="UTC")}, "filled", ""),
        ({}, "filled", ""),
    ],
)
def test_time_in_force(terms, status, reason):
    data = bars(FLAT, FLAT, (98, 98, 90, 95))
    result = run(data, {0: lambda ctx: ctx.buy(5, limit=95, **terms)})
    assert result.orders[["status", "reason", "limit"]].iloc[0].tolist() == [status, reason, 95]


def test_reduce_only_and_groups():
    def leave(ctx):
        ctx.sell(5, limit=110, oco=1, reduce_only=True)
        ctx.sell(5, stop=95, oco=1, reduce_only=True)

    result = run(bars(FLAT, FLAT, (100, 111, 99, 110)), {0: lambda ctx: ctx.buy(5), 1: leave})
    assert result.orders["status"].tolist() == ["filled", "filled", "cancelled"]
    assert result.orders["reason"].tolist() == ["", "", "cancelled_by_oco"]
    assert result.equity.iloc[-1] == 1050  # 500 + 5 * 110


def test_replace_keeps_what_is_left_out():
    kept = {}

    def change(ctx):
        (order,) = ctx.orders
        kept["no limit of a market order"] = ctx.replace(order, stop=120)
        kept["changed"] = ctx.replace(order, 4, limit=97)

    def late(ctx):
        kept["too late"] = ctx.replace(kept["order"], 1)

    def give(ctx):
        kept["order"] = ctx.buy(5, limit=90, tag="first")

    result = run(bars(FLAT, FLAT, (99, 99, 96, 98), FLAT), {0: give, 1: change, 3: late})
    assert (kept["no limit of a market order"], kept["changed"], kept["too late"]) == (False, True, False)
    order = result.orders.iloc[0]
    assert (order["quantity"], order["price"], order["tag"]) == (4, 97, "first")
    assert result.order_events["event"].tolist() == ["submitted", "replaced", "fill"]
    assert result.order_events["event_bar"].tolist() == [0, 1, 2]


def test_protect_moves_stop_and_target():
    told = []
    acts = {
        0: lambda ctx: ctx.buy(5, sl=90, tp=120),
        1: lambda ctx: told.extend([ctx.protect(sl=98, tp=104), ctx.protect(sl=101)]),
    }
    result = run(bars(FLAT, FLAT, (101, 105, 99, 104)), acts)
    assert told == [True, False]  # 101 is above the close
    assert result.trades[["exit_reason", "exit_price"]].iloc[0].tolist() == ["take_profit", 104]


def test_tags_are_columns_of_orders_and_trades():
    acts = {0: lambda ctx: ctx.buy(5, tag="dip"), 1: lambda ctx: ctx.sell(5), 2: lambda ctx: ctx.buy(1, tag=7)}
    result = run(bars(FLAT, FLAT, FLAT, FLAT), acts)
    assert result.orders["tag"].astype(object).where(result.orders["tag"].notna(), None).tolist() == ["dip", None, "7"]
    assert result.trades["tag"].tolist() == ["dip", "7"]
    assert [trade["tag"] for trade in result.to_dict(trades=True)["trades"]] == ["dip", "7"]
    assert [order["tag"] for order in result.to_dict(orders=True)["orders"]] == ["dip", None, "7"]
    assert "dip" in str(result.explain(0))


def test_tags_and_terms_of_a_saved_run(tmp_path):
    result = run(bars(FLAT, FLAT, (98, 98, 90, 95)), {0: lambda ctx: ctx.buy(5, limit=95, tag="dip")})
    result.save(tmp_path / "run.peak")
    loaded = pt.BacktestResult.load(tmp_path / "run.peak")
    assert loaded.orders["tag"].tolist() == ["dip"]
    assert loaded.order_events["event"].tolist() == result.order_events["event"].tolist() == ["submitted", "fill"]
    assert loaded.to_json(orders=True, trades=True) == result.to_json(orders=True, trades=True)


def test_tags_in_polars():
    pl = pytest.importorskip("polars")
    data = bars(FLAT, FLAT, FLAT)
    frame = pl.from_pandas(data.rename_axis("time").reset_index())
    result = run(frame, {0: lambda ctx: ctx.buy(5, tag="dip"), 1: lambda ctx: ctx.sell(5)})
    assert result.orders["tag"].to_list() == ["dip", None]


def test_a_runner_repeats_replaced_orders_and_tags_after_a_restore():
    class Laddered:
        def on_bar(self, ctx):
            if ctx.bar == 0:
                ctx.buy(5, limit=90, tag="first")
            elif ctx.bar == 1:
                ctx.replace(ctx.orders[0], 4, limit=97)
            elif ctx.bar == 3:
                ctx.protect(sl=90)

    rows = bars(FLAT, FLAT, (99, 99, 96, 98), FLAT, (95, 95, 85, 88), FLAT)
    whole = pt.backtest(rows, Laddered, cash=1000)
    runner = pt.Runner(Laddered, cash=1000)
    for i, (time, row) in enumerate(rows.iterrows()):
        if i == 4:
            runner = pt.Runner(Laddered, cash=1000, state=runner.save())
        runner.push(time=time, volume=float("nan"), **row.to_dict())
    again = runner.result()
    assert again.equity.to_numpy().tobytes() == whole.equity.to_numpy().tobytes()
    assert again.orders["tag"].iloc[0] == "first"
    assert again.trades[["exit_reason", "exit_price"]].iloc[0].tolist() == ["stop_loss", 90]


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (lambda ctx: ctx.buy(5, tif="day"), TypeError, "has no argument 'tif'"),
        (lambda ctx: ctx.buy(5, time_in_force="gtx"), ValueError, "gtx"),
        (lambda ctx: ctx.buy(5, time_in_force="gtd"), ValueError, "needs good_till"),
        (lambda ctx: ctx.buy(5, trail="far"), ValueError, "far"),
        (lambda ctx: ctx.buy(5, oco=0), ValueError, "a whole number from 1 on"),
        (lambda ctx: ctx.buy(5, good_till=[1]), TypeError, "time"),
        (lambda ctx: ctx.replace(3, limit=5), TypeError, "replace() takes an order"),
        (lambda ctx: ctx.protect(95), TypeError, "protect"),
    ],
)
def test_wrong_terms_say_what_is_wrong(act, kind, words):
    with pytest.raises(pt.StrategyError) as error:
        run(bars(FLAT, FLAT), {0: act})
    assert isinstance(error.value.__cause__, kind)
    assert words in str(error.value.__cause__)


WIDE = (
    100,
    112,
    94,
    105,
)  # opens at 100, then reaches a stop at 95 and a target at 110, in an order that it does not tell


def finer(*rows):
    index = pd.date_range("2024-01-03", periods=len(rows), freq="h")
    return pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=index, dtype=float)


def test_finer_data_decide_inside_a_bar():
    data, signals = bars(FLAT, FLAT, WIDE), pt.Signals([1, 0, 0])
    options = {"cash": 1000, "stop_loss": 0.05, "take_profit": 0.1}
    alone = pt.backtest(data, signals, **options)
    rising = pt.backtest(data, signals, detail=finer((100, 112, 100, 111), (111, 111, 94, 105)), **options)
    falling = pt.backtest(data, signals, detail=finer((100, 101, 94, 96), (96, 112, 96, 105)), **options)
    told = [(run.equity.iloc[-1], bool(run.trades["ambiguous"].iloc[0])) for run in (alone, rising, falling)]
    assert told == [(950, True), (1100, False), (950, False)]  # 10 units at 95, at 110, at 95


def test_bounds_in_python_and_by_the_command(tmp_path, example_csv):
    data = bars(FLAT, FLAT, WIDE, FLAT, FLAT, (100, 111, 99, 110))
    between = pt.bounds(data, pt.Signals([1, 0, 0, 1, 0, 0]), cash=1000, stop_loss=0.05, take_profit=0.1)
    # worst 950 -> 9.5 units at 110; best 1,100 -> 11 units at 110; ohlc meets the target first, olhc the stop.
    assert [run.equity.iloc[-1] for run in between.runs.values()] == pytest.approx([1045, 1210, 1210, 1045])
    assert (between.ambiguous_trades, between.ambiguous_share) == (1, 0.5)
    words = ["backtest", "sma_cross", "--data", str(example_csv), "--bounds"]
    words += ["--stop-loss", "0.002", "--take-profit", "0.002"]
    told = peak_json(*words)
    ours = pt.bounds(str(example_csv), "sma_cross", stop_loss=0.002, take_profit=0.002)
    assert told["ambiguous_trades"] == ours.ambiguous_trades > 0
    assert told["ambiguous_share"] == pytest.approx(ours.ambiguous_share, abs=1e-6)
    for name in ("worst", "best", "ohlc", "olhc"):
        assert told["runs"][name]["metrics"]["final_equity"] == ours[name].metrics["final_equity"]
    assert told["runs"]["worst"]["metrics"]["final_equity"] < told["runs"]["best"]["metrics"]["final_equity"]
