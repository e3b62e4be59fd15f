"""Places for work that waits: how much runs at once, how fast it starts, and threads for functions that block."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import math
import queue
import threading
from collections.abc import AsyncIterator, Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class TokenBucket:
    """Lets `rate` pass per second, evenly: at most ``burst`` at once after a pause."""

    def __init__(self, rate: float, burst: int = 1) -> None:
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not (rate > 0 and math.isfinite(rate)):
            raise ValueError(f"rate_limit_per_second must be a number above 0, not {rate!r}")
        self._gap = 1.0 / rate
        self._slack = (burst - 1) * self._gap
        self._next = -math.inf

    async def take(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now - self._slack)
        wait = self._next - now
        self._next += self._gap
        if wait > 0:
            await asyncio.sleep(wait)


class _Thread:
    """One thread that runs functions one after the other. A daemon: a function that hangs does not keep Python alive."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="peaktrade-load", daemon=True).start()

    def _serve(self) -> None:
        while (item := self._work.get()) is not None:
            loop, future, function = item
            try:
                outcome = (function(), None)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                outcome = (None, error)
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(_settle, future, *outcome)
            del item, future, function, outcome

    def run(self, function: Callable[[], Any]) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._work.put((loop, future, function))
        return future

    def end(self) -> None:
        """After what it runs now."""
        self._work.put(None)


def _settle(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    elif isinstance(error, StopIteration):
        # A future cannot hold it.
        future.set_exception(RuntimeError("the function raised StopIteration"))
    else:
        future.set_exception(error)


class Slot:
    """A place for one call at a time, with its thread once it needs one."""

    def __init__(self) -> None:
        self._thread: _Thread | None = None

    async def run(self, function: Callable[[], Any]) -> Any:
        """A plain function in the slot's thread. When the caller stops waiting, a thread that is busy is left behind."""
        if self._thread is None:
            self._thread = _Thread()
        future = self._thread.run(function)
        try:
            return await future
        finally:
            if future.cancelled() or not future.done():
                self.close()

    async def call(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], timeout: float | None, what: str
    ) -> Any:
        """A plain or coroutine function; TimeoutError names `what`."""
        try:
            async with asyncio.timeout(timeout) as limit:
                if _is_async(function):
                    return await function(*arguments)
                value = await self.run(functools.partial(function, *arguments))
                # Such as a lambda that calls a coroutine function.
                return await value if inspect.isawaitable(value) else value
        except TimeoutError as error:
            if not limit.expired():
                raise  # the function's own
            raise TimeoutError(f"{what} took longer than {timeout:g} s") from error

    def close(self) -> None:
        if self._thread is not None:
            self._thread.end()
            self._thread = None


def _is_async(function: Any) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


class Slots:
    """At most ``count`` slots in use at once; the last one given back is the next one taken, as its thread is warm."""

    def __init__(self, count: int) -> None:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"max_concurrent must be a whole number from 1 on, not {count!r}")
        self._count = count
        self._free: list[Slot] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._limit = asyncio.Semaphore(count)
        self.in_use = 0
        self.peak = 0

    @contextlib.asynccontextmanager
    async def take(self) -> AsyncIterator[Slot]:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # A semaphore belongs to the loop in which it was first waited for.
            self._loop, self._limit, self.in_use = loop, asyncio.Semaphore(self._count), 0
        async with self._limit:
            self.in_use += 1
            self.peak = max(self.peak, self.in_use)
            slot = self._free.pop() if self._free else Slot()
            try:
                yield slot
            finally:
                self.in_use -= 1
                self._free.append(slot)

    def close(self) -> None:
        for slot in self._free:
            slot.close()
        self._free.clear()
