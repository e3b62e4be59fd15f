// A run on a part of the data with indicators that are warm from the bars before it.
#pragma once

#include <cstddef>

#include "peak/market/panel.hpp"
#include "peak/sim/backtest.hpp"

namespace peak::study {

/// The strategy on bars [0, end) with no entry decided before bar `begin`: the result's bars are those of the whole
/// slice, and nothing happens before `begin`.
[[nodiscard]] Result<BacktestResult> run_gated(const Bars& bars, const StrategyDefinition& strategy,
                                               const BacktestOptions& options, std::size_t begin, std::size_t end);

/// Stamps [0, end) of a panel with the gate, for gated_strategy(), at which nothing is entered before `begin`.
[[nodiscard]] Result<Panel> gated_panel(const Panel& panel, std::size_t begin, std::size_t end);

/// A strategy of signals whose entries need the gate.
[[nodiscard]] StrategyDefinition gated_strategy(StrategyDefinition strategy);

}  // namespace peak::study
