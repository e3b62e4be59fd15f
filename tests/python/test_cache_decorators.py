"""cached: what enters the key, what is computed once, what is refused."""

import asyncio
import collections
import concurrent.futures
import dataclasses
import datetime
import enum
import functools
import inspect
import os
import subprocess
import sys
import threading
import time
import types
import zoneinfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.cache.decorators import cached


@pytest.fixture
def cache(tmp_path):
    with MultiLevelCache(l3_path=tmp_path / "cache") as made:
        yield made


def counted(**options):
    calls = []

    def decorate(function):
        @cached(**options)
        @functools.wraps(function)
        def call(*args, **kwargs):
            calls.append((args, kwargs))
            return function(*args, **kwargs)

        return call

    return calls, decorate


def test_the_guide_s_block(tmp_path, monkeypatch):
    from peaktrade.core.cache import set_global_cache

    monkeypatch.chdir(tmp_path)
    set_global_cache(None)
    names = {"pd": pd, "result": 1.5, "data": pd.DataFrame({"x": [1]})}
    exec(
        """
from peaktrade.core.cache.decorators import cached

@cached(ttl=300, cache_level="memory")
def expensive_calculation(symbol: str) -> float:
    # Heavy calculation
    return result

@cached(ttl=3600, cache_level="full")
def load_historical_data(symbol: str) -> pd.DataFrame:
    # Data loading
    return data
""",
        names,
    )
    try:
        for _ in range(2):
            assert names["expensive_calculation"]("BTC/USD") == 1.5
            pd.testing.assert_frame_equal(names["load_historical_data"]("BTC/USD"), names["data"])
        assert names["expensive_calculation"].cache_info().hits == 1
        assert names["load_historical_data"].cache_info() == (1, 1, 0.5)
    finally:
        set_global_cache(None)


def test_arguments_by_parameter_and_by_content(cache):
    calls = []

    @cached(cache=cache)
    def f(a, b=2, *, c=3):
        """Says what it does."""
        calls.append(1)
        return (a, b, c)

    assert f(1) == f(1, 2) == f(a=1, b=2) == f(1, c=3) == f(c=3, a=1) == (1, 2, 3)
    assert len(calls) == 1
    assert f(1, 5) == (1, 5, 3) and f(True) == (True, 2, 3) and f(1.0) == (1.0, 2, 3) and f("1") == ("1", 2, 3)
    assert len(calls) == 5
    assert f.__name__ == "f" and f.__doc__ == "Says what it does." and str(inspect.signature(f)) == "(a, b=2, *, c=3)"
    for wrong in (lambda: f(), lambda: f(1, 2, 3), lambda: f(1, d=4), lambda: f(1, a=2)):
        with pytest.raises(TypeError, match=r"f\(\)"):
            wrong()
    assert f.cache_key(1) == f.cache_key(b=2, a=1)
    assert f.cache_key(1) in cache
    f.cache_clear()
    assert f.cache_key(1) not in cache


