"""The cache beside its peers: from Python (measure.py), from C++ (native.cpp), and its hit ratios (ratios.py)."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from cache import measure
from cache.measure import Row
from figures import seconds_text, table
from page import Page

# Group and work as they begin -> the most seconds, the most times the group's first, the least throughput of two threads.
MARKS: dict[tuple[str, str], tuple[float, float, float]] = {
    ("hit in memory", "peaktrade"): (0, 1.5, 0),
    ("decorated", "peaktrade"): (400e-9, 0, 0),
    ("10,000 rows from the folder", "peaktrade to pandas"): (350e-6, 0, 0),
    ("10,000 rows from the folder", "peaktrade to Arrow"): (80e-6, 0, 0),
    ("100 bytes over Redis", "peaktrade"): (0, 0.5, 0),
    ("Redis that hangs", "first call"): (50e-3, 0, 0),
    ("Redis that hangs", "get"): (1e-6, 0, 0),
    ("Redis that hangs", "set"): (1e-6, 0, 0),
    ("C++, hit in memory", "MemoryCache::get by one thread"): (0, 1.5, 0),
    ("C++, hit in memory", "MemoryCache::visit"): (0, 1.5, 1.7),
    ("C++, hit in memory", "MemoryCache::get, "): (0, 0, 1.7),
    ("C++, 100 bytes, folder", "DiskCache::get"): (1e-6, 0, 0),
    ("C++, 100 bytes, folder", "DiskCache::set"): (5e-6, 0, 0),
    ("C++, 100 bytes, Redis", "RedisCache::get"): (0, 1.25, 0),
}


def _native(program: str) -> Iterator[Row]:
    """The lines of peak_cache_versus, with a server where there is one."""
    with measure.redis_server() if shutil.which("redis-server") else nullcontext((None, None)) as (port, _):
        words = [program] if port is None else [program, str(port)]
        done = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True)
    for line in done.stdout.splitlines():
        told = json.loads(line)
        yield Row(told["group"], told["work"], told["nanoseconds"] * 1e-9, told["ratio"], told["throughput"])


def _judged(row: Row) -> tuple[str, str]:
    """The mark, and whether it is met."""
    found = [mark for (group, work), mark in MARKS.items() if row.group.startswith(group) and row.work.startswith(work)]
    if not found:
        return "", ""
    seconds, ratio, throughput = found[0]
    parts, met = [], True
    if seconds:
        parts.append(f"<= {seconds_text(seconds)}")
        met &= row.seconds <= seconds
    if ratio and row.ratio:
        parts.append(f"<= {ratio:g}x")
        met &= row.ratio <= ratio
    if throughput and row.throughput:
        parts.append(f"two threads >= {throughput:g}x")
        met &= row.throughput >= throughput
    return ", ".join(parts), "met" if met else "missed"


def _ratios(page: Page, requests: int) -> None:
    if not importlib.util.find_spec("libcachesim"):
        page.say("\nWithout hit ratios: libcachesim is not installed.")
        return
    script = Path(__file__).with_name("ratios.py")
    done = subprocess.run([sys.executable, script, "--requests", str(requests)], stdout=subprocess.PIPE, text=True)
    told = done.stdout.strip().splitlines()
    means = told[told.index("") + 1 :]
    page.say(f"\nHit ratios beside libcachesim's S3-FIFO, {requests:,} requests to a trace: " + "; ".join(means) + ".")


def run(program: str | None, rounds: int, requests: int) -> dict:
    """Measures and prints; returns everything as one object."""
    page = Page()
    page.say(
        f"The cache, the best of {rounds} short rounds in turn; every answer was compared before the clock started.\n"
    )
    rows = [row for work in measure.WORKS for row in work(rounds)]
    if program:
        rows += _native(program)
    lines = []
    for row in rows:
        ratio = f"{row.ratio:.2f}x" if row.ratio else ""
        throughput = f"{row.throughput:.2f}x" if row.throughput else ""
        lines.append((row.group, row.work, seconds_text(row.seconds), ratio, throughput, *_judged(row)))
    page.say(table(("group", "work", "time", "times the first", "two threads", "mark", ""), lines))
    if requests:
        _ratios(page, requests)
    return {"task": "cache", "rows": [vars(row) for row in rows], "page": page.text()}
