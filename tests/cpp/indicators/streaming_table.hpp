// Every indicator of the registry in its streaming form, behind one face, so that tests can go through all of them.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "indicators/generated_series.hpp"
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
#include "peak/indicators/registry.hpp"
#include "peak/indicators/returns.hpp"
#include "peak/indicators/roc.hpp"
#include "peak/indicators/rsi.hpp"
#include "peak/indicators/sma.hpp"
#include "peak/indicators/stddev.hpp"
#include "peak/indicators/stochastic.hpp"
#include "peak/indicators/sum.hpp"
#include "peak/indicators/true_range.hpp"
#include "peak/indicators/variance.hpp"
#include "peak/indicators/wma.hpp"

namespace peak::test {

using Parameters = std::vector<double>;
/// Takes one bar's inputs in the registry's order, gives the outputs in the registry's order.
using Streaming = std::function<std::vector<double>(const std::vector<double>&)>;
using MakeStreaming = std::function<Streaming(const Parameters&)>;

inline int whole(double parameter) { return static_cast<int>(parameter); }

/// An indicator of one value and one window.
template <class Indicator>
Streaming single(Indicator indicator) {
  return [indicator](const std::vector<double>& in) mutable { return std::vector<double>{indicator.update(in[0])}; };
}

inline const std::map<std::string, MakeStreaming>& streaming_table() {
  using namespace indicators;
  using In = std::vector<double>;
  static const std::map<std::string, MakeStreaming> table = {
      {"sma", [](const Parameters& p) { return single(Sma(whole(p[0]))); }},
      {"ema", [](const Parameters& p) { return single(Ema(whole(p[0]))); }},
      {"wma", [](const Parameters& p) { return single(Wma(whole(p[0]))); }},
      {"rsi", [](const Parameters& p) { return single(Rsi(whole(p[0]))); }},
      {"sum", [](const Parameters& p) { return single(Sum(whole(p[0]))); }},
      {"stddev", [](const Parameters& p) { return single(Stddev(whole(p[0]), whole(p[1]))); }},
      {"variance", [](const Parameters& p) { return single(Variance(whole(p[0]), whole(p[1]))); }},
      {"highest", [](const Parameters& p) { return single(Highest(whole(p[0]))); }},
      {"lowest", [](const Parameters& p) { return single(Lowest(whole(p[0]))); }},
      {"returns", [](const Parameters& p) { return single(Returns(whole(p[0]))); }},
      {"log_returns", [](const Parameters& p) { return single(LogReturns(whole(p[0]))); }},
      {"roc", [](const Parameters& p) { return single(Roc(whole(p[0]))); }},
      {"momentum", [](const Parameters& p) { return single(Momentum(whole(p[0]))); }},
      {"bollinger",
       [](const Parameters& p) -> Streaming {
         return [state = Bollinger(whole(p[0]), p[1])](const In& in) mutable {
           const BollingerBands bands = state.update(in[0]);
           return In{bands.upper, bands.middle, bands.lower};
         };
       }},
      {"macd",
       [](const Parameters& p) -> Streaming {
         return [state = Macd(whole(p[0]), whole(p[1]), whole(p[2]))](const In& in) mutable {
           const MacdValues values = state.update(in[0]);
           return In{values.line, values.signal, values.histogram};
         };
       }},
      {"donchian",
       [](const Parameters& p) -> Streaming {
         return [state = Donchian(whole(p[0]))](const In& in) mutable {
           const DonchianChannel channel = state.update(in[0], in[1]);
           return In{channel.upper, channel.middle, channel.lower};
         };
       }},
      {"stochastic",
       [](const Parameters& p) -> Streaming {
         return [state = Stochastic(whole(p[0]), whole(p[1]), whole(p[2]))](const In& in) mutable {
           const StochasticValues values = state.update(in[0], in[1], in[2]);
           return In{values.k, values.d};
         };
       }},
      {"adx",
       [](const Parameters& p) -> Streaming {
         return [state = Adx(whole(p[0]))](const In& in) mutable { return In{state.update(in[0], in[1], in[2])}; };
       }},
      {"plus_di",
       [](const Parameters& p) -> Streaming {
         return [state = DirectionalMovement(whole(p[0]))](const In& in) mutable {
           return In{state.update(in[0], in[1], in[2]).plus_di};
         };
       }},
      {"minus_di",
       [](const Parameters& p) -> Streaming {
         return [state = DirectionalMovement(whole(p[0]))](const In& in) mutable {
           return In{state.update(in[0], in[1], in[2]).minus_di};
         };
       }},
      {"atr",
       [](const Parameters& p) -> Streaming {
         return [state = Atr(whole(p[0]))](const In& in) mutable { return In{state.update(in[0], in[1], in[2])}; };
       }},
      {"true_range",
       [](const Parameters&) -> Streaming {
         return [state = TrueRange()](const In& in) mutable { return In{state.update(in[0], in[1], in[2])}; };
       }},
  };
  return table;
}

/// Parameters for a series: windows as generated_window gives them, other whole numbers small, others within 0 to 3.
inline Parameters generated_parameters(const indicators::IndicatorInfo& info, std::uint64_t seed, std::size_t size) {
  Parameters values;
  for (const indicators::ParameterInfo& parameter : info.parameters) {
    const std::uint64_t part = seed * 31 + values.size() * 7919;
    if (!parameter.whole) {
      values.push_back(static_cast<double>(part % 13) * 0.25);
    } else if (parameter.low == 0.0) {
      values.push_back(static_cast<double>(part % 3));
    } else {
      values.push_back(generated_window(part, size));
    }
  }
  return values;
}

/// The series' columns in the order of the indicator's inputs.
inline std::vector<std::vector<double>> inputs_of(const indicators::IndicatorInfo& info, const Series& series) {
  std::vector<std::vector<double>> inputs;
  for (const std::string name : info.inputs) {
    inputs.push_back(name == "high" ? series.high : name == "low" ? series.low : series.close);
  }
  return inputs;
}

/// All outputs by the batch functions.
inline std::vector<std::vector<double>> compute(const indicators::IndicatorInfo& info,
                                                const std::vector<std::vector<double>>& inputs,
                                                const Parameters& parameters) {
  const std::size_t size = inputs[0].size();
  std::vector<std::vector<double>> outputs(info.outputs.size(), std::vector<double>(size, 12345.0));
  const std::vector<std::span<const double>> in(inputs.begin(), inputs.end());
  const std::vector<std::span<double>> out(outputs.begin(), outputs.end());
  info.compute({in, parameters, out});
  return outputs;
}

/// All outputs by the streaming definitions.
inline std::vector<std::vector<double>> stream(const indicators::IndicatorInfo& info,
                                               const std::vector<std::vector<double>>& inputs,
                                               const Parameters& parameters) {
  Streaming streaming = streaming_table().at(info.name)(parameters);
  const std::size_t size = inputs[0].size();
  std::vector<std::vector<double>> outputs(info.outputs.size(), std::vector<double>(size));
  std::vector<double> bar(inputs.size());
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < inputs.size(); ++k) bar[k] = inputs[k][i];
    const std::vector<double> values = streaming(bar);
    for (std::size_t k = 0; k < outputs.size(); ++k) outputs[k][i] = values[k];
  }
  return outputs;
}

}  // namespace peak::test
