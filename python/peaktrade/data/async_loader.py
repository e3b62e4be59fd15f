"""Loading many symbols at once, and other tasks that mostly wait.

    from peaktrade.data.async_loader import load_multiple_symbols_async

    data = await load_multiple_symbols_async(
        ["BTC/USD", "ETH/USD"], "1h", loader, max_concurrent=10, timeout=30, retries=3, rate_limit_per_second=5)

``loader(symbol, timeframe)`` may be a coroutine function or a plain one, which runs in threads. ``AsyncDataLoader`` keeps
limits, cache and running requests over many calls; ``AsyncTaskQueue`` runs any functions under one limit.
``load_multiple_symbols`` is for code that is not async, also where a loop is running (Jupyter).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import math
import random
from collections.abc import Callable, Iterable

from ._slots import Slots, TokenBucket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Loader = Callable[[str, str], Any]

__all__ = [
    "AsyncDataLoader",
    "AsyncTaskQueue",
    "LoadError",
    "load_multiple_symbols",
    "load_multiple_symbols_async",
]

_log = logging.getLogger("peaktrade.data")
_MISSING = object()
_FIRST_DELAY = 0.1  # seconds before the first retry; doubled for each further one
_MOST_DELAY = 30.0


class LoadError(RuntimeError):
    """Some symbols could not be loaded; all others were: ``results`` and ``errors``, both by symbol."""

    def __init__(self, results: dict[str, Any], errors: dict[str, BaseException]) -> None:
        self.results = results
        self.errors = errors
        shown = [f"{symbol}: {type(error).__name__}: {error}" for symbol, error in list(errors.items())[:5]]
        more = f"; and {len(errors) - 5} more" if len(errors) > 5 else ""
        total = len(errors) + len(results)
        super().__init__(f"{len(errors)} of {total} symbols could not be loaded: {'; '.join(shown)}{more}")


async def load_multiple_symbols_async(
    symbols: Iterable[str],
    timeframe: str,
    loader_func: Loader,
    max_concurrent: int = 10,
    on_error: Literal["raise", "skip"] = "raise",
    timeout: float | None = None,
    retries: int = 0,
    rate_limit_per_second: float | None = None,
    show_progress: bool = False,
    *,
    progress: Callable[[int, int, str], None] | None = None,
    cache: Any = None,
    cache_ttl: float | None = None,
) -> dict[str, Any]:
    """What the loader gives for each symbol, in the order of `symbols`; a symbol named twice is loaded once.

    Exactly ``max_concurrent`` loads run at once while there are as many to do. ``timeout`` is for one attempt, in seconds;
    a plain function that hangs is left to its thread, and its place goes to the next. A load that fails is tried
    ``retries`` times more, after 0.1 s, 0.2 s and so on with jitter, or after the error's ``retry_after``; attempts start
    no faster than ``rate_limit_per_second``.
    When a symbol fails for good, all others are finished first; then ``"raise"`` raises LoadError with their results,
    and ``"skip"`` leaves the symbol out with a line in the log. ``progress(done, total, symbol)`` is called after each.
    ``cache`` is a MultiLevelCache or anything with ``get`` and ``set``.
    """
    loader = AsyncDataLoader(
        loader_func,
        max_concurrent=max_concurrent,
        timeout=timeout,
        retries=retries,
        rate_limit_per_second=rate_limit_per_second,
        cache=cache,
        cache_ttl=cache_ttl,
    )
    try:
        return await loader.load_many(
            symbols, timeframe, on_error=on_error, show_progress=show_progress, progress=progress
        )
    finally:
        loader.close()


def load_multiple_symbols(
    symbols: Iterable[str], timeframe: str, loader_func: Loader, **options: Any
) -> dict[str, Any]:
    """The same, waited for: in a loop of its own, in a thread of its own when a loop is running here."""
    work = functools.partial(load_multiple_symbols_async, symbols, timeframe, loader_func, **options)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1, "peaktrade-loop") as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


class _Running:
    """A load and how many wait for it."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task
        self.waiting = 0


def _is_duration(value: Any) -> bool:
    try:
        return value > 0 and math.isfinite(value)
    except TypeError:
        return False


