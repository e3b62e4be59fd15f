// A run on a part of the data with indicators that are warm from the bars before it.
#pragma once

#include <cstddef>

#include "peak/sim/backtest.hpp"

namespace peak::study {

/// The strategy on bars [0, end) with no entry decided before bar `begin`: the result's bars are those of the whole
/// slice, and nothing happens before `begin`.
[[nodiscard]] Result<BacktestResult> run_gated(const Bars& bars, const StrategyDefinition& strategy,
                                               const BacktestOptions& options, std::size_t begin, std::size_t end);

}  // namespace peak::study
