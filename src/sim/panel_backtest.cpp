#include "peak/sim/panel_backtest.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "peak/expression/panel_program.hpp"
#include "peak/market/periods.hpp"
#include "peak/sim/broker.hpp"
#include "sim/detail.hpp"
#include "sim/panel_inputs.hpp"
#include "sim/panel_result.hpp"
#include "sim/separate_accounts.hpp"
#include "sim/signal_decision.hpp"

namespace peak {
namespace {

Status finish(BacktestResult& result, Result<Simulation> run, const PanelOptions& options, sim::DecidedBy by) {
  if (!run.ok()) return std::move(run).error();
  return sim::finish_panel_result(result, std::move(*run), options, by);
}

Status refuse_detail(const PanelOptions& options) {
  if (options.detail == nullptr) return {};
  return invalid_argument("detail (finer bars) decides inside bars, and weights fill at opens and closes only");
}

Result<Simulation> simulate(const BacktestResult& result, const TargetWeights& targets, Engine engine) {
  return engine == Engine::kReference
             ? simulate_weights_reference(*result.panel, targets, result.broker, result.instruments)
             : simulate_weights(*result.panel, targets, result.broker, result.instruments);
}

/// The four signals of every symbol, on its own bars.
struct PanelSignals {
  std::vector<Bits> entries, exits, short_entries, short_exits;

