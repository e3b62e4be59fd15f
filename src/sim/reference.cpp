// The rule book, one bar at a time: signals decide, the broker does the rest.
#include "peak/sim/reference.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include "peak/sim/broker.hpp"
#include "sim/decision.hpp"
#include "sim/market_inputs.hpp"
#include "sim/run_checks.hpp"

namespace peak {
namespace {

using sim::BarSignals;
using sim::Decision;
using sim::Holding;

Holding holding_of(const Position& position) {
  if (position.is_long()) return Holding::kLong;
  return position.is_short() ? Holding::kShort : Holding::kFlat;
}

void decide_on(std::size_t t, const SignalViews& signals, Broker& broker) {
  SignalCounts& counts = broker.signal_counts();
  const BarSignals now{signals.entries[t], signals.exits[t], signals.short_entries[t], signals.short_exits[t]};
  counts.entries += now.entry;
  counts.exits += now.exit;
  counts.short_entries += now.short_entry;
  counts.short_exits += now.short_exit;
  const Decision decision = sim::decide(now, holding_of(broker.position()), broker.options().accumulate);
  counts.conflicts += decision.conflict;
  counts.ignored += now.any() && !decision.acts() && !decision.conflict;
  if (decision.acts()) broker.submit_signal(decision.closes, decision.enters, decision.side);
}

}  // namespace

Result<Simulation> simulate_reference(const Bars& bars, const SignalViews& signals, const BrokerOptions& options) {
  PEAK_RETURN_IF_ERROR(sim::check_run(bars, signals, options));
  PEAK_ASSIGN_OR_RETURN(Broker broker, Broker::create(options));
  const std::size_t size = bars.size();
  const sim::MarketInputs inputs(bars, options);
  Buffer<double> equity(size), returns(size);
  Bits in_position(size);
  for (std::size_t t = 0; t < size; ++t) {
    broker.begin(bars.time()[t], inputs.at(t));
    decide_on(t, signals, broker);
    // Rule 12 keeps backtesting.py's last bar out, whose order would fill at a price from before its signal.
    broker.end(!(options.execution == Execution::kBacktestingPy && t + 1 == size));
    equity[t] = broker.equity();
    returns[t] = broker.bar_return();
    if (broker.in_position()) in_position.set(t);
  }
  Simulation run = broker.finish();
  if (size != 0) {
    equity[size - 1] = broker.equity();
    returns[size - 1] = broker.bar_return();
    if (!broker.in_position()) in_position.reset(size - 1);
  }
  run.equity = std::move(equity);
  run.returns = std::move(returns);
  run.in_position = std::move(in_position);
  return run;
}

}  // namespace peak
