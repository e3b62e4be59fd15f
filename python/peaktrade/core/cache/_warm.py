"""Warming a cache: values made or fetched before they are asked for, several at a time, with progress."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from . import MultiLevelCache


class WarmReport:
    """What warming did: present (were there), computed (made now), failed (key to exception)."""

    __slots__ = ("computed", "failed", "present")

    def __init__(self) -> None:
        self.present = 0
        self.computed = 0
        self.failed: dict[str, BaseException] = {}

    def __repr__(self) -> str:
        return f"WarmReport(present={self.present}, computed={self.computed}, failed={len(self.failed)})"


def _pairs(items: Mapping[str, Callable[[], Any]] | Iterable[tuple[str, Callable[[], Any]]]) -> list:
    pairs = list(items.items() if hasattr(items, "items") else items)  # type: ignore[union-attr]
    for place, pair in enumerate(pairs):
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str) and callable(pair[1])):
            raise TypeError(f"item {place} must be a key and the function that makes its value, not {pair!r}")
    return pairs


def warm(
    cache: MultiLevelCache,
    items: Mapping[str, Callable[[], Any]] | Iterable[tuple[str, Callable[[], Any]]],
    ttl: Any,
    max_workers: int | None,
    progress: Callable[[int, int], Any] | None,
) -> WarmReport:
    import queue
    import threading

    pairs = _pairs(items)
    report = WarmReport()
    show = progress or _bar()
    ended: queue.SimpleQueue = queue.SimpleQueue()  # (key, whether it was made, exception)
    left = iter(pairs)
    lock = threading.Lock()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with lock:
                pair = next(left, None)
            if pair is None:
                return
            key, function = pair
            ended.put(_filled(cache, key, function, ttl))

    count = min(len(pairs), max_workers or _cores())
    threads = [threading.Thread(target=work, name=f"peaktrade-warm-{n}", daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    try:
        for done in range(1, len(pairs) + 1):
            key, was_made, error = ended.get()
            if error is not None:
                report.failed[key] = error
            elif was_made:
                report.computed += 1
            else:
                report.present += 1
            if show(done, len(pairs)) is False:
                break
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        if progress is None:
            show(-1, len(pairs))
    return report


def _cores() -> int:
    from ..parallel import get_cpu_info

    return get_cpu_info()["total_cores"]


def _filled(cache: MultiLevelCache, key: str, function: Callable[[], Any], ttl: Any) -> tuple:
    made = []
    try:
        cache.get_or_compute(key, lambda: made.append(True) or function(), ttl=ttl)
    except Exception as error:
        return key, True, error
    return key, bool(made), None


def _bar() -> Callable[[int, int], Any]:
    """A line on the terminal with rate and remaining time; nothing where the output is not a terminal."""
    if not sys.stderr.isatty():
        return lambda done, total: None
    start = time.monotonic()

    def show(done: int, total: int) -> None:
        if done < 0:
            sys.stderr.write("\r\x1b[K")
        else:
            seconds = max(time.monotonic() - start, 1e-9)
            left = seconds / done * (total - done) if done else 0.0
            sys.stderr.write(f"\rwarming {done}/{total}  {done / seconds:.0f}/s  {left:.0f} s left\x1b[K")
        sys.stderr.flush()

    return show


def write_trace(path: Any, keys: list[str]) -> None:
    """One JSON text to a line, in the order in which keys were asked for; written beside and moved in whole."""
    import json
    import os

    temporary = f"{os.fspath(path)}.{os.getpid()}.part"
    with open(temporary, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(key) + "\n" for key in keys)
    os.replace(temporary, path)


def read_trace(path: Any) -> list[str]:
    """The keys of a trace, each once, the most asked for first."""
    import json

    counts: dict[str, int] = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                key = json.loads(line)
            except ValueError:
                key = None
            if not isinstance(key, str):
                raise ValueError(f"{path}:{number}: a trace has one JSON text to a line, not {line[:60]!r}")
            counts[key] = counts.get(key, 0) + 1
    return sorted(counts, key=counts.__getitem__, reverse=True)
