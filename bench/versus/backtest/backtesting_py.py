"""backtesting.py: a strategy class called bar by bar, with fractional units as its documentation advises."""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ["TQDM_DISABLE"] = "1"  # no progress bar, which would cost time and clutter the output

import numpy as np
import pandas as pd
from backtesting import Strategy
from backtesting.lib import FractionalBacktest, crossover

from backtest.task import CASH, FAST, FEE, SLOW
from market import Bars
from outcome import Outcome, Trade

PACKAGES = ("backtesting",)


def _average(values: np.ndarray, window: int) -> np.ndarray:
    return pd.Series(values).rolling(window).mean().to_numpy()


class _Cross(Strategy):
    def init(self) -> None:
        self.fast = self.I(_average, self.data.Close, FAST)
        self.slow = self.I(_average, self.data.Close, SLOW)

    def next(self) -> None:
        if crossover(self.fast, self.slow):
            self.buy()
        elif crossover(self.slow, self.fast):
            self.position.close()


class Contender:
    def __init__(self, bars: Bars) -> None:
        columns = {name.title(): getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
        self._frame = pd.DataFrame(columns, index=pd.DatetimeIndex(bars.time))

    def _run(self) -> pd.Series:
        # The test is made anew each time, as the call of every other contender takes the data anew.
        test = FractionalBacktest(self._frame, _Cross, cash=CASH, commission=FEE, trade_on_close=True)
        return test.run()

    def works(self) -> dict[str, Callable[[], object]]:
        return {"run": self._run}

    def outcome(self) -> Outcome:
        stats = self._run()
        columns = ["EntryBar", "ExitBar", "EntryPrice", "ExitPrice", "Size", "PnL"]
        trades = tuple(
            Trade(int(row[0]), int(row[1]), *(float(value) for value in row[2:]))
            for row in stats["_trades"][columns].itertuples(index=False)
        )
        # Its equity shows a fill at a close, and the fee, only at the bar after; so its drawdown is another.
        return Outcome(float(stats["Equity Final [$]"]), None, trades)