def test_arguments_of_every_kind(cache):
    calls = []

    @cached(cache=cache)
    def f(*args, **kwargs):
        calls.append(1)
        return len(calls)

    class Instance:
        def __init__(self, x):
            self.x = x

    class Keyed:
        def __init__(self):
            self.lock = threading.Lock()

        def __cache_key__(self):
            return "the same"

    make = [
        lambda: 2**70,
        lambda: b"x",
        lambda: [1, {"b": 1, "a": 2}],
        lambda: {"a": 2, "b": 1},
        lambda: np.arange(10_000.0),
        lambda: np.arange(10_000.0)[::-1],
        lambda: pd.DataFrame({"x": [1.5, 2.5]}),
        lambda: pd.DataFrame({"x": [1.5, 2.5]}, index=[1, 2]),
        lambda: {1, 2, 3},
        lambda: frozenset("ab"),
        lambda: datetime.date(2020, 1, 1),
        lambda: Instance([1]),
        lambda: Instance([2]),
        lambda: Keyed(),
        lambda: functools.partial(max, 1),
        lambda: lambda x: x + 1,
        lambda: lambda x: x + 2,
        lambda: range(3),
        lambda: 1 + 2j,
        lambda: dataclasses.make_dataclass("D", ["x"])(1),
        lambda: set("ab"),
        lambda: datetime.time(1, 2),
        lambda: datetime.UTC,
        lambda: zoneinfo.ZoneInfo("Europe/Berlin"),
        lambda: collections.deque([1, 2]),
        lambda: types.MappingProxyType({"a": 1}),
        lambda: pd.Categorical(["a", "b"]),
        lambda: pd.Categorical(["a", "b"], ordered=True),
        lambda: pd.Period("2020-01", "M"),
        lambda: pd.Interval(0, 1),
        lambda: pd.offsets.BusinessDay(2),
        lambda: pd.array(["a", None], dtype="string"),
        lambda: pd.CategoricalDtype(["a"]),
        lambda: np.dtype("f4"),
        lambda: np.array(["a", "bc"], dtype=np.dtypes.StringDType()),
        lambda: np.random.default_rng(1),
        lambda: pa.int64(),
        lambda: pa.schema([("a", pa.int64())]),
        lambda: pa.scalar(1),
        lambda: functools.lru_cache(lambda x: x + 3),
        lambda: enum.Enum("Side", {"BUY": 1}).BUY,
        lambda: enum.Enum("Side", {"BUY": 2}).BUY,
    ]
    first = [f(value()) for value in make]
    assert first == list(range(1, len(make) + 1)), "each has a key of its own"
    assert [f(value()) for value in make] == first, "equal content has an equal key"
    assert f({"b": 1, "a": 2}) == f({"a": 2, "b": 1})
    for opaque in (threading.Lock(), iter([1]), open(os.devnull)):  # noqa: SIM115
        with pytest.raises(TypeError, match="cannot cache"):
            f([opaque])


def test_none_is_a_value_and_none_never_expires(cache):
    calls, decorate = counted(cache=cache, ttl=None, cache_level="full")

    @decorate
    def f(x):
        return None

    assert f(1) is None and f(1) is None
    assert len(calls) == 1


def test_methods_class_methods_and_static_methods(cache):
    class Model:
        calls = 0

        def __init__(self, factor):
            self.factor = factor

        @cached(cache=cache)
        def scaled(self, x):
            Model.calls += 1
            return self.factor * x

        @cached(cache=cache)
        @classmethod
        def named(cls, x):
            return (cls.__name__, x)

        @cached(cache=cache)
        @staticmethod
        def plain(x):
            return [x]

    model = Model(2)
    assert model.scaled(3) == model.scaled(3) == Model(2).scaled(3) == 6
    assert Model.calls == 1
    model.factor = 5
    assert model.scaled(3) == 15, "an instance is told by its content"
    assert Model.named(1) == ("Model", 1) and Model.plain(2) == [2] and model.plain(2) == [2]


def test_generators_are_refused(cache):
    with pytest.raises(TypeError, match="generator"):

        @cached(cache=cache)
        def f():
            yield 1

    with pytest.raises(TypeError, match="generator"):

        @cached(cache=cache)
        async def g():
            yield 1

    class Lines:
        def __call__(self):
            yield 1

        async def later(self):
            yield 1

        @property
        def own(self):
            yield 1

    def counted(n):
        yield n

    partial = functools.partial
    for kind in (
        *(Lines(), Lines().later, Lines.own, staticmethod(counted), classmethod(counted)),
        *(partial(counted, 1), partial(partial(Lines().later)), partial(Lines())),
    ):
        with pytest.raises(TypeError, match="generator"):
            cached(cache=cache)(kind)

    @cached(cache=cache)
    def h():
        return (i for i in range(3))

    with pytest.raises(TypeError, match="generator"):
        h()
    with pytest.raises(TypeError, match="brackets"):
        cached(h)
    with pytest.raises(ValueError, match="cache_level"):
        cached(cache_level="disk")


