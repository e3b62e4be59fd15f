#include "peak/sim/backtest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "peak/sim/fast.hpp"
#include "peak/sim/reference.hpp"
#include "sim/shifted_signals.hpp"

namespace peak {
namespace {

std::string counted(std::int64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// Rule 15: a run without trades says which signals there were and what became of them.
std::string why_no_trades(const BacktestResult& result) {
  const SignalCounts& signals = result.simulation.signals;
  const std::int64_t entries = signals.entries + signals.short_entries;
  if (result.bars.size() == 0) return "no trades: the data hold no bars";
  if (entries == 0) {
    return "no trades: no entry signal on any of " +
           counted(static_cast<std::int64_t>(result.bars.size()), "bar", "bars") +
           "; the data may be shorter than the indicators' warm-up, or the condition never came true";
  }
  std::string text = "no trades: " + counted(entries, "bar with an entry signal", "bars with an entry signal");
  if (signals.conflicts > 0)
    text += ", " + counted(signals.conflicts, "bar", "bars") + " in conflict with an exit or the other side (rule 5)";
  for (const auto& [reason, count] : result.unfilled_orders()) {
    text += ", " + counted(count, "order", "orders") + " unfilled: " + reason_name(reason);
  }
  return text;
}

void add_warnings(BacktestResult& result) {
  const Simulation& run = result.simulation;
  if (run.ruin_bar != kNoBar) {
    const auto bar = static_cast<std::size_t>(run.ruin_bar);
    result.warnings.push_back(
        "the account was ruined on bar " + std::to_string(run.ruin_bar) + " (" +
        format_time_short(result.bars.time()[bar]) +
        "): equity fell to zero or below, the position was liquidated and later orders were rejected");
  }
  if (run.trades.empty()) result.warnings.push_back(why_no_trades(result));
}

Status finish(BacktestResult& result, const SignalViews& signals, const BacktestOptions& options) {
  auto run = options.engine == Engine::kFast ? simulate_fast(result.bars, signals, result.broker)
                                             : simulate_reference(result.bars, signals, result.broker);
  if (!run.ok()) return std::move(run).error();
  result.simulation = std::move(*run);
  result.periods = periods_per_year(result.bars.time(), options.periods_per_year);
  result.risk_free = options.risk_free;
  result.convention = options.convention;

  MetricsInput input;
  input.cash = result.broker.cash;
  input.equity = result.simulation.equity;
  input.returns = result.simulation.returns;
  input.in_position = result.simulation.in_position.view();
  input.trades = result.simulation.trades;
  input.fees = result.simulation.fees;
  input.traded_value = result.simulation.traded_value;
  input.periods_per_year = result.periods.value;
  input.risk_free = options.risk_free;
  input.benchmark_close = result.bars.close();
  result.metrics = options.convention == MetricsConvention::kPeakTrade
                       ? compute_metrics(input)
                       : compute_metrics_as(options.convention, input, result.bars.time());
  add_warnings(result);
  return {};
}

Status check_options(const BacktestOptions& options) {
  if (options.periods_per_year && !(*options.periods_per_year > 0 && std::isfinite(*options.periods_per_year))) {
    return invalid_argument(
        "periods_per_year is " + std::to_string(*options.periods_per_year) +
        ", but must be a finite number above 0 (252 for daily bars of stocks, 365 for daily crypto)");
  }
  if (!std::isfinite(options.risk_free) || options.risk_free <= -1) {
    return invalid_argument("risk_free is " + std::to_string(options.risk_free) +
                            ", but must be a finite fraction per year above -1 (0.02 is 2 %)");
  }
  return {};
}

void add_double(Hasher& hasher, double value) { hasher.add(&value, sizeof value); }

void add_broker(Hasher& hasher, const BrokerOptions& broker) {
  add_double(hasher, broker.cash);
  add_double(hasher, broker.commission);
  add_double(hasher, broker.slippage);
  hasher.add_text(fill_timing_name(broker.fill));
  hasher.add_text(format_sizing(broker.size));
  hasher.add_integer(broker.size_step.has_value());
  add_double(hasher, broker.size_step.value_or(0));
  hasher.add_integer(broker.accumulate);
  hasher.add_integer(broker.finalize);
  hasher.add_text(execution_name(broker.execution));
}

}  // namespace

std::vector<std::pair<Reason, std::int64_t>> BacktestResult::unfilled_orders() const {
  std::array<std::int64_t, static_cast<std::size_t>(Reason::kInvalid) + 1> counts{};
  for (const Order& order : simulation.orders) {
    if (order.status != OrderStatus::kFilled) ++counts[static_cast<std::size_t>(order.reason)];
  }
  counts[static_cast<std::size_t>(Reason::kConflict)] += simulation.signals.conflicts;
  std::vector<std::pair<Reason, std::int64_t>> unfilled;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) unfilled.emplace_back(static_cast<Reason>(i), counts[i]);
  }
  return unfilled;
}

