"""Loading many symbols: order, limits, failures, time-outs, retries, cancellation; plain and async loaders alike."""

import asyncio
import functools
import threading
import time

import pytest

from peaktrade.data.async_loader import (
    AsyncDataLoader,
    AsyncTaskQueue,
    LoadError,
    load_multiple_symbols,
    load_multiple_symbols_async,
)


class Gauge:
    """How many are inside at once. A lock, since plain loaders come in threads."""

    def __init__(self, delay=0.01, wanted=0):
        self.delay, self.now, self.peak, self.calls = delay, 0, 0, []
        self.lock = threading.Lock()
        self.wanted = wanted  # nobody leaves before so many were inside at once
        self.full = threading.Event()

    def enter(self, symbol):
        with self.lock:
            self.calls.append(symbol)
            self.now += 1
            self.peak = max(self.peak, self.now)
            if self.now >= self.wanted:
                self.full.set()

    def leave(self):
        with self.lock:
            self.now -= 1

    def plain(self, symbol, timeframe):
        self.enter(symbol)
        assert self.full.wait(600)
        time.sleep(self.delay)
        self.leave()
        return f"{symbol} {timeframe}"

    async def coroutine(self, symbol, timeframe):
        self.enter(symbol)
        while not self.full.is_set():
            await asyncio.sleep(0.001)
        await asyncio.sleep(self.delay)
        self.leave()
        return f"{symbol} {timeframe}"

    async def __call__(self, symbol, timeframe):
        return await self.coroutine(symbol, timeframe)


KINDS = {
    "plain": lambda gauge: gauge.plain,
    "coroutine": lambda gauge: gauge.coroutine,
    "callable object": lambda gauge: gauge,
    "lambda around a coroutine": lambda gauge: lambda symbol, timeframe: gauge.coroutine(symbol, timeframe),
    "partial": lambda gauge: functools.partial(lambda extra, s, t: gauge.plain(s, t), 1),
}


def load(*arguments, **options):
    return asyncio.run(load_multiple_symbols_async(*arguments, **options))


class Clock:
    """The time of an event loop, which passes when the test says so: no machine is too slow or too fast for it."""

    def __init__(self):
        self.now = 0.0

    def run(self, coroutine):
        with asyncio.Runner() as runner:
            runner.get_loop().time = lambda: self.now
            return runner.run(coroutine)

    async def follow(self, task):
        """Lets time pass whenever the others have nothing else to do, until the task is done."""
        loop = asyncio.get_running_loop()
        while not task.done():
            for _ in range(20):
                await asyncio.sleep(0)
            due = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
            self.now = max(self.now, min(due, default=self.now))
        return await task


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [1, 3, 32])
def test_results_come_in_order_with_exactly_the_limit_in_flight(kind, limit):
    gauge = Gauge(0.001, wanted=limit)
    symbols = [f"S{i}" for i in range(40)]
    data = load(symbols, "1h", KINDS[kind](gauge), max_concurrent=limit)
    assert list(data) == symbols
    assert data["S7"] == "S7 1h"
    assert sorted(gauge.calls) == sorted(symbols)
    assert gauge.peak == limit


def test_a_symbol_named_twice_is_loaded_once():
    gauge = Gauge(0)
    assert list(load(["A", "B", "A"], "1d", gauge.plain)) == ["A", "B"]
    assert sorted(gauge.calls) == ["A", "B"]
    assert load([], "1d", gauge.plain) == {}


def failing(symbol, timeframe):
    if symbol.startswith("BAD"):
        raise ConnectionError(f"no {symbol}")
    return symbol


def test_all_others_finish_before_the_error_is_raised():
    symbols = ["A", "BAD1", *[f"S{i}" for i in range(30)], "BAD2"]
    with pytest.raises(
        LoadError, match=r"2 of 33 symbols could not be loaded: BAD1: ConnectionError: no BAD1"
    ) as caught:
        load(symbols, "1h", failing, max_concurrent=2)
    assert list(caught.value.results) == [s for s in symbols if not s.startswith("BAD")]
    assert list(caught.value.errors) == ["BAD1", "BAD2"]
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_skip_leaves_them_out_and_says_so(caplog):
    assert load(["A", "BAD", "B"], "1h", failing, on_error="skip") == {"A": "A", "B": "B"}
    assert "BAD was left out: ConnectionError" in caplog.text


