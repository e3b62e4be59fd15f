"""peaktrade.Runner: bar by bar equal to the batch run, in every form of a bar; states saved, restored and refused."""

import datetime

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt


@pytest.fixture(scope="module")
def frame(example_csv):
    return pd.read_csv(example_csv, index_col=0, parse_dates=True).iloc[:400]


def rows(frame):
    for time, row in frame.iterrows():
        yield {"time": time, **{name.lower(): value for name, value in row.items()}}


class Trader:
    """Orders of several kinds, one of them cancelled, and things remembered."""

    window = 7

    def init(self, ctx):
        self.mean = ctx.indicator("sma", "close", self.window)
        self.waiting, self.seen, self.place = None, [], ("a", {"b": 1.5})

    def on_bar(self, ctx):
        if ctx.bar % 11 == 0:
            self.waiting = ctx.buy(0.3, limit=ctx.close[-1] * 0.995, tag="dip")
            self.seen.append(ctx.bar)
        if ctx.bar % 11 == 4 and self.waiting is not None:
            ctx.cancel(self.waiting)
        if ctx.position > 0 and ctx.close[-1] > self.mean[-1]:
            ctx.close_position()
        if ctx.bar % 17 == 3:
            ctx.sell(3, sl=ctx.close[-1] * 1.02)


def same(stepped, batch):
    assert stepped.equity.tolist() == batch.equity.tolist()
    assert stepped.returns.tolist() == batch.returns.tolist()
    assert stepped.orders["status"].tolist() == batch.orders["status"].tolist()
    assert stepped.trades["pnl"].tolist() == batch.trades["pnl"].tolist()
    assert dict(stepped.metrics) == dict(batch.metrics)


@pytest.mark.parametrize("strategy", ["sma_cross", "rsi_reversion", Trader])
@pytest.mark.parametrize("fill", ["next_open", "same_close"])
def test_bar_by_bar_equals_all_at_once(frame, strategy, fill):
    options = {"commission": 0.001, "fill": fill, "cash": 5_000}
    runner = pt.Runner(strategy, **options)
    given = [order for bar in rows(frame) for order in runner.push(bar)]
    batch = pt.backtest(frame, strategy, **options)
    same(runner.result(), batch)
    assert len(given) >= 1
    assert runner.bar == len(frame) - 1
    assert runner.equity == batch.equity.iloc[-1]
    assert repr(runner).startswith("Runner(bar=399")


def test_what_push_tells():
    runner = pt.Runner("sma_cross", {"fast": 1, "slow": 2}, cash=1_000)
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    closes = [10.0, 9.0, 8.0, 12.0, 13.0, 5.0, 4.0]
    told = [runner.push(time=start + datetime.timedelta(days=i), close=close) for i, close in enumerate(closes)]
    assert [len(orders) for orders in told] == [0, 0, 0, 1, 0, 1, 0]
    bought, sold = told[3][0], told[5][0]
    assert (bought["action"], bought["type"], bought["size"], bought["quantity"]) == (
        "buy",
        "market",
        "all",
        1_000 / 12,
    )
    assert (sold["action"], sold["reduce_only"], sold["quantity"]) == ("sell", True, 1_000 / 13)
    assert runner.position == 0
    assert runner.cash == 1_000 / 13 * 4