class AsyncDataLoader:
    """One loader with its limits, for many calls: equal requests that run at the same time are made once.

    The arguments are those of ``load_multiple_symbols_async``. Belongs to one event loop at a time.
    """

    def __init__(
        self,
        loader_func: Loader,
        *,
        max_concurrent: int = 10,
        timeout: float | None = None,
        retries: int = 0,
        rate_limit_per_second: float | None = None,
        cache: Any = None,
        cache_ttl: float | None = None,
    ) -> None:
        if not callable(loader_func):
            raise TypeError(f"loader_func must be a function of symbol and timeframe, not {type(loader_func).__name__}")
        if timeout is not None and not _is_duration(timeout):
            raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")
        if not isinstance(retries, int) or retries < 0:
            raise ValueError(f"retries must be a whole number from 0 on, not {retries!r}")
        self._loader = loader_func
        self._timeout = timeout
        self._retries = retries
        self._cache = cache
        self._cache_ttl = cache_ttl
        self._slots = Slots(max_concurrent)
        self._bucket = None if rate_limit_per_second is None else TokenBucket(rate_limit_per_second)
        self._running: dict[tuple[str, str], _Running] = {}
        self._counts = {"loads": 0, "retries": 0, "failures": 0, "cache_hits": 0, "joined": 0}

    async def __aenter__(self) -> AsyncDataLoader:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the threads that are idle; the loader may be used again."""
        self._slots.close()

    def get_stats(self) -> dict[str, int]:
        """``loads`` begun, ``retries``, ``failures``, ``cache_hits``, requests ``joined`` to one that ran, ``in_flight``,
        and ``peak_in_flight``."""
        return {**self._counts, "in_flight": self._slots.in_use, "peak_in_flight": self._slots.peak}

    async def load(self, symbol: str, timeframe: str) -> Any:
        """One symbol; raises what its loader raised last."""
        _check_symbol(symbol)
        key = (symbol, timeframe)
        running = self._running.get(key)
        if running is None or running.task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.create_task(self._load(symbol, timeframe), name=f"load {symbol} {timeframe}")
            running = self._running[key] = _Running(task)
            task.add_done_callback(functools.partial(self._forget, key))
        else:
            self._counts["joined"] += 1
        # Shielded: one that is cancelled must not take the load from others who wait for it.
        running.waiting += 1
        try:
            return await asyncio.shield(running.task)
        finally:
            running.waiting -= 1
            if running.waiting == 0 and not running.task.done():
                running.task.cancel()

    def _forget(self, key: tuple[str, str], task: asyncio.Task[Any]) -> None:
        if self._running[key].task is task:
            del self._running[key]

    async def load_many(
        self,
        symbols: Iterable[str],
        timeframe: str,
        *,
        on_error: Literal["raise", "skip"] = "raise",
        show_progress: bool = False,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> dict[str, Any]:
        """As ``load_multiple_symbols_async``."""
        if on_error not in ("raise", "skip"):
            raise ValueError(f"on_error must be 'raise' or 'skip', not {on_error!r}")
        if isinstance(symbols, str):
            raise TypeError(f"symbols must be several symbols, not one text: ['{symbols}']")
        if not hasattr(symbols, "__iter__"):
            raise TypeError(f"symbols must be several symbols, not {type(symbols).__name__}: ['BTC/USD', 'ETH/USD']")
        names = list(dict.fromkeys(symbols))
        for name in names:
            _check_symbol(name)
        errors: dict[str, BaseException] = {}
        results: dict[str, Any] = {}
        with _bar(len(names), show_progress, progress) as tell:

            async def one(name: str) -> None:
                try:
                    results[name] = await self.load(name, timeframe)
                except Exception as error:  # noqa: BLE001 - told to the caller with the others' results
                    errors[name] = error
                tell(name)

            tasks = [asyncio.create_task(one(name)) for name in names]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
        results = {name: results[name] for name in names if name in results}
        if errors and on_error == "raise":
            ordered = {name: errors[name] for name in names if name in errors}
            raise LoadError(results, ordered) from next(iter(ordered.values()))
        for name, error in errors.items():
            _log.warning("%s was left out: %s: %s", name, type(error).__name__, error)
        return results

    async def _load(self, symbol: str, timeframe: str) -> Any:
        key = f"load:{symbol}:{timeframe}"
        if self._cache is not None:
            async with self._slots.take() as slot:
                found = await slot.run(functools.partial(self._cache.get, key, _MISSING))
            if found is not _MISSING:
                self._counts["cache_hits"] += 1
                return found
        for attempt in range(self._retries + 1):
            try:
                async with self._slots.take() as slot:
                    if self._bucket is not None:
                        await self._bucket.take()
                    self._counts["loads"] += 1
                    value = await slot.call(self._loader, (symbol, timeframe), self._timeout, symbol)
                    if value is None:
                        raise TypeError(f"the loader gave None for '{symbol}'")
                    if self._cache is not None:
                        await slot.run(functools.partial(self._cache.set, key, value, ttl=self._cache_ttl))
                return value
            except Exception as error:
                if attempt == self._retries:
                    self._counts["failures"] += 1
                    raise
                self._counts["retries"] += 1
                await asyncio.sleep(_delay(attempt, error))
        raise AssertionError("unreachable")


class AsyncTaskQueue:
    """Functions, plain or coroutine functions, run at most ``max_concurrent`` at once, in the order of submission.

    async with AsyncTaskQueue(max_concurrent=4) as queue:
        task = queue.submit(fetch, url)
        page = await task
        pages = await queue.map(fetch, urls)
    """

    def __init__(
        self, max_concurrent: int = 10, *, timeout: float | None = None, rate_limit_per_second: float | None = None
    ) -> None:
        self._slots = Slots(max_concurrent)
        self._timeout = timeout
        self._bucket = None if rate_limit_per_second is None else TokenBucket(rate_limit_per_second)
        self._tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> AsyncTaskQueue:
        return self

    async def __aexit__(self, kind: object, *exception: object) -> None:
        if kind is not None:
            self.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._slots.close()

    def submit(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> asyncio.Task[Any]:
        """A task to be awaited; it raises what the function raises."""
        if not callable(function):
            raise TypeError(f"submit takes a function and its arguments, not {type(function).__name__}")
        task = asyncio.create_task(self._run(functools.partial(function, **named), arguments))
        self._tasks.append(task)
        return task

    async def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """The results in the order of the items; the first failure is raised when all are done."""
        done = await asyncio.gather(*[self.submit(function, item) for item in items], return_exceptions=True)
        for found in done:
            if isinstance(found, BaseException):
                raise found
        return done

    async def join(self) -> list[Any]:
        """Waits for all that was submitted so far; results, or the exceptions in their place, in that order."""
        return await asyncio.gather(*self._tasks, return_exceptions=True)

    def cancel(self) -> None:
        """Cancels what has not finished; plain functions that run are left to their threads."""
        for task in self._tasks:
            task.cancel()

    async def _run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        async with self._slots.take() as slot:
            if self._bucket is not None:
                await self._bucket.take()
            return await slot.call(function, arguments, self._timeout, "the task")


def _check_symbol(symbol: object) -> None:
    if not isinstance(symbol, str) or not symbol:
        raise TypeError(f"a symbol must be a text that is not empty, not {symbol!r}")


def _delay(attempt: int, error: BaseException) -> float:
    """Seconds before the next attempt: what the error asks for, else doubled each time, spread so that many that failed
    together do not come back together."""
    asked = getattr(error, "retry_after", None)
    if isinstance(asked, (int, float)) and math.isfinite(asked) and asked >= 0:
        return float(asked)
    return min(_FIRST_DELAY * 2**attempt, _MOST_DELAY) * random.uniform(0.5, 1.5)


@contextlib.contextmanager
def _bar(total: int, shown: bool, progress: Callable[[int, int, str], None] | None) -> Any:
    """A function to be called with each symbol that is done; the bar is drawn on a terminal only."""
    bar = None
    if shown:
        from tqdm import tqdm

        bar = tqdm(total=total, unit="symbol", disable=None)
    count = 0

    def tell(symbol: str) -> None:
        nonlocal count
        count += 1
        if bar is not None:
            bar.update()
        if progress is not None:
            progress(count, total, symbol)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.close()
