// Panel sweep: a strategy with many parameters, each combination as one run over all symbols of a panel.
//
//     PEAK_ASSIGN_OR_RETURN(SweepResult result, sweep_panel(panel, strategy, grid, panel_options, {.threads = 2}));
//
// Rows      those of the grid. Each is what backtest_panel, or backtest_allocation for a strategy of weights, gives for
//           its combination, to the bit, with any number of threads, computed, resumed or reused. What fails is a row
//           of NaN with its reason.
// Result    a SweepResult of one market, the panel's equal-weight index. Rows are kept in SweepOptions::store like
// those
//           of any sweep, under the content of all symbols, the schedule, the instruments and how cash is shared.
// Luck      as of any sweep; runs whose returns are not at hand are made again.
// Threads   runs on ThreadPool::shared(); progress and batches are called by one thread at a time.
#pragma once

#include <memory>

#include "peak/base/status.hpp"
#include "peak/market/panel.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/study/sweep.hpp"

namespace peak {

/// What the runs of a sweep over a panel share (SweepResult::over).
struct PanelRuns {
  std::shared_ptr<const Panel> panel;
  PanelOptions options;  ///< axes of the grid stand over its `run`
};

/// `runs`: what all combinations share; axes of the grid stand over it. Of `options`, `run` and `kernel` kGeneral say
/// nothing here. Fails as sweep() does. After a stop rows that are finished are kept.
[[nodiscard]] Result<SweepResult> sweep_panel(const std::shared_ptr<const Panel>& panel,
                                              const StrategyDefinition& strategy, const Grid& grid,
                                              const PanelOptions& runs = {}, const SweepOptions& options = {});

}  // namespace peak
