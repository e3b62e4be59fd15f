"""Whole processes: `peak`, and the imports of peaktrade and of its peers; warm page cache."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from figures import Spread, seconds_text, spread_text, table
from market import random_walk, write_csv, write_parquet
from page import Page
from process.measure import Command, CommandError

MEGABYTE = 1_000_000
OPTIONS = ("--set", "fast=10", "--set", "slow=50", "--commission", "0.001")
# name: (most seconds, most resident bytes, the command whose time is taken off first)
MARKS: dict[str, tuple[float | None, int | None, str | None]] = {
    "peak --version": (0.005, None, None),
    "peak backtest, CSV": (0.020, 60 * MEGABYTE, None),
    "peak backtest, Parquet": (0.050, 60 * MEGABYTE, None),
    "import peaktrade": (0.030, None, "bare interpreter"),
    "backtest of arrays": (0.040, None, "interpreter and numpy"),
}
PEERS = ("raptorbt", "backtesting", "vectorbt")

BACKTEST_OF_ARRAYS = """
import numpy as np
import peaktrade as pt
close = np.round(100 + np.cumsum(np.random.default_rng(1).normal(0, 0.1, {size})), 2).clip(1)
time = np.arange({size}, dtype=np.int64) * 3_600_000_000_000 + 1_577_836_800_000_000_000
pt.backtest({{"time": time, "close": close}}, "sma_cross", commission=0.001).metrics
"""
NUMPY_AND_ARRAYS = BACKTEST_OF_ARRAYS.replace("import peaktrade as pt\n", "").split("pt.backtest")[0]


def _commands(peak: str, folder: Path, size: int, with_peers: bool) -> list[Command]:
    bars = random_walk(size, seed=1)
    csv, parquet = folder / "bars.csv", folder / "bars.parquet"
    write_csv(bars, csv)
    write_parquet(bars, parquet)
    python = [sys.executable, "-c"]
    commands = [
        Command("an empty process", ["true"]),
        Command("peak --version", [peak, "--version"]),
        Command("peak backtest, CSV", [peak, "backtest", "sma_cross", "--data", str(csv), *OPTIONS]),
        Command("peak backtest, Parquet", [peak, "backtest", "sma_cross", "--data", str(parquet), *OPTIONS]),
        Command("bare interpreter", [*python, "pass"]),
        Command("import peaktrade", [*python, "import peaktrade; peaktrade.backtest"]),
        Command("interpreter and numpy", [*python, NUMPY_AND_ARRAYS.format(size=size)]),
        Command("backtest of arrays", [*python, BACKTEST_OF_ARRAYS.format(size=size)]),
    ]
    if with_peers:
        commands += [Command(f"import {name}", [*python, f"import {name}"]) for name in PEERS]
    return commands


def _present(commands: list[Command], page: Page) -> tuple[list[Command], dict[str, str]]:
    present, missing = [], {}
    for command in commands:
        try:
            command.check()
            present.append(command)
        except CommandError as error:
            missing[command.name] = str(error)
            page.say(f"Without {command.name}: {error}")
    return present, missing


def _rows(commands: list[Command]) -> list[dict]:
    medians = {command.name: statistics.median(command.seconds) for command in commands}
    rows = []
    for command in commands:
        most_seconds, most_bytes, base = MARKS.get(command.name, (None, None, None))
        above = medians[command.name] - medians[base] if base in medians else None
        spread = Spread.of(command.seconds)
        figure = spread.median if base is None else above
        met = None if most_seconds is None or figure is None else figure <= most_seconds
        if met and most_bytes is not None and command.resident_bytes is not None:
            met = command.resident_bytes <= most_bytes
        rows.append(
            {
                "name": command.name,
                "seconds": spread.to_json(),
                "cpu_seconds": Spread.of(command.cpu_seconds).to_json(),
                "above": above,
                "base": base,
                "resident_bytes": command.resident_bytes,
                "mark_seconds": most_seconds,
                "mark_bytes": most_bytes,
                "met": met,
            }
        )
    return rows


def _mark_text(row: dict) -> str:
    parts = []
    if row["mark_seconds"] is not None:
        above = f" above {row['base']}" if row["base"] else ""
        parts.append(f"<= {seconds_text(row['mark_seconds'])}{above}")
    if row["mark_bytes"] is not None:
        parts.append(f"<= {row['mark_bytes'] / MEGABYTE:.0f} MB")
    return ", ".join(parts)


def _say_table(page: Page, rows: list[dict], runs: int) -> None:
    page.say(f"Median and range of {runs} runs, each command in turn; largest resident memory of one run.")
    page.say("The marks are for a quiet machine; on a busy one look at the least time and the least CPU time.\n")
    lines = [
        (
            row["name"],
            spread_text(Spread(**row["seconds"])),
            seconds_text(row["cpu_seconds"]["low"]),
            "" if row["above"] is None else seconds_text(max(row["above"], 0.0)),
            "" if row["resident_bytes"] is None else f"{row['resident_bytes'] / MEGABYTE:.1f} MB",
            _mark_text(row),
            {None: "", True: "met", False: "missed"}[row["met"]],
        )
        for row in rows
    ]
    page.say(table(("process", "time", "least CPU time", "above its base", "memory", "mark", ""), lines))


def run(peak: str, runs: int, size: int, with_peers: bool) -> dict:
    """Measures and prints; returns everything as one object."""
    page = Page()
    page.say(f"Whole processes, {size:,} rows, warm page cache.\n")
    with tempfile.TemporaryDirectory() as folder:
        commands, missing = _present(_commands(peak, Path(folder), size, with_peers), page)
        for _ in range(runs):
            for command in commands:
                command.run_once()
        for command in commands:
            command.measure_memory()
    rows = _rows(commands)
    _say_table(page, rows, runs)
    return {"task": "process", "rows": size, "runs": runs, "missing": missing, "commands": rows, "page": page.text()}
