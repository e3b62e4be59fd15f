# Made by scripts/make_stubs.py from the registry of functions and indicators.

from typing import overload

from ._native import Expression, column, param, where

__all__ = ["abs", "adx", "at", "atr", "bollinger", "bottom", "close", "column", "crosses", "crosses_above", "crosses_above_strict", "crosses_below", "crosses_below_strict", "demean", "donchian", "ema", "exp", "falling", "high", "highest", "is_defined", "log", "log_returns", "low", "lowest", "macd", "max", "min", "minus_di", "momentum", "normalize", "open", "param", "plus_di", "rank", "returns", "rising", "roc", "rsi", "scale_to_volatility", "shift", "sma", "sqrt", "stddev", "stochastic", "sum", "symbol", "top", "true_range", "variance", "volume", "where", "wma", "zscore"]

_Operand = Expression | float

open: Expression
high: Expression
low: Expression
close: Expression
volume: Expression

def abs(x: _Operand) -> Expression:
    """abs(x): The magnitude of x."""

def at(timeframe: str, x: _Operand) -> Expression:
    '''at(timeframe, x): x computed on the bars of a longer timeframe, such as at("4h", sma(close, 20)). A higher bar is seen once it is complete, from the bar on that reaches its end, until the next one is; undefined before the first.'''

def bottom(x: _Operand, n: _Operand = 10) -> Expression:
    """bottom(x, n = 10): True for the n symbols with the smallest x; of equal ones the earlier symbols. For data of several symbols."""

def crosses(a: _Operand, b: _Operand) -> Expression:
    """crosses(a, b): crosses_above or crosses_below."""

def crosses_above(a: _Operand, b: _Operand) -> Expression:
    """crosses_above(a, b): True on the bar on which a stands above b when the last bar on which they were not equal had a below b. Values within 1e-12 relative are equal; an undefined value forgets what was before (rule 7)."""

def crosses_above_strict(a: _Operand, b: _Operand) -> Expression:
    """crosses_above_strict(a, b): a[1] < b[1] and a > b by plain comparison: a touch of equal values between loses the crossing."""

def crosses_below(a: _Operand, b: _Operand) -> Expression:
    """crosses_below(a, b): True on the bar on which a stands below b when the last bar on which they were not equal had a above b (rule 7)."""

def crosses_below_strict(a: _Operand, b: _Operand) -> Expression:
    """crosses_below_strict(a, b): a[1] > b[1] and a < b by plain comparison."""

def demean(x: _Operand) -> Expression:
    """demean(x): x less its mean over the symbols. For data of several symbols."""

def exp(x: _Operand) -> Expression:
    """exp(x): e to the power x."""

def falling(x: _Operand, n: _Operand = 1) -> Expression:
    """falling(x, n = 1): True where x fell on each of the last n bars."""

def is_defined(x: _Operand) -> Expression:
    """is_defined(x): True where the number or signal x has a value, false elsewhere."""

def log(x: _Operand) -> Expression:
    """log(x): The natural logarithm of x; undefined for x < 0."""

def max(a: _Operand, b: _Operand) -> Expression:
    """max(a, b): The larger of a and b."""

def min(a: _Operand, b: _Operand) -> Expression:
    """min(a, b): The smaller of a and b."""

def normalize(x: _Operand) -> Expression:
    """normalize(x): x over the sum of |x| of all symbols, so that the sizes add up to 1; 0 where that sum is 0. A signal counts as 1 and 0. For data of several symbols."""

def rank(x: _Operand) -> Expression:
    """rank(x): The place of x among the symbols, from 1 / n for the smallest to 1 for the largest; equal ones share their mean place. For data of several symbols."""

def rising(x: _Operand, n: _Operand = 1) -> Expression:
    """rising(x, n = 1): True where x rose on each of the last n bars."""

def scale_to_volatility(w: _Operand, target: _Operand = 0.1, window: _Operand = 60, cap: _Operand = 1) -> Expression:
    """scale_to_volatility(w, target = 0.1, window = 60, cap = 1): The weights w times one factor for all symbols: the target a year over the volatility that their mix had over the last window stamps (ddof 1), but so that the sizes add up to no more than cap. For data of several symbols."""

def shift(x: _Operand, n: _Operand = 1) -> Expression:
    """shift(x, n = 1): The number or signal x as it was n bars ago, also written x[n]; undefined on the first n bars."""

def sqrt(x: _Operand) -> Expression:
    """sqrt(x): The square root of x; undefined for x < 0."""

