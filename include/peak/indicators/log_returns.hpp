// Logarithmic return over a number of bars.
//
//     log_returns[t] = ln(value / value[bars ago])
//
// Undefined for the first `bars` bars and where one of the two values, or the result, is not finite.
// Bits: as the platform's logarithm (rule 16). Source: standard.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/past_value.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `bars` from 1 to kLongestWindow, else every value is undefined.
class LogReturns {
 public:
  explicit LogReturns(int bars) : past_(bars) {}
  double update(double value);

 private:
  PastValue past_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void log_returns(std::span<const double> values, int bars, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The logarithmic returns of `values`; NaN where undefined.
[[nodiscard]] std::vector<double> log_returns(std::span<const double> values, int bars = 1);
}  // namespace peak