@pytest.mark.parametrize(
    "time",
    [
        1_704_067_200_000_000_000,
        "2024-01-01T00:00:00Z",
        "2024-01-01",
        datetime.datetime(2024, 1, 1),
        datetime.datetime(2024, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        np.datetime64("2024-01-01"),
        np.int64(1_704_067_200_000_000_000),
        pd.Timestamp("2024-01-01"),
        pd.Timestamp("2023-12-31 19:00", tz="America/New_York"),
    ],
    ids=str,
)
def test_times_in_every_form(time):
    runner = pt.Runner("sma_cross")
    runner.push(time=time, open=1, high=2, low=1, close=2)
    assert runner.result().bars["time"][0] == np.datetime64("2024-01-01", "ns")


def test_bars_in_every_form(frame):
    first = next(rows(frame))
    object_bar = type("Bar", (), first)()
    series = pd.Series(first)
    upper = {name.upper(): value for name, value in first.items()}
    results = []
    for bar in (first, object_bar, series, upper):
        runner = pt.Runner("sma_cross")
        runner.push(bar)
        results.append(runner.result().bars["close"][0])
    assert results == [first["close"]] * 4


@pytest.mark.parametrize("cut", [0, 1, 8, 100, 399])
@pytest.mark.parametrize("strategy", ["sma_cross", Trader])
def test_a_restored_runner_goes_on_as_if_nothing_had_been(frame, strategy, cut):
    options = {"commission": 0.001}
    before = pt.Runner(strategy, **options)
    bars = list(rows(frame))
    for bar in bars[:cut]:
        before.push(bar)
    state = before.save()
    after = pt.Runner(strategy, state=state, **options)
    assert after.save() == state
    for bar in bars[cut:]:
        assert before.push(bar) == after.push(bar)
    same(after.result(), pt.backtest(frame, strategy, **options))
    if strategy is Trader:
        instance = after._runner.instance
        assert instance.seen == before._runner.instance.seen
        assert instance.place == ("a", {"b": 1.5})
        assert instance.waiting.tag == "dip"


def test_states_that_do_not_fit_are_refused(frame):
    runner = pt.Runner(Trader, commission=0.001)
    for bar in list(rows(frame))[:20]:
        runner.push(bar)
    state = runner.save()
    for size in (0, 1, 16, len(state) // 2, len(state) - 1):
        with pytest.raises(pt.DataError, match="cut or damaged"):
            pt.Runner(Trader, commission=0.001, state=state[:size])
    with pytest.raises(pt.DataError, match="cut or damaged"):
        pt.Runner(Trader, commission=0.001, state=state[:50] + b"?" + state[51:])
    with pytest.raises(ValueError, match="other options"):
        pt.Runner(Trader, commission=0.002, state=state)
    with pytest.raises(ValueError, match="another strategy"):
        pt.Runner("sma_cross", commission=0.001, state=state)


def test_state_of_its_own():
    class Own:
        def init(self, ctx):
            self.things = {1, 2}

        def on_bar(self, ctx): ...

    with pytest.raises(TypeError, match=r"self.things cannot be saved: it is of the kind set"):
        pt.Runner(Own).save()

    class Kept(Own):
        def save_state(self):
            return sorted(self.things)

        def load_state(self, value):
            self.things = {*value, 3}

    again = pt.Runner(Kept, state=pt.Runner(Kept).save())
    assert again._runner.instance.things == {1, 2, 3}


def test_further_columns_and_exceptions():
    class Reads:
        def on_bar(self, ctx):
            if ctx.vix[-1] > 30:
                ctx.buy(1)
            if ctx.bar == 3:
                _ = 1 / 0

    runner = pt.Runner(Reads, columns=["VIX"])
    told = [runner.push(time=10**18 + i, close=10.0, vix=29.0 + i) for i in range(3)]
    assert [len(orders) for orders in told] == [0, 0, 1]
    with pytest.raises(pt.StrategyError, match=r"Reads.on_bar failed on bar 3 .*ZeroDivisionError") as caught:
        runner.push(time=10**18 + 3, close=10.0, vix=1.0)
    assert len(caught.value.result.equity) == 4
    assert runner.push(time=10**18 + 4, close=10.0, vix=1.0) == []


@pytest.mark.parametrize(
    ("bar", "error", "words"),
    [
        ({"time": 10**18, "close": 1.0}, pt.DataError, "does not come after the last one"),
        ({"time": 10**18 + 1, "close": float("nan")}, pt.DataError, "has the open nan"),
        ({"time": 10**18 + 1, "close": 1.0, "high": 0.5}, pt.DataError, "below its low"),
        ({"time": 10**18 + 1, "close": "1"}, TypeError, "must be a number"),
        ({"time": 10**18 + 1}, TypeError, "the bar has no open"),
        ({"time": None, "close": 1.0}, TypeError, "time must be"),
        ({"close": 1.0}, TypeError, "the bar has no time"),
    ],
)
def test_bars_that_make_no_sense_are_refused_and_not_taken(bar, error, words):
    runner = pt.Runner("sma_cross")
    runner.push(time=10**18, close=1.0)
    with pytest.raises(error, match=words):
        runner.push(bar)
    assert runner.bar == 0
    runner.push(time=10**18 + 2, close=1.0)


def test_options_that_make_no_sense():
    with pytest.raises(TypeError, match="it is called 'commission'"):
        pt.Runner("sma_cross", fees=0.1)
    with pytest.raises(TypeError, match="did you mean 'commission'"):
        pt.Runner("sma_cross", comission=0.1)
    with pytest.raises(ValueError, match="execution"):
        pt.Runner("sma_cross", execution="backtesting.py")
    with pytest.raises(pt.NotFoundError, match="sma_cros"):
        pt.Runner("sma_cros")
