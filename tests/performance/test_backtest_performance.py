"""The guide's targets for backtests, with the figures that were measured printed (pytest -s)."""

import pytest
from generated_bars import bars

import peaktrade as pt

TEN_THOUSAND = 10_000
GUIDE_SECONDS = 5.0
GUIDE_BYTES = 500 * 1024 * 1024


@pytest.mark.parametrize("strategy", ["sma_cross", "rsi_reversion", "macd_cross", "composite"])
def test_ten_thousand_bars(benchmark, strategy):
    data = bars(TEN_THOUSAND)
    result = benchmark.run(
        lambda: pt.backtest(data, strategy, commission=0.001).metrics["sharpe"], name=f"{strategy}, 10k bars"
    )
    assert result.median < GUIDE_SECONDS
    assert result.memory_peak < GUIDE_BYTES
    assert result.native_memory_peak is None or result.native_memory_peak < GUIDE_BYTES


def test_a_simple_calculation(benchmark):
    closes = bars(TEN_THOUSAND)["close"]
    result = benchmark.run(lambda: pt.indicators.sma(closes, 20), name="sma of 10k bars")
    assert result.median < 0.050


def test_every_part_of_a_result(benchmark):
    data = bars(TEN_THOUSAND)

    def everything():
        run = pt.backtest(data, "sma_cross", commission=0.001)
        return run.trades, run.orders, run.equity, run.drawdowns, dict(run.metrics)

    assert benchmark.run(everything, name="backtest and all frames, 10k bars").median < GUIDE_SECONDS