def test_exceptions_are_not_kept(cache):
    calls = []

    @cached(cache=cache)
    def f(x):
        calls.append(x)
        if len(calls) < 3:
            raise KeyError(x)
        return x

    for _ in range(2):
        with pytest.raises(KeyError):
            f(1)
    assert f(1) == 1 and len(calls) == 3


def test_threads_compute_once(cache):
    calls, decorate = counted(cache=cache)

    @decorate
    def f(x):
        time.sleep(0.1)
        return [x]

    threads = [threading.Thread(target=f, args=(1,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_what_a_function_does_is_in_its_key(cache):
    def made(code, **names):
        space = {"cached": cached, "cache": cache, **names}
        exec(code, space)
        return space["f"].cache_key(1)

    plain = "@cached(cache=cache)\ndef f(x):\n    return x + 1\n"
    assert made(plain) == made("\n\n\n# moved\n" + plain)
    assert made(plain) != made(plain.replace("+ 1", "+ 2"))
    assert made(plain) != made(plain.replace("+ 1", "- 1"))
    assert made(plain) != made(plain.replace("(x)", "(x, y=1)"))
    calls = "def g(x):\n    return x * SCALE\n@cached(cache=cache)\ndef f(x):\n    return g(x)\n"
    assert made(calls, SCALE=2) == made(calls, SCALE=2)
    assert made(calls, SCALE=2) != made(calls, SCALE=3), "constants that it refers to, at any depth"
    assert made(calls, SCALE=2) != made(calls.replace("x * SCALE", "SCALE * x"), SCALE=2)
    recursive = "@cached(cache=cache)\ndef f(x):\n    return f(x - 1) if x else 0\n"
    assert made(recursive) == made(recursive)

    def outer(n):
        @cached(cache=cache)
        def inner(x):
            return x + n

        return inner

    assert outer(1)(1) == 2 and outer(2)(1) == 3 and outer(1).cache_key(1) != outer(2).cache_key(1)


def test_functions_that_refer_to_each_other_in_circles(cache):
    """Through data too, and many of them: each is told once."""
    many = "".join(f"def g{i}(x):\n    return [{', '.join(f'g{j}' for j in range(30))}][x % 30]\n" for i in range(30))
    code = (
        many + "def f(x):\n    return g0(x) and TABLE and {f, g1} and x\n"
        "TABLE = {'f': f, 'all': (g1, [g2, {g3, g4}])}\nf = cached(cache=cache)(f)\n"
    )

    def key(code):
        space = {"cached": cached, "cache": cache}
        exec(code, space)
        assert space["f"](7) == 7
        return space["f"].cache_key(1)

    assert key(code) == key(code)
    assert "process" not in key(code)
    assert key(code) != key(code.replace("def g17(x):", "def g17(x, y=1):")), "far away"
    assert key(code) != key(code.replace("{g3, g4}", "{g3, g5}"))


def test_what_a_class_does_is_in_its_instances_keys(cache):
    code = """
class Base:
    def scaled(self, x):
        return x * self.SCALE

class Rule(Base):
    SCALE = 2
    def __init__(self):
        self.name = "rule"
    @property
    def double(self):
        return self.SCALE * 2
    @staticmethod
    def free():
        return 1
    def itself(self):
        return Rule
"""

    def key(code):
        space = {"__name__": "rules"}
        exec(code, space)

        @cached(cache=cache)
        def f(rule):
            return rule.scaled(1)

        assert f(space["Rule"]()) == f(space["Rule"]())
        return f.cache_key(space["Rule"]()).rpartition(":")[2]

    assert key(code) == key("\n\n" + code)
    for old, new in (
        ("x * self", "2 * x * self"),
        ("SCALE = 2", "SCALE = 3"),
        ("* 2\n", "* 4\n"),
        ("return 1", "return 2"),
    ):
        assert key(code) != key(code.replace(old, new)), old


def test_keys_made_in_many_threads_at_once(cache):
    """A walk over what functions refer to belongs to its thread."""

    def made():
        class Own:
            def method(self):
                return Own, helper

        def helper():
            return Own

        @cached(cache=cache)
        def f(x):
            return helper, Own

        return f.cache_key(Own())

    expected = made()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: made(), range(200))) == {expected}


def test_an_opaque_function_is_kept_in_memory_only(cache):
    lock = threading.Lock()

    @cached(cache=cache, cache_level="full")
    def f(x):
        with lock:
            return x

    with pytest.warns(RuntimeWarning, match="in memory only"):
        assert f(1) == 1
    assert f(1) == 1 and f.cache_info().hits == 1
    assert len(cache) == 0, "nothing in the folder"


KEYS = """
from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.cache.decorators import cached
import numpy, pandas, datetime

@cached(cache=MultiLevelCache(l3_enabled=False))
def f(a, b, c=(1, 2.5), *, d=None):
    return {"x", "y", "z"} - {a}

print(f.cache_key("BTC/USD", numpy.arange(5.0), d={"q", "w", "e"}))
print(f.cache_key(-1, pandas.DataFrame({"x": [1.0]}), d=datetime.date(2020, 1, 1)))
"""


def test_keys_are_the_same_in_every_process():
    keys = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", KEYS],
            capture_output=True,
            text=True,
            check=True,
            env={**ENVIRONMENT, "PYTHONHASHSEED": seed},
        )
        keys.add(done.stdout)
    assert len(keys) == 1


