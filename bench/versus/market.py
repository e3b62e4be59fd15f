"""Bars for the comparisons: a seeded random walk on a price grid of one cent, the same for every contender."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

START_NS = 1_577_836_800_000_000_000  # 2020-01-01 UTC
HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True)
class Bars:
    """Columns of equal length; times in nanoseconds UTC, prices in whole cents as float64."""

    time: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray

    def __len__(self) -> int:
        return len(self.close)

    @property
    def close_cents(self) -> np.ndarray:
        """The closes as integers, in which sums are exact."""
        return np.rint(self.close * 100).astype(np.int64)


def random_walk(size: int, seed: int) -> Bars:
    """Hourly bars with steps of about 1 %, pulled towards 100 so that a cent stays a small tick."""
    random = np.random.default_rng(seed)
    steps = random.normal(0.0, 0.01, size)
    close = np.empty(size)
    price = 100.0
    for i, step in enumerate(steps):
        price = max(1.0, price * (1.0 + step) + 0.0005 * (100.0 - price))
        close[i] = price
    close = np.round(close, 2)
    open_ = np.concatenate(([100.0], close[:-1]))
    spread = np.abs(random.normal(0.0, 0.003, (2, size)))
    high = np.round(np.maximum(open_, close) * (1.0 + spread[0]), 2)
    low = np.round(np.minimum(open_, close) * (1.0 - spread[1]), 2)
    volume = random.integers(1, 10_000, size).astype(np.float64)
    time = START_NS + HOUR_NS * np.arange(size, dtype=np.int64)
    return Bars(time, open_, high, low, close, volume)


def write_csv(bars: Bars, path: Path) -> None:
    """As most providers write it: a header, ISO times to the second, prices with two decimals."""
    stamps = np.datetime_as_string(bars.time.astype("datetime64[ns]"), unit="s")
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("time,open,high,low,close,volume\n")
        for row in zip(stamps, bars.open, bars.high, bars.low, bars.close, bars.volume):
            stamp, *prices, volume = row
            file.write(str(stamp).replace("T", " ") + "," + ",".join(f"{p:.2f}" for p in prices) + f",{volume:.0f}\n")


def write_parquet(bars: Bars, path: Path) -> None:
    """As pandas writes it by default: pyarrow, snappy."""
    import pyarrow
    import pyarrow.parquet

    columns = {
        "time": pyarrow.array(bars.time, pyarrow.timestamp("ns", "UTC")),
        **{name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")},
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), path, compression="snappy")
