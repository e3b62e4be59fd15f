#!/usr/bin/env python3
"""The cache from Python beside its peers, in turns in one process; each contender's answers are compared before the clock starts.

    measure.py [--rounds 30]        one line to a contender: best time, and its ratio to the first of its group

Peers that are not installed, and Redis where there is no redis-server, are left out. Peers: cachebox, functools, redis-py,
diskcache. Columns: microseconds of the best round, ratio.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import timeit
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.cache.decorators import cached

Contenders = dict[str, tuple[str, dict[str, Any]]]  # name -> statement and its names


@dataclass
class Row:
    """What was measured: seconds of the best round, and their ratio to those of the group's first (0: none)."""

    group: str
    work: str
    seconds: float
    ratio: float = 0.0
    throughput: float = 0.0  # of two threads over that of one (0: not measured)


def measure(title: str, contenders: Contenders, rounds: int, calls: int) -> list[Row]:
    """The best time of each, and its ratio to the first."""
    answers = [eval(statement, names) for statement, names in contenders.values()]
    for name, answer in zip(contenders, answers, strict=True):
        if not same(answer, answers[0]):
            raise SystemExit(f"{title}: {name} answers {answer!r}, not {answers[0]!r}")
    timers = {name: timeit.Timer(statement, globals=names) for name, (statement, names) in contenders.items()}
    best = dict.fromkeys(timers, float("inf"))
    for _ in range(rounds):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(calls) / calls * 1e6)
    first = next(iter(best.values()))
    return [Row(title, name, taken * 1e-6, taken / first) for name, taken in best.items()]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, pa.Table):
        one = one.to_pandas()
    if isinstance(other, pa.Table):
        other = other.to_pandas()
    if isinstance(one, pd.DataFrame):
        return bool((one.to_numpy() == other.to_numpy()).all())
    return one == other


def in_memory(rounds: int) -> list[Row]:
    """Immutable values of several types, under the keys of a thousand."""
    makers: dict[str, Callable[[int], Any]] = {
        "int": int,
        "str": str,
        "bytes": lambda i: b"%d" % i,
        "float": lambda i: i / 3,
        "tuple": lambda i: (i, str(i)),
    }
    rows: list[Row] = []
    for kind, make in makers.items():
        values = {f"key{i}": make(i) for i in range(1000)}
        contenders: Contenders = {"dict": ("d.get(k)", {"d": values, "k": "key500"})}
        cache = MultiLevelCache(l3_enabled=False)
        cache.set_many(values)
        contenders["peaktrade"] = ("c.get(k)", {"c": cache, "k": "key500"})
        if importlib.util.find_spec("cachebox"):
            import cachebox

            boxed = cachebox.LRUCache(1000)
            for key, value in values.items():
                boxed[key] = value
            contenders["cachebox LRU"] = ("c.get(k)", {"c": boxed, "k": "key500"})
        rows += measure(f"hit in memory, {kind}", contenders, rounds, 20_000)
    return rows


def decorated(rounds: int) -> list[Row]:
    def add(a: int, b: int) -> int:
        return a + b

    ours = cached(cache=MultiLevelCache(l3_enabled=False))(add)
    lru = functools.lru_cache(maxsize=1000)(add)
    return measure(
        "decorated, two scalars",
        {"functools.lru_cache": ("f(1, 2)", {"f": lru}), "peaktrade": ("f(1, 2)", {"f": ours})},
        rounds,
        20_000,
    )


def frame() -> pd.DataFrame:
    random = np.random.default_rng(1)
    close = 100 + random.normal(0, 1, 10_000).cumsum()
    columns = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": random.random(10_000)}
    times = np.datetime64("2024-01-01", "ns") + np.arange(10_000) * np.timedelta64(60, "s")
    return pd.DataFrame(columns, index=pd.DatetimeIndex(times, name="time"))


