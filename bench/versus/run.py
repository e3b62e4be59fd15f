#!/usr/bin/env python3
"""Peak Trade and its peers side by side.

    run.py backtest                     one SMA backtest: peaktrade, raptorbt, vectorbt, backtesting.py
    run.py sweep                        1,000 SMA pairs: peaktrade, raptorbt's batch, vectorbt (13 s a call)
    run.py columns                      8 columns of given signals on 1,000,000 bars: peaktrade, raptorbt's batch
    run.py classes                      a strategy class, called bar by bar: peaktrade, backtesting.py
    run.py process --peak PATH          whole processes: time and memory of the command and of imports
    run.py data [--program PATH]        trade store, Parquet, memory, many loads (PATH: peak_store_bench of a build)
    run.py cache [--program PATH]       the cache's levels, from Python and C++ (PATH: peak_cache_versus of a build)
    run.py stages --program PATH        the stages of a backtest in C++ (peak_backtest_bench of a build)
    run.py every [--page FILE]          backtest, sweep, classes, process and cache: what `peak bench --vs` runs

The peers are pinned in requirements.txt beside this file; one that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


EVERY = ("backtest", "sweep", "classes", "process", "cache")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = parser.add_subparsers(dest="task", required=True)
    in_rounds = (
        ("backtest", "one SMA backtest, warm", 0.5, "10,000"),
        ("sweep", "1,000 SMA pairs, warm", 1.0, "10,000"),
        ("columns", "8 columns of given signals, warm", 1.0, "1,000,000"),
        ("classes", "a strategy class, called bar by bar", 0.5, "10,000"),
    )
    measured = []
    for name, what, seconds, bars in in_rounds:
        task = tasks.add_parser(name, help=what)
        task.add_argument("--rounds", type=int, default=5, help="turns of each contender (5)")
        task.add_argument("--seconds", type=float, default=seconds, help=f"time for each work in a round ({seconds})")
        task.add_argument("--bars", type=int, help=f"number of bars ({bars})")
        task.add_argument("--figure", choices=("median", "best"), default="median", help="of the calls of a round")
        task.add_argument("--only", nargs="+", metavar="CONTENDER", help="leave out all others")
        measured.append(task)
    process = tasks.add_parser("process", help="whole processes")
    process.add_argument("--peak", default="peak", help="the command (peak on the PATH)")
    process.add_argument("--runs", type=int, default=30, help="runs of each command (30)")
    process.add_argument("--bars", type=int, default=10_000, help="rows of the files (10,000)")
    process.add_argument("--without-peers", action="store_true", help="leave the peers' slow imports out")
    data = tasks.add_parser("data", help="trade store, Parquet, memory, many loads at once")
    data.add_argument("--rows", type=int, default=1_000_000, help="trades, and bars (1,000,000)")
    data.add_argument("--rounds", type=int, default=5, help="turns of each work (5)")
    data.add_argument("--program", help="peak_store_bench of a Release build, for the figures of C++")
    cache = tasks.add_parser("cache", help="the cache's levels")
    cache.add_argument("--rounds", type=int, default=30, help="turns of each contender (30)")
    cache.add_argument("--requests", type=int, default=0, help="in each trace for the hit ratios; 0: none (0)")
    cache.add_argument("--program", help="peak_cache_versus of a Release build, for the figures of C++")
    stages = tasks.add_parser("stages", help="the stages of a backtest in C++")
    stages.add_argument("--program", required=True, help="peak_backtest_bench of a Release build")
    stages.add_argument("--repetitions", type=int, default=7, help="of each stage (7)")
    for task in (*measured, process, data, cache, stages):
        task.add_argument("--json", type=Path, metavar="FILE", help="also write everything measured to FILE")
        task.add_argument("--record", type=Path, metavar="FILE", help="also put the tables into this document")
    every = tasks.add_parser("every", help="several tasks in turn, and a page of their tables")
    every.add_argument(
        "--tasks", nargs="+", choices=EVERY, default=list(EVERY), metavar="TASK", help="of " + ", ".join(EVERY)
    )
    every.add_argument("--peak", default="peak", help="the command (peak on the PATH)")
    every.add_argument("--page", type=Path, metavar="FILE", help="write the tables as .html or .md")
    every.add_argument("--quick", action="store_true", help="short rounds: a look at the tables, not figures to keep")
    return parser.parse_args()


def run(arguments: argparse.Namespace) -> dict:
    if arguments.task in ("backtest", "classes", "columns", "sweep"):
        import rounds

        given = (arguments.bars, arguments.rounds, arguments.seconds, arguments.figure, arguments.only)
        return rounds.run(arguments.task, *given)
    if arguments.task == "data":
        import data.task

        return data.task.run(arguments.rows, arguments.rounds, arguments.program)
    if arguments.task == "cache":
        import cache.task

        return cache.task.run(arguments.program, arguments.rounds, arguments.requests)
    if arguments.task == "process":
        import process.task

        return process.task.run(arguments.peak, arguments.runs, arguments.bars, not arguments.without_peers)
    import stages.task

    return stages.task.run(arguments.program, arguments.repetitions)


def run_every(arguments: argparse.Namespace) -> None:
    """Each task by its own defaults. One that cannot run is told; the others go on, and the end is a failure."""
    import page
    import process.task
    import rounds

    texts, failed = [], []
    for task in arguments.tasks:
        print(f"\n== {task}\n", flush=True)
        try:
            if task == "cache":
                import cache.task

                found = cache.task.run(None, 3 if arguments.quick else 30, 0)
            elif task == "process":
                found = process.task.run(arguments.peak, 3 if arguments.quick else 30, 10_000, not arguments.quick)
            else:
                found = rounds.run(
                    task, None, 1 if arguments.quick else 5, 0.02 if arguments.quick else 0.5, "median", None
                )
            texts.append((task, found["page"]))
        except SystemExit as error:
            print(f"{task}: {error}", file=sys.stderr)
            failed.append(task)
    if arguments.page and texts:
        page.write(arguments.page, texts)
        print(f"\nwritten: {arguments.page}")
    if failed:
        raise SystemExit(f"without figures: {', '.join(failed)}")


def main() -> None:
    arguments = parse_arguments()
    if arguments.task == "every":
        run_every(arguments)
        return
    found = run(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if arguments.record:
        from page import record

        record(arguments.record, arguments.task, found["page"])


if __name__ == "__main__":
    main()
