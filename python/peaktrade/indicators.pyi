# Made by scripts/make_stubs.py from the registry of functions and indicators.

from typing import Any

import numpy
import numpy.typing

_Array = numpy.typing.NDArray[numpy.float64]

def names() -> list[str]: ...
def info(name: str) -> dict[str, Any]: ...

def adx(high: object, low: object, close: object, window: float = 14) -> _Array:
    """adx(high, low, close, window = 14): Average directional index. Wilder's average of dx = 100 * |plus_di - minus_di| / (plus_di + minus_di): how strong a trend is, whichever its direction; 0 to 100."""

def atr(high: object, low: object, close: object, window: float = 14) -> _Array:
    """atr(high, low, close, window = 14): Average true range. Wilder's average of the true range: atr[t] = (atr[t-1] * (window - 1) + true_range[t]) / window, from the mean of the first window ranges."""

def bollinger(close: object, window: float = 20, deviations: float = 2) -> dict[str, _Array]:
    """bollinger(close, window = 20, deviations = 2): Bollinger bands. middle = sma(window); upper and lower = middle +- deviations * stddev(window), the population's."""

def donchian(high: object, low: object, window: float = 20) -> dict[str, _Array]:
    """donchian(high, low, window = 20): Donchian channel. upper = highest(high, window), lower = lowest(low, window), middle = (upper + lower) / 2. The present bar is included: a breakout compares with the bar before, donchian(high, low, 20).upper[1]."""

def ema(close: object, window: float = 20) -> _Array:
    """ema(close, window = 20): Exponential moving average. ema[t] = ema[t-1] + alpha * (x[t] - ema[t-1]), alpha = 2 / (window + 1); the first value is the mean of the first window values."""

def highest(high: object, window: float = 20) -> _Array:
    """highest(high, window = 20): Highest value. The largest of the last window values."""

def log_returns(close: object, bars: float = 1) -> _Array:
    """log_returns(close, bars = 1): Logarithmic returns. ln(x[t] / x[t-bars])."""

def lowest(low: object, window: float = 20) -> _Array:
    """lowest(low, window = 20): Lowest value. The smallest of the last window values."""

def macd(close: object, fast: float = 12, slow: float = 26, signal: float = 9) -> dict[str, _Array]:
    """macd(close, fast = 12, slow = 26, signal = 9): Moving average convergence divergence. line = ema(fast) - ema(slow), signal = ema of the line, histogram = line - signal. Both averages start at the slow window's last bar; all outputs are defined once the signal is."""

def minus_di(high: object, low: object, close: object, window: float = 14) -> _Array:
    """minus_di(high, low, close, window = 14): Directional indicator of falls. 100 * faded sum of falls of the low / faded sum of true ranges, where the fall is larger than the rise of the high."""

def momentum(close: object, bars: float = 10) -> _Array:
    """momentum(close, bars = 10): Momentum. x[t] - x[t-bars]."""

def plus_di(high: object, low: object, close: object, window: float = 14) -> _Array:
    """plus_di(high, low, close, window = 14): Directional indicator of rises. 100 * faded sum of rises of the high / faded sum of true ranges, where the rise is larger than the fall of the low."""

def returns(close: object, bars: float = 1) -> _Array:
    """returns(close, bars = 1): Simple returns. x[t] / x[t-bars] - 1."""

def roc(close: object, bars: float = 10) -> _Array:
    """roc(close, bars = 10): Rate of change. (x[t] / x[t-bars] - 1) * 100, in percent."""

def rsi(close: object, window: float = 14) -> _Array:
    """rsi(close, window = 14): Relative strength index. 100 * gains / (gains + losses), both averaged as Wilder does: average[t] = (average[t-1] * (window - 1) + change[t]) / window, from the mean of the first window changes; 0 if there was no change at all."""

def sma(close: object, window: float = 20) -> _Array:
    """sma(close, window = 20): Simple moving average. The mean of the last window values."""

def stddev(close: object, window: float = 20, ddof: float = 0) -> _Array:
    """stddev(close, window = 20, ddof = 0): Rolling standard deviation. Root of the sum of squared deviations from the mean of the last window values, divided by window - ddof."""

def stochastic(high: object, low: object, close: object, window: float = 14, smooth_k: float = 3, smooth_d: float = 3) -> dict[str, _Array]:
    """stochastic(high, low, close, window = 14, smooth_k = 3, smooth_d = 3): Stochastic oscillator. fast = 100 * (close - lowest low) / (highest high - lowest low) over window bars, k = sma(fast, smooth_k), d = sma(k, smooth_d). smooth_k = 1 gives the fast stochastic."""

def sum(close: object, window: float = 20) -> _Array:
    """sum(close, window = 20): Rolling sum. The sum of the last window values."""

def true_range(high: object, low: object, close: object) -> _Array:
    """true_range(high, low, close): True range. max(high - low, |high - close before|, |low - close before|)."""

def variance(close: object, window: float = 20, ddof: float = 0) -> _Array:
    """variance(close, window = 20, ddof = 0): Rolling variance. Sum of squared deviations from the mean of the last window values, divided by window - ddof."""

def wma(close: object, window: float = 20) -> _Array:
    """wma(close, window = 20): Weighted moving average. Mean of the last window values with weights 1, 2, ... window; the newest has the largest."""
