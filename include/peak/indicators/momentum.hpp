// Momentum: the change over a number of bars.
//
//     momentum[t] = value - value[bars ago]
//
// Undefined for the first `bars` bars and where one of the two values, or the result, is not finite.
// Source: standard; TA-Lib's MOM.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/past_value.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `bars` from 1 to kLongestWindow, else every value is undefined.
class Momentum {
 public:
  explicit Momentum(int bars) : past_(bars) {}
  double update(double value);

 private:
  PastValue past_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void momentum(std::span<const double> values, int bars, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The momentum of `values`; NaN where undefined.
[[nodiscard]] std::vector<double> momentum(std::span<const double> values, int bars = 10);
}  // namespace peak
