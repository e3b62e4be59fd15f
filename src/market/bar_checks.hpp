// Bar checks: finds what is wrong with bars, repairs what may be repaired, and says so.
//
// The common case is data without fault: is_clean() is one pass over the columns without a branch in it. Only when it
// says no does repair_bars() look for rows and words.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "peak/market/bars.hpp"

namespace peak {

/// The columns that the checks look at; a missing price column is the same column as close.
struct BarColumns {
  Column time;
  std::array<Column, 4> prices;  // open, high, low, close
  Column volume;                 // empty if there is none
  std::vector<Column> extra;     // float64
};

/// True if times rise strictly from 1678 to 2261, every price is finite and positive, no high is below its low and no
/// volume is infinite.
[[nodiscard]] bool is_clean(const BarColumns& columns) noexcept;

/// Drops, sorts and turns rows as `checks` allows and tells `report`; what is left is clean as far as `checks` asks.
/// Else kBadData with the count and first rows of each fault.
Status repair_bars(BarColumns& columns, const BarChecks& checks, BarRepairReport& report);

}  // namespace peak