def test_a_loader_that_gives_nothing_is_an_error():
    with pytest.raises(LoadError, match="gave None for 'A'"):
        load(["A"], "1h", lambda symbol, timeframe: None)
    with pytest.raises(LoadError, match="TypeError"):
        load(["A"], "1h", lambda symbol: symbol)


@pytest.mark.parametrize("asynchronous", [True, False])
def test_a_loader_that_hangs_is_left_behind(asynchronous):
    release = threading.Event()
    clock = Clock()

    def begin(symbol):
        if symbol == "HANGS":
            clock.now += 0.06  # for the others no time passes

    async def coroutine(symbol, timeframe):
        begin(symbol)
        if symbol == "HANGS":
            await asyncio.Event().wait()
        return symbol

    def plain(symbol, timeframe):
        begin(symbol)
        if symbol == "HANGS":
            release.wait(600)
        return symbol

    symbols = ["HANGS", *[f"S{i}" for i in range(5)]]
    loader = coroutine if asynchronous else plain
    with pytest.raises(LoadError, match=r"HANGS: TimeoutError: HANGS took longer than 0\.05 s") as caught:
        clock.run(load_multiple_symbols_async(symbols, "1h", loader, max_concurrent=1, timeout=0.05))
    release.set()
    assert list(caught.value.results) == symbols[1:]


def test_the_loaders_own_timeout_stays_its_own():
    def loader(symbol, timeframe):
        raise TimeoutError("server too slow")

    with pytest.raises(LoadError, match="server too slow"):
        load(["A"], "1h", loader, timeout=60)


def test_retries_wait_longer_each_time_and_give_up():
    clock = Clock()
    starts = []

    async def loader(symbol, timeframe):
        starts.append(clock.now)
        raise ConnectionError("down")

    async def main():
        task = asyncio.create_task(load_multiple_symbols_async(["A"], "1h", loader, retries=2))
        await clock.follow(task)

    with pytest.raises(LoadError, match="down"):
        clock.run(main())
    assert len(starts) == 3
    # 0.1 s and 0.2 s, each times 0.5 to 1.5.
    assert 0.05 <= starts[1] - starts[0] <= 0.15 and 0.1 <= starts[2] - starts[1] <= 0.3


def test_retry_after_is_heeded_and_places_are_free_meanwhile():
    class Busy(Exception):
        retry_after = 0.05

    order = []

    async def loader(symbol, timeframe):
        order.append(symbol)
        if symbol == "A" and order.count("A") == 1:
            raise Busy
        return symbol

    assert load(["A", "B"], "1h", loader, max_concurrent=1, retries=1) == {"A": "A", "B": "B"}
    assert order == ["A", "B", "A"]


def test_starts_keep_to_the_rate():
    clock = Clock()
    starts = []

    async def loader(symbol, timeframe):
        starts.append(clock.now)
        return symbol

    async def main():
        symbols = [f"S{i}" for i in range(8)]
        load = load_multiple_symbols_async(symbols, "1h", loader, max_concurrent=8, rate_limit_per_second=100)
        await clock.follow(asyncio.create_task(load))

    clock.run(main())
    assert starts == pytest.approx([i / 100 for i in range(8)])


def test_cancelling_stops_everything():
    release = threading.Event()
    begun = []

    async def coroutine(symbol, timeframe):
        begun.append(symbol)
        await asyncio.Event().wait()

    def plain(symbol, timeframe):
        begun.append(symbol)
        release.wait(600)

    async def main(loader):
        begun.clear()
        task = asyncio.create_task(load_multiple_symbols_async(["A", "B", "C"], "1h", loader, max_concurrent=2))
        while len(begun) < 2:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        assert [t for t in asyncio.all_tasks() if t is not asyncio.current_task()] == []

    for loader in (coroutine, plain):
        asyncio.run(main(loader))
        assert sorted(begun) == ["A", "B"]
    release.set()


