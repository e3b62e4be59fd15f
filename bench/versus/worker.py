"""One contender in a process of its own: reads commands, one JSON object a line, and answers each with one.

    {"do": "outcome"}                      -> {"outcome": ..., "versions": ...}
    {"do": "round", "seconds": 0.3}        -> {"works": {label: {"median": s, "best": s, "calls": n}}}

A failure answers {"error": text}. What libraries print goes to standard error.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import statistics
import sys
import time
import traceback
from collections.abc import Callable

LEAST_CALLS = 3
LONGEST = 5  # times what a round is given: then fewer calls will do


def time_calls(work: Callable[[], object], seconds: float) -> dict:
    """Times single calls for about `seconds`, after one call that does not count."""
    work()
    times = []
    begun = time.perf_counter()
    while (
        not times
        or (spent := time.perf_counter() - begun) < seconds
        or (len(times) < LEAST_CALLS and spent < LONGEST * seconds)
    ):
        start = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - start)
    return {"median": statistics.median(times) * 1e-9, "best": min(times) * 1e-9, "calls": len(times)}


def version(package: str) -> str:
    """Of an installed package; of one that is imported from a build, what it says itself."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return str(importlib.import_module(package).__version__)


def answer(command: dict, contender, packages: tuple[str, ...]) -> dict:
    if command["do"] == "outcome":
        return {"outcome": contender.outcome().to_json(), "versions": {name: version(name) for name in packages}}
    works = contender.works().items()
    return {"works": {label: time_calls(work, command["seconds"]) for label, work in works}}


def main() -> None:
    task_name, contender_name, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library that prints must not break the protocol
    contender = packages = None
    for line in sys.stdin:
        try:
            if contender is None:
                task = importlib.import_module(f"{task_name}.task")
                module = importlib.import_module(f"{task_name}.{contender_name}")
                contender, packages = module.Contender(task.make_bars(size)), module.PACKAGES
            reply = answer(json.loads(line), contender, packages)
        except Exception as error:  # whatever a peer raises is the driver's to report
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    main()
