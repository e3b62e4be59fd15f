#include "strategy/builtin_texts.hpp"

namespace peak {
namespace {

constexpr const char* kTexts[] = {
    R"toml(
name = "sma_cross"
description = "Long while a fast simple average of the close stands above a slow one. Earns in long trends; loses a little, again and again, while prices go sideways."
[params]
fast = { value = 10, low = 1, high = 100, step = 1, description = "bars of the fast average" }
slow = { value = 50, low = 1, high = 400, step = 1, description = "bars of the slow average" }
[signals]
fast_ma = "sma(close, fast)"
slow_ma = "sma(close, slow)"
entry   = "crosses_above(fast_ma, slow_ma)"
exit    = "crosses_below(fast_ma, slow_ma)"
)toml",
    R"toml(
name = "ema_cross"
description = "As sma_cross with exponential averages, which turn sooner: earlier into a trend, more false starts in a market without one."
[params]
fast = { value = 12, low = 1, high = 100, step = 1, description = "bars of the fast average" }
slow = { value = 26, low = 1, high = 400, step = 1, description = "bars of the slow average" }
[signals]
fast_ma = "ema(close, fast)"
slow_ma = "ema(close, slow)"
entry   = "crosses_above(fast_ma, slow_ma)"
exit    = "crosses_below(fast_ma, slow_ma)"
)toml",
    R"toml(
name = "rsi_reversion"
description = "Buys when the relative strength index falls into oversold and sells when it rises into overbought. Earns when prices swing about a level; holds on through a falling trend, for it has no stop."
[params]
window = { value = 14, low = 2, high = 100, step = 1, description = "bars of the index" }
lower  = { value = 30, low = 0, high = 50, step = 5, description = "oversold below this" }
upper  = { value = 70, low = 50, high = 100, step = 5, description = "overbought above this" }
[signals]
strength = "rsi(close, window)"
entry    = "crosses_below(strength, lower)"
exit     = "crosses_above(strength, upper)"
)toml",
    R"toml(
name = "bollinger_breakout"
description = "Buys a close above the upper Bollinger band and sells a close below the middle one. Earns when a quiet market breaks out and runs; loses when breakouts fall back at once."
[params]
window     = { value = 20, low = 2, high = 200, step = 1, description = "bars of the bands" }
deviations = { value = 2, low = 0, high = 4, step = 0.25, description = "half width of the bands in standard deviations" }
[signals]
upper  = "bollinger(close, window, deviations).upper"
middle = "bollinger(close, window, deviations).middle"
entry  = "crosses_above(close, upper)"
exit   = "crosses_below(close, middle)"
)toml",
    R"toml(
name = "macd_cross"
description = "Long while the MACD line stands above its signal line. Follows changes of momentum sooner than an average cross; trades often, so that costs weigh, and is whipsawed in quiet markets."
[params]
fast   = { value = 12, low = 1, high = 100, step = 1, description = "bars of the fast average" }
slow   = { value = 26, low = 2, high = 400, step = 1, description = "bars of the slow average" }
smooth = { value = 9, low = 1, high = 100, step = 1, description = "bars of the signal line" }
[signals]
line        = "macd(close, fast, slow, smooth).line"
signal_line = "macd(close, fast, slow, smooth).signal"
entry       = "crosses_above(line, signal_line)"
exit        = "crosses_below(line, signal_line)"
)toml",
    R"toml(
name = "donchian_breakout"
description = "Buys a close above the highest high of the bars before and sells a close below the lowest low of fewer bars before (the turtles' rule). Few trades win, and long trends pay for the rest; it suffers while a range holds."
[params]
window      = { value = 20, low = 1, high = 250, step = 1, description = "bars of the channel that is broken upwards" }
exit_window = { value = 10, low = 1, high = 250, step = 1, description = "bars of the channel that ends the trade" }
[signals]
upper = "highest(high, window)[1]"
lower = "lowest(low, exit_window)[1]"
entry = "close > upper"
exit  = "close < lower"
)toml",
    R"toml(
