// Weighted moving average: weights 1, 2, ... window, the newest value has the largest.
//
//     wma[t] = oldest + sum(k * (value_k - oldest)) / (window * (window + 1) / 2)      sums as in binary_window.hpp
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
class Wma {
 public:
  explicit Wma(int window);
  double update(double value);

 private:
  double weight_;
  BinaryWindow values_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void wma(std::span<const double> values, int window, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The weighted moving average of `values`; NaN where it is undefined.
[[nodiscard]] std::vector<double> wma(std::span<const double> values, int window);
}  // namespace peak
