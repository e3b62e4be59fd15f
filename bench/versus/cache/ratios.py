#!/usr/bin/env python3
"""The memory level's hit ratios beside libcachesim's S3-FIFO, LRU and Belady's optimum, on traces of five groups.

    ratios.py [--requests 200000]       one line to a trace and size; exit status 1 where a mark is missed

Marks: no more than one point behind S3-FIFO on any trace, and something found on every loop. Needs libcachesim (pip
install libcachesim). Every trace is made the same each time, but for "identifiers": the names in the sources of Python's
standard library as they follow each other, which are as real and as large as the installed version.
"""

from __future__ import annotations

import argparse
import ast
import bisect
import itertools
import random
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import libcachesim

from peaktrade.core.cache import MultiLevelCache

Trace = list[int]


def zipf(keys: int, exponent: float, chance: random.Random) -> Iterator[int]:
    """Key k with probability in proportion to 1 / (k + 1)^exponent."""
    sums = list(itertools.accumulate((k + 1) ** -exponent for k in range(keys)))
    while True:
        yield bisect.bisect_left(sums, chance.random() * sums[-1])


def traces(requests: int) -> Iterator[tuple[str, str, Trace]]:
    """Group, name and keys."""
    chance = random.Random(42)
    for exponent in (0.7, 0.9, 1.1):
        keys = zipf(20_000, exponent, chance)
        yield "Zipf", f"zipf {exponent}", list(itertools.islice(keys, requests))
    for share in (4, 2):
        keys, fresh = zipf(20_000, 0.9, chance), itertools.count(10**9)
        scanned = [next(fresh) if i // 1000 % share == 0 else next(keys) for i in range(requests)]
        yield "scan", f"zipf 0.9, one in {share} a scan", scanned
    for length in (600, 1_100, 2_500, 10_000, 30_000):
        yield "loop", f"loop of {length}", [i % length for i in range(requests)]
    for drift in (50, 500):
        keys = zipf(20_000, 0.9, chance)
        yield "shifting", f"popular keys move, {drift}", [next(keys) + i // 5_000 * drift for i in range(requests)]
    yield "real", "identifiers", list(itertools.islice(identifiers(), requests))
    yield "real", "research", list(itertools.islice(research(chance), requests))


def identifiers() -> Iterator[int]:
    numbers: dict[str, int] = {}
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            name = getattr(node, "id", None) or getattr(node, "attr", None)
            if isinstance(name, str):
                yield numbers.setdefault(name, len(numbers))


def research(chance: random.Random) -> Iterator[int]:
    """Sweeps that are repeated, widened, and run with one thing changed: a key is an option, a fast and a slow length."""
    for turn in itertools.count():
        changed, width = chance.randrange(20) % 3, 20 + turn % 40
        for fast in range(width):
            for slow in range(20):
                yield changed << 40 | fast << 20 | slow


def ours(trace: Trace, size: int) -> float:
    with MultiLevelCache(l1_size=size, l1_bytes=0, l1_ttl=None, l3_enabled=False) as cache:
        hits = 0
        for key in map(str, trace):
            if cache.get(key) is None:
                cache.set(key, True)
            else:
                hits += 1
        if cache.get_stats()["l1"]["hits"] != hits:
            raise SystemExit("the cache counted other hits than it gave")
        return hits / len(trace)


def theirs(policy: str, trace: Trace, size: int) -> float:
    cache = getattr(libcachesim, policy)(cache_size=size, hashpower=16)
    request, hits = libcachesim.Request(), 0
    request.obj_size = 1
    following = next_uses(trace) if policy == "Belady" else None
    for i, key in enumerate(trace):
        request.obj_id = key
        if following is not None:
            request.next_access_vtime = following[i]
        hits += cache.get(request)
    return hits / len(trace)


def next_uses(trace: Trace) -> list[int]:
    never, last = 2**62, {}
    uses = [never] * len(trace)
    for i in range(len(trace) - 1, -1, -1):
        uses[i] = last.get(trace[i], never)
        last[trace[i]] = i
    return uses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000, help="in each trace (200,000)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 4000], help="entries (100 1000 4000)")
    arguments = parser.parse_args()
    print(f"{'trace':34} {'entries':>8} {'optimum':>8} {'LRU':>8} {'S3-FIFO':>8} {'peaktrade':>10} {'points':>8}")
    points: dict[str, list[float]] = {}
    silent = []
    for group, name, trace in traces(arguments.requests):
        for size in arguments.sizes:
            if len(set(trace)) <= size:
                continue
            best, lru, s3 = (theirs(policy, trace, size) for policy in ("Belady", "LRU", "S3FIFO"))
            own = ours(trace, size)
            points.setdefault(group, []).append(100 * (own - s3))
            if group == "loop" and own == 0:
                silent.append(f"{name}, {size} entries")
            ratios = " ".join(f"{100 * ratio:7.2f}%" for ratio in (best, lru, s3))
            print(f"{name:34} {size:8} {ratios} {100 * own:9.2f}% {100 * (own - s3):+8.2f}")
    print()
    for group, differences in points.items():
        mean = sum(differences) / len(differences)
        print(f"{group:34} mean {mean:+.2f} points, worst {min(differences):+.2f}")
    missed = [group for group, differences in points.items() if min(differences) < -1]
    for group in missed:
        print(f"{group}: more than a point behind S3-FIFO")
    for loop in silent:
        print(f"{loop}: nothing was found")
    return 1 if missed or silent else 0


if __name__ == "__main__":
    sys.exit(main())
