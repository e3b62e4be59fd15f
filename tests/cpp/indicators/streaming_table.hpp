// Every indicator of the registry in its batch and its streaming form, with generated parameters, so that tests can go
// through all of them.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "indicators/generated_series.hpp"
#include "peak/indicators/registry.hpp"
#include "peak/indicators/streaming.hpp"

namespace peak::test {

using Parameters = std::vector<double>;

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
  const std::unique_ptr<indicators::StreamingIndicator> streaming = indicators::make_streaming(info.name, parameters);
  const std::size_t size = inputs[0].size();
  std::vector<std::vector<double>> outputs(info.outputs.size(), std::vector<double>(size));
  if (streaming == nullptr) return outputs;  // which the batch values do not equal
  std::vector<double> bar(inputs.size()), values(outputs.size());
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < inputs.size(); ++k) bar[k] = inputs[k][i];
    streaming->update(bar.data(), values.data());
    for (std::size_t k = 0; k < outputs.size(); ++k) outputs[k][i] = values[k];
  }
  return outputs;
}

}  // namespace peak::test