def symbol(name: _Operand, x: _Operand) -> Expression:
    '''symbol(name, x): x computed on the bars of another symbol of the run, such as symbol("SPY", close > sma(close, 200)). On each bar it is the value of that symbol's last complete bar; undefined before its first.'''

def top(x: _Operand, n: _Operand = 10) -> Expression:
    """top(x, n = 10): True for the n symbols with the largest x; of equal ones the earlier symbols. For data of several symbols."""

def zscore(x: _Operand) -> Expression:
    """zscore(x): (x - mean) / standard deviation over the symbols (ddof 0); 0 where all are equal. For data of several symbols."""

@overload
def adx(high: Expression, low: Expression, close: Expression, window: _Operand = 14) -> Expression:
    """adx(high, low, close, window = 14): Average directional index. Wilder's average of dx = 100 * |plus_di - minus_di| / (plus_di + minus_di): how strong a trend is, whichever its direction; 0 to 100."""

@overload
def adx(window: _Operand = 14, *, high: Expression = ..., low: Expression = ..., close: Expression = ...) -> Expression: ...

@overload
def atr(high: Expression, low: Expression, close: Expression, window: _Operand = 14) -> Expression:
    """atr(high, low, close, window = 14): Average true range. Wilder's average of the true range: atr[t] = (atr[t-1] * (window - 1) + true_range[t]) / window, from the mean of the first window ranges."""

@overload
def atr(window: _Operand = 14, *, high: Expression = ..., low: Expression = ..., close: Expression = ...) -> Expression: ...

@overload
def bollinger(close: Expression, window: _Operand = 20, deviations: _Operand = 2) -> Expression:
    """bollinger(close, window = 20, deviations = 2): Bollinger bands. middle = sma(window); upper and lower = middle +- deviations * stddev(window), the population's."""

@overload
def bollinger(window: _Operand = 20, deviations: _Operand = 2, *, close: Expression = ...) -> Expression: ...

@overload
def donchian(high: Expression, low: Expression, window: _Operand = 20) -> Expression:
    """donchian(high, low, window = 20): Donchian channel. upper = highest(high, window), lower = lowest(low, window), middle = (upper + lower) / 2. The present bar is included: a breakout compares with the bar before, donchian(high, low, 20).upper[1]."""

@overload
def donchian(window: _Operand = 20, *, high: Expression = ..., low: Expression = ...) -> Expression: ...

@overload
def ema(close: Expression, window: _Operand = 20) -> Expression:
    """ema(close, window = 20): Exponential moving average. ema[t] = ema[t-1] + alpha * (x[t] - ema[t-1]), alpha = 2 / (window + 1); the first value is the mean of the first window values."""

@overload
def ema(window: _Operand = 20, *, close: Expression = ...) -> Expression: ...

@overload
def highest(high: Expression, window: _Operand = 20) -> Expression:
    """highest(high, window = 20): Highest value. The largest of the last window values."""

@overload
def highest(window: _Operand = 20, *, high: Expression = ...) -> Expression: ...

@overload
def log_returns(close: Expression, bars: _Operand = 1) -> Expression:
    """log_returns(close, bars = 1): Logarithmic returns. ln(x[t] / x[t-bars])."""

@overload
def log_returns(bars: _Operand = 1, *, close: Expression = ...) -> Expression: ...

@overload
def lowest(low: Expression, window: _Operand = 20) -> Expression:
    """lowest(low, window = 20): Lowest value. The smallest of the last window values."""

@overload
def lowest(window: _Operand = 20, *, low: Expression = ...) -> Expression: ...

@overload
def macd(close: Expression, fast: _Operand = 12, slow: _Operand = 26, signal: _Operand = 9) -> Expression:
    """macd(close, fast = 12, slow = 26, signal = 9): Moving average convergence divergence. line = ema(fast) - ema(slow), signal = ema of the line, histogram = line - signal. Both averages start at the slow window's last bar; all outputs are defined once the signal is."""

@overload
def macd(fast: _Operand = 12, slow: _Operand = 26, signal: _Operand = 9, *, close: Expression = ...) -> Expression: ...

@overload
def minus_di(high: Expression, low: Expression, close: Expression, window: _Operand = 14) -> Expression:
    """minus_di(high, low, close, window = 14): Directional indicator of falls. 100 * faded sum of falls of the low / faded sum of true ranges, where the fall is larger than the rise of the high."""

