"""Peak Trade: the built-in strategy sma_cross, and the same signals given as arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import peaktrade as pt

from backtest.task import CASH, FAST, FEE, SLOW
from market import Bars
from outcome import Outcome, Trade

PACKAGES = ("peaktrade",)
OPTIONS = {"cash": CASH, "commission": FEE, "fill": "same_close"}


class Contender:
    def __init__(self, bars: Bars) -> None:
        names = ("time", "open", "high", "low", "close", "volume")
        self._columns = {name: getattr(bars, name) for name in names}
        self._bars = pt.Bars(self._columns)
        fast, slow = pt.sma(pt.close, FAST), pt.sma(pt.close, SLOW)
        self._entries = pt.crosses_above(fast, slow).evaluate(self._bars)
        self._exits = pt.crosses_below(fast, slow).evaluate(self._bars)

    def _run(self, data: object = None) -> pt.BacktestResult:
        return pt.backtest(
            self._columns if data is None else data, "sma_cross", {"fast": FAST, "slow": SLOW}, **OPTIONS
        )

    def _given(self) -> object:
        return pt.backtest(self._columns, pt.Signals(self._entries, self._exits), **OPTIONS).metrics

    def _frames(self) -> tuple:
        result = self._run()
        return result.metrics, result.trades, result.orders, result.equity, result.drawdowns

    def works(self) -> dict[str, Callable[[], object]]:
        return {
            "own signals": lambda: self._run().metrics,
            "own signals, metrics as a dictionary": lambda: dict(self._run().metrics),
            "own signals, data checked before": lambda: self._run(self._bars).metrics,
            "given signals": self._given,
            "own signals, all frames": self._frames,
        }

    def outcome(self) -> Outcome:
        result = self._run()
        trades = result.trades
        columns = ("entry_bar", "exit_bar", "entry_price", "exit_price", "quantity", "pnl")
        rows = zip(*(np.asarray(trades[name], dtype=np.float64).tolist() for name in columns))
        made = tuple(Trade(int(row[0]), int(row[1]), *row[2:]) for row in rows)
        return Outcome(result.metrics["final_equity"], result.metrics["max_drawdown"], made)
