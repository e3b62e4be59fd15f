"""The benchmark framework under the path that the user's guide names; it lives in peaktrade.benchmark."""

from peaktrade.benchmark import (
    Measurement,
    MeasurementChange,
    PerformanceBenchmark,
    PerformanceRegression,
    load_measurements,
)

__all__ = ["Measurement", "MeasurementChange", "PerformanceBenchmark", "PerformanceRegression", "load_measurements"]
