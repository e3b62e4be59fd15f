#include "peak/study/panel_sweep.hpp"

#include <utility>

#include "study/sweep_run.hpp"

namespace peak {

Result<SweepResult> sweep_panel(const std::shared_ptr<const Panel>& panel, const StrategyDefinition& strategy,
                                const Grid& grid, const PanelOptions& runs, const SweepOptions& options) {
  if (panel == nullptr || panel->symbols() == 0) return invalid_argument("a sweep over a panel needs its symbols");
  SweepResult result;
  result.grid = grid;
  result.strategy = strategy;
  if (strategy.weight) result.strategy.rebalance = runs.rebalance.value_or(strategy.rebalance.value_or(Rebalance{}));
  result.run = runs.run;
  result.store = options.store;
  result.markets.push_back({panel->equal_weight_index(), "", ""});
  result.over = std::make_shared<const PanelRuns>(PanelRuns{panel, runs});
  result.plan = "every combination was there already\n";
  SweepOptions own = options;
  own.run = runs.run;
  PEAK_RETURN_IF_ERROR(study::run_sweep(own, result));
  return result;
}

}  // namespace peak
