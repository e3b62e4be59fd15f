// WalkTotals: what a run that is all in or flat came to, and its metrics.
#pragma once

#include <cstddef>
#include <cstdint>

#include "peak/base/exact_sum.hpp"
#include "peak/metrics/metrics.hpp"

namespace peak::study {

struct WalkTotals {
  double cash = 0;                                ///< at the start
  double equity = 0;                              ///< at the end
  double depth = 0;                               ///< deepest fall from a peak, >= 0
  Int128 returns = 0, squares = 0, downside = 0;  ///< sums over bars, in units of 2^-90
  double fees = 0;
  double pnl = 0, win_pnl = 0, loss_pnl = 0;  ///< of closed trades
  std::int64_t closed = 0, wins = 0, losses = 0;
  std::int64_t held_bars = 0;  ///< bars with a position at the close
  bool held = false;           ///< a position is open at the end
};

/// Whether totals tell the metric; all others need every bar.
[[nodiscard]] bool totals_tell(Metric metric) noexcept;

/// The metric of a run over `size` bars as compute_metrics gives it; NaN where undefined.
[[nodiscard]] double metric_of(const WalkTotals& totals, Metric metric, std::size_t size, double periods_per_year,
                               double risk_free);

}  // namespace peak::study
