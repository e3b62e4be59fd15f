// Average true range of Wilder.
//
//     atr[t] = (atr[t-1] * (window - 1) + true_range[t]) / window      seeded by the mean of the first `window` ranges
//
// Computed as a sum that fades, by recurrence.hpp with beta = (window - 1) / window:
//     s[t] = true_range[t] + beta * s[t-1];  atr = s / window
// seeded at the window-th range with the plain sum of the ranges, oldest first. The first range is the second bar's.
//
// A bar with a value that is not finite is undefined and the average starts afresh: `window` + 1 bars are needed.
//
// Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978), section III.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/recurrence.hpp"

namespace peak::indicators {

/// The definition, one bar at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class Atr {
 public:
  explicit Atr(int window);
  double update(double high, double low, double close);

 private:
  int window_;
  int ranges_ = -1;  // ranges seen in this run, up to window_; -1: not even a bar
  double previous_close_ = 0;
  double range_sum_ = 0;
  Recurrence ranges_sum_;
};

/// All bars at once, the same bits. All spans are of one length; `output` does not overlap the inputs.
void atr(std::span<const double> high, std::span<const double> low, std::span<const double> close, int window,
         std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// Wilder's average true range of bars; NaN where it is undefined. Inputs of one length (the shortest counts).
[[nodiscard]] std::vector<double> atr(std::span<const double> high, std::span<const double> low,
                                      std::span<const double> close, int window);
}  // namespace peak