ENVIRONMENT = dict(__import__("os").environ)


def test_golden_keys_of_arguments(cache):
    """Other machines and versions make the same: the part after the last colon depends on the arguments alone."""

    @cached(cache=cache)
    def f(*args):
        return None

    def key(*args):
        return f.cache_key(*args).rpartition(":")[2]

    assert key("BTC/USD", 10, 1.5, None, True, b"x") == GOLDEN_PLAIN
    assert key(np.arange(4.0), [1, {"a": 2}]) == GOLDEN_CONTENT


def test_stale_results_are_given_while_they_are_computed_anew(cache):
    calls = []

    @cached(ttl=0.1, stale_for=60, cache=cache)
    def f(x):
        calls.append(1)
        return len(calls)

    assert f(1) == 1
    time.sleep(0.3)
    assert f(1) == 1, "past its time, but given"
    end = time.monotonic() + 300
    while f(1) == 1 and time.monotonic() < end:
        time.sleep(0.01)
    assert f(1) >= 2


# ---- async -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["memory", "full"])
def test_coroutines(cache, level):
    calls = []

    @cached(cache=cache, cache_level=level)
    async def f(x, y=1):
        calls.append(x)
        await asyncio.sleep(0.02)
        if x < 0:
            raise ValueError(x)
        return [x]

    assert inspect.iscoroutinefunction(f)

    async def main():
        assert await asyncio.gather(*(f(3) for _ in range(20)), f(4)) == [[3]] * 20 + [[4]]
        assert sorted(calls) == [3, 4]
        assert await f(3, y=1) == [3] and f.cache_info().misses == 2
        failures = await asyncio.gather(*(f(-1) for _ in range(3)), return_exceptions=True)
        assert [type(failure) for failure in failures] == [ValueError] * 3
        with pytest.raises(TypeError, match=r"f\(\)"):
            await f()

    asyncio.run(main())
    if level == "full":
        asyncio.run(main_again(f, calls))


async def main_again(f, calls):
    before = len(calls)
    assert await f(3) == [3]
    assert len(calls) == before


