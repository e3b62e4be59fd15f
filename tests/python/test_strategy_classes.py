"""Strategies as Python classes: equal to formulas to the bit, what ctx gives, what goes wrong and how it is told."""

import datetime
import signal
import threading

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt


def ramp(count, **columns):
    """Prices 100, 101, ... on minutes."""
    time = 1_600_000_000_000_000_000 + np.arange(count) * 60_000_000_000
    return pt.Bars({"time": time, "close": 100.0 + np.arange(count), **columns})


class Cross:
    fast, slow = 10, 50

    def init(self, ctx):
        fast = pt.sma(pt.close, self.fast)
        slow = pt.sma(pt.close, self.slow)
        self.up = ctx.indicator(pt.crosses_above(fast, slow))
        self.down = ctx.indicator(pt.crosses_below(fast, slow))

    def on_bar(self, ctx):
        if ctx.position:
            if self.down[-1]:
                ctx.close_position()
        elif self.up[-1]:
            ctx.buy()


@pytest.mark.parametrize("fill", ["next_open", "same_close"])
@pytest.mark.parametrize("params", [{}, {"fast": 5, "slow": 20}])
def test_a_class_equals_the_same_rules_as_formulas(example_csv, fill, params):
    options = {"commission": 0.001, "slippage": 0.0005, "fill": fill}
    written = pt.backtest(example_csv, Cross, params, **options)
    formulas = pt.backtest(example_csv, "sma_cross", params or {"fast": 10, "slow": 50}, **options)
    assert written.equity.tolist() == formulas.equity.tolist()
    assert written.returns.tolist() == formulas.returns.tolist()
    for name in ("entry_bar", "exit_bar", "quantity", "entry_price", "exit_price", "pnl", "fees"):
        assert written.trades[name].equals(formulas.trades[name]), name
    same = dict(formulas.metrics)
    assert dict(written.metrics) == same
    assert written.strategy.name == "Cross"


def test_prefixes_of_the_data_give_prefixes_of_the_result(example_csv):
    frame = pd.read_csv(example_csv, index_col=0, parse_dates=True).iloc[:600]
    whole = pt.backtest(frame, Cross).equity.tolist()
    for cut in (1, 49, 50, 51, 300, 599):
        assert pt.backtest(frame.iloc[:cut], Cross).equity.tolist() == whole[:cut]


def test_what_a_context_shows():
    seen = []

    class Look:
        def init(self, ctx):
            self.mean = ctx.indicator("sma", "close", 3)
            self.again = ctx.indicator("ema", self.mean, 1)
            self.text = ctx.indicator("close[1] > 102")
            ctx.warm_up(0)

        def on_bar(self, ctx):
            if ctx.bar == 4:
                seen.append(ctx.time)
                assert ctx.close[-1] == 104.0 and ctx.close[0] == 100.0 and ctx.close[4] == 104.0
                assert ctx.open[-1] == ctx.high[-2] + 1 == ctx.low[-1]
                assert len(ctx.close) == 5
                assert list(ctx.close) == [100, 101, 102, 103, 104]
                assert ctx.close[-3:].tolist() == [102, 103, 104]
                assert ctx.close[::2].tolist() == [100, 102, 104]
                assert np.asarray(ctx.close).sum() == 510
                assert ctx.vix[-2] == 23
                assert self.mean[-1] == self.again[-1] == 103.0
                assert self.text[-1] is True and self.text[-2] is False and self.text[-5] is False
                assert self.text[:].tolist() == [False, False, False, False, True]
                assert (ctx.position, ctx.cash, ctx.equity, ctx.orders) == (0, 10_000, 10_000, [])
                assert repr(ctx) == "<Context at bar 4>"

    pt.backtest(ramp(6, vix=20.0 + np.arange(6)), Look)
    assert seen == [datetime.datetime(2020, 9, 13, 12, 30, 40, tzinfo=datetime.UTC)]


def test_time_keeps_the_zone_of_the_data():
    seen = []

    class Look:
        def on_bar(self, ctx):
            seen.append(ctx.time)

    index = pd.date_range("2020-07-01 09:30", periods=2, freq="D", tz="America/New_York")
    pt.backtest(pd.DataFrame({"close": [1.0, 2.0]}, index=index), Look)
    assert seen == list(index)
    assert seen[0].hour == 9


