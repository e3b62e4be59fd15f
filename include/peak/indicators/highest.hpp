// The largest of the last `window` values.
//
// Undefined until `window` values have come, and while the window holds a value that is not finite.
// A zero is always +0. Source: standard (one side of Donchian's channel).
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/moving_maximum.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class Highest {
 public:
  explicit Highest(int window) : values_(window) {}
  double update(double value);

 private:
  MovingMaximum values_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void highest(std::span<const double> values, int window, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The largest of the last `window` of `values`; NaN where it is undefined.
[[nodiscard]] std::vector<double> highest(std::span<const double> values, int window);
}  // namespace peak