@pytest.mark.parametrize("level", ["memory", "full"])
def test_stale_results_of_coroutines_are_given_while_they_are_computed_anew(cache, level):
    calls = []
    may_end = asyncio.Event()

    @cached(ttl=0.1, stale_for=3600, cache=cache, cache_level=level)
    async def f(x):
        calls.append(x)
        if len(calls) == 2:
            await may_end.wait()
        return [len(calls)]

    async def main():
        assert await f(1) == [1]
        key = f.cache_key(1)
        while cache.get_from_memory(key, None) is not None:
            await asyncio.sleep(0.01)
        assert [await f(1) for _ in range(5)] == [[1]] * 5, "past its time, but given"
        while len(calls) < 2:
            await asyncio.sleep(0.01)
        assert await f(1) == [1], "one computation at a time"
        may_end.set()
        while await f(1) == [1]:
            await asyncio.sleep(0.001)
        assert calls[:2] == [1, 1]

    asyncio.run(main())


@pytest.mark.parametrize("level", ["memory", "full"])
def test_coroutines_of_several_event_loops_compute_once(cache, level):
    calls, may_end = [], []

    @cached(ttl=None, cache=cache, cache_level=level)
    async def f(x):
        calls.append(x)
        while not may_end:
            await asyncio.sleep(0.001)
        return x

    async def late():
        task = asyncio.create_task(f(1))
        await asyncio.sleep(0.02)
        may_end.append(True)
        return await task

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first = pool.submit(asyncio.run, f(1))
        while not calls:
            time.sleep(0.001)
        assert pool.submit(asyncio.run, late()).result(300) == 1
        assert first.result(300) == 1
    assert calls == [1]


def test_partials_and_instances_with_coroutines(cache):
    class Loader:
        async def __call__(self, x):
            return x

    async def load(a, x):
        return a, x

    async def main():
        assert await cached(cache=cache)(Loader())(1) == 1
        assert await cached(cache=cache)(functools.partial(load, 1))(2) == (1, 2)

    asyncio.run(main())


def test_a_coroutine_may_ask_for_what_it_computes(cache):
    depth = []

    @cached(cache=cache)
    async def f(x):
        depth.append(x)
        return await f(x) + 1 if len(depth) < 3 else 0

    assert asyncio.run(asyncio.wait_for(f(1), 300)) == 2


COMPUTES_SLOWLY = """
import asyncio, pathlib, sys
from peaktrade.core.cache import MultiLevelCache
from peaktrade.core.cache.decorators import cached

folder = pathlib.Path(sys.argv[1])

@cached(cache=MultiLevelCache(l3_path=folder / "cache"), cache_level="full")
async def f(x):
    with open(folder / "calls", "a") as calls:
        calls.write("x")
    while not (folder / "go on").exists():
        await asyncio.sleep(0.001)
    return x

print(asyncio.run(f(5)))
"""


def test_coroutines_of_several_processes_compute_once(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(COMPUTES_SLOWLY)

    def started():
        return subprocess.Popen([sys.executable, script, tmp_path], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)

    calls = tmp_path / "calls"
    dies, first = started(), None
    while not calls.exists() or calls.read_text() != "x":
        time.sleep(0.01)
    dies.kill()  # the right to compute ends with its holder
    dies.communicate()
    first = started()
    while calls.read_text() != "xx":
        time.sleep(0.01)
    others = [started() for _ in range(2)]
    (tmp_path / "go on").touch()
    assert [process.communicate(timeout=300)[0] for process in (first, *others)] == ["5\n"] * 3
    assert calls.read_text() == "xx"


def test_a_cancelled_leader_leaves_nobody_waiting(cache):
    calls = []

    async def main():
        @cached(cache=cache)
        async def f(x):
            calls.append(x)
            if len(calls) == 1:
                await asyncio.Event().wait()
            return x

        leader = asyncio.create_task(f(1))
        while not calls:
            await asyncio.sleep(0)
        follower = asyncio.create_task(f(1))
        await asyncio.sleep(0.02)
        leader.cancel()
        assert await asyncio.wait_for(follower, 300) == 1
        assert len(calls) == 2

    asyncio.run(main())


GOLDEN_PLAIN = "257ec7190b80d20e28db946928a5a7e9"
GOLDEN_CONTENT = "2d25c5c9006cc79b04ee350bbc06a1e5"
