// True range of Wilder: the bar's range, widened to the close before it.
//
//     true_range[t] = max(high - low, |high - close[t-1]|, |low - close[t-1]|)
//
// The first bar has none (as TA-Lib); nor has a bar of which one of the three values is not finite.
// Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978), section III.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/undefined.hpp"

namespace peak::indicators {

/// The true range of one bar from finite values.
[[nodiscard]] double true_range_of(double high, double low, double previous_close) noexcept;

/// The definition, one bar at a time.
class TrueRange {
 public:
  double update(double high, double low, double close);

 private:
  double previous_close_ = kUndefined;
};

/// All bars at once, the same bits. All spans are of one length; `output` does not overlap the inputs.
void true_range(std::span<const double> high, std::span<const double> low, std::span<const double> close,
                std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The true range of bars; NaN where it is undefined. Inputs of one length (the shortest counts).
[[nodiscard]] std::vector<double> true_range(std::span<const double> high, std::span<const double> low,
                                             std::span<const double> close);
}  // namespace peak
