#include "peak/indicators/registry.hpp"

#include <algorithm>
#include <utility>

#include "peak/indicators/adx.hpp"
#include "peak/indicators/atr.hpp"
#include "peak/indicators/bollinger.hpp"
#include "peak/indicators/donchian.hpp"
#include "peak/indicators/ema.hpp"
#include "peak/indicators/highest.hpp"
#include "peak/indicators/log_returns.hpp"
#include "peak/indicators/lowest.hpp"
#include "peak/indicators/macd.hpp"
#include "peak/indicators/momentum.hpp"
#include "peak/indicators/returns.hpp"
#include "peak/indicators/roc.hpp"
#include "peak/indicators/rsi.hpp"
#include "peak/indicators/sma.hpp"
#include "peak/indicators/stddev.hpp"
#include "peak/indicators/stochastic.hpp"
#include "peak/indicators/sum.hpp"
#include "peak/indicators/true_range.hpp"
#include "peak/indicators/undefined.hpp"
#include "peak/indicators/variance.hpp"
#include "peak/indicators/wma.hpp"

namespace peak::indicators {
namespace {

using Parameters = std::span<const double>;

int whole(const Call& call, std::size_t parameter) { return static_cast<int>(call.parameters[parameter]); }
std::size_t bars(double parameter) { return static_cast<std::size_t>(parameter); }

ParameterInfo window(double default_value, const char* name = "window", const char* description = "number of bars") {
  return {name, default_value, 1, kLongestWindow, true, description};
}
ParameterInfo bars_ago(double default_value) { return window(default_value, "bars", "how many bars ago"); }
ParameterInfo degrees_of_freedom() {
  return {"ddof",         0,    0,
          kLongestWindow, true, "0 for the population, 1 for a sample; undefined unless below the window"};
}

// Leading bars that are undefined, for the common cases.
std::size_t until_full(Parameters p) { return bars(p[0]) - 1; }
std::size_t one_more(Parameters p) { return bars(p[0]); }

constexpr double kManyDeviations = 1e6;

// One entry to an indicator: name, title, formula, source, inputs, parameters, outputs, warm-up, computation.
std::vector<IndicatorInfo> trend_and_momentum() {
  return {
      {"adx",
       "Average directional index",
       "Wilder's average of dx = 100 * |plus_di - minus_di| / (plus_di + minus_di): how strong a trend is, whichever "
       "its "
       "direction; 0 to 100.",
       "J. W. Wilder, New Concepts in Technical Trading Systems (1978), section IV; seeding as TA-Lib",
       {"high", "low", "close"},
       {window(14)},
       {""},
       [](Parameters p) { return 2 * bars(p[0]) - 1; },
       [](const Call& c) { adx(c.inputs[0], c.inputs[1], c.inputs[2], whole(c, 0), c.outputs[0]); }},
      {"atr",
       "Average true range",
       "Wilder's average of the true range: atr[t] = (atr[t-1] * (window - 1) + true_range[t]) / window, "
       "from the mean of the first window ranges.",
       "J. W. Wilder, New Concepts in Technical Trading Systems (1978), section III",
       {"high", "low", "close"},
       {window(14)},
       {""},
       one_more,
       [](const Call& c) { atr(c.inputs[0], c.inputs[1], c.inputs[2], whole(c, 0), c.outputs[0]); }},
      {"donchian",
       "Donchian channel",
       "upper = highest(high, window), lower = lowest(low, window), middle = (upper + lower) / 2. The "
       "present bar is included: a breakout compares with the bar before, donchian(high, low, 20).upper[1].",
       "R. Donchian's four-week rule, after J. J. Murphy, Technical Analysis of the Financial Markets "
       "(1999), chapter 9",
       {"high", "low"},
       {window(20)},
       {"upper", "middle", "lower"},
       until_full,
       [](const Call& c) {
         donchian(c.inputs[0], c.inputs[1], whole(c, 0), c.outputs[0], c.outputs[1], c.outputs[2]);
       }},
      {"ema",
       "Exponential moving average",
       "ema[t] = ema[t-1] + alpha * (x[t] - ema[t-1]), alpha = 2 / (window + 1); the first value is the mean "
       "of the first window values.",
       "P. N. Haurlan, Measuring Trend Values (1968); seeding as TA-Lib",
       {"close"},
       {window(20)},
       {""},
       until_full,
       [](const Call& c) { ema(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"macd",
       "Moving average convergence divergence",
       "line = ema(fast) - ema(slow), signal = ema of the line, histogram = line - signal. Both averages "
       "start at the slow window's last bar; all outputs are defined once the signal is.",
       "G. Appel, The Moving Average Convergence-Divergence Trading Method (1979); seeding as TA-Lib",
       {"close"},
       {window(12, "fast", "window of the fast average"), window(26, "slow", "window of the slow average"),
        window(9, "signal", "window of the signal line")},
       {"line", "signal", "histogram"},
       [](Parameters p) { return bars(std::max(p[0], p[1])) + bars(p[2]) - 2; },
       [](const Call& c) {
         macd(c.inputs[0], whole(c, 0), whole(c, 1), whole(c, 2), c.outputs[0], c.outputs[1], c.outputs[2]);
       }},
      {"minus_di",
       "Directional indicator of falls",
       "100 * faded sum of falls of the low / faded sum of true ranges, where the fall is larger than the rise of the "
       "high.",
       "J. W. Wilder, New Concepts in Technical Trading Systems (1978), section IV; seeding as TA-Lib",
       {"high", "low", "close"},
       {window(14)},
       {""},
       one_more,
       [](const Call& c) { minus_di(c.inputs[0], c.inputs[1], c.inputs[2], whole(c, 0), c.outputs[0]); }},
      {"momentum",
       "Momentum",
       "x[t] - x[t-bars].",
       "standard; as TA-Lib's MOM",
       {"close"},
       {bars_ago(10)},
       {""},
       one_more,
       [](const Call& c) { momentum(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"plus_di",
       "Directional indicator of rises",
       "100 * faded sum of rises of the high / faded sum of true ranges, where the rise is larger than the fall of the "
       "low.",
       "J. W. Wilder, New Concepts in Technical Trading Systems (1978), section IV; seeding as TA-Lib",
       {"high", "low", "close"},
       {window(14)},
       {""},
       one_more,
       [](const Call& c) { plus_di(c.inputs[0], c.inputs[1], c.inputs[2], whole(c, 0), c.outputs[0]); }},
      {"roc",
       "Rate of change",
       "(x[t] / x[t-bars] - 1) * 100, in percent.",
       "standard; as TA-Lib's ROC",
       {"close"},
       {bars_ago(10)},
       {""},
       one_more,
       [](const Call& c) { roc(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"rsi",
       "Relative strength index",
       "100 * gains / (gains + losses), both averaged as Wilder does: average[t] = (average[t-1] * (window - "
       "1) + change[t]) / window, from the mean of the first window changes; 0 if there was no change at "
       "all.",
       "J. W. Wilder, New Concepts in Technical Trading Systems (1978), section VI",
       {"close"},
       {window(14)},
       {""},
       one_more,
       [](const Call& c) { rsi(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"sma",
       "Simple moving average",
       "The mean of the last window values.",
       "standard",
       {"close"},
       {window(20)},
       {""},
       until_full,
       [](const Call& c) { sma(c.inputs[0], whole(c, 0), c.outputs[0]); },
       [](std::span<const Call> calls) {
         std::vector<int> windows;
         std::vector<std::span<double>> outputs;
         for (const Call& c : calls) {
           windows.push_back(whole(c, 0));
           outputs.push_back(c.outputs[0]);
         }
         sma(calls.front().inputs[0], windows, outputs);
       }},
      {"stochastic",
       "Stochastic oscillator",
       "fast = 100 * (close - lowest low) / (highest high - lowest low) over window bars, k = sma(fast, "
       "smooth_k), d = sma(k, smooth_d). smooth_k = 1 gives the fast stochastic.",
       "G. C. Lane, Lane's Stochastics, Technical Analysis of Stocks & Commodities (May/June 1984)",
       {"high", "low", "close"},
       {window(14), window(3, "smooth_k", "window of the mean that makes k"),
        window(3, "smooth_d", "window of the mean that makes d")},
       {"k", "d"},
       [](Parameters p) { return bars(p[0]) + bars(p[1]) + bars(p[2]) - 3; },
       [](const Call& c) {
         stochastic(c.inputs[0], c.inputs[1], c.inputs[2], whole(c, 0), whole(c, 1), whole(c, 2), c.outputs[0],
                    c.outputs[1]);
       }},
      {"true_range",
       "True range",
       "max(high - low, |high - close before|, |low - close before|).",
       "J. W. Wilder, New Concepts in Technical Trading Systems (1978), section III",
       {"high", "low", "close"},
       {},
       {""},
       [](Parameters) { return std::size_t{1}; },
       [](const Call& c) { true_range(c.inputs[0], c.inputs[1], c.inputs[2], c.outputs[0]); }},
      {"wma",
       "Weighted moving average",
       "Mean of the last window values with weights 1, 2, ... window; the newest has the largest.",
       "standard",
       {"close"},
       {window(20)},
       {""},
       until_full,
       [](const Call& c) { wma(c.inputs[0], whole(c, 0), c.outputs[0]); }},
  };
}

std::vector<IndicatorInfo> statistics() {
  return {
      {"bollinger",
       "Bollinger bands",
       "middle = sma(window); upper and lower = middle +- deviations * stddev(window), the population's.",
       "J. Bollinger, Bollinger on Bollinger Bands (2001), chapter 7",
       {"close"},
       {window(20), {"deviations", 2, 0, kManyDeviations, false, "width of the bands in standard deviations"}},
       {"upper", "middle", "lower"},
       until_full,
       [](const Call& c) {
         bollinger(c.inputs[0], whole(c, 0), c.parameters[1], c.outputs[0], c.outputs[1], c.outputs[2]);
       }},
      {"highest",
       "Highest value",
       "The largest of the last window values.",
       "standard",
       {"high"},
       {window(20)},
       {""},
       until_full,
       [](const Call& c) { highest(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"log_returns",
       "Logarithmic returns",
       "ln(x[t] / x[t-bars]).",
       "standard",
       {"close"},
       {bars_ago(1)},
       {""},
       one_more,
       [](const Call& c) { log_returns(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"lowest",
       "Lowest value",
       "The smallest of the last window values.",
       "standard",
       {"low"},
       {window(20)},
       {""},
       until_full,
       [](const Call& c) { lowest(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"returns",
       "Simple returns",
       "x[t] / x[t-bars] - 1.",
       "standard",
       {"close"},
       {bars_ago(1)},
       {""},
       one_more,
       [](const Call& c) { returns(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"stddev",
       "Rolling standard deviation",
       "Root of the sum of squared deviations from the mean of the last window values, divided by window - "
       "ddof.",
       "standard; merging of parts as Chan, Golub, LeVeque (1979)",
       {"close"},
       {window(20), degrees_of_freedom()},
       {""},
       until_full,
       [](const Call& c) { stddev(c.inputs[0], whole(c, 0), whole(c, 1), c.outputs[0]); }},
      {"sum",
       "Rolling sum",
       "The sum of the last window values.",
       "standard",
       {"close"},
       {window(20)},
       {""},
       until_full,
       [](const Call& c) { sum(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"variance",
       "Rolling variance",
       "Sum of squared deviations from the mean of the last window values, divided by window - ddof.",
       "standard; merging of parts as Chan, Golub, LeVeque (1979)",
       {"close"},
       {window(20), degrees_of_freedom()},
       {""},
       until_full,
       [](const Call& c) { variance(c.inputs[0], whole(c, 0), whole(c, 1), c.outputs[0]); }},
  };
}

std::vector<IndicatorInfo> make_registry() {
  std::vector<IndicatorInfo> all = trend_and_momentum();
  for (IndicatorInfo& info : statistics()) all.push_back(std::move(info));
  std::sort(all.begin(), all.end(),
            [](const IndicatorInfo& a, const IndicatorInfo& b) { return std::string_view(a.name) < b.name; });
  return all;
}

}  // namespace

std::span<const IndicatorInfo> registry() {
  static const std::vector<IndicatorInfo> indicators = make_registry();
  return indicators;
}

const IndicatorInfo* find(std::string_view name) noexcept {
  const std::span<const IndicatorInfo> all = registry();
  const auto found = std::find_if(all.begin(), all.end(), [&](const IndicatorInfo& info) { return info.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const IndicatorInfo& info : registry()) result.emplace_back(info.name);
  return result;
}

}  // namespace peak::indicators