@overload
def minus_di(window: _Operand = 14, *, high: Expression = ..., low: Expression = ..., close: Expression = ...) -> Expression: ...

@overload
def momentum(close: Expression, bars: _Operand = 10) -> Expression:
    """momentum(close, bars = 10): Momentum. x[t] - x[t-bars]."""

@overload
def momentum(bars: _Operand = 10, *, close: Expression = ...) -> Expression: ...

@overload
def plus_di(high: Expression, low: Expression, close: Expression, window: _Operand = 14) -> Expression:
    """plus_di(high, low, close, window = 14): Directional indicator of rises. 100 * faded sum of rises of the high / faded sum of true ranges, where the rise is larger than the fall of the low."""

@overload
def plus_di(window: _Operand = 14, *, high: Expression = ..., low: Expression = ..., close: Expression = ...) -> Expression: ...

@overload
def returns(close: Expression, bars: _Operand = 1) -> Expression:
    """returns(close, bars = 1): Simple returns. x[t] / x[t-bars] - 1."""

@overload
def returns(bars: _Operand = 1, *, close: Expression = ...) -> Expression: ...

@overload
def roc(close: Expression, bars: _Operand = 10) -> Expression:
    """roc(close, bars = 10): Rate of change. (x[t] / x[t-bars] - 1) * 100, in percent."""

@overload
def roc(bars: _Operand = 10, *, close: Expression = ...) -> Expression: ...

@overload
def rsi(close: Expression, window: _Operand = 14) -> Expression:
    """rsi(close, window = 14): Relative strength index. 100 * gains / (gains + losses), both averaged as Wilder does: average[t] = (average[t-1] * (window - 1) + change[t]) / window, from the mean of the first window changes; 0 if there was no change at all."""

@overload
def rsi(window: _Operand = 14, *, close: Expression = ...) -> Expression: ...

@overload
def sma(close: Expression, window: _Operand = 20) -> Expression:
    """sma(close, window = 20): Simple moving average. The mean of the last window values."""

@overload
def sma(window: _Operand = 20, *, close: Expression = ...) -> Expression: ...

@overload
def stddev(close: Expression, window: _Operand = 20, ddof: _Operand = 0) -> Expression:
    """stddev(close, window = 20, ddof = 0): Rolling standard deviation. Root of the sum of squared deviations from the mean of the last window values, divided by window - ddof."""

@overload
def stddev(window: _Operand = 20, ddof: _Operand = 0, *, close: Expression = ...) -> Expression: ...

@overload
def stochastic(high: Expression, low: Expression, close: Expression, window: _Operand = 14, smooth_k: _Operand = 3, smooth_d: _Operand = 3) -> Expression:
    """stochastic(high, low, close, window = 14, smooth_k = 3, smooth_d = 3): Stochastic oscillator. fast = 100 * (close - lowest low) / (highest high - lowest low) over window bars, k = sma(fast, smooth_k), d = sma(k, smooth_d). smooth_k = 1 gives the fast stochastic."""

@overload
def stochastic(window: _Operand = 14, smooth_k: _Operand = 3, smooth_d: _Operand = 3, *, high: Expression = ..., low: Expression = ..., close: Expression = ...) -> Expression: ...

@overload
def sum(close: Expression, window: _Operand = 20) -> Expression:
    """sum(close, window = 20): Rolling sum. The sum of the last window values."""

@overload
def sum(window: _Operand = 20, *, close: Expression = ...) -> Expression: ...

@overload
def true_range(high: Expression, low: Expression, close: Expression) -> Expression:
    """true_range(high, low, close): True range. max(high - low, |high - close before|, |low - close before|)."""

@overload
def true_range(*, high: Expression = ..., low: Expression = ..., close: Expression = ...) -> Expression: ...

@overload
def variance(close: Expression, window: _Operand = 20, ddof: _Operand = 0) -> Expression:
    """variance(close, window = 20, ddof = 0): Rolling variance. Sum of squared deviations from the mean of the last window values, divided by window - ddof."""

@overload
def variance(window: _Operand = 20, ddof: _Operand = 0, *, close: Expression = ...) -> Expression: ...

@overload
def wma(close: Expression, window: _Operand = 20) -> Expression:
    """wma(close, window = 20): Weighted moving average. Mean of the last window values with weights 1, 2, ... window; the newest has the largest."""

@overload
def wma(window: _Operand = 20, *, close: Expression = ...) -> Expression: ...

def _names() -> list[str]: ...
