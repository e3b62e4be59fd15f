"""Medians, ranges, and their text."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))


@dataclass(frozen=True)
class Spread:
    """The median of some figures, with the smallest and the largest."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        return Spread(statistics.median(values), min(values), max(values))

    def to_json(self) -> dict:
        return {"median": self.median, "low": self.low, "high": self.high}


def seconds_text(seconds: float) -> str:
    """Three significant digits in the fitting unit: 1.23 ms."""
    for unit, name in _UNITS:
        if seconds >= unit or unit == _UNITS[-1][0]:
            return f"{significant(seconds / unit)} {name}"
    raise AssertionError


def significant(value: float) -> str:
    """Three significant digits, without an exponent for what is measured here."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread_text(spread: Spread, text=seconds_text) -> str:
    return f"{text(spread.median)} ({text(spread.low)} to {text(spread.high)})"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    line = lambda cells: "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([line(header), rule, *(line(row) for row in rows)])
