// Rolling sum of the last `window` values.
//
//     sum[t] = window * oldest + sum(value - oldest)      over the window's values, sums as in binary_window.hpp
//
// Undefined until `window` values have come, and while the window holds a value that is not finite.
// Source: standard.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/binary_window.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class Sum {
 public:
  explicit Sum(int window) : window_(window), values_(window) {}
  double update(double value);

 private:
  double window_;
  BinaryWindow values_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void sum(std::span<const double> values, int window, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The rolling sum of `values`; NaN where it is undefined.
[[nodiscard]] std::vector<double> sum(std::span<const double> values, int window);
}  // namespace peak
