"""Eight columns of given signals on the same bars: return, Sharpe ratio and drawdown of each, warm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market import Bars, random_walk

TITLE = "8 columns of given signals, arrays to return, Sharpe ratio and drawdown, warm"
CONVENTION = (
    "signal at close, fill at that close, all-in, long only, 10,000 in cash; sparse: a round trip every 1,440 bars, fee "
    "0.1 % per fill; dense: an order on every bar, fee 0.0001 % (at 0.1 % nothing would be left)"
)
COLUMNS = 8
CASH = 10_000.0
FEES = {"sparse": 0.001, "dense": 1e-6}
PERIODS = {"sparse": 1440, "dense": 2}
HOURS_PER_YEAR = 8760.0
DEFAULT_BARS = 1_000_000

CONTENDERS = ("peaktrade", "raptorbt")
TOLERANCE = 1e-8  # money is a product of up to a million fills; the peer adds up in another order
COMPARISONS = (("raptorbt", "sparse", "sparse", 116), ("raptorbt", "dense", "dense", 287))


def signals(size: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Entries and exits with a row for each bar; each column begins a little later. The last exit leaves all flat."""
    entries, exits = np.zeros((size, COLUMNS), bool), np.zeros((size, COLUMNS), bool)
    period = PERIODS[kind]
    for column in range(COLUMNS):
        first = column * period // 16 if kind == "sparse" else column
        starts = np.arange(first, size - period, period)
        entries[starts, column] = True
        exits[starts + period // 2, column] = True
    return entries, exits


@dataclass(frozen=True)
class ColumnsOutcome:
    """Final equity, largest drawdown (negative) and closed trades of each column, sparse ones first."""

    rows: tuple[tuple[float, float, int], ...]

    def to_json(self) -> dict:
        return {"rows": self.rows}

    @staticmethod
    def from_json(value: dict) -> ColumnsOutcome:
        return ColumnsOutcome(tuple((row[0], row[1], int(row[2])) for row in value["rows"]))


OUTCOME = ColumnsOutcome


def make_bars(size: int = DEFAULT_BARS) -> Bars:
    return random_walk(size, seed=1)


def check(outcomes: dict[str, ColumnsOutcome]) -> list[str]:
    reference_name, reference = next(iter(outcomes.items()))
    problems = []
    for name, outcome in outcomes.items():
        for column, (ours, theirs) in enumerate(zip(reference.rows, outcome.rows, strict=True)):
            far = [abs(a - b) > TOLERANCE * max(abs(a), abs(b)) for a, b in zip(ours[:2], theirs[:2])]
            if any(far) or ours[2] != theirs[2]:
                problems.append(f"{name} against {reference_name}, column {column}: {theirs} instead of {ours}")
    return problems[:5]


def summary(outcomes: dict[str, ColumnsOutcome]) -> str:
    rows = next(iter(outcomes.values())).rows
    sparse, dense = sum(row[2] for row in rows[:COLUMNS]), sum(row[2] for row in rows[COLUMNS:])
    return f"{sparse:,} trades in sparse columns, {dense:,} in dense ones"
