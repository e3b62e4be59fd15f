"""Peak Trade: all columns in one call."""

from __future__ import annotations

from collections.abc import Callable

import peaktrade as pt

from columns.task import CASH, FEES, ColumnsOutcome, signals
from market import Bars

PACKAGES = ("peaktrade",)
METRICS = ("total_return", "sharpe", "max_drawdown")


class Contender:
    def __init__(self, bars: Bars) -> None:
        names = ("time", "open", "high", "low", "close", "volume")
        self._columns = {name: getattr(bars, name) for name in names}
        self._signals = {kind: signals(len(bars), kind) for kind in FEES}

    def _run(self, kind: str, metrics: tuple[str, ...] = METRICS, threads: int | None = None) -> pt.ColumnsResult:
        options = {"cash": CASH, "commission": FEES[kind], "fill": "same_close"}
        return pt.backtest_columns(self._columns, *self._signals[kind], metrics=metrics, threads=threads, **options)

    def works(self) -> dict[str, Callable[[], object]]:
        return {
            "sparse": lambda: self._run("sparse"),
            "dense": lambda: self._run("dense"),
            "sparse, one core": lambda: self._run("sparse", threads=1),
            "dense, one core": lambda: self._run("dense", threads=1),
        }

    def outcome(self) -> ColumnsOutcome:
        metrics = ("final_equity", "max_drawdown", "closed_trades")
        rows: list[tuple[float, float, int]] = []
        for kind in FEES:
            result = self._run(kind, metrics)
            rows += zip(*(result[name].tolist() for name in metrics))
        return ColumnsOutcome(tuple(rows))
