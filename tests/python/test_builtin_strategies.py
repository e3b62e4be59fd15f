"""The built-in strategies against signals calculated independently with pandas, trade by trade, on real bars.

The formulas below are written from each strategy's description with pandas' own rolling and exponential functions; only
the fills are Peak Trade's. Averages that pandas seeds otherwise (ema, Wilder's) are written as loops.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import peaktrade as pt


@pytest.fixture(scope="module")
def bars(example_csv):
    frame = pd.read_csv(example_csv)
    return frame.rename(columns=str.lower)


def crossed_above(a, b):
    """Below, perhaps equal for a while, then above."""
    difference = np.sign(a - b)
    before = difference.where(difference != 0).ffill().shift(1)
    return (difference > 0) & (before < 0)


def sma(x, n):
    return x.rolling(n).mean()


def ema(x, n):
    """Seeded with the mean of the first n defined values."""
    out = np.full(len(x), np.nan)
    first = x.first_valid_index()
    out[first + n - 1] = x[first : first + n].mean()
    for i in range(first + n, len(x)):
        out[i] = out[i - 1] + 2 / (n + 1) * (x[i] - out[i - 1])
    return pd.Series(out)


def wilder(x, n):
    """Wilder's average of a series whose first value is undefined."""
    out = np.full(len(x), np.nan)
    first = x.first_valid_index()
    out[first + n - 1] = x[first : first + n].mean()
    for i in range(first + n, len(x)):
        out[i] = (out[i - 1] * (n - 1) + x[i]) / n
    return pd.Series(out)


def true_range(f):
    before = f.close.shift(1)
    ranges = pd.concat([f.high - f.low, (f.high - before).abs(), (f.low - before).abs()], axis=1).max(axis=1)
    ranges[0] = np.nan
    return ranges


def deviation(x, n):
    return x.rolling(n).std(ddof=0)


def faded(x, n):
    """Wilder's sum: seeded with the n - 1 values after the first bar, then s - s / n + x."""
    out = np.full(len(x), np.nan)
    out[n - 1] = x[1:n].sum()
    for i in range(n, len(x)):
        out[i] = out[i - 1] - out[i - 1] / n + x[i]
    return pd.Series(out)


def directional(f, n):
    up, down = f.high.diff(), -f.low.diff()
    plus = faded(up.where((up > down) & (up > 0), 0.0), n)
    minus = faded(down.where((down > up) & (down > 0), 0.0), n)
    span = faded(true_range(f), n)
    plus[n - 1] = minus[n - 1] = np.nan
    strength = (100 * (plus - minus).abs() / (plus + minus)).where(plus.notna())
    return 100 * plus / span, 100 * minus / span, wilder(strength, n)


def strength_index(x, n):
    change = x.diff()
    gains, losses = wilder(change.clip(lower=0), n), wilder((-change).clip(lower=0), n)
    return 100 * gains / (gains + losses)


def score(x, n):
    return (x - sma(x, n)) / deviation(x, n)


def volatility(f, n):
    return deviation(f.close.pct_change(), n)


def sma_cross(f):
    return crossed_above(sma(f.close, 10), sma(f.close, 50)), crossed_above(sma(f.close, 50), sma(f.close, 10))


def ema_cross(f):
    return crossed_above(ema(f.close, 12), ema(f.close, 26)), crossed_above(ema(f.close, 26), ema(f.close, 12))


def rsi_reversion(f):
    index = strength_index(f.close, 14)
    return crossed_above(30 - index, 0), crossed_above(index, 70)


def bollinger_breakout(f):
    middle = sma(f.close, 20)
    return crossed_above(f.close, middle + 2 * deviation(f.close, 20)), crossed_above(middle, f.close)


def macd_lines(f):
    # Both averages start at the slow window's last bar.
    slow = ema(f.close, 26)
    fast = ema(f.close[14:].reset_index(drop=True), 12)
    fast = pd.Series(np.concatenate([np.full(14, np.nan), fast]))
    line = fast - slow
    signal = ema(line, 9)
    return line.where(signal.notna()), signal


def macd_cross(f):
    line, signal = macd_lines(f)
    return crossed_above(line, signal), crossed_above(signal, line)


def macd(f):
    line, signal = macd_lines(f)
    return crossed_above(line, signal) & (line < 0), crossed_above(signal, line)


def donchian_breakout(f):
    return f.close > f.high.rolling(20).max().shift(1), f.close < f.low.rolling(10).min().shift(1)


