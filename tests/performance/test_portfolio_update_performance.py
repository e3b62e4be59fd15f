"""The guide's target for a portfolio: 100 positions updated in ten milliseconds."""

import numpy as np

import peaktrade as pt


def test_a_hundred_positions(benchmark):
    symbols = [f"S{number:03}" for number in range(100)]
    portfolio = pt.Portfolio(cash=1_000_000, symbols=symbols)
    for number, symbol in enumerate(symbols):
        portfolio.apply_fill(symbol, 10 + number, 100.0)
    prices = np.linspace(90, 110, 100)
    result = benchmark.run(lambda: portfolio.update(prices), name="100 prices")
    assert result.median < 0.010
    expected = portfolio.cash + sum((10 + number) * price for number, price in enumerate(prices))
    assert abs(portfolio.value - expected) < 1e-6
