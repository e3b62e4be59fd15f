// Bounds: one strategy under the four readings of what prices did inside a bar (rule 13), side by side.
//
//     auto between = peak::bounds(bars, strategy, options);
//     double least = between->of(Ambiguity::kWorst).metrics[Metric::kTotalReturn];
//
// A strategy whose stop and target lie inside single bars has no one result on these bars; `ambiguous_share` says for
// how many of its trades that holds. Finer bars (BacktestOptions::detail) decide what they can. Threads: pure
// functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "peak/sim/backtest.hpp"
#include "peak/sim/panel_backtest.hpp"

namespace peak {

struct Bounds {
  std::array<BacktestResult, 4> runs;  ///< in the order of Ambiguity: worst, best, open-high-low, open-low-high
  std::int64_t ambiguous_trades = 0;   ///< of the worst case's run
  double ambiguous_share = 0;          ///< of all its trades; 0 without trades

  [[nodiscard]] const BacktestResult& of(Ambiguity ambiguity) const noexcept {
    return runs[static_cast<std::size_t>(ambiguity)];
  }
};

/// As backtest; the setting `ambiguity` of options and strategy is replaced by each of the four.
[[nodiscard]] Result<Bounds> bounds(const Bars& bars, const StrategyDefinition& strategy,
                                    const BacktestOptions& options = {});
/// As backtest_signals.
[[nodiscard]] Result<Bounds> bounds_of_signals(const Bars& bars, const SignalViews& signals,
                                               const BacktestOptions& options = {},
                                               const std::string& name = "signals");

/// As backtest_panel, or backtest_allocation for a strategy of weights.
[[nodiscard]] Result<Bounds> bounds_of_panel(const std::shared_ptr<const Panel>& panel,
                                             const StrategyDefinition& strategy, const PanelOptions& options = {});

}  // namespace peak