name = "momentum"
description = "Holds while the close stands higher than it did some bars ago by more than a threshold. Takes part in long rises and leaves long falls; late at every turn."
[params]
window    = { value = 90, low = 1, high = 500, step = 1, description = "bars back to compare with" }
threshold = { value = 0, low = -1, high = 1, step = 0.01, description = "change that is asked for, as a fraction" }
[signals]
change = "close / close[window] - 1"
entry  = "change > threshold"
exit   = "change <= threshold"
)toml",
    R"toml(
name = "ma_crossover"
description = "Holds while a fast simple average of the close stands above a slow one, from the first bar on which both are known. Earns in long trends; gives money back when prices go sideways."
[params]
fast = { value = 20, low = 1, high = 100, step = 1, description = "bars of the fast average" }
slow = { value = 50, low = 1, high = 400, step = 1, description = "bars of the slow average" }
[signals]
fast_ma = "sma(close, fast)"
slow_ma = "sma(close, slow)"
entry   = "fast_ma > slow_ma"
exit    = "fast_ma < slow_ma"
)toml",
    R"toml(
name = "breakout_donchian"
description = "Buys a close above the channel of the bars before and sells a close below it: one channel both ways. Long trends pay for many small losses; it gives back much of a trend before it leaves."
[params]
lookback = { value = 20, low = 1, high = 250, step = 1, description = "bars of the channel" }
[signals]
upper = "highest(high, lookback)[1]"
lower = "lowest(low, lookback)[1]"
entry = "close > upper"
exit  = "close < lower"
)toml",
    R"toml(
name = "breakout"
description = "Buys when the close exceeds the highest close of the bars before by a margin and sells when it falls below the average of those bars. Earns when a market leaves a range for good; the margin keeps it out of false breaks and makes it late."
[params]
lookback = { value = 20, low = 1, high = 250, step = 1, description = "bars that make the range" }
margin   = { value = 0.001, low = 0, high = 0.1, step = 0.001, description = "how far beyond the range, as a fraction" }
[signals]
ceiling = "highest(close, lookback)[1]"
middle  = "sma(close, lookback)[1]"
entry   = "close > ceiling * (1 + margin)"
exit    = "close < middle"
)toml",
    R"toml(
name = "momentum_1h"
description = "For hourly bars: buys when the price rose by more than a threshold over the last day and sells once it has fallen by another. Rides strong moves; loses on each spike that turns at once."
[params]
lookback        = { value = 24, low = 1, high = 500, step = 1, description = "bars back to compare with" }
entry_threshold = { value = 0.02, low = 0, high = 0.5, step = 0.005, description = "rise that buys, as a fraction" }
exit_threshold  = { value = -0.01, low = -0.5, high = 0.5, step = 0.005, description = "change below which it sells" }
[signals]
change = "returns(close, lookback)"
entry  = "change > entry_threshold"
exit   = "change < exit_threshold"
)toml",
    R"toml(
name = "bollinger_bands"
description = "Buys when the close falls through the lower Bollinger band and sells when it rises through the upper one. Earns while prices swing in a range; buys all the way down in a crash, for it has no stop."
[params]
window     = { value = 20, low = 2, high = 200, step = 1, description = "bars of the bands" }
deviations = { value = 2, low = 0, high = 4, step = 0.25, description = "half width of the bands in standard deviations" }
[signals]
upper = "bollinger(close, window, deviations).upper"
lower = "bollinger(close, window, deviations).lower"
entry = "crosses_below(close, lower)"
exit  = "crosses_above(close, upper)"
)toml",
    R"toml(
name = "macd"
description = "Buys when the MACD line crosses its signal line upwards below zero, where a fall is ending, and sells at the crossing downwards. Early at turns after deep falls; stays out of rises that begin above zero."
[params]
fast   = { value = 12, low = 1, high = 100, step = 1, description = "bars of the fast average" }
slow   = { value = 26, low = 2, high = 400, step = 1, description = "bars of the slow average" }
smooth = { value = 9, low = 1, high = 100, step = 1, description = "bars of the signal line" }
[signals]
line        = "macd(close, fast, slow, smooth).line"
signal_line = "macd(close, fast, slow, smooth).signal"
entry       = "crosses_above(line, signal_line) and line < 0"
exit        = "crosses_below(line, signal_line)"
)toml",
    R"toml(
