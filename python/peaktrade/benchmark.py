"""How long something takes, how much memory, and whether that changed.

    from peaktrade.benchmark import PerformanceBenchmark

    benchmark = PerformanceBenchmark(baseline="baseline.json")
    result = benchmark.run(lambda: my_function(), name="my_function", iterations=100, warmup=10)
    print(result)                              # mean, median, std, min, max, memory
    benchmark.assert_no_regression()           # fails if it became slower than the baseline says
    benchmark.save("baseline.json")

A sample is the time of one call; of calls too short for the clock, the mean of as many as it can tell. Memory is measured
in a call of its own, so that it does not slow the timed ones. A change counts as one only if the 95 % intervals of both
medians do not touch and the medians differ by more than a tolerance.
"""

from __future__ import annotations

from ._native import (
    Measurement,
    MeasurementChange,
    compare_measurements,
    format_seconds,
    loops_for,
    measurements_from_json,
    measurements_to_json,
    summarize_samples,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable
    from typing import Any

__all__ = ["Measurement", "MeasurementChange", "PerformanceBenchmark", "PerformanceRegression", "load_measurements"]

SHORTEST_SAMPLE = 20e-6  # seconds: a thousand times what the clock can tell


class PerformanceRegression(AssertionError):
    """Something became slower than its baseline."""


class PerformanceBenchmark:
    """Measurements of one session, with an optional baseline to compare with.

    ``baseline``: a JSON file that ``save`` wrote, or measurements; None for none. A file that is not there is no error,
    so that the first run can make it.
    """

    def __init__(self, baseline: str | os.PathLike[str] | Iterable[Measurement] | None = None) -> None:
        self.results: dict[str, Measurement] = {}
        self.baseline: dict[str, Measurement] = {}
        if baseline is not None:
            self.baseline = {measurement.name: measurement for measurement in _measurements_of(baseline)}

    def run(
        self,
        fn: Callable[[], Any],
        name: str = "benchmark",
        iterations: int = 100,
        warmup: int = 10,
        profile_memory: bool = True,
    ) -> Measurement:
        """Calls ``fn`` without arguments ``warmup`` times, then measures ``iterations`` samples, then memory.

        An exception of ``fn`` is passed on.
        """
        if not callable(fn):
            raise TypeError(f"fn must be callable without arguments, not {type(fn).__name__}; wrap it: lambda: work(x)")
        if _is_coroutine_function(fn):
            raise TypeError("fn is a coroutine function, whose call runs nothing; wrap it: lambda: asyncio.run(work())")
        if not isinstance(name, str):
            raise TypeError(f"name must be a text, not {type(name).__name__}")
        _check_count("iterations", iterations, 1)
        _check_count("warmup", warmup, 0)
        for _ in range(warmup):
            fn()
        loops = loops_for(_time_of(fn, 1), SHORTEST_SAMPLE)
        measurement = summarize_samples(name, [_time_of(fn, loops) for _ in range(iterations)], loops)
        if profile_memory:
            measurement.memory_peak, measurement.native_memory_peak = _memory_of(fn)
        self.results[name] = measurement
        return measurement

    def compare_with_baseline(self, tolerance: float = 0.05) -> dict[str, MeasurementChange]:
        """The change of each result that the baseline has too, by name."""
        return {
            name: compare_measurements(result, self.baseline[name], tolerance)
            for name, result in self.results.items()
            if name in self.baseline
        }

    def assert_no_regression(self, tolerance: float = 0.05) -> None:
        """Raises ``PerformanceRegression`` naming each result that became slower than the baseline."""
        slower = {n: c for n, c in self.compare_with_baseline(tolerance).items() if c.verdict == "slower"}
        if slower:
            lines = [
                f"{name}: {format_seconds(self.results[name].median)}, before "
                f"{format_seconds(self.baseline[name].median)} ({change.ratio:.2f}x, {change.low:.2f} to {change.high:.2f})"
                for name, change in slower.items()
            ]
            raise PerformanceRegression("slower than the baseline:\n  " + "\n  ".join(lines))

    def table(self) -> str:
        """All results, a line each, with the change against the baseline where there is one."""
        changes = self.compare_with_baseline()
        rows: list[tuple[str, ...]] = [("benchmark", "median", "mean", "std", "min", "max", "memory", "change")]
        for name, result in self.results.items():
            memory = "" if result.memory_peak is None else f"{result.memory_peak / 1024:,.0f} kB"
            change = f"{changes[name].ratio:.2f}x {changes[name].verdict}" if name in changes else ""
            times = (result.median, result.mean, result.std, result.min, result.max)
            rows.append((name, *map(format_seconds, times), memory, change))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join(lines)

    def plot(self, ax: Any = None) -> Any:
        """Medians with their intervals as bars (matplotlib, extra ``peaktrade[plot]``); gives the axes back."""
        if ax is None:
            from matplotlib import pyplot  # pyright: ignore[reportMissingImports]  an extra

            ax = pyplot.subplots()[1]
        names = list(self.results)
        medians = [self.results[name].median for name in names]
        below = [self.results[name].median - self.results[name].median_low for name in names]
        above = [self.results[name].median_high - self.results[name].median for name in names]
        ax.barh(names, medians, xerr=[below, above])
        ax.set_xlabel("seconds (median, 95 % interval)")
        ax.invert_yaxis()
        return ax

    def to_json(self) -> str:
        """All results as a JSON list."""
        return measurements_to_json(list(self.results.values()))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes ``to_json()``, whole or not at all: a baseline for a later session."""
        from os import replace

        from .core._arguments import path_text

        name = path_text(path, "path")
        with open(name + ".new", "w", encoding="utf-8") as file:
            file.write(self.to_json())
        replace(name + ".new", name)

    def __repr__(self) -> str:
        return self.table() if self.results else "PerformanceBenchmark(no results yet)"


def load_measurements(path: str | os.PathLike[str]) -> list[Measurement]:
    """The measurements in a file that ``PerformanceBenchmark.save`` wrote."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        return measurements_from_json(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _measurements_of(baseline: Any) -> list[Measurement]:
    from os import PathLike
    from os.path import exists

    if isinstance(baseline, (str, PathLike)):
        return load_measurements(baseline) if exists(baseline) else []
    try:
        measurements = list(baseline)
    except TypeError:
        raise TypeError(f"baseline must be a file or Measurements, not {type(baseline).__name__}") from None
    for measurement in measurements:
        if not isinstance(measurement, Measurement):
            raise TypeError(f"baseline must be a file or Measurements, not {type(measurement).__name__}")
    return measurements


def _is_coroutine_function(fn: object) -> bool:
    from inspect import iscoroutinefunction

    return iscoroutinefunction(fn)


def _check_count(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")


def _time_of(fn: Callable[[], Any], loops: int) -> float:
    from time import perf_counter

    begin = perf_counter()
    for _ in range(loops):
        fn()
    return (perf_counter() - begin) / loops


def _memory_of(fn: Callable[[], Any]) -> tuple[float, float | None]:
    """Bytes that Python allocated at most during one call, and bytes by which the process grew in another."""
    import tracemalloc

    before, peak_before = _resident(), _reset_peak()
    fn()
    after = _peak_resident()
    native = None if before is None or after is None else float(max(0, after - (before if peak_before else after)))
    traced = tracemalloc.is_tracing()
    if not traced:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        level = tracemalloc.get_traced_memory()[0]
        fn()
        python = float(max(0, tracemalloc.get_traced_memory()[1] - level))
    finally:
        if not traced:
            tracemalloc.stop()
    return python, native


def _status(key: str) -> int | None:
    """A line of the process's status in bytes; None where the system does not tell."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            for line in file:
                if line.startswith(key):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def _resident() -> int | None:
    return _status("VmRSS:")


def _peak_resident() -> int | None:
    return _status("VmHWM:")


def _reset_peak() -> bool:
    """Makes the peak of resident memory the present level (Linux); whether that was possible."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        return False
    return True
