#include "peak/sim/backtest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "peak/sim/fast.hpp"
#include "peak/sim/reference.hpp"
#include "peak/trading/settings.hpp"
#include "sim/completion.hpp"
#include "sim/shifted_signals.hpp"

namespace peak {
namespace {

Status finish(BacktestResult& result, const SignalViews& signals, const BacktestOptions& options) {
  const Bars* detail = options.detail ? &*options.detail : nullptr;
  auto run = detail != nullptr || options.engine == Engine::kReference
                 ? simulate_reference(result.bars, signals, result.broker, detail)
                 : simulate_fast(result.bars, signals, result.broker);
  if (detail != nullptr) result.detail = detail->fingerprint();
  if (!run.ok()) return std::move(run).error();
  PEAK_ASSIGN_OR_RETURN(result.benchmark, benchmark_closes(result.bars, options, result.broker.instrument));
  result.simulation = std::move(*run);
  sim::complete(result, options, sim::DecidedBy::kSignals);
  return {};
}

// The program of these signals. A thread's last one is kept: notebooks and searches run one strategy many times, and
// compiling it takes as long as a tenth of a 10,000-bar run's signals. Nodes are immutable, so equal ones are the same.
Result<expression::Program> program_of(const std::vector<expression::Expression>& wanted) {
  struct Compiled {
    std::vector<expression::Expression> outputs;  // they keep the nodes, so that no address is used again
    expression::Program program;
  };
  thread_local Compiled last;
  const auto same = [](const expression::Expression& a, const expression::Expression& b) {
    return a.ok() && a.pointer() == b.pointer();
  };
  if (std::equal(wanted.begin(), wanted.end(), last.outputs.begin(), last.outputs.end(), same)) return last.program;
  PEAK_ASSIGN_OR_RETURN(expression::Program program, expression::Program::compile(wanted));
  last = {wanted, program};
  return program;
}

void add_double(Hasher& hasher, double value) { hasher.add(&value, sizeof value); }

void add_instrument(Hasher& hasher, const Instrument& instrument) {
  if (!instrument.splits().empty()) hasher.add_text("formulas take splits out");  // decided case 8.5
  for (const FundingRate& funding : instrument.funding) {
    hasher.add_integer(static_cast<std::uint64_t>(funding.time));
    add_double(hasher, funding.rate);
  }
  for (const CorporateAction& action : instrument.actions) {
    hasher.add_integer(static_cast<std::uint64_t>(action.time));
    hasher.add_integer(static_cast<std::uint64_t>(action.kind));
    add_double(hasher, action.value);
  }
}

// What an instrument of a run of many symbols is traded by; of one symbol the broker's settings tell it. Only what
// differs from the defaults, so that runs which use none of it keep the key that they had.
void add_terms(Hasher& hasher, const Instrument& instrument) {
  static const Instrument& usual = *new Instrument;
  const auto add = [&](const char* name, double value, double usual_value) {
    if (value == usual_value) return;
    hasher.add_text(name);
    hasher.add_text(instrument.symbol);
    add_double(hasher, value);
  };
  if (instrument.size_step) add("size_step", *instrument.size_step, -1);
  add("tick_size", instrument.tick_size, usual.tick_size);
  add("multiplier", instrument.multiplier, usual.multiplier);
  add("minimum_notional", instrument.minimum_notional, usual.minimum_notional);
  add("minimum_quantity", instrument.minimum_quantity, usual.minimum_quantity);
}

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
  // What differs from the defaults only, so that runs which use none of it keep the key that they had.
  for (const auto& [setting, text] : changed_settings(broker)) {
    hasher.add_text(setting->name);
    hasher.add_text(text);
  }
  add_instrument(hasher, broker.instrument);
}

}  // namespace

MetricsInput metrics_input(const BacktestResult& result) {
  const Simulation& run = result.simulation;
  MetricsInput input;
  input.cash = result.broker.cash;
  input.equity = run.equity;
  input.returns = run.returns;
  input.in_position = run.in_position.view();
  input.trades = run.trades;
  input.fees = run.fees;
  input.traded_value = run.traded_value;
  input.periods_per_year = result.periods.value;
  input.risk_free = result.risk_free;
  input.benchmark_close = result.benchmark.empty() ? result.bars.close() : std::span<const double>(result.benchmark);
  return input;
}

std::vector<std::pair<Reason, std::int64_t>> BacktestResult::unfilled_orders() const {
  std::array<std::int64_t, static_cast<std::size_t>(kLastReason) + 1> counts{};
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
  const Hash128 data = panel != nullptr ? panel->fingerprint() : bars.fingerprint(),
                definition = strategy.fingerprint();
  for (const std::uint64_t part : {data.high, data.low, definition.high, definition.low}) hasher.add_integer(part);
  hasher.add_integer(parameters.size());
  for (const auto& [name, value] : parameters) {
    hasher.add_text(name);
    add_double(hasher, value);
  }
  add_broker(hasher, broker);
  for (const Instrument& instrument : instruments) {
    add_instrument(hasher, instrument);
    add_terms(hasher, instrument);
  }
  if (detail) {
    hasher.add_integer(detail->high);
    hasher.add_integer(detail->low);
  }
  if (panel != nullptr || (!strategy.entry && !strategy.short_entry)) {
    // Signals and code have no canonical form, nor has how symbols share cash: what they did stands for them.
    hasher.add(simulation.equity.data(), simulation.equity.size() * sizeof(double));
    hasher.add(simulation.returns.data(), simulation.returns.size() * sizeof(double));
  }
  return hasher.finish();
}

Result<BacktestResult> backtest(const Bars& bars, StrategyDefinition definition, const BacktestOptions& options) {
  PEAK_RETURN_IF_ERROR(sim::check_options(options));
  PEAK_RETURN_IF_ERROR(definition.validate());
  BacktestResult result;
  result.bars = bars;
  result.strategy = std::move(definition);
  const StrategyDefinition& strategy = result.strategy;
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

  PEAK_ASSIGN_OR_RETURN(const auto program, program_of(wanted));
  thread_local expression::Workspace workspace;  // kept, so that a second run of this size allocates no columns
  std::vector<expression::OutputView> outputs;
  if (std::vector<Split> splits = result.broker.instrument.splits(); splits.empty()) {
    PEAK_ASSIGN_OR_RETURN(outputs, program.evaluate(bars, result.parameters, workspace));
  } else {
    Bars as_traded = bars;
    as_traded.set_splits(std::move(splits));
    PEAK_ASSIGN_OR_RETURN(outputs, program.evaluate(as_traded, result.parameters, workspace));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) *targets[i] = outputs[i].truth;
  PEAK_RETURN_IF_ERROR(finish(result, signals, options));
  return result;
}

Result<BacktestResult> backtest_signals(const Bars& bars, const SignalViews& signals, const BacktestOptions& options,
                                        const std::string& name) {
  PEAK_RETURN_IF_ERROR(sim::check_options(options));
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
