"""Metrics of a series of returns, without a backtest."""

from __future__ import annotations

from . import _native
from ._result import Metrics


def compute(
    returns: object,
    periods_per_year: float | None = None,
    benchmark: object = None,
    *,
    risk_free: float = 0.0,
    cash: float = 10_000.0,
) -> Metrics:
    """Every metric that returns alone can tell; the others are None with the reason.

    returns
        One return for each bar, as fractions: an array, a list, or a pandas or polars series.
    periods_per_year
        For annualised metrics. None: from the index of a pandas series by rule 10, else 252.
    benchmark
        Returns of the benchmark on the same bars.
    risk_free
        Per year, as a fraction.
    cash
        What the equity is compounded from.
    """
    reason = "as given"
    if periods_per_year is None:
        index = getattr(returns, "index", None)
        if type(index).__name__ == "DatetimeIndex":
            from ._frames import as_array

            periods_per_year, reason = _native.periods_of_times(as_array(index, "index", True))
        else:
            periods_per_year, reason = 252.0, "no times given: 252"
    values, reasons = _native.metrics_of_returns(returns, cash, periods_per_year, risk_free, benchmark)
    return Metrics(values, reasons, float(periods_per_year), reason)


def infos() -> list[dict[str, str]]:
    """Every metric: name, title, unit and convention."""
    return _native.metric_infos()
