"""Bars for the performance tests."""

import numpy as np


def bars(count):
    """A seeded walk of hourly bars, as a dict of arrays."""
    random = np.random.default_rng(7)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.005, count)))
    open_ = np.concatenate([[100.0], close[:-1]])
    return {
        "time": np.arange(count) * 3_600_000_000_000,
        "open": open_,
        "high": np.maximum(open_, close) * 1.001,
        "low": np.minimum(open_, close) * 0.999,
        "close": close,
        "volume": np.full(count, 1000.0),
    }
