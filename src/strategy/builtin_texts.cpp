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
name = "buy_and_hold"
description = "Buys once, as soon as there is a price, and holds to the end. What every other strategy has to beat; it sits through every fall."
[signals]
entry = "is_defined(close)"
)toml",
};

}  // namespace

std::span<const char* const> builtin_texts() { return kTexts; }

}  // namespace peak