Hash128 BacktestResult::fingerprint() const {
  Hasher hasher;
  hasher.add_text("peak run");
  hasher.add_integer(static_cast<std::uint64_t>(kEngineSemanticsVersion));
  const Hash128 data = bars.fingerprint(), definition = strategy.fingerprint();
  for (const std::uint64_t part : {data.high, data.low, definition.high, definition.low}) hasher.add_integer(part);
  hasher.add_integer(parameters.size());
  for (const auto& [name, value] : parameters) {
    hasher.add_text(name);
    add_double(hasher, value);
  }
  add_broker(hasher, broker);
  return hasher.finish();
}

Result<BacktestResult> backtest(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& options) {
  PEAK_RETURN_IF_ERROR(check_options(options));
  PEAK_RETURN_IF_ERROR(strategy.validate());
  BacktestResult result;
  result.bars = bars;
  result.strategy = strategy;
  result.broker = options.broker.applied_to(strategy.broker.applied_to(BrokerOptions{}));
  PEAK_ASSIGN_OR_RETURN(result.parameters, strategy.resolve(options.parameters));

  std::vector<expression::Expression> wanted;
  SignalViews signals;
  std::vector<BitView*> targets;
  const auto want = [&](const std::optional<expression::Expression>& signal, BitView& view) {
    if (!signal) return;
    wanted.push_back(*signal);
    targets.push_back(&view);
  };
  want(strategy.entry, signals.entries);
  want(strategy.exit, signals.exits);
  want(strategy.short_entry, signals.short_entries);
  want(strategy.short_exit, signals.short_exits);

  PEAK_ASSIGN_OR_RETURN(const auto program, expression::Program::compile(wanted));
  thread_local expression::Workspace workspace;  // kept, so that a second run of this size allocates no columns
  PEAK_ASSIGN_OR_RETURN(const auto outputs, program.evaluate(bars, result.parameters, workspace));
  for (std::size_t i = 0; i < outputs.size(); ++i) *targets[i] = outputs[i].truth;
  PEAK_RETURN_IF_ERROR(finish(result, signals, options));
  return result;
}

Result<BacktestResult> backtest_signals(const Bars& bars, const SignalViews& signals, const BacktestOptions& options,
                                        const std::string& name) {
  PEAK_RETURN_IF_ERROR(check_options(options));
  if (!options.parameters.empty()) {
    return invalid_argument("parameter '" + options.parameters.begin()->first +
                            "' was given, but signals given as arrays have no parameters");
  }
  BacktestResult result;
  result.bars = bars;
  result.strategy.name = name;
  result.broker = options.broker.applied_to(BrokerOptions{});
  PEAK_RETURN_IF_ERROR(finish(result, signals, options));
  if (std::string warning = sim::shifted_signals_warning(bars, signals); !warning.empty()) {
    result.warnings.push_back(std::move(warning));
  }
  return result;
}

}  // namespace peak
