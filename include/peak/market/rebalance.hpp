// Rebalance: when target weights are looked at, as a schedule over a panel's time line.
//
//     PEAK_ASSIGN_OR_RETURN(const Rebalance monthly, parse_rebalance("monthly"));
//     const std::vector<std::size_t> stamps = monthly.stamps(panel.time());
//
// A stamp of the schedule decides at its close (rule 1): under next_open what it decides fills at the next open.
// Dates are those of UTC. The last stamp of a period is the one after which another period begins, so the last stamp of
// the data never counts as one.
// Threads: values, pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"

namespace peak {

enum class RebalancePeriod : unsigned char { kBars, kDay, kWeek, kMonth, kQuarter, kYear, kOnce };

struct Rebalance {
  RebalancePeriod period = RebalancePeriod::kMonth;
  bool last = false;      ///< on the last stamp of the period instead of the first
  std::size_t every = 1;  ///< kBars: stamps 0, every, 2 * every, ...

  [[nodiscard]] std::vector<std::size_t> stamps(std::span<const Nanoseconds> time) const;
  /// Whether stamp number `stamp` is one of them, told when it has come: `before` is the time of the stamp before it.
  /// Not for `last`, which only the next stamp tells.
  [[nodiscard]] bool decides(std::size_t stamp, Nanoseconds before, Nanoseconds now) const noexcept;
  friend bool operator==(const Rebalance&, const Rebalance&) = default;
};

/// "daily", "weekly" (weeks begin on Monday), "monthly", "quarterly", "yearly", each also with ":last"; "bars:5";
/// "once".
[[nodiscard]] Result<Rebalance> parse_rebalance(std::string_view text);
/// The text that parse_rebalance reads back.
[[nodiscard]] std::string format_rebalance(const Rebalance& rebalance);

}  // namespace peak