def test_orders_of_every_kind_by_hand():
    told = {}

    class Orders:
        def on_bar(self, ctx):
            if ctx.bar == 0:
                self.limit = ctx.buy(5, limit=90, tag="far")
                self.bracket = ctx.buy(size=2, sl=95, tp=104, tag={"any": "thing"})
                assert [order.id for order in ctx.orders] == [0, 1]
            if ctx.bar == 1:
                told["bracket"] = (self.bracket.status, self.bracket.quantity, self.bracket.price, self.bracket.tag)
                told["limit"] = (self.limit.status, self.limit.type, self.limit.action, self.limit.tag)
                assert ctx.position == 2 and ctx.cash == 10_000 - 2 * 101
                assert ctx.cancel(self.limit) is True
                assert ctx.cancel(self.limit) is False
                assert self.limit == self.limit and self.limit != self.bracket
            if ctx.bar == 5:
                told["after"] = (ctx.position, self.limit.reason)
                ctx.sell(stop=100, size=1)
                assert ctx.close_position() is None
                assert ctx.target_weight(0.5).status == "working"

    result = pt.backtest(ramp(8), Orders)
    assert told["bracket"] == ("filled", 2, 101, {"any": "thing"})
    assert told["limit"] == ("working", "limit", "buy", "far")
    assert told["after"] == (0, "cancelled")
    trades = result.trades
    assert trades["exit_price"][0] == 104 and trades["exit_reason"][0] == "take_profit"
    assert trades["quantity"][1] == pytest.approx(0.5 * 10_006 / 106)


def test_warm_up_is_derived_or_declared():
    first = {}

    class Derived:
        declared = -1

        def init(self, ctx):
            ctx.indicator("sma", "close", 5)
            ctx.indicator("sma", "close", 3)
            if self.declared >= 0:
                ctx.warm_up(int(self.declared))

        def on_bar(self, ctx):
            first.setdefault(self.declared, ctx.bar)

    for declared in (-1, 0, 7):
        pt.backtest(ramp(9), Derived, {"declared": declared})
    assert first == {-1: 4, 0: 0, 7: 7}


def test_parameters_become_attributes_of_their_kind():
    class Typed:
        window, share, flag = 3, 0.5, False

        def init(self, ctx):
            self.other = ctx.parameter("other", 2)

        def on_bar(self, ctx):
            Typed.seen = (self.window, self.share, self.flag, self.other)

    result = pt.backtest(ramp(3), Typed, {"window": 7, "share": 1, "flag": True and 1, "other": 4})
    assert Typed.seen == (7, 1.0, True, 4.0)
    assert [type(value) for value in Typed.seen] == [int, float, bool, float]
    assert Typed.window == 3
    assert result.params == {"window": 7, "share": 1, "flag": 1, "other": 4}
    with pytest.raises(pt.NotFoundError, match="no parameter 'windw'"):
        pt.backtest(ramp(3), Typed, {"windw": 7})


def failing(body, **options):
    """The StrategyError of a class whose on_bar does `body` on bar 3."""

    class Faulty:
        def on_bar(self, ctx):
            if ctx.bar == 1:
                ctx.buy(1)
            if ctx.bar == 3:
                body(ctx)

    with pytest.raises(pt.StrategyError) as caught:
        pt.backtest(ramp(9), Faulty, **options)
    return caught.value


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (lambda ctx: 1 / 0, ZeroDivisionError, "division by zero"),
        (lambda ctx: ctx.close[4], IndexError, r"close\[4\] looks ahead: on bar 3 the history ends at close\[3\]"),
        (lambda ctx: ctx.close[-5], IndexError, r"close\[-5\] lies before the first bar"),
        (lambda ctx: ctx.volume[-1], IndexError, "the data have no volume"),
        (lambda ctx: ctx.close["x"], TypeError, "whole numbers and slices"),
        (lambda ctx: ctx.buy(limt=3), TypeError, "did you mean 'limit'"),
        (lambda ctx: ctx.buy("a lot"), ValueError, "a lot"),
        (lambda ctx: ctx.buy(1, 2), TypeError, "one argument without a name"),
        (lambda ctx: ctx.buy(1, size=2), TypeError, "size twice"),
        (lambda ctx: ctx.buy(limit="x"), TypeError, "limit must be a number"),
        (lambda ctx: ctx.cancel(3), TypeError, "cancel"),
        (lambda ctx: ctx.indicator("sma", "close", 3), RuntimeError, "declared in init"),
        (lambda ctx: ctx.warm_up(3), RuntimeError, "declared in init"),
        (lambda ctx: setattr(ctx, "x", 1), AttributeError, "cannot be set"),
        (lambda ctx: ctx.postion, AttributeError, "postion"),
    ],
)
def test_an_exception_names_bar_time_and_strategy_and_keeps_the_result(body, kind, words):
    error = failing(body)
    assert isinstance(error, RuntimeError)
    assert isinstance(error.__cause__, kind)
    with pytest.raises(kind, match=words):
        raise error.__cause__
    assert str(error).startswith("Faulty.on_bar failed on bar 3 (2020-09-13 12:29:40): ")
    assert (error.strategy, error.bar) == ("Faulty", 3)
    assert len(error.result.equity) == 4
    assert error.result.equity.tolist()[3] == 10_001  # one unit bought at 102 on bar 2
    assert error.result.trades["status"].tolist() == ["open"]


@pytest.mark.parametrize(
    ("size", "reason"), [(-1, "invalid"), (0, "invalid"), (float("nan"), "invalid"), (1e9, "")], ids=str
)
def test_orders_that_make_no_sense_are_rejected_and_the_run_goes_on(size, reason):
    class Once:
        def on_bar(self, ctx):
            if ctx.bar == 1:
                ctx.buy(size)

    orders = pt.backtest(ramp(5), Once).orders
    assert len(orders) == 1
    assert (orders["status"][0], orders["reason"][0]) == (
        ("rejected", reason) if reason else ("partly_filled", "no_cash")
    )


