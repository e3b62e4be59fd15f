#!/usr/bin/env python3
"""Whether an indicator's column is had sooner from the cache than by computing it: nanoseconds for a bar, the best of many.

    indicator_columns.py [--bars 10000 1000000] [--rounds 20]

Columns: computing it; from memory with the key made of the prices' content; from the folder likewise; storing it there
once. What a backtest could save is the first less one of the next two, and what it would pay for the first time is the
last.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from peaktrade import indicators
from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.cache.decorators import cached


def best(rounds: int, call: Callable[[], Any]) -> float:
    shortest = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest * 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    print(f"{'indicator':12} {'bars':>9} {'compute':>9} {'memory':>9} {'folder':>9} {'store':>9}   ns per bar")
    for bars in arguments.bars:
        close = 100 + np.random.default_rng(1).normal(0, 0.01, bars).cumsum()
        works: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
            "sma 50": (indicators.sma, (close, 50)),
            "ema 50": (indicators.ema, (close, 50)),
            "rsi 14": (indicators.rsi, (close, 14)),
            "stddev 20": (indicators.stddev, (close, 20)),
            "macd": (indicators.macd, (close,)),
            "atr 14": (indicators.atr, (close + 1, close - 1, close, 14)),
        }
        for name, (function, given) in works.items():
            with (
                tempfile.TemporaryDirectory() as folder,
                MultiLevelCache(l1_ttl=0, l3_path=folder) as below,  # whose memory keeps nothing
                MultiLevelCache(l3_enabled=False) as memory,
            ):
                kept = cached(cache=memory)(function)
                column = np.asarray(kept(*given))
                below.set("column", column)

                def from_folder(kept=kept, given=given, below=below):
                    kept.cache_key(*given)
                    return below.get("column")

                figures = [
                    best(arguments.rounds, lambda f=function, g=given: f(*g)),
                    best(arguments.rounds, lambda k=kept, g=given: k(*g)),
                    best(arguments.rounds, from_folder),
                    best(arguments.rounds, lambda b=below, c=column: b.set("column", c)),
                ]
            print(f"{name:12} {bars:9}", *(f"{figure / bars:9.2f}" for figure in figures))


if __name__ == "__main__":
    main()
