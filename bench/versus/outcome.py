"""What a contender's backtest came to, in a form in which contenders can be compared."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Trade:
    entry_bar: int
    exit_bar: int
    entry_price: float
    exit_price: float
    size: float
    pnl: float  # after the fees of both fills


@dataclass(frozen=True)
class Outcome:
    final_equity: float
    max_drawdown: float | None  # a fraction, negative; None where it is not of the equity at every close
    trades: tuple[Trade, ...]

    def to_json(self) -> dict:
        return {
            "final_equity": self.final_equity,
            "max_drawdown": self.max_drawdown,
            "trades": [[getattr(trade, field.name) for field in fields(Trade)] for trade in self.trades],
        }

    @staticmethod
    def from_json(value: dict) -> Outcome:
        trades = tuple(Trade(*row) for row in value["trades"])
        return Outcome(value["final_equity"], value["max_drawdown"], trades)


def _far(a: float, b: float, tolerance: float, scale: float = 0.0) -> bool:
    return not abs(a - b) <= tolerance * max(abs(a), abs(b), scale)


def difference(reference: Outcome, other: Outcome, tolerance: float) -> str | None:
    """The first difference above `tolerance` (relative), or None. Bars must be equal."""
    if len(reference.trades) != len(other.trades):
        return f"{len(other.trades)} trades instead of {len(reference.trades)}"
    for number, (a, b) in enumerate(zip(reference.trades, other.trades)):
        if (a.entry_bar, a.exit_bar) != (b.entry_bar, b.exit_bar):
            return (
                f"trade {number} holds from bar {b.entry_bar} to {b.exit_bar} "
                f"instead of from {a.entry_bar} to {a.exit_bar}"
            )
        for name in ("entry_price", "exit_price", "size"):
            if _far(getattr(a, name), getattr(b, name), tolerance):
                return f"{name} of trade {number} is {getattr(b, name)!r} instead of {getattr(a, name)!r}"
        # A profit is a small difference of two large values: it is as exact as they are.
        if _far(a.pnl, b.pnl, tolerance, a.entry_price * a.size):
            return f"pnl of trade {number} is {b.pnl!r} instead of {a.pnl!r}"
    for name in ("final_equity", "max_drawdown"):
        a, b = getattr(reference, name), getattr(other, name)
        if a is not None and b is not None and _far(a, b, tolerance):
            return f"{name} is {b!r} instead of {a!r}"
    return None
