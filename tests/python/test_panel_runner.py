"""peaktrade.PanelRunner: stamp by stamp equal to the batch run over many symbols; states saved, restored and refused."""

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt


@pytest.fixture(scope="module")
def data():
    """Three stocks, the second with gaps, the third listed later."""
    from conftest import ROOT

    closes = pd.read_csv(ROOT / "examples" / "data" / "stocks_daily.csv", index_col="Date", parse_dates=True)
    names = list(closes)[:3]
    frames = {name: closes[[name]].rename(columns={name: "close"}).iloc[:300].copy() for name in names}
    frames[names[1]] = frames[names[1]].iloc[[i for i in range(300) if i % 7 != 3]]
    frames[names[2]] = frames[names[2]].iloc[60:]
    for frame in frames.values():
        frame["open"] = frame["close"].shift(1).fillna(frame["close"])
        frame["high"] = frame[["open", "close"]].max(axis=1)
        frame["low"] = frame[["open", "close"]].min(axis=1)
    return frames


def stamps(data):
    for time in sorted(set().union(*(frame.index for frame in data.values()))):
        yield time, {name: frame.loc[time] for name, frame in data.items() if time in frame.index}


class Juggler:
    """Orders of several kinds over several symbols, and things remembered."""

    lookback = 5

    def init(self, ctx):
        self.rise = ctx.indicator("roc", "close", self.lookback)
        self.place = ctx.indicator(f"rank(roc(close, {self.lookback}))")
        self.waiting, self.seen = None, {"stamps": [], "last": None}

    def on_bar(self, ctx):
        self.seen["stamps"].append(ctx.bar)
        for symbol in ctx.ready:
            if self.place[symbol][-1] > 0.8 and ctx[symbol].position == 0:
                self.waiting = ctx.buy(symbol, 0.3, limit=ctx[symbol].close[-1] * 1.002, tag=("strong", symbol))
            elif self.rise[symbol][-1] < 0 and ctx[symbol].position > 0:
                ctx.protect(symbol, sl=ctx[symbol].close[-1] * 0.97)
        if ctx.bar % 9 == 4 and self.waiting is not None:
            ctx.cancel(self.waiting)
        if ctx.bar % 40 == 39:
            ctx.target_weights(dict.fromkeys(ctx.symbols, 0.1))


CASES = [
    ("sma_cross", {"params": {"fast": 5, "slow": 20}}),
    ("sma_cross", {"params": {"fast": 5, "slow": 20}, "cash_sharing": False}),
    ("rank_momentum", {"params": {"lookback": 20, "count": 2}, "rebalance": "weekly"}),
    (pt.Weights("normalize(zscore(roc(close, 10)))"), {"rebalance": 10}),
    (pt.Weights({"KO": 0.5}), {"rebalance": "monthly"}),
    (Juggler, {"params": {"lookback": 8}}),
]


def same(stepped, batch):
    assert stepped.equity.tolist() == batch.equity.tolist()
    assert stepped.returns.tolist() == batch.returns.tolist()
    for column in ("symbol", "status", "decision_bar"):
        assert stepped.orders[column].tolist() == batch.orders[column].tolist()
    assert stepped.trades["pnl"].tolist() == batch.trades["pnl"].tolist()
    assert dict(stepped.metrics) == dict(batch.metrics)


@pytest.mark.parametrize(("strategy", "options"), CASES)
def test_stamp_by_stamp_equals_all_at_once(data, strategy, options):
    if isinstance(strategy, pt.Weights) and strategy.formula is None:
        strategy = pt.Weights({next(iter(data)): 0.5})
    options = {"commission": 0.001, "cash": 5_000, **options}
    runner = pt.PanelRunner(list(data), strategy, **options)
    given = []
    for number, (time, bars) in enumerate(stamps(data)):
        if number == 117:  # a restart
            state = runner.save()
            runner = pt.PanelRunner(list(data), strategy, state=state, **options)
            assert runner.save() == state
            assert runner.bar == 116
        given += runner.push(bars, time=time)
    batch = pt.backtest(data, strategy, **options)
    same(runner.result(), batch)
    assert len(given) >= 1 and {order["symbol"] for order in given} <= set(data)
    assert runner.equity == pytest.approx(batch.equity.iloc[-1])
    assert set(runner.positions) <= set(data)


def test_orders_tell_symbol_and_units():
    runner = pt.PanelRunner(["A", "B"], pt.Weights({"A": 0.5, "B": 0.25}), rebalance="once", cash=1_000)
    orders = runner.push({"A": 10, "B": {"time": "2024-01-02", "close": 5}}, time="2024-01-02")
    assert [(order["symbol"], order["action"], order["quantity"]) for order in orders] == [
        ("A", "buy", 50.0),  # 1,000 * 0.5 / 10
        ("B", "buy", 50.0),  # 1,000 * 0.25 / 5
    ]
    runner.push({"A": 20.0}, time="2024-01-03")  # B has no bar: its order waits
    assert runner.positions == {"A": 25.0} and runner.cash == 500
    runner.push({"A": 20.0, "B": 10.0}, time="2024-01-04")
    assert runner.positions == {"A": 25.0, "B": 25.0} and runner.equity == 1_000


