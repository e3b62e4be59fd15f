"""One SMA 10/50 crossing backtest, warm, from arrays in memory to all metrics."""

from __future__ import annotations

import numpy as np

from market import Bars, random_walk
from outcome import Outcome, difference

TITLE = "one SMA 10/50 backtest, arrays to metrics, warm"
CONVENTION = "signal at close, fill at that close, fee 0.1 % per fill, all-in, long only, 10,000 in cash"
FAST, SLOW, CASH, FEE = 10, 50, 10_000.0, 0.001
HOURS_PER_YEAR = 8760.0
DEFAULT_BARS = 10_000

# Each file of this folder by its name; the first is the one whose time the others' times are divided by.
CONTENDERS = ("peaktrade", "raptorbt", "vectorbt", "backtesting_py")
# Relative difference allowed between a contender's money and the reference's. backtesting.py trades whole multiples of
# a smallest unit (1e-8 here), which leaves a little cash out of an "all-in" order.
TOLERANCE = 1e-12
TOLERANCES = {"backtesting_py": 1e-8}
# (contender, its work, our work, how many times faster ours is meant to be)
COMPARISONS = (
    ("raptorbt", "own signals", "own signals", 10),
    ("raptorbt", "given signals", "given signals", None),
    ("vectorbt", "four metrics", "own signals", 400),
    ("vectorbt", "stats", "own signals", None),
    ("backtesting_py", "run", "own signals", None),
)


def _has_tie(bars: Bars) -> bool:
    """True if the averages are exactly equal somewhere: there rounding decides, and every library rounds otherwise."""
    sums = np.concatenate(([0], np.cumsum(bars.close_cents)))
    fast = sums[FAST:] - sums[:-FAST]
    slow = sums[SLOW:] - sums[:-SLOW]
    return bool(np.any(fast[SLOW - FAST :] * (SLOW // FAST) == slow))


def _ends_flat(bars: Bars) -> bool:
    """True if the last bars are flat, so that no contender's rule for the end of the data comes into play."""
    close = bars.close_cents
    return all(close[i - FAST : i].mean() < close[i - SLOW : i].mean() for i in range(len(bars) - 2, len(bars) + 1))


def make_bars(size: int = DEFAULT_BARS) -> Bars:
    """The first random walk without a tie that ends flat."""
    if size < 2 * SLOW:
        raise ValueError(f"{size} bars are too few for averages of {SLOW}")
    seed = 1
    while True:
        bars = random_walk(size, seed)
        if _ends_flat(bars) and not _has_tie(bars):
            return bars
        seed += 1


def check(outcomes: dict[str, Outcome]) -> list[str]:
    """What is not equal; empty if every contender made the same trades. The first contender is the reference."""
    reference_name, reference = next(iter(outcomes.items()))
    if not reference.trades:
        return [f"{reference_name} made no trade, so that equal results would prove nothing"]
    problems = []
    for name, outcome in outcomes.items():
        tolerance = max(TOLERANCES.get(name, TOLERANCE), TOLERANCES.get(reference_name, TOLERANCE))
        if found := difference(reference, outcome, tolerance):
            problems.append(f"{name} against {reference_name}: {found}")
    return problems


def summary(outcomes: dict[str, Outcome]) -> str:
    reference = next(iter(outcomes.values()))
    return f"{len(reference.trades)} trades, final equity {reference.final_equity:.6f}"
