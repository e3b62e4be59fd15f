"""peaktrade.bounds: one strategy under the four readings of what prices did inside a bar (rule 13)."""

from __future__ import annotations

from ._backtest import backtest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ._result import BacktestResult

READINGS = ("worst", "best", "ohlc", "olhc")
SHOWN = ("total_return", "sharpe", "max_drawdown", "trades")


class Bounds:
    """The runs of ``bounds``: ``bounds["worst"]`` is a BacktestResult, ``ambiguous_share`` the share of its trades that
    hang on the order of prices inside a bar."""

    def __init__(self, runs: dict[str, BacktestResult]) -> None:
        self.runs = runs
        ambiguous = [bool(trade["ambiguous"]) for trade in runs["worst"].to_dict(trades=True)["trades"]]
        self.ambiguous_trades = sum(ambiguous)
        self.ambiguous_share = self.ambiguous_trades / len(ambiguous) if ambiguous else 0.0

    def __getitem__(self, reading: str) -> BacktestResult:
        return self.runs[reading]

    def __iter__(self) -> Iterator[str]:
        return iter(self.runs)

    def to_dict(self) -> dict[str, Any]:
        rows = {name: {metric: run.metrics[metric] for metric in SHOWN} for name, run in self.runs.items()}
        return {"ambiguous_trades": self.ambiguous_trades, "ambiguous_share": self.ambiguous_share, "runs": rows}

    def __repr__(self) -> str:
        lines = [f"{'':6}{'total return':>14}{'sharpe':>9}{'max drawdown':>14}{'trades':>8}"]
        for name, run in self.runs.items():
            total, sharpe, fall, trades = (run.metrics[metric] for metric in SHOWN)
            ratio = "-" if sharpe is None else f"{sharpe:.3f}"
            lines.append(f"{name:6}{total:>14.2%}{ratio:>9}{fall:>14.2%}{int(trades or 0):>8}")
        lines.append(f"{self.ambiguous_share:.2%} of trades hang on the order of prices inside a bar")
        return "\n".join(lines)


def bounds(data: Any, strategy: Any, params: Any = None, **options: Any) -> Bounds:
    """Runs ``backtest`` four times: worst case, best case, and the paths open-high-low-close and open-low-high-close.

    Takes the arguments of ``backtest``, but for ``ambiguity``.
    """
    if "ambiguity" in options:
        raise TypeError("bounds() runs all four readings; leave 'ambiguity' out, or call backtest() for one of them")
    runs = {name: backtest(data, strategy, params, ambiguity=name, **options) for name in READINGS}
    return Bounds(runs)