def test_what_makes_no_sense_is_refused_and_it_goes_on():
    runner = pt.PanelRunner(["KO", "PEP"], "sma_cross")
    runner.push({"KO": 10.0}, time="2024-01-01")
    for bars, time, error, words in (
        ({"KP": 10.0}, "2024-01-02", ValueError, "no symbol 'KP'.*did you mean 'KO'"),
        ({"KO": 10.0}, None, TypeError, "has no time"),
        ({"KO": 10.0}, "2024-01-01", pt.DataError, "does not come after"),
        ({"PEP": 10.0}, "2024-01-01", pt.DataError, "do not come after"),
        ({"KO": -1.0}, "2024-01-02", pt.DataError, "symbol 'KO'.*prices must be numbers above 0"),
        ({}, "2024-01-02", ValueError, "without bars"),
        ([10.0], "2024-01-02", TypeError, "a mapping of symbols"),
        ({"KO": {"time": "2024-01-03", "close": 1.0}}, "2024-01-02", ValueError, "of one time"),
    ):
        with pytest.raises(error, match=words):
            runner.push(bars, time=time)
        assert runner.bar == 0
    runner.push({"PEP": 10.0}, time="2024-01-02")
    assert runner.result().equity.tolist() == [10_000, 10_000]

    for strategy, options, error, words in (
        ("rank_momentum", {"rebalance": "monthly:last"}, ValueError, "last of its period"),
        ("sma_cross", {"rebalance": "monthly"}, ValueError, "for weights"),
        ("sma_cross", {"comission": 0.1}, TypeError, "did you mean 'commission'"),
        ("sma_cross", {"mixed": True}, TypeError, "all there"),
        (pt.Weights(pd.DataFrame({"KO": [1.0]})), {}, TypeError, "a frame of weights"),
        (pt.Strategy(entry='symbol("PEP", close) > 1', exit="close < 1"), {}, NotImplementedError, "further column"),
        (Juggler, {"cash_sharing": False}, NotImplementedError, "one account"),
    ):
        with pytest.raises(error, match=words):
            pt.PanelRunner(["KO", "PEP"], strategy, **options)
    with pytest.raises(TypeError, match="a list of names"):
        pt.PanelRunner("KO", "sma_cross")


def test_damaged_states_and_those_of_others_are_refused():
    runner = pt.PanelRunner(["A", "B"], "sma_cross")
    for day in range(1, 5):
        runner.push({"A": 10.0 + day, "B": 20.0}, time=f"2024-01-0{day}")
    state = runner.save()
    random = np.random.default_rng(1)
    for place in random.integers(0, len(state), 50):
        flipped = bytearray(state)
        flipped[place] ^= 0x40
        with pytest.raises(ValueError):
            pt.PanelRunner(["A", "B"], "sma_cross", state=bytes(flipped))
        with pytest.raises(ValueError):
            pt.PanelRunner(["A", "B"], "sma_cross", state=state[:place])
    for symbols, strategy, options in (
        (["A", "B"], "ema_cross", {}),
        (["A", "C"], "sma_cross", {}),
        (["A", "B"], "sma_cross", {"commission": 0.1}),
    ):
        with pytest.raises(ValueError, match="the state is of"):
            pt.PanelRunner(symbols, strategy, state=state, **options)


class Fails:
    def on_bar(self, ctx):
        if ctx.bar == 2:
            raise KeyError("lost")


def test_an_exception_tells_its_stamp_and_keeps_the_run():
    runner = pt.PanelRunner(["A", "B"], Fails)
    runner.push({"A": 1.0}, time="2024-01-01")
    runner.push({"A": 1.0, "B": 1.0}, time="2024-01-02")
    with pytest.raises(pt.StrategyError, match=r"bar 2.*2024-01-03") as raised:
        runner.push({"B": 1.0}, time="2024-01-03")
    assert len(raised.value.result.equity) == 3


class Compiled:
    """What numba's cfunc looks like."""

    class Callback:
        address, ctypes = 1, None

    on_bar = Callback()


def test_a_compiled_callback_is_sent_to_the_class_path(data):
    for run in (lambda: pt.backtest(data, Compiled), lambda: pt.PanelRunner(["A", "B"], Compiled)):
        with pytest.raises(TypeError, match=r"over many symbols give the class an on_bar\(self, ctx\) of Python"):
            run()
