"""vectorbt with its Rust engine: averages, crossings and Portfolio.from_signals for a hundred pairs at a time, since all
thousand at once take 1.7 GB."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd
import vectorbt as vbt

from market import Bars
from sweep.task import CASH, FEE, PAIRS, SweepOutcome

PACKAGES = ("vectorbt", "vectorbt-rust")
AT_ONCE = 100


class Contender:
    def __init__(self, bars: Bars) -> None:
        self._close = pd.Series(bars.close, index=pd.DatetimeIndex(bars.time), name="close")

    def _portfolios(self) -> Iterator[vbt.Portfolio]:
        for first in range(0, len(PAIRS), AT_ONCE):
            pairs = PAIRS[first : first + AT_ONCE]
            fast = vbt.MA.run(self._close, [pair[0] for pair in pairs])
            slow = vbt.MA.run(self._close, [pair[1] for pair in pairs])
            entries, exits = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
            yield vbt.Portfolio.from_signals(self._close, entries, exits, init_cash=CASH, fees=FEE, freq="1h")

    def _four_metrics(self) -> list[tuple]:
        return [
            (made.total_return(), made.sharpe_ratio(), made.max_drawdown(), made.trades.count())
            for made in self._portfolios()
        ]

    def works(self) -> dict[str, Callable[[], object]]:
        return {"four metrics": self._four_metrics}

    def outcome(self) -> SweepOutcome:
        rows = []
        for made in self._portfolios():
            columns = (made.final_value(), made.max_drawdown(), made.trades.count())
            rows += zip(*(column.to_numpy().tolist() for column in columns))
        return SweepOutcome(tuple((float(row[0]), float(row[1]), int(row[2])) for row in rows))
