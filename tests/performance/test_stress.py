"""Much at once: long series, many runs, and that memory does not grow from run to run."""

from generated_bars import bars

import peaktrade as pt
from peaktrade.benchmark import _resident


def test_a_million_bars(benchmark):
    data = bars(1_000_000)
    result = benchmark.run(
        lambda: pt.backtest(data, "sma_cross", commission=0.001).metrics["sharpe"],
        name="sma_cross, 1M bars",
        iterations=5,
        warmup=1,
    )
    assert result.median < 5.0


def test_many_runs_do_not_leak():
    data = bars(10_000)
    for _ in range(50):
        len(pt.backtest(data, "sma_cross").trades)
    before = _resident()
    for _ in range(500):
        len(pt.backtest(data, "sma_cross").trades)
    after = _resident()
    if before is not None and after is not None:
        assert after - before < 20 * 1024 * 1024
