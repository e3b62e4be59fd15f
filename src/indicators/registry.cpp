#include "peak/indicators/registry.hpp"

#include <algorithm>
#include <iterator>

#include "peak/indicators/ema.hpp"
#include "peak/indicators/rsi.hpp"
#include "peak/indicators/sma.hpp"
#include "peak/indicators/undefined.hpp"

namespace peak::indicators {
namespace {

int whole(const Call& call, std::size_t parameter) { return static_cast<int>(call.parameters[parameter]); }
std::size_t bars(double parameter) { return static_cast<std::size_t>(parameter); }

ParameterInfo window(double default_value) {
  return {"window", default_value, 1, kLongestWindow, true, "number of bars"};
}

std::vector<IndicatorInfo> make_registry() {
  return {
      {"ema", "Exponential moving average",
       "ema[t] = ema[t-1] + alpha * (x[t] - ema[t-1]), alpha = 2 / (window + 1); the first value is the mean of the first "
       "window values.",
       "P. N. Haurlan, Measuring Trend Values (1968); seeding as TA-Lib",
       {"close"},
       {window(20)},
       {""},
       [](std::span<const double> p) { return bars(p[0]) - 1; },
       [](const Call& c) { ema(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"rsi", "Relative strength index",
       "100 * gains / (gains + losses), both averaged as Wilder does: average[t] = (average[t-1] * (window - 1) + "
       "change[t]) / window, from the mean of the first window changes; 0 if there was no change at all.",
       "J. W. Wilder, New Concepts in Technical Trading Systems (1978), section VI",
       {"close"},
       {window(14)},
       {""},
       [](std::span<const double> p) { return bars(p[0]); },
       [](const Call& c) { rsi(c.inputs[0], whole(c, 0), c.outputs[0]); }},
      {"sma", "Simple moving average", "The mean of the last window values.", "standard",
       {"close"},
       {window(20)},
       {""},
       [](std::span<const double> p) { return bars(p[0]) - 1; },
       [](const Call& c) { sma(c.inputs[0], whole(c, 0), c.outputs[0]); }},
  };
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
