"""raptorbt: one batch on all cores, an item for each column."""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ["RAPTORBT_NO_VERSION_CHECK"] = "1"

import numpy as np
import raptorbt

from columns.task import CASH, COLUMNS, FEES, HOURS_PER_YEAR, ColumnsOutcome, signals
from market import Bars

PACKAGES = ("raptorbt",)


class Contender:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._items = {kind: self._items_of(kind) for kind in FEES}
        self._config = {
            kind: raptorbt.BacktestConfig(
                initial_capital=CASH,
                fees=fee,
                slippage=0.0,
                fill_timing="same_bar_close",
                periods_per_year=HOURS_PER_YEAR,
            )
            for kind, fee in FEES.items()
        }

    def _items_of(self, kind: str) -> list:
        entries, exits = (np.ascontiguousarray(array.T) for array in signals(len(self._bars), kind))
        return [raptorbt.BatchSingleItem(str(k), entries[k], exits[k]) for k in range(COLUMNS)]

    def _run(self, kind: str) -> list:
        bars = self._bars
        results = raptorbt.batch_single_backtest(
            bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, self._items[kind], self._config[kind]
        )
        return [result.metrics for _, result in results]

    def works(self) -> dict[str, Callable[[], object]]:
        return {kind: lambda kind=kind: self._run(kind) for kind in FEES}

    def outcome(self) -> ColumnsOutcome:
        return ColumnsOutcome(
            tuple(
                (m.end_value, -m.max_drawdown_pct / 100, m.total_closed_trades)
                for kind in FEES
                for m in self._run(kind)
            )
        )
