// Simple return over a number of bars.
//
//     returns[t] = value / value[bars ago] - 1
//
// Undefined for the first `bars` bars and where one of the two values, or the result, is not finite.
// Source: standard.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/past_value.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `bars` from 1 to kLongestWindow, else every value is undefined.
class Returns {
 public:
  explicit Returns(int bars) : past_(bars) {}
  double update(double value);

 private:
  PastValue past_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void returns(std::span<const double> values, int bars, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The simple returns of `values`; NaN where undefined.
[[nodiscard]] std::vector<double> returns(std::span<const double> values, int bars = 1);
}  // namespace peak
