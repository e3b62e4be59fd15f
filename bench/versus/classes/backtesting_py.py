"""backtesting.py: its strategy class is the one of the task backtest."""

from __future__ import annotations

from backtest.backtesting_py import PACKAGES, Contender

__all__ = ["PACKAGES", "Contender"]
