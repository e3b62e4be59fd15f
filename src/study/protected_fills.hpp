// The fills of a strategy with a stop loss and a target (rule 13), which do not depend on money: levels lie at
// fractions of the entry's price, so that fills are found first and walked over after.
#pragma once

#include <cstddef>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/market/bars.hpp"
#include "study/trade_walk.hpp"

namespace peak::study {

/// Long fills for given signals, in turn an entry and an exit; of an entry and an exit inside the same bar the entry
/// comes first, of an exit inside a bar and an entry at its close the exit. `bars` have every price.
void find_protected_fills(const Bars& bars, const BitView& entry, const BitView& exit, const WalkTerms& terms,
                          std::vector<PricedFill>& fills);

/// The first bar of [begin, end) whose low is at or under `stop` or whose high is at or over `target`; `end` if none.
[[nodiscard]] std::size_t find_touch(const double* low, const double* high, std::size_t begin, std::size_t end,
                                     double stop, double target);

}  // namespace peak::study