def test_errors_before_the_first_bar():
    class Wrong:
        def init(self, ctx):
            ctx.indicator("smaa", "close", 3)

        def on_bar(self, ctx): ...

    with pytest.raises(ValueError, match="did you mean 'sma'"):
        pt.backtest(ramp(3), Wrong)

    class Early:
        def init(self, ctx):
            ctx.buy()

        def on_bar(self, ctx): ...

    with pytest.raises(RuntimeError, match="on_bar, not in init"):
        pt.backtest(ramp(3), Early)

    class Peek:
        def init(self, ctx):
            _ = ctx.close[-1]

        def on_bar(self, ctx): ...

    with pytest.raises(IndexError, match="no bar yet in init"):
        pt.backtest(ramp(3), Peek)


def test_what_was_kept_of_a_run_is_closed_after_it():
    class Keeper:
        def on_bar(self, ctx):
            self.ctx, self.close, self.order = ctx, ctx.close, ctx.buy()

    keeper = Keeper()
    pt.backtest(ramp(3), keeper)
    for use in (
        lambda: keeper.close[-1],
        lambda: len(keeper.close),
        lambda: keeper.ctx.cash,
        lambda: keeper.order.status,
    ):
        with pytest.raises(RuntimeError, match="the run is over"):
            use()
    assert "run that is over" in repr(keeper.close) + repr(keeper.ctx)


def test_an_exception_that_is_not_an_error_keeps_its_kind():
    def stop(ctx):
        raise KeyboardInterrupt

    class Stops:
        def on_bar(self, ctx):
            if ctx.bar == 2:
                stop(ctx)

    with pytest.raises(KeyboardInterrupt) as caught:
        pt.backtest(ramp(5), Stops)
    assert len(caught.value.result.equity) == 3


def test_ctrl_c_ends_a_run():
    begun = threading.Event()
    ended = threading.Event()

    class Slow:
        def on_bar(self, ctx):
            begun.set()

    data = ramp(300_000)

    # Python drops an interrupt that reaches it inside a finalizer: then another one follows, after far more time than the
    # end of a run takes.
    def interrupt():
        begun.wait()
        while not ended.is_set():
            signal.raise_signal(signal.SIGINT)
            ended.wait(60)

    thread = threading.Thread(target=interrupt)
    with pytest.raises(KeyboardInterrupt):
        thread.start()
        try:
            while True:
                pt.backtest(data, Slow)
        finally:
            ended.set()
    thread.join()


def test_the_strategy_is_asked_once_and_freed():
    import gc
    import weakref

    class Owner:
        made = 0

        def __init__(self):
            Owner.made += 1
            Owner.last = weakref.ref(self)

        def init(self, ctx):
            self.mean = ctx.indicator("sma", "close", 2)

        def on_bar(self, ctx):
            self.ctx = ctx

    pt.backtest(ramp(5), Owner)
    gc.collect()
    assert Owner.made == 1
    assert Owner.last() is None


@pytest.fixture(scope="module")
def compiled():
    """numba's cfunc with the signature of docs/strategies_as_code.md."""
    numba = pytest.importorskip("numba", reason="compiled callbacks are tested where numba is installed")
    number = numba.types.float64
    pointer = numba.types.CPointer
    return numba.cfunc(numba.types.int64(numba.types.int64, pointer(number), pointer(pointer(number)), pointer(number)))


def test_a_compiled_on_bar_equals_one_in_python(compiled, example_csv):
    @compiled
    def cross(bar, account, columns, order):
        up, down = columns[5], columns[6]
        if account[0] != 0:
            return 2 if down[bar] == 1 else 0
        return 1 if up[bar] == 1 else 0

    class Compiled(Cross):
        on_bar = cross

    native = pt.backtest(example_csv, Compiled, commission=0.001)
    python = pt.backtest(example_csv, Cross, commission=0.001)
    assert native.equity.tolist() == python.equity.tolist()
    assert native.trades.equals(python.trades)


def test_a_compiled_on_bar_gives_every_kind_of_order(compiled):
    @compiled
    def orders(bar, account, columns, order):
        if bar == 0:
            order[0], order[3], order[4] = 2, 95.0, 104.0
            return 1
        if bar == 5:
            order[0] = 0.5
            return 3
        if bar == 6:
            order[0], order[2] = 1, 50.0
            return -1
        return 9 if bar == 8 else 0

    class Compiled:
        on_bar = orders

    result = pt.backtest(ramp(8), Compiled)
    assert result.trades["exit_price"][0] == 104
    assert result.trades["quantity"][1] == pytest.approx(0.5 * 10_006 / 106)
    assert result.orders["action"].tolist()[-1] == "sell"
    with pytest.raises(pt.StrategyError, match=r"on bar 8 .*gave the action 9") as caught:
        pt.backtest(ramp(10), Compiled)
    assert len(caught.value.result.equity) == 9
