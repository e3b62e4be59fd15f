// Fix: repairs of a table of bars by named rules, each told with its count and first places.
//
//   times       drop rows without a time
//   order       sort by time (rows of one time stay as they stand in the file)
//   duplicates  of rows with one time keep the last
//   missing     drop rows that lack a price
//   prices      drop rows with an infinite, zero or negative price
//   ranges      widen high and low to hold open and close
//   spikes      replace what jumps away and comes back within three bars by the bar before (volume stays)
//   splits      divide prices before a split by its ratio, and multiply volumes
//   gaps        insert the bars that the calendar expects: all prices the close before, volume 0
//   safe        times, order, duplicates, missing, prices, ranges: what makes rows usable and invents no price
//
// Rules work in the order above, whatever the order in which they are named. Input as check.hpp takes it.
// Threads    pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/quality/check.hpp"

namespace peak {

enum class FixRule : unsigned char { kTimes, kOrder, kDuplicates, kMissing, kPrices, kRanges, kSpikes, kSplits, kGaps };
inline constexpr std::size_t kFixRuleCount = static_cast<std::size_t>(FixRule::kGaps) + 1;

/// "times", "order", ...
const char* fix_rule_name(FixRule rule) noexcept;

/// Names with commas between them, "safe" among them; kInvalidArgument names the nearest.
Result<std::vector<FixRule>> parse_fix_rules(std::string_view names);

struct Change {
  FixRule rule = FixRule::kOrder;
  std::size_t count = 0;          ///< rows dropped, moved, changed or inserted
  std::vector<FaultPlace> first;  ///< rows as they stood when the rule came to them
  std::string text;               ///< one sentence with the count
};

struct Fixed {
  Table table;                  ///< the columns of the input under their names
  std::vector<Change> changes;  ///< of rules that had something to do
};

/// kBadData as check_bars, and when no row is left.
Result<Fixed> fix_bars(const Table& table, std::span<const FixRule> rules, const CheckOptions& options = {});

}  // namespace peak
