// The walk over an equity curve from drawdown to drawdown.
#pragma once

#include <cstdint>
#include <span>

#include "peak/base/exact_sum.hpp"

namespace peak {

/// What the drawdowns of a curve come to. Depths are 1 - equity / peak (rule 16), positive.
struct DrawdownSummary {
  bool finite = true;  ///< false if an equity is not finite; then the rest means nothing
  double peak = 0;     ///< the highest equity, cash included
  double max_depth = 0;
  std::int64_t longest = 0;     ///< bars from a peak to the recovery, or to the last bar
  std::int64_t count = 0;       ///< drawdowns
  std::int64_t total_bars = 0;  ///< over all drawdowns, counted as `longest`
  ExactSum total_depth;         ///< sum over drawdowns of their deepest depth
  ExactSum squares;             ///< sum over bars of depth squared
  double scale = 0;             ///< a power of two; 0 if the equity has grown 64-fold and scaled_sum means nothing
  ExactSum scaled_sum;          ///< sum over bars of equity * scale
};

/// `cash` > 0 is the first peak.
[[nodiscard]] DrawdownSummary walk_drawdowns(std::span<const double> equity, double cash);

}  // namespace peak