def test_progress_counts_to_the_end(capsys):
    seen = []
    load(["A", "B", "C"], "1h", failing, progress=lambda *told: seen.append(told[:2]), show_progress=True)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert capsys.readouterr() == ("", "")  # no terminal, no bar


def test_equal_requests_are_made_once():
    gauge = Gauge(0.02)

    async def main():
        async with AsyncDataLoader(gauge.plain, max_concurrent=4) as loader:
            found = await asyncio.gather(*[loader.load("A", "1h") for _ in range(5)], loader.load("A", "1d"))
            assert found == ["A 1h"] * 5 + ["A 1d"]
            await loader.load("A", "1h")
            return loader.get_stats()

    stats = asyncio.run(main())
    assert len(gauge.calls) == 3
    assert (stats["loads"], stats["joined"], stats["in_flight"]) == (3, 4, 0)


def test_one_waiter_that_leaves_does_not_take_the_load_from_another():
    calls = []

    async def main():
        left = asyncio.Event()

        async def coroutine(symbol, timeframe):
            calls.append(symbol)
            await left.wait()
            return f"{symbol} {timeframe}"

        loader = AsyncDataLoader(coroutine)
        first, second = (asyncio.create_task(loader.load("A", "1h")) for _ in range(2))
        while not calls:
            await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        left.set()
        assert await second == "A 1h"

    asyncio.run(main())
    assert calls == ["A"]


def test_results_go_through_a_cache():
    class Cache(dict):
        def set(self, key, value, ttl=None):
            self[key] = (value, ttl)

        def get(self, key, default=None):
            return super().get(key, (default, None))[0]

    cache, gauge = Cache(), Gauge(0)
    for _ in range(2):
        assert load(["A"], "1h", gauge.plain, cache=cache, cache_ttl=60) == {"A": "A 1h"}
    assert gauge.calls == ["A"]
    assert list(cache.values()) == [("A 1h", 60)]


def test_one_loader_serves_one_loop_after_the_other():
    loader = AsyncDataLoader(Gauge(0).plain, max_concurrent=1)
    for _ in range(2):
        assert len(asyncio.run(loader.load_many(["A", "B", "C"], "1h"))) == 3


def test_from_code_that_is_not_async_even_inside_a_running_loop():
    assert load_multiple_symbols(["A"], "1h", failing) == {"A": "A"}

    async def cell():
        return load_multiple_symbols(["A"], "1h", failing)

    assert asyncio.run(cell()) == {"A": "A"}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"max_concurrent": 0}, ValueError, "max_concurrent"),
        ({"max_concurrent": 2.5}, ValueError, "max_concurrent"),
        ({"on_error": "ignore"}, ValueError, "on_error"),
        ({"timeout": 0}, ValueError, "timeout"),
        ({"retries": -1}, ValueError, "retries"),
        ({"rate_limit_per_second": 0}, ValueError, "rate_limit_per_second"),
        ({"loader_func": 7}, TypeError, "loader_func"),
        ({"symbols": "SPY"}, TypeError, r"\['SPY'\]"),
        ({"symbols": ["SPY", 7]}, TypeError, "symbol must be a text"),
    ],
)
def test_wrong_arguments_name_themselves(options, error, words):
    arguments = {"symbols": ["SPY"], "timeframe": "1h", "loader_func": failing} | options
    with pytest.raises(error, match=words):
        load(**arguments)


def test_a_queue_runs_everything_under_one_limit():
    gauge = Gauge(wanted=3)

    async def main():
        async with AsyncTaskQueue(max_concurrent=3) as queue:
            first = queue.submit(gauge.plain, "A", timeframe="1h")
            assert await queue.map(lambda item: gauge.plain(item, "x"), ["B", "C", "D", "E"]) == [
                "B x",
                "C x",
                "D x",
                "E x",
            ]
            assert await first == "A 1h"
            failed = queue.submit(failing, "BAD", "1h")
            done = await queue.join()
            assert isinstance(done[-1], ConnectionError) and len(done) == 6
            with pytest.raises(ConnectionError):
                await failed
            with pytest.raises(ZeroDivisionError):
                await queue.map(lambda item: 1 // item, [1, 0])

    asyncio.run(main())
    assert gauge.peak == 3
