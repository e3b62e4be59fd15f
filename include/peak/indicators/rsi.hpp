// Relative strength index of Wilder: the share of rises in all price changes, both smoothed, from 0 to 100.
//
//     gain = max(change, 0), loss = max(-change, 0)
//     average[t] = average[t-1] * (window - 1) / window + gain[t] / window, from the mean of the first `window`
//     rsi = 100 * gains / (gains + losses);  0 where there were no changes at all, as in TA-Lib
//
// The factor 1 / window cancels, and gain + loss = |change|, so what is computed is
//     g[t] = gain[t] + beta * g[t-1],  s[t] = |change[t]| + beta * s[t-1],  beta = (window - 1) / window
//     rsi = 100 * (g / s), 0 if s = 0
// by recurrence.hpp, seeded at the window-th change with the plain sums of those changes, oldest first.
//
// A value that is not finite makes its bar undefined and the index starts afresh: `window` + 1 values are needed.
//
// Known difference: TA-Lib gives 0 as soon as the averages' sum is below 1e-14, whatever the prices' scale; here at 0.
//
// Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978), section VI.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/recurrence.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class Rsi {
 public:
  explicit Rsi(int window);
  double update(double value);

 private:
  int window_;
  int changes_ = -1;  // changes seen in this run, up to window_; -1: not even a value
  double previous_ = 0;
  double gain_sum_ = 0, size_sum_ = 0;
  Recurrence gains_, sizes_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void rsi(std::span<const double> values, int window, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// Wilder's relative strength index of `values`; NaN where it is undefined.
[[nodiscard]] std::vector<double> rsi(std::span<const double> values, int window);
}  // namespace peak
