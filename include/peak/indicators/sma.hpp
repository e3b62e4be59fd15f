// Simple moving average: the mean of the last `window` values.
//
//     sma[t] = oldest + sum(value - oldest) / window      over the window's values, sums as in binary_window.hpp
//
// Undefined until `window` values have come, and while the window holds a value that is not finite.
// Source: standard; the form with the oldest value taken out is exact on windows of equal values.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/binary_window.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class Sma {
 public:
  explicit Sma(int window) : window_(window), values_(window) {}
  double update(double value);

 private:
  double window_;
  BinaryWindow values_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void sma(std::span<const double> values, int window, std::span<double> output);
/// The averages of several windows, output i for windows[i]: the same bits, with what the windows share computed once.
void sma(std::span<const double> values, std::span<const int> windows, std::span<const std::span<double>> outputs);

}  // namespace peak::indicators

namespace peak {
/// The simple moving average of `values`; NaN where it is undefined.
[[nodiscard]] std::vector<double> sma(std::span<const double> values, int window);
}  // namespace peak
