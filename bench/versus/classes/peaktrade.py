"""Peak Trade: a class with two reads a bar, and one that gives an order on every bar."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import peaktrade as pt

from classes.task import CASH, FAST, FEE, SLOW
from market import Bars
from outcome import Outcome, Trade

PACKAGES = ("peaktrade",)
OPTIONS = {"cash": CASH, "commission": FEE, "fill": "same_close"}


class _Cross:
    def init(self, ctx: pt.Context) -> None:
        fast, slow = pt.sma(pt.close, FAST), pt.sma(pt.close, SLOW)
        self.up = ctx.indicator(pt.crosses_above(fast, slow))
        self.down = ctx.indicator(pt.crosses_below(fast, slow))

    def on_bar(self, ctx: pt.Context) -> None:
        if self.up[-1]:
            if not ctx.position:
                ctx.buy()
        elif self.down[-1]:
            ctx.close_position()


class _Averages:
    def init(self, ctx: pt.Context) -> None:
        self.fast = ctx.indicator("sma", "close", FAST)
        self.slow = ctx.indicator("sma", "close", SLOW)

    def on_bar(self, ctx: pt.Context) -> None:
        if self.fast[-1] > self.slow[-1]:
            if not ctx.position:
                ctx.buy()
        elif ctx.position:
            ctx.close_position()


class _Dense(_Averages):
    def on_bar(self, ctx: pt.Context) -> None:
        if self.fast[-1] > self.slow[-1]:
            ctx.buy(1)
        else:
            ctx.sell(1)


class Contender:
    def __init__(self, bars: Bars) -> None:
        names = ("time", "open", "high", "low", "close", "volume")
        self._columns = {name: getattr(bars, name) for name in names}

    def _run(self, strategy: type) -> pt.BacktestResult:
        return pt.backtest(self._columns, strategy, **OPTIONS)

    def works(self) -> dict[str, Callable[[], object]]:
        return {
            "class": lambda: self._run(_Cross).metrics,
            "class, two averages": lambda: self._run(_Averages).metrics,
            "class, an order on every bar": lambda: self._run(_Dense).metrics,
        }

    def outcome(self) -> Outcome:
        result = self._run(_Cross)
        trades = result.trades
        columns = ("entry_bar", "exit_bar", "entry_price", "exit_price", "quantity", "pnl")
        rows = zip(*(np.asarray(trades[name], dtype=np.float64).tolist() for name in columns))
        made = tuple(Trade(int(row[0]), int(row[1]), *row[2:]) for row in rows)
        return Outcome(result.metrics["final_equity"], result.metrics["max_drawdown"], made)
