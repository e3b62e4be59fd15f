"""The data of the task: a trades frame and a frame of bars, made from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd


def trades(rows: int) -> pd.DataFrame:
    """Trades of six symbols at two places; prices of two decimals, whole quantities, times in milliseconds."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "symbol": rng.choice(["BTC/USD", "ETH/USD", "SOL/USD", "ADA/USD", "XRP/USD", "DOT/USD"], rows),
            "side": rng.choice(["buy", "sell"], rows),
            "strategy": rng.choice(["mean_reversion", "breakout", "market_making"], rows),
            "quantity": rng.integers(1, 500, rows).astype(float),
            "price": np.round(100 + rng.standard_normal(rows).cumsum() * 0.01, 2),
            "timestamp": pd.to_datetime(1_600_000_000_000_000_000 + np.cumsum(rng.integers(1, 200, rows)) * 1_000_000),
        }
    )


def bars(rows: int) -> pd.DataFrame:
    """Bars of one minute on a grid of cents, volumes of eight digits, as an exchange has them."""
    rng = np.random.default_rng(2)
    close = np.round(200 + rng.standard_normal(rows).cumsum() * 0.05, 2)
    open_ = np.round(close + rng.standard_normal(rows) * 0.05, 2)
    top, bottom = np.maximum(open_, close), np.minimum(open_, close)
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.round(top + rng.exponential(0.05, rows), 2),
            "low": np.round(bottom - rng.exponential(0.05, rows), 2),
            "close": close,
            "volume": np.round(rng.lognormal(5, 1, rows), 4),
        },
        index=pd.date_range("2020-01-01", periods=rows, freq="1min", tz="UTC", name="time"),
    )