name = "trend_following"
description = "Holds while a trend is strong and points up: the average directional index above a threshold, rises stronger than falls, the close above a long average. Stays out of ranges; late into each trend, for strength shows only afterwards."
[params]
window    = { value = 14, low = 2, high = 100, step = 1, description = "bars of the directional indicators" }
strength  = { value = 25, low = 0, high = 60, step = 5, description = "index above which a trend counts as strong" }
weakness  = { value = 20, low = 0, high = 60, step = 5, description = "index below which it counts as over" }
ma_window = { value = 50, low = 1, high = 400, step = 1, description = "bars of the long average" }
[signals]
index   = "adx(window)"
rises   = "plus_di(window)"
falls   = "minus_di(window)"
average = "sma(close, ma_window)"
entry   = "index > strength and rises > falls and close > average"
exit    = "index < weakness or falls > rises"
)toml",
    R"toml(
name = "mean_reversion"
description = "Buys when the close lies far below its average, measured in standard deviations, and sells when it is back at the average. Earns in ranges and on panics that pass; loses when the fall has a reason."
[params]
window     = { value = 20, low = 2, high = 200, step = 1, description = "bars of average and deviation" }
entry_score = { value = -2, low = -5, high = 0, step = 0.25, description = "deviations below which it buys" }
exit_score  = { value = 0, low = -5, high = 5, step = 0.25, description = "deviations above which it sells" }
[signals]
score = "(close - sma(close, window)) / stddev(close, window)"
entry = "score < entry_score"
exit  = "score > exit_score"
)toml",
    R"toml(
name = "mean_reversion_channel"
description = "Buys a close below a channel of average true ranges about an exponential average and sells at the average. The channel widens with volatility, so that it waits longer in wild markets; suffers in steady falls."
[params]
window = { value = 20, low = 2, high = 200, step = 1, description = "bars of the average" }
range_window = { value = 14, low = 1, high = 200, step = 1, description = "bars of the average true range" }
ranges = { value = 2, low = 0, high = 10, step = 0.25, description = "half width of the channel in average true ranges" }
[signals]
middle = "ema(close, window)"
lower  = "middle - ranges * atr(range_window)"
entry  = "close < lower"
exit   = "close >= middle"
)toml",
    R"toml(
name = "vol_breakout"
description = "Buys when a bar rises by more than a multiple of the average true range of the bars before, and sells when one falls by as much or the close drops under a short average. Catches the start of moves after news; pays for each jump that is undone."
[params]
range_window = { value = 14, low = 1, high = 200, step = 1, description = "bars of the average true range" }
ranges    = { value = 1, low = 0, high = 5, step = 0.25, description = "move that counts, in average true ranges" }
ma_window = { value = 10, low = 1, high = 200, step = 1, description = "bars of the average that ends the trade" }
[signals]
range = "atr(range_window)[1]"
move  = "close - close[1]"
entry = "move > ranges * range"
exit  = "move < -ranges * range or close < sma(close, ma_window)"
)toml",
    R"toml(
name = "vol_regime_filter"
description = "Holds in a rising market while its volatility is not far above its own long average, and steps aside when it is. Misses some of each recovery, which begins wild; spares much of each crash."
[params]
window     = { value = 20, low = 2, high = 200, step = 1, description = "bars of the present volatility" }
long_window = { value = 250, low = 2, high = 1000, step = 10, description = "bars that say what is usual" }
tolerance  = { value = 1.25, low = 0.5, high = 4, step = 0.25, description = "present over usual volatility above which it leaves" }
ma_window  = { value = 100, low = 1, high = 400, step = 5, description = "bars of the average that says rising" }
[signals]
volatility = "stddev(returns(close, 1), window)"
usual      = "sma(volatility, long_window)"
calm       = "volatility <= tolerance * usual"
rising     = "close > sma(close, ma_window)"
entry      = "calm and rising"
exit       = "not calm or not rising"
)toml",
    R"toml(
