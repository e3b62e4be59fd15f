"""vectorbt with its Rust engine: moving averages, crossings, Portfolio.from_signals."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import vectorbt as vbt

from backtest.task import CASH, FAST, FEE, SLOW
from market import Bars
from outcome import Outcome, Trade

PACKAGES = ("vectorbt", "vectorbt-rust")


class Contender:
    def __init__(self, bars: Bars) -> None:
        # Times without a zone: with one, this version of vectorbt turns them into Python objects, which takes ten times
        # as long as the run.
        self._close = pd.Series(bars.close, index=pd.DatetimeIndex(bars.time), name="close")

    def _portfolio(self) -> vbt.Portfolio:
        fast, slow = vbt.MA.run(self._close, FAST), vbt.MA.run(self._close, SLOW)
        return vbt.Portfolio.from_signals(
            self._close,
            fast.ma_crossed_above(slow),
            fast.ma_crossed_below(slow),
            init_cash=CASH,
            fees=FEE,
            freq="1h",
        )

    def _four_metrics(self) -> tuple:
        portfolio = self._portfolio()
        return (
            portfolio.total_return(),
            portfolio.sharpe_ratio(),
            portfolio.max_drawdown(),
            portfolio.trades.count(),
        )

    def works(self) -> dict[str, Callable[[], object]]:
        return {"four metrics": self._four_metrics, "stats": lambda: self._portfolio().stats()}

    def outcome(self) -> Outcome:
        portfolio = self._portfolio()
        records = portfolio.trades.records
        columns = ("entry_idx", "exit_idx", "entry_price", "exit_price", "size", "pnl")
        trades = tuple(
            Trade(int(row[0]), int(row[1]), *(float(value) for value in row[2:]))
            for row in records[list(columns)].itertuples(index=False)
        )
        return Outcome(float(portfolio.final_value()), float(portfolio.max_drawdown()), trades)
