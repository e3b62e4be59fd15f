// Exponential moving average with alpha = 2 / (window + 1), seeded by the mean of the first `window` values, as
// TA-Lib's with an unstable period of 0.
//
// ema[t] = ema[t-1] + alpha * (x[t] - ema[t-1]) is computed through the lag f = x - ema, which obeys
//     f[t] = beta * f[t-1] + beta * (x[t] - x[t-1]),     beta = 1 - alpha = (window - 1) / (window + 1)
// by the operations of recurrence.hpp (p[t] = beta * (x[t] - x[t-1])):
//     seed      at the window-th value: mean = x[first] + (sum of (x[k] - x[first]), oldest first) / window
//               p = x - mean
//     ema[t]  = x[t] - f[t]
// On equal values f is exactly 0, so the average is exactly that value.
//
// A value that is not finite makes its bar undefined and the average starts afresh after it.
// Source: P. N. Haurlan, "Measuring Trend Values" (1968); seeding: TA-Lib, classic compatibility.
// Threads: value types without shared state.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "peak/indicators/recurrence.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class Ema {
 public:
  explicit Ema(int window);
  double update(double value);
  /// Whether enough values have come since the last gap.
  [[nodiscard]] bool seeded() const noexcept { return count_ > 0 && count_ == window_; }
  /// The latest value less the latest average, once seeded.
  [[nodiscard]] double lag() const noexcept { return last_lag_; }

 private:
  int window_;
  double beta_;
  int count_ = 0;  // values of this run, up to window_
  double first_ = 0;
  double seed_sum_ = 0;
  double previous_ = 0;
  double last_lag_ = 0;
  Recurrence lag_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void ema(std::span<const double> values, int window, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The exponential moving average of `values`; NaN where it is undefined.
[[nodiscard]] std::vector<double> ema(std::span<const double> values, int window);
}  // namespace peak
