"""raptorbt: averages once for each window, signals for each pair, one batch on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ["RAPTORBT_NO_VERSION_CHECK"] = "1"

import numpy as np
import raptorbt

from market import Bars
from sweep.task import CASH, FAST, FEE, HOURS_PER_YEAR, PAIRS, SLOW, SweepOutcome

PACKAGES = ("raptorbt",)


class Contender:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._config = raptorbt.BacktestConfig(
            initial_capital=CASH, fees=FEE, slippage=0.0, fill_timing="same_bar_close", periods_per_year=HOURS_PER_YEAR
        )

    def _batch(self) -> list:
        bars = self._bars
        averages = {window: raptorbt.sma(bars.close, window) for window in {*FAST, *SLOW}}
        items = []
        for number, (fast, slow) in enumerate(PAIRS):
            above, below = averages[fast] > averages[slow], averages[fast] < averages[slow]
            entries, exits = np.zeros(len(bars), bool), np.zeros(len(bars), bool)
            entries[1:] = above[1:] & below[:-1]
            exits[1:] = below[1:] & above[:-1]
            items.append(raptorbt.BatchSingleItem(str(number), entries, exits))
        results = raptorbt.batch_single_backtest(
            bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, items, self._config
        )
        return [result.metrics for _, result in results]

    def works(self) -> dict[str, Callable[[], object]]:
        return {"batch": self._batch}

    def outcome(self) -> SweepOutcome:
        rows = [(m.end_value, -m.max_drawdown_pct / 100, m.total_closed_trades) for m in self._batch()]
        return SweepOutcome(tuple(rows))