name = "composite"
description = "A weighted vote of four strategies: average cross, momentum, channel position, strength index. Holds while the share of votes is above a threshold. Steadier than each of its members; never better than the best of them at any one time."
[params]
fast      = { value = 20, low = 1, high = 100, step = 1, description = "bars of the fast average" }
slow      = { value = 50, low = 1, high = 400, step = 1, description = "bars of the slow average" }
lookback  = { value = 60, low = 1, high = 500, step = 1, description = "bars of momentum and channel" }
window    = { value = 14, low = 2, high = 100, step = 1, description = "bars of the strength index" }
trend_weight    = { value = 1, low = 0, high = 5, step = 0.5, description = "weight of the average cross" }
momentum_weight = { value = 1, low = 0, high = 5, step = 0.5, description = "weight of momentum" }
channel_weight  = { value = 1, low = 0, high = 5, step = 0.5, description = "weight of the upper half of the channel" }
strength_weight = { value = 1, low = 0, high = 5, step = 0.5, description = "weight of the strength index" }
buy_above  = { value = 0.6, low = 0, high = 1, step = 0.05, description = "share of votes that buys" }
sell_below = { value = 0.4, low = 0, high = 1, step = 0.05, description = "share of votes that sells" }
[signals]
trend_vote    = "1 if sma(close, fast) > sma(close, slow) else 0"
momentum_vote = "1 if close > close[lookback] else 0"
channel_vote  = "1 if close > donchian(high, low, lookback).middle else 0"
strength_vote = "1 if rsi(close, window) > 50 else 0"
weights = "trend_weight + momentum_weight + channel_weight + strength_weight"
votes   = "trend_weight * trend_vote + momentum_weight * momentum_vote + channel_weight * channel_vote + strength_weight * strength_vote"
share   = "votes / weights"
entry   = "share > buy_above"
exit    = "share < sell_below"
)toml",
    R"toml(
name = "regime_switching"
description = "Follows averages while the market trends and buys dips while it does not, told apart by the average directional index; stands aside when volatility is far above usual. Fits most markets somewhat; wrong each time the regime has just changed."
[params]
fast   = { value = 20, low = 1, high = 100, step = 1, description = "bars of the fast average" }
slow   = { value = 100, low = 1, high = 400, step = 5, description = "bars of the slow average" }
window = { value = 14, low = 2, high = 100, step = 1, description = "bars of the directional index" }
strength = { value = 20, low = 0, high = 60, step = 5, description = "index above which the market trends" }
score_window = { value = 20, low = 2, high = 200, step = 1, description = "bars of the score that measures a dip" }
dip       = { value = -1, low = -5, high = 0, step = 0.25, description = "score below which a dip is bought" }
long_window = { value = 250, low = 2, high = 1000, step = 10, description = "bars that say what volatility is usual" }
tolerance = { value = 2, low = 0.5, high = 5, step = 0.25, description = "present over usual volatility above which it leaves" }
[signals]
trending   = "adx(window) > strength"
up         = "sma(close, fast) > sma(close, slow)"
score      = "(close - sma(close, score_window)) / stddev(close, score_window)"
volatility = "stddev(returns(close, 1), score_window)"
wild       = "volatility > tolerance * sma(volatility, long_window)"
entry      = "not wild and (up if trending else score < dip)"
exit       = "wild or (not up if trending else score > 0)"
)toml",
    R"toml(
name = "buy_and_hold"
description = "Buys once, as soon as there is a price, and holds to the end. What every other strategy has to beat; it sits through every fall."
[signals]
entry = "is_defined(close)"
)toml",
};

}  // namespace

std::span<const char* const> builtin_texts() { return kTexts; }

}  // namespace peak
