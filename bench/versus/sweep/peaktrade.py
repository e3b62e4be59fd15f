"""Peak Trade: one sweep of the built-in strategy sma_cross."""

from __future__ import annotations

from collections.abc import Callable

import peaktrade as pt

from market import Bars
from sweep.task import CASH, FAST, FEE, SLOW, SweepOutcome

PACKAGES = ("peaktrade",)
OPTIONS = {"cash": CASH, "commission": FEE, "fill": "same_close", "reuse": False}
GRID = {"fast": FAST, "slow": SLOW}


class Contender:
    def __init__(self, bars: Bars) -> None:
        names = ("time", "open", "high", "low", "close", "volume")
        self._columns = {name: getattr(bars, name) for name in names}

    def works(self) -> dict[str, Callable[[], object]]:
        return {
            "sweep": lambda: pt.sweep(self._columns, "sma_cross", GRID, **OPTIONS),
            "sweep, one core": lambda: pt.sweep(self._columns, "sma_cross", GRID, threads=1, **OPTIONS),
        }

    def outcome(self) -> SweepOutcome:
        metrics = ("final_equity", "max_drawdown", "closed_trades")
        frame = pt.sweep(self._columns, "sma_cross", GRID, metrics=metrics, **OPTIONS).to_pandas()
        return SweepOutcome(tuple(zip(*(frame[name].tolist() for name in metrics))))
