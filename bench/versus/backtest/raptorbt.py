"""raptorbt: signals from its own averages, the run and its metrics in Rust."""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ["RAPTORBT_NO_VERSION_CHECK"] = "1"

import numpy as np
import raptorbt

from backtest.task import CASH, FAST, FEE, HOURS_PER_YEAR, SLOW
from market import Bars
from outcome import Outcome, Trade

PACKAGES = ("raptorbt",)


def _signals(close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fast, slow = raptorbt.sma(close, FAST), raptorbt.sma(close, SLOW)
    above, below = fast > slow, fast < slow
    entries, exits = np.zeros(len(close), bool), np.zeros(len(close), bool)
    entries[1:] = above[1:] & below[:-1]
    exits[1:] = below[1:] & above[:-1]
    return entries, exits


class Contender:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._signals = _signals(bars.close)
        self._config = raptorbt.BacktestConfig(
            initial_capital=CASH,
            fees=FEE,
            slippage=0.0,
            fill_timing="same_bar_close",
            periods_per_year=HOURS_PER_YEAR,
        )

    def _run(self, entries: np.ndarray, exits: np.ndarray) -> raptorbt.BacktestResult:
        bars = self._bars
        return raptorbt.run_single_backtest(
            bars.time,
            bars.open,
            bars.high,
            bars.low,
            bars.close,
            bars.volume,
            entries,
            exits,
            1,
            1.0,
            "BENCH",
            self._config,
        )

    def works(self) -> dict[str, Callable[[], object]]:
        return {
            "own signals": lambda: self._run(*_signals(self._bars.close)).metrics,
            "given signals": lambda: self._run(*self._signals).metrics,
        }

    def outcome(self) -> Outcome:
        result = self._run(*self._signals)
        trades = tuple(
            Trade(t.entry_idx, t.exit_idx, t.entry_price, t.exit_price, t.size, t.pnl) for t in result.trades()
        )
        return Outcome(result.metrics.end_value, -result.metrics.max_drawdown_pct / 100, trades)
