#include "peak/sim/runner.hpp"

#include <optional>
#include <utility>

namespace peak {

Result<Runner> Runner::create(const StrategyDefinition& strategy, const BacktestOptions& options,
                              std::vector<std::string> further_columns) {
  PEAK_RETURN_IF_ERROR(strategy.validate());
  Runner runner;
  runner.strategy_ = strategy;
  PEAK_ASSIGN_OR_RETURN(runner.parameters_, strategy.resolve(options.parameters));
  BacktestOptions resolved = options;
  resolved.parameters = runner.parameters_;
  const BrokerOptions broker = options.broker.applied_to(strategy.broker.applied_to(BrokerOptions{}));
  runner.run_ = std::make_unique<sim::StepRun>();
  PEAK_RETURN_IF_ERROR(runner.run_->open(resolved, broker, std::move(further_columns)));
  const std::optional<expression::Expression>* const parts[] = {&strategy.entry, &strategy.exit, &strategy.short_entry,
                                                                &strategy.short_exit};
  for (std::size_t i = 0; i < 4; ++i) {
    if (*parts[i]) runner.signals_[i] = runner.run_->indicator(**parts[i]);
  }
  PEAK_RETURN_IF_ERROR(runner.run_->start());
  return runner;
}

Result<std::vector<WorkingOrder>> Runner::push(const LiveBar& bar) {
  PEAK_RETURN_IF_ERROR(run_->begin(bar));
  run_->decide(signals_);
  return run_->end();
}

BacktestResult Runner::result() const {
  BacktestResult result = run_->result(strategy_.name, false);
  result.strategy = strategy_;
  result.parameters = parameters_;
  return result;
}

std::string Runner::save() const { return run_->save("formulas " + strategy_.fingerprint().hex(), {}); }

Status Runner::restore(std::string_view state) {
  const auto restored =
      run_->restore(state, "formulas " + strategy_.fingerprint().hex(), [this] { run_->decide(signals_); });
  if (!restored.ok()) return restored.error();
  return {};
}

}  // namespace peak
