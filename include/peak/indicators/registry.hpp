// The registry of indicators: the one list from which the expression language, the command, Python, the docs and the
// completion learn which indicators there are.
//
// To add one: write src/indicators/<name>.cpp with its header, add a line to registry.cpp, add its golden values.
// Threads: the list is constant.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace peak::indicators {

/// A scalar argument of an indicator.
struct ParameterInfo {
  const char* name;  ///< "window"
  double default_value;
  double low;  ///< smallest allowed
  double high = std::numeric_limits<double>::infinity();
  bool whole = true;  ///< must be a whole number
  const char* description = "";
};

/// One computation. Inputs and outputs have one element per bar and equal length; outputs must not overlap inputs.
struct Call {
  std::span<const std::span<const double>> inputs;
  std::span<const double> parameters;  ///< already checked against ParameterInfo
  std::span<const std::span<double>> outputs;
};

struct IndicatorInfo {
  const char* name;                 ///< "sma": function name in expressions, C++ and Python
  const char* title;                ///< "Simple moving average"
  const char* description;          ///< what it is, with its formula
  const char* source;               ///< where the formula comes from (book or paper, page)
  std::vector<const char*> inputs;  ///< "close", or "high", "low", "close": names and default columns
  std::vector<ParameterInfo> parameters;
  std::vector<const char*> outputs;  ///< one: {""}; several: {"line", "signal", "histogram"}; first is the default
  std::size_t (*warm_up)(std::span<const double> parameters);  ///< leading bars that are undefined on data without NaN
  void (*compute)(const Call& call);
  /// The same for calls with equal inputs and other parameters, where that is faster than one after the other; or null.
  void (*compute_several)(std::span<const Call> calls) = nullptr;
};

/// All indicators in alphabetical order.
[[nodiscard]] std::span<const IndicatorInfo> registry();
/// The indicator of that name, or null.
[[nodiscard]] const IndicatorInfo* find(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string> names();

}  // namespace peak::indicators
