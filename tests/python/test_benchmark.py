"""PerformanceBenchmark: samples, memory, baselines. How long things take decides nothing here."""

import json

import numpy as np
import pytest

from peaktrade.benchmark import PerformanceBenchmark, PerformanceRegression, load_measurements


def measured(**options):
    benchmark = PerformanceBenchmark(**options)
    benchmark.run(lambda: sum(range(100)), name="sum", iterations=20, warmup=1)
    return benchmark


def scaled(path, factor):
    """The baseline as if everything had taken `factor` times as long."""
    rows = json.loads(path.read_text())
    for row in rows:
        for name in ("mean", "median", "median_low", "median_high", "std", "min", "max"):
            row[name] *= factor
    path.write_text(json.dumps(rows))


def test_warm_up_iterations_and_memory_are_calls_of_their_own():
    calls = []
    result = PerformanceBenchmark().run(lambda: calls.append(1), iterations=7, warmup=3)
    assert result.iterations == 7
    # The warm-up, one call to see how long it takes, the samples, and two for memory.
    assert len(calls) == 3 + 1 + 7 * result.loops + 2
    kept = []
    array = PerformanceBenchmark().run(lambda: kept.append(np.ones(1_000_000)), iterations=1, warmup=0)
    assert array.memory_peak >= 8_000_000
    assert PerformanceBenchmark().run(lambda: None, iterations=1, profile_memory=False).memory_peak is None


def test_a_baseline_tells_what_became_slower(tmp_path):
    path = tmp_path / "baseline.json"
    assert measured(baseline=path).baseline == {}, "the first run makes it"
    measured().save(path)
    assert [row.name for row in load_measurements(path)] == ["sum"]
    scaled(path, 1e6)
    faster = measured(baseline=path)
    faster.assert_no_regression()
    assert faster.compare_with_baseline()["sum"].verdict == "faster"
    scaled(path, 1e-12)
    slower = measured(baseline=path)
    with pytest.raises(PerformanceRegression, match=r"slower than the baseline:\n  sum: .*, before .*x"):
        slower.assert_no_regression()
    slower.assert_no_regression(tolerance=1e12)
    assert "slower" in slower.table()
    assert [entry.name for entry in tmp_path.iterdir()] == ["baseline.json"], "nothing half written is left"


def test_results_with_their_intervals_as_bars():
    pytest.importorskip("matplotlib").use("Agg")
    axes = measured().plot()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["sum"]
    assert "seconds" in axes.get_xlabel()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"fn": None}, TypeError, "lambda: work"),
        ({"iterations": 0}, ValueError, "iterations"),
        ({"warmup": -1}, ValueError, "warmup"),
        ({"iterations": 2.5}, ValueError, "iterations"),
    ],
)
def test_wrong_arguments_name_themselves(arguments, error, words):
    with pytest.raises(error, match=words):
        PerformanceBenchmark().run(**{"fn": lambda: None, **arguments})


def test_failures_and_files_that_are_none(tmp_path):
    with pytest.raises(ZeroDivisionError):
        PerformanceBenchmark().run(lambda: 1 // 0)
    (tmp_path / "wrong.json").write_text("[{]")
    with pytest.raises(ValueError, match=r"wrong\.json"):
        PerformanceBenchmark(baseline=tmp_path / "wrong.json")
    with pytest.raises(TypeError, match="Measurements"):
        PerformanceBenchmark(baseline=[1])