def momentum(f):
    change = f.close / f.close.shift(90) - 1
    return change > 0, change <= 0


def ma_crossover(f):
    return sma(f.close, 20) > sma(f.close, 50), sma(f.close, 20) < sma(f.close, 50)


def breakout_donchian(f):
    return f.close > f.high.rolling(20).max().shift(1), f.close < f.low.rolling(20).min().shift(1)


def breakout(f):
    return f.close > f.close.rolling(20).max().shift(1) * 1.001, f.close < sma(f.close, 20).shift(1)


def momentum_1h(f):
    change = f.close.pct_change(24)
    return change > 0.02, change < -0.01


def bollinger_bands(f):
    middle, width = sma(f.close, 20), 2 * deviation(f.close, 20)
    return crossed_above(middle - width, f.close), crossed_above(f.close, middle + width)


def trend_following(f):
    plus, minus, index = directional(f, 14)
    return (index > 25) & (plus > minus) & (f.close > sma(f.close, 50)), (index < 20) | (minus > plus) & index.notna()


def mean_reversion(f):
    return score(f.close, 20) < -2, score(f.close, 20) > 0


def mean_reversion_channel(f):
    middle = ema(f.close, 20)
    return f.close < middle - 2 * wilder(true_range(f), 14), f.close >= middle


def vol_breakout(f):
    span, move = wilder(true_range(f), 14).shift(1), f.close.diff()
    return move > span, (move < -span) | (f.close < sma(f.close, 10)) & span.notna()


def vol_regime_filter(f):
    now = volatility(f, 20)
    usual = sma(now, 250)
    calm, rising = now <= 1.25 * usual, f.close > sma(f.close, 100)
    return calm & rising, (~calm | ~rising) & usual.notna()


def composite(f):
    channel = (f.high.rolling(60).max() + f.low.rolling(60).min()) / 2
    votes = [sma(f.close, 20) > sma(f.close, 50), f.close > f.close.shift(60), f.close > channel]
    votes.append(strength_index(f.close, 14) > 50)
    share = sum(vote.astype(float) for vote in votes) / 4
    share[:60] = np.nan
    return share > 0.6, share < 0.4


def regime_switching(f):
    trending = directional(f, 14)[2] > 20
    up = sma(f.close, 20) > sma(f.close, 100)
    now = volatility(f, 20)
    usual = sma(now, 250)
    wild = now > 2 * usual
    dip = score(f.close, 20)
    entry = ~wild & np.where(trending, up, dip < -1)
    exit = wild | np.where(trending, ~up, dip > 0)
    return entry & usual.notna(), exit & usual.notna()


def buy_and_hold(f):
    return f.close.notna(), f.close.isna()


INDEPENDENT = {
    name: globals()[name]
    for name in [
        "sma_cross",
        "ema_cross",
        "rsi_reversion",
        "bollinger_breakout",
        "macd_cross",
        "donchian_breakout",
        "momentum",
        "ma_crossover",
        "breakout_donchian",
        "breakout",
        "momentum_1h",
        "bollinger_bands",
        "macd",
        "trend_following",
        "mean_reversion",
        "mean_reversion_channel",
        "vol_breakout",
        "vol_regime_filter",
        "composite",
        "regime_switching",
        "buy_and_hold",
    ]
}


def test_each_builtin_is_here():
    assert list(INDEPENDENT) == pt.strategy_names()


@pytest.mark.parametrize("name", INDEPENDENT)
def test_trades_are_those_of_the_independent_signals(name, bars):
    entries, exits = (np.asarray(signal.fillna(False), dtype=bool) for signal in INDEPENDENT[name](bars))
    ours = pt.backtest(bars, name, commission=0.001)
    expected = pt.backtest(bars, pt.Signals(entries, exits), commission=0.001)
    columns = ["entry_bar", "exit_bar", "entry_price", "exit_price", "quantity", "pnl"]
    pd.testing.assert_frame_equal(ours.trades[columns], expected.trades[columns])
    assert len(ours.trades) == 1 if name == "buy_and_hold" else len(ours.trades) > 10
    assert (ours.trades["status"] == "closed").any() or name == "buy_and_hold"


def test_the_page_of_strategies_is_what_its_script_writes(tmp_path):
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, root / "scripts" / "make_strategy_pages.py", tmp_path], check=True)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(written) == 2 + len(pt.strategy_names()) + len(pt.allocation_names())
    for path in written:
        assert (tmp_path / path).read_text() == (root / "docs" / path).read_text(), f"run the script: {path} differs"
