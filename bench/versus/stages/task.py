"""The stages of a backtest in C++, from the benchmark program of bench/backtest."""

from __future__ import annotations

import json
import subprocess

from figures import Spread, seconds_text, spread_text, table
from page import Page

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
MARKS = {"whole_backtest/1000000": 0.015}


def _measure(program: str, repetitions: int) -> dict[str, list[float]]:
    names = subprocess.run([program, "--benchmark_list_tests"], stdout=subprocess.PIPE, check=True, text=True).stdout
    line = [program, f"--benchmark_repetitions={repetitions}", "--benchmark_format=json", "--benchmark_min_time=0.2"]
    line.append("--benchmark_enable_random_interleaving=true")
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    times: dict[str, list[float]] = {name: [] for name in names.split()}  # in their order; interleaving shuffles them
    for row in json.loads(done.stdout)["benchmarks"]:
        if row["run_type"] == "iteration":
            times[row["run_name"]].append(row["cpu_time"] * SECONDS[row["time_unit"]])
    return times


def run(program: str, repetitions: int) -> dict:
    """Measures and prints; returns everything as one object."""
    page = Page()
    page.say("sma_cross 10/50 in C++, hourly bars on a grid of cents, fill at the close, fee 0.1 %.")
    page.say(f"CPU time; median and range of {repetitions} interleaved repetitions.\n")
    spreads = {name: Spread.of(times) for name, times in _measure(program, repetitions).items()}
    rows = []
    for name, spread in spreads.items():
        stage, _, size = name.partition("/")
        mark = f"<= {seconds_text(MARKS[name])}" if name in MARKS else ""
        rows.append((stage.replace("_", " "), f"{int(size):,}" if size else "", spread_text(spread), mark))
    page.say(table(("stage", "bars", "time", "mark"), rows))
    return {"task": "stages", "seconds": {n: s.to_json() for n, s in spreads.items()}, "page": page.text()}
