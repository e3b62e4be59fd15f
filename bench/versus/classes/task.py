"""The same moving-average strategy as a Python class, called bar by bar."""

from __future__ import annotations

from backtest.task import CASH, FAST, FEE, SLOW, check, make_bars, summary

__all__ = ["CASH", "FAST", "FEE", "SLOW", "check", "make_bars", "summary"]

TITLE = "a moving-average strategy as a Python class, called on every bar"
CONVENTION = "signal at close, fill at that close, fee 0.1 % per fill, all-in, long only, 10,000 in cash"
DEFAULT_BARS = 10_000
CONTENDERS = ("peaktrade", "backtesting_py")
COMPARISONS = (("backtesting_py", "run", "class", 20),)