def on_disk(rounds: int) -> list[Row]:
    """The frame from the folder each time: what is kept in memory is dropped before."""
    data = frame()
    table = pa.Table.from_pandas(data, preserve_index=False)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        cache = stack.enter_context(MultiLevelCache(l1_ttl=0, l3_path=f"{folder}/ours"))
        cache.set("frame", data, ttl=3600)
        cache.set("table", table, ttl=3600)
        fresh = MultiLevelCache(l1_ttl=0, l3_path=f"{folder}/ours")  # l1_ttl=0: memory keeps nothing
        contenders: Contenders = {
            "peaktrade to pandas": ("c.get('frame')", {"c": fresh}),
            "peaktrade to Arrow": ("c.get('table')", {"c": fresh}),
        }
        if importlib.util.find_spec("diskcache"):
            import diskcache

            peer = stack.enter_context(diskcache.Cache(f"{folder}/diskcache"))
            peer["frame"] = data
            contenders["diskcache to pandas"] = ("c['frame']", {"c": peer})
        rows = measure("10,000 rows from the folder", contenders, rounds, 100)
        fresh.close()
    return rows


@contextmanager
def redis_server() -> Iterator[tuple[int, int]]:
    """A server's port and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        yield port, server.pid
    finally:
        server.kill()
        server.wait()


def over_redis(rounds: int) -> list[Row]:
    if not (importlib.util.find_spec("redis") and shutil.which("redis-server")):
        return []
    import redis

    with redis_server() as (port, _):
        where: dict[str, Any] = {
            "l2_enabled": True,
            "l2_host": "127.0.0.1",
            "l2_port": port,
            "l2_timeout": 5,
            "l3_enabled": False,
        }
        writer = MultiLevelCache(**where)
        cache = MultiLevelCache(l1_ttl=0, **where)  # whose memory keeps nothing
        end = time.monotonic() + 10
        while not cache.get_stats()["l2"]["available"] and time.monotonic() < end:
            time.sleep(0.01)
        value = b"x" * 100
        peer = redis.Redis("127.0.0.1", port)
        peer.set("plain", value)
        writer.set("k", value, ttl=3600)
        rows = measure(
            "100 bytes over Redis",
            {"redis-py": ("c.get('plain')", {"c": peer}), "peaktrade": ("c.get('k')", {"c": cache})},
            rounds,
            500,
        )
        cache.close()
        writer.close()
    return rows


def hung_redis(rounds: int) -> list[Row]:
    """A server that takes requests and does not answer: the first call, and those until it is back, each on a key of its own."""
    if not shutil.which("redis-server"):
        return []
    with redis_server() as (port, process):
        cache = MultiLevelCache(l1_ttl=0, l2_enabled=True, l2_host="127.0.0.1", l2_port=port, l3_enabled=False)
        end = time.monotonic() + 10
        while not cache.get_stats()["l2"]["available"] and time.monotonic() < end:
            time.sleep(0.01)
        cache.set("k", 1)
        os.kill(process, signal.SIGSTOP)
        start = time.perf_counter()
        cache.get("k")
        first = time.perf_counter() - start
        names = {"c": cache, "keys": [f"key {i}" for i in range(1000)]}
        best = {
            what: min(timeit.repeat(call, globals=names, number=1, repeat=rounds)) / 1000
            for what, call in (
                ("get, other keys", "for k in keys: c.get(k)"),
                ("set, other keys", "for k in keys: c.set(k, 1)"),
            )
        }
        cache.close()
    group = "Redis that hangs"
    return [Row(group, "first call", first), *(Row(group, what, seconds) for what, seconds in best.items())]


WORKS: tuple[Callable[[int], list[Row]], ...] = (in_memory, decorated, on_disk, over_redis, hung_redis)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30, help="turns of each contender (30)")
    rounds = parser.parse_args().rounds
    for work in WORKS:
        for row in work(rounds):
            ratio = f"{row.ratio:6.2f}x" if row.ratio else ""
            print(f"{row.group:28} {row.work:22} {row.seconds * 1e6:10.3f} us  {ratio}")


if __name__ == "__main__":
    main()
