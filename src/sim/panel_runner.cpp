#include "peak/sim/panel_runner.hpp"

#include <utility>

namespace peak {

Result<PanelRunner> PanelRunner::create(std::vector<std::string> symbols, const StrategyDefinition& strategy,
                                        const PanelOptions& options, std::vector<std::string> further_columns) {
  PEAK_RETURN_IF_ERROR(strategy.weight ? strategy.validate_allocation() : strategy.validate());
  PanelRunner runner;
  runner.identity_ = "formulas " + strategy.fingerprint().hex();
  runner.run_ = std::make_unique<sim::PanelStepRun>();
  PEAK_RETURN_IF_ERROR(runner.run_->open(std::move(symbols), options, strategy, std::move(further_columns)));
  PEAK_RETURN_IF_ERROR(runner.run_->start_formulas());
  return runner;
}

Result<PanelRunner> PanelRunner::of_weights(std::vector<std::string> symbols, std::vector<double> weights,
                                            const PanelOptions& options, const std::string& name) {
  if (weights.size() != symbols.size()) {
    return invalid_argument(std::to_string(weights.size()) + " weights for " + std::to_string(symbols.size()) +
                            " symbols: there must be one for each");
  }
  if (!options.run.parameters.empty()) {
    return invalid_argument("parameter '" + options.run.parameters.begin()->first +
                            "' was given, but weights given as numbers have no parameters");
  }
  PanelRunner runner;
  runner.identity_ = "weights";
  runner.run_ = std::make_unique<sim::PanelStepRun>();
  StrategyDefinition named;
  named.name = name;
  PanelOptions shared = options;
  shared.cash_sharing = true;
  PEAK_RETURN_IF_ERROR(runner.run_->open(std::move(symbols), shared, std::move(named), {}));
  PEAK_RETURN_IF_ERROR(runner.run_->start_weights(std::move(weights)));
  return runner;
}

Result<std::vector<WorkingOrder>> PanelRunner::push(std::span<const SymbolBar> bars) {
  PEAK_RETURN_IF_ERROR(run_->begin(bars));
  run_->decide();
  return run_->end();
}

Status PanelRunner::restore(std::string_view state) {
  const auto restored = run_->restore(state, identity_);
  if (!restored.ok()) return restored.error();
  return {};
}

}  // namespace peak
