"""A thousand pairs of averages on the same bars: return, Sharpe ratio, drawdown and trades of each, warm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market import Bars, random_walk

TITLE = "1,000 SMA pairs, arrays to return, Sharpe ratio, drawdown and trades, warm"
CONVENTION = "signal at close, fill at that close, fee 0.1 % per fill, all-in, long only, 10,000 in cash"
FAST = tuple(range(5, 55))
SLOW = tuple(range(60, 260, 10))
PAIRS = tuple((fast, slow) for fast in FAST for slow in SLOW)
CASH, FEE = 10_000.0, 0.001
HOURS_PER_YEAR = 8760.0
DEFAULT_BARS = 10_000

CONTENDERS = ("peaktrade", "raptorbt", "vectorbt")
TOLERANCE = 1e-9  # money is a product of some hundred trades; the peer adds up in another order
COMPARISONS = (("raptorbt", "batch", "sweep", 80), ("vectorbt", "four metrics", "sweep", 1500))


@dataclass(frozen=True)
class SweepOutcome:
    """Final equity, largest drawdown (negative) and closed trades of each pair."""

    rows: tuple[tuple[float, float, int], ...]

    def to_json(self) -> dict:
        return {"rows": self.rows}

    @staticmethod
    def from_json(value: dict) -> SweepOutcome:
        return SweepOutcome(tuple((row[0], row[1], int(row[2])) for row in value["rows"]))


OUTCOME = SweepOutcome


def make_bars(size: int = DEFAULT_BARS) -> Bars:
    """A random walk without ties of averages (closes off the price grid) whose last bars fall so that every pair ends
    flat: there rounding and each library's rule for the end of the data would decide."""
    if size < 4 * max(SLOW):
        raise ValueError(f"{size} bars are too few for averages of {max(SLOW)}")
    bars = random_walk(size, seed=1)
    random = np.random.default_rng(2)
    close = bars.close * (1 + random.uniform(-1e-5, 1e-5, size))
    tail = 3 * max(SLOW)
    close[-tail:] = close[-tail - 1] * (0.998 ** np.arange(1, tail + 1)) * (1 + random.uniform(0, 1e-6, tail))
    open_ = np.concatenate(([close[0]], close[:-1]))
    high, low = np.maximum(open_, close) * 1.001, np.minimum(open_, close) * 0.999
    return Bars(bars.time, open_, high, low, close, bars.volume)


def check(outcomes: dict[str, SweepOutcome]) -> list[str]:
    reference_name, reference = next(iter(outcomes.items()))
    problems = []
    for name, outcome in outcomes.items():
        for pair, ours, theirs in zip(PAIRS, reference.rows, outcome.rows, strict=True):
            far = [abs(a - b) > TOLERANCE * max(abs(a), abs(b)) for a, b in zip(ours[:2], theirs[:2])]
            if any(far) or ours[2] != theirs[2]:
                problems.append(f"{name} against {reference_name}, pair {pair}: {theirs} instead of {ours}")
    return problems[:5]


def summary(outcomes: dict[str, SweepOutcome]) -> str:
    reference = next(iter(outcomes.values()))
    trades = sum(row[2] for row in reference.rows)
    return f"{len(PAIRS):,} pairs, {trades:,} trades, best final equity {max(row[0] for row in reference.rows):.6f}"
