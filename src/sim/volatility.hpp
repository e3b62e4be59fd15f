// Volatility of a symbol at a bar, as sizes by volatility ask for it (decided case 3.4).
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "peak/trading/order.hpp"

namespace peak::sim {

/// The standard deviation (ddof 1) of the last `lookback` returns at bar t, times the root of the bars a year; NaN with
/// fewer returns.
inline double volatility_at(std::span<const double> close, std::size_t t, std::size_t lookback, double periods) {
  if (t < lookback) return kMissingPrice;
  double sum = 0, squares = 0;
  for (std::size_t i = t - lookback + 1; i <= t; ++i) sum += close[i] / close[i - 1] - 1;
  const double mean = sum / static_cast<double>(lookback);
  for (std::size_t i = t - lookback + 1; i <= t; ++i) {
    const double from_mean = close[i] / close[i - 1] - 1 - mean;
    squares += from_mean * from_mean;
  }
  return std::sqrt(squares / static_cast<double>(lookback - 1)) * std::sqrt(periods);
}

}  // namespace peak::sim
