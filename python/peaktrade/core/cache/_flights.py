"""Coroutine functions with a cache before them: one computation of a key at a time, whatever event loop or process asks."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import time

from . import _log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MISSING = object()
_LEASE_TIMEOUT = 60.0  # seconds, as in C++: then everybody computes for himself
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02

_within: contextvars.ContextVar[tuple] = contextvars.ContextVar("peaktrade.core.cache.flights", default=())


class Flights:
    """The computations of one function that are under way. Event loops may run in several threads."""

    __slots__ = ("_background", "_function", "_options", "_under_way", "hits", "misses")

    def __init__(self, function: Any, options: Any) -> None:
        self._function = function
        self._options = options
        self._under_way: dict[str, concurrent.futures.Future] = {}
        self._background: set[asyncio.Task] = set()
        self.hits = self.misses = 0

    async def result(self, cache: Any, key: str, memory_only: bool, args: tuple, kwargs: dict) -> Any:
        while True:
            found = cache.get_from_memory(key, _MISSING)
            if found is _MISSING:
                found = cache.get_stale(key, _MISSING)
                if found is not _MISSING:
                    self._renew(cache, key, memory_only, args, kwargs)
            if found is not _MISSING:
                self.hits += 1
                return found
            flight, mine = self._join(key)
            if mine:
                return await self._fly(flight, cache, key, memory_only, args, kwargs)
            if any(flight is outer for outer in _within.get()):  # the function asks for what it computes
                return await self._function(*args, **kwargs)
            try:
                await asyncio.shield(asyncio.wrap_future(flight))
            except asyncio.CancelledError:
                if not flight.cancelled():
                    raise

    def _join(self, key: str) -> tuple[concurrent.futures.Future, bool]:
        fresh: concurrent.futures.Future = concurrent.futures.Future()
        flight = self._under_way.setdefault(key, fresh)
        return flight, flight is fresh

    def _renew(self, cache: Any, key: str, memory_only: bool, args: tuple, kwargs: dict) -> None:
        """Computes what is past its time, where nobody waits, unless somebody does so already."""
        flight, mine = self._join(key)
        if not mine:
            return
        task = asyncio.get_running_loop().create_task(self._fly(flight, cache, key, memory_only, args, kwargs))
        self._background.add(task)  # an event loop alone would not keep it alive
        task.add_done_callback(self._renewed)

    def _renewed(self, task: asyncio.Task) -> None:
        self._background.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.warn(f"'{self._function!r}' failed behind a result past its time: {task.exception()!r}")

    async def _fly(
        self, flight: concurrent.futures.Future, cache: Any, key: str, memory_only: bool, args: tuple, kwargs: dict
    ) -> Any:
        """Computes for all who wait; when it is cancelled, one of them goes on."""
        token = _within.set((*_within.get(), flight))
        try:
            if memory_only:
                result = await self._compute(cache, key, True, args, kwargs)
            else:
                result = await self._compute_leased(cache, key, args, kwargs)
        except (asyncio.CancelledError, GeneratorExit):
            self._under_way.pop(key, None)
            flight.cancel()
            raise
        except BaseException as error:
            self._under_way.pop(key, None)
            flight.set_exception(error)
            raise
        finally:
            with contextlib.suppress(ValueError):  # thrown away unfinished, by another task
                _within.reset(token)
        self._under_way.pop(key, None)
        flight.set_result(None)
        return result

    async def _compute_leased(self, cache: Any, key: str, args: tuple, kwargs: dict) -> Any:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, cache.get, key, _MISSING)
        if found is not _MISSING:
            self.hits += 1
            return found
        end, pause = time.monotonic() + _LEASE_TIMEOUT, _SHORTEST_PAUSE
        while (lease := cache.try_lease(key)) is None and time.monotonic() < end:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        try:
            # Another process may have stored it since this one looked.
            found = await loop.run_in_executor(None, cache.get, key, _MISSING)
            if found is not _MISSING:
                self.hits += 1
                return found
            return await self._compute(cache, key, False, args, kwargs)
        finally:
            if lease is not None:
                lease.release()

    async def _compute(self, cache: Any, key: str, memory_only: bool, args: tuple, kwargs: dict) -> Any:
        self.misses += 1
        result = await self._function(*args, **kwargs)
        options = self._options
        stored = (key, result, options.ttl, options.tags, memory_only, options.stale_for)
        if memory_only:
            cache.set_result(*stored)
        else:
            await asyncio.get_running_loop().run_in_executor(None, cache.set_result, *stored)
        return result
