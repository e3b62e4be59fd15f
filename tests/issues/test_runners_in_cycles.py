"""A strategy that keeps the runner that feeds it was never given back: the garbage collector did not see through runners."""

import gc
import weakref

import numpy as np

import peaktrade as pt

DAY = 86_400_000_000_000


class Keeper:
    """Keeps whoever feeds it, and the context that it is shown."""

    def on_bar(self, ctx):
        self.ctx = ctx
        self.seen = getattr(self, "seen", 0) + 1


def test_a_strategy_that_keeps_its_runner_goes_with_it():
    strategy = Keeper()
    strategy.runner = pt.Runner(strategy)
    for day in range(5):
        strategy.runner.push(time=day * DAY, open=100, high=101, low=99, close=100 + day, volume=1)
    assert strategy.seen == 5 and len(strategy.runner.result().equity) == 5
    gone = weakref.ref(strategy)
    gc.collect()
    assert gone() is strategy and strategy.runner.push(time=9 * DAY, open=1, high=1, low=1, close=1, volume=1) == []
    del strategy
    gc.collect()
    assert gone() is None


def test_so_does_one_over_many_symbols():
    strategy = Keeper()
    strategy.runner = pt.PanelRunner(["A", "B"], strategy)
    for day in range(5):
        strategy.runner.push({name: {"time": np.int64(day * DAY), "close": 100.0 + day} for name in ("A", "B")})
    assert strategy.seen == 5
    gone = weakref.ref(strategy)
    del strategy
    gc.collect()
    assert gone() is None


def test_one_whose_first_call_fails_goes_too():
    class Fails(Keeper):
        def init(self, ctx):
            raise LookupError("no such line")

    strategy = Fails()
    gone = weakref.ref(strategy)
    for runner, arguments in ((pt.Runner, (strategy,)), (pt.PanelRunner, (["A"], strategy))):
        try:
            runner(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is wrapped in
            strategy.error = error
    assert strategy.error is not None
    del strategy, arguments
    gc.collect()
    assert gone() is None
