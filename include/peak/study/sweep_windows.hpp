// Windows of time to sweep over, each as a market of its own: whether parameters that were good stay good.
//
// A window is written FROM:TO with dates as 2010, 2010-06 or 2010-06-30; both ends belong to it whole (2010:2014 is
// five years), and either may be left out. Times are UTC. Indicators start anew in each window. Threads: pure function.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/study/sweep.hpp"

namespace peak {

/// Each market in each window, markets outermost. Fails on a text that is no window and on one without bars.
[[nodiscard]] Result<std::vector<SweepMarket>> in_windows(std::span<const SweepMarket> markets,
                                                          std::span<const std::string> windows);

}  // namespace peak
