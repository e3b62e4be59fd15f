// The rule book, one bar at a time: signals decide, the broker does the rest.
#include "peak/sim/reference.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include "peak/sim/broker.hpp"
#include "sim/detail.hpp"
#include "sim/market_inputs.hpp"
#include "sim/run_checks.hpp"
#include "sim/signal_decision.hpp"

namespace peak {

Result<Simulation> simulate_reference(const Bars& bars, const SignalViews& signals, const BrokerOptions& options,
                                      const Bars* detail) {
  PEAK_RETURN_IF_ERROR(sim::check_run(bars, signals, options));
  if (detail != nullptr) PEAK_RETURN_IF_ERROR(sim::check_detail(bars, *detail));
  PEAK_ASSIGN_OR_RETURN(Broker broker, Broker::create(options));
  const std::size_t size = bars.size();
  const sim::MarketInputs inputs(bars, options, options.instrument.splits());
  Buffer<double> equity(size), returns(size);
  Bits in_position(size);
  sim::Detail finer(bars, detail);
  for (std::size_t t = 0; t < size; ++t) {
    if (const auto inside = finer.of(t); !inside.empty()) broker.set_detail(0, inside);
    broker.begin(bars.time()[t], inputs.at(t));
    sim::decide_signals({signals.entries[t], signals.exits[t], signals.short_entries[t], signals.short_exits[t]},
                        broker);
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
