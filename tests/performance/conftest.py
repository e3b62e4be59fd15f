"""Options and fixtures of the performance tests.

--profile      writes, for each test, profiles/<test>.prof (cProfile) and profiles/<test>.html (a flame graph over time)
"""

import cProfile
import re
from pathlib import Path

import pytest

from peaktrade.benchmark import PerformanceBenchmark

FOLDER = Path("profiles")


def pytest_addoption(parser):
    try:
        parser.addoption("--profile", action="store_true", help="write a profile and a flame graph of each test")
    except ValueError:
        pass  # another plug-in has an option of that name: it means the same, and both are written


@pytest.fixture
def benchmark(request):
    """A fresh PerformanceBenchmark, whose table is printed when the test is over."""
    measured = PerformanceBenchmark()
    yield measured
    if measured.results:
        print(f"\n{measured.table()}")


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    if not pyfuncitem.config.getoption("--profile", default=False):
        yield
        return
    FOLDER.mkdir(exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", pyfuncitem.nodeid.split("/")[-1])
    profiler = cProfile.Profile()
    sampler = flame_graph()
    if sampler is not None:
        sampler.start()
    profiler.enable()
    yield
    profiler.disable()
    profiler.dump_stats(FOLDER / f"{name}.prof")
    if sampler is not None:
        sampler.stop()
        (FOLDER / f"{name}.html").write_text(sampler.output_html(), encoding="utf-8")


def flame_graph():
    """pyinstrument's sampler; without it there are only the .prof files."""
    try:
        from pyinstrument import Profiler
    except ImportError:
        return None
    return Profiler(interval=0.001)
