// Drawdowns: falls of the equity below its last peak, as a table.
//
// Threads: pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace peak {

/// One fall from a peak to its recovery. The first peak is the starting cash, "before bar 0" (peak_bar -1).
struct Drawdown {
  std::int64_t peak_bar = -1;      ///< last bar at the peak; -1: the starting cash
  std::int64_t trough_bar = 0;     ///< bar of the lowest equity
  std::int64_t recovery_bar = -1;  ///< first bar back at the peak or above; -1: not yet
  double depth = 0;                ///< equity[trough] / peak - 1, negative
  std::int64_t bars = 0;           ///< from peak to recovery, or to the last bar
};

/// Every drawdown in order of time; `deepest` > 0 keeps only that many, deepest first.
[[nodiscard]] std::vector<Drawdown> drawdowns(std::span<const double> equity, double cash, std::size_t deepest = 0);

}  // namespace peak