  [[nodiscard]] SignalViews of(std::size_t s) const {
    const auto view = [s](const std::vector<Bits>& all) { return all.empty() ? BitView{} : all[s].view(); };
    return {view(entries), view(exits), view(short_entries), view(short_exits)};
  }
};

Result<PanelSignals> signals_of(const BacktestResult& result) {
  PanelSignals signals;
  const auto panel = formula_panel(result.panel, result.instruments);
  const auto evaluate = [&](const std::optional<expression::Expression>& signal, std::vector<Bits>& to) -> Status {
    if (!signal) return {};
    expression::ParameterValues used;
    for (const auto& [name, value] : parameters_of(*signal)) used[name] = result.parameters.at(name);
    PEAK_ASSIGN_OR_RETURN(to, expression::evaluate_signal(*panel, *signal, used, result.broker.periods_per_year));
    return {};
  };
  PEAK_RETURN_IF_ERROR(evaluate(result.strategy.entry, signals.entries));
  PEAK_RETURN_IF_ERROR(evaluate(result.strategy.exit, signals.exits));
  PEAK_RETURN_IF_ERROR(evaluate(result.strategy.short_entry, signals.short_entries));
  PEAK_RETURN_IF_ERROR(evaluate(result.strategy.short_exit, signals.short_exits));
  return signals;
}

Result<Simulation> simulate_shared(const BacktestResult& result, const PanelSignals& signals, const Panel* detail) {
  const Panel& panel = *result.panel;
  PEAK_ASSIGN_OR_RETURN(Broker broker, Broker::create(result.broker, result.instruments));
  const auto formulas = formula_panel(result.panel, result.instruments);
  sim::PanelInputs inputs(*formulas, result.broker);
  sim::PanelRecord record(panel.symbols(), panel.size());
  sim::PanelDetail finer(panel, detail);
  for (std::size_t t = 0; t < panel.size(); ++t) {
    finer.give(t, broker);
    broker.begin(panel.time()[t], inputs.at(t));
    for (std::uint32_t s = 0; s < panel.symbols(); ++s) {
      if (!panel.has_bar(s, t)) continue;
      const auto row = static_cast<std::size_t>(panel.row(s, t));
      const SignalViews views = signals.of(s);
      sim::decide_signals({views.entries[row], views.exits[row], views.short_entries[row], views.short_exits[row]},
                          broker, s);
    }
    broker.end();
    record.take(broker);
  }
  return record.finish(broker);
}

}  // namespace

namespace {

/// Of a panel as formulas see it.
Result<TargetWeights> weights_of(const Panel& panel, const StrategyDefinition& allocation,
                                 const PanelOptions& options) {
  PEAK_RETURN_IF_ERROR(allocation.validate_allocation());
  PEAK_ASSIGN_OR_RETURN(const auto parameters, allocation.resolve(options.run.parameters));
  expression::ParameterValues used;
  for (const auto& [name, value] : parameters_of(*allocation.weight)) used[name] = parameters.at(name);
  TargetWeights targets;
  targets.stamps = options.rebalance.value_or(allocation.rebalance.value_or(Rebalance{})).stamps(panel.time());
  const double periods = periods_per_year(panel.time(), options.run.periods_per_year).value;
  PEAK_ASSIGN_OR_RETURN(targets.weights,
                        expression::evaluate_at(panel, *allocation.weight, targets.stamps, used, periods));
  for (double& weight : targets.weights) weight = std::isnan(weight) ? 0 : weight;
  return targets;
}

/// The result before anything ran.
Result<BacktestResult> start_allocation(std::shared_ptr<const Panel> panel, const StrategyDefinition& allocation,
                                        const PanelOptions& options) {
  PEAK_RETURN_IF_ERROR(refuse_detail(options));
  PEAK_ASSIGN_OR_RETURN(BacktestResult result, sim::start_panel_result(std::move(panel), options,
                                                                       allocation.broker.applied_to(BrokerOptions{})));
  result.strategy = allocation;
  result.strategy.rebalance = options.rebalance.value_or(allocation.rebalance.value_or(Rebalance{}));
  PEAK_ASSIGN_OR_RETURN(result.parameters, allocation.resolve(options.run.parameters));
  return result;
}

Result<BacktestResult> run_allocation(BacktestResult result, const TargetWeights& targets,
                                      const PanelOptions& options) {
  PEAK_RETURN_IF_ERROR(finish(result, simulate(result, targets, options.run.engine), options, sim::DecidedBy::kCode));
  sim::warn_of_weights(result, targets);
  return result;
}

}  // namespace

Result<TargetWeights> target_weights(const Panel& panel, const StrategyDefinition& allocation,
                                     const PanelOptions& options) {
  const BrokerOptions broker = options.run.broker.applied_to(allocation.broker.applied_to(BrokerOptions{}));
  PEAK_ASSIGN_OR_RETURN(const auto instruments, sim::instruments_of(panel.symbol_names(), broker, options.instruments));
  return weights_of(*formula_panel(std::make_shared<const Panel>(panel), instruments), allocation, options);
}

Result<BacktestResult> backtest_allocation(std::shared_ptr<const Panel> panel, const StrategyDefinition& allocation,
                                           const PanelOptions& options) {
  PEAK_ASSIGN_OR_RETURN(BacktestResult result, start_allocation(std::move(panel), allocation, options));
  PEAK_ASSIGN_OR_RETURN(const TargetWeights targets,
                        weights_of(*formula_panel(result.panel, result.instruments), allocation, options));
  return run_allocation(std::move(result), targets, options);
}

Result<BacktestResult> backtest_allocation(std::shared_ptr<const Panel> panel, const StrategyDefinition& allocation,
                                           const TargetWeights& targets, const PanelOptions& options) {
  PEAK_RETURN_IF_ERROR(allocation.validate_allocation());
  PEAK_ASSIGN_OR_RETURN(BacktestResult result, start_allocation(std::move(panel), allocation, options));
  PEAK_RETURN_IF_ERROR(targets.validate(*result.panel));
  return run_allocation(std::move(result), targets, options);
}

Result<BacktestResult> backtest_weights(std::shared_ptr<const Panel> panel, const TargetWeights& targets,
                                        const PanelOptions& options, const std::string& name) {
  if (!options.run.parameters.empty()) {
    return invalid_argument("parameter '" + options.run.parameters.begin()->first +
                            "' was given, but weights given as numbers have no parameters");
  }
  PEAK_RETURN_IF_ERROR(refuse_detail(options));
  PEAK_ASSIGN_OR_RETURN(BacktestResult result, sim::start_panel_result(std::move(panel), options, BrokerOptions{}));
  PEAK_RETURN_IF_ERROR(targets.validate(*result.panel));
  result.strategy.name = name;
  result.strategy.rebalance = options.rebalance;
  PEAK_RETURN_IF_ERROR(finish(result, simulate(result, targets, options.run.engine), options, sim::DecidedBy::kCode));
  sim::warn_of_weights(result, targets);
  return result;
}

Result<BacktestResult> backtest_panel(std::shared_ptr<const Panel> panel, const StrategyDefinition& strategy,
                                      const PanelOptions& options) {
  PEAK_RETURN_IF_ERROR(strategy.validate());
  PEAK_ASSIGN_OR_RETURN(BacktestResult result, sim::start_panel_result(std::move(panel), options,
                                                                       strategy.broker.applied_to(BrokerOptions{})));
  result.strategy = strategy;
  PEAK_ASSIGN_OR_RETURN(result.parameters, strategy.resolve(options.run.parameters));
  PEAK_ASSIGN_OR_RETURN(const PanelSignals signals, signals_of(result));
  const auto views = [&signals](std::size_t s) { return signals.of(s); };
  PEAK_RETURN_IF_ERROR(finish(result,
                              options.cash_sharing
                                  ? simulate_shared(result, signals, options.detail.get())
                                  : sim::simulate_separate(*result.panel, views, result.broker, result.instruments,
                                                           options.run.engine, options.detail.get()),
                              options, sim::DecidedBy::kSignals));
  return result;
}

Result<BacktestResult> backtest(std::shared_ptr<const Panel> panel, const StrategyDefinition& strategy,
                                const PanelOptions& options) {
  return strategy.weight ? backtest_allocation(std::move(panel), strategy, options)
                         : backtest_panel(std::move(panel), strategy, options);
}

std::vector<double> weights_over_time(const BacktestResult& result) {
  if (result.panel == nullptr) return {};
  const Panel& panel = *result.panel;
  const std::size_t symbols = panel.symbols();
  std::vector<double> weights(result.bars.size() * symbols, 0.0), units(symbols, 0.0);
  auto change = result.simulation.holdings.begin();
  const std::size_t stamps = result.bars.size();  // fewer than the panel's in a run that was cut short
  for (std::size_t t = 0; t < stamps; ++t) {
    for (; change != result.simulation.holdings.end() && change->bar == static_cast<std::int64_t>(t); ++change) {
      units[change->symbol] = change->units;
    }
    for (std::size_t s = 0; s < symbols; ++s) {
      if (units[s] == 0 || panel.row(s, t) < 0) continue;
      const double close = panel.series(s).close()[static_cast<std::size_t>(panel.row(s, t))];
      weights[t * symbols + s] = units[s] * close * result.instruments[s].multiplier / result.simulation.equity[t];
    }
  }
  return weights;
}

}  // namespace peak
