// What the forms of a sweep share: its rows' columns and which rows are shown.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "peak/report/sweep.hpp"

namespace peak::report {

inline bool shows_symbol(const SweepResult& result) {
  return std::any_of(result.markets.begin(), result.markets.end(),
                     [&](const SweepMarket& market) { return market.symbol != result.markets.front().symbol; });
}
inline bool shows_window(const SweepResult& result) {
  return std::any_of(result.markets.begin(), result.markets.end(),
                     [](const SweepMarket& market) { return !market.window.empty(); });
}
/// Why row `row` failed; null if it did not.
inline const std::string* failure_of(const SweepResult& result, std::uint64_t row) {
  const auto at =
      std::lower_bound(result.failures.begin(), result.failures.end(), row,
                       [](const SweepFailure& failure, std::uint64_t wanted) { return failure.row < wanted; });
  return at != result.failures.end() && at->row == row ? &at->reason : nullptr;
}

/// The rows to show, in their order.
Result<std::vector<std::uint64_t>> shown_rows(const SweepResult& result, const SweepReportOptions& options);

}  // namespace peak::report
