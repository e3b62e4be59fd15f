// Signal decision: what one bar's signals have the broker do, and how they are counted (rules 4, 5 and 15).
#pragma once

#include "peak/sim/broker.hpp"
#include "sim/decision.hpp"

namespace peak::sim {

inline void decide_signals(const BarSignals& now, Broker& broker, std::uint32_t symbol = 0) {
  const Position& position = broker.position(symbol);
  const Holding holding = position.is_long() ? Holding::kLong : position.is_short() ? Holding::kShort : Holding::kFlat;
  SignalCounts& counts = broker.signal_counts();
  counts.entries += now.entry;
  counts.exits += now.exit;
  counts.short_entries += now.short_entry;
  counts.short_exits += now.short_exit;
  const Decision decision = decide(now, holding, broker.options().accumulate);
  counts.conflicts += decision.conflict;
  counts.ignored += now.any() && !decision.acts() && !decision.conflict;
  if (decision.acts()) broker.submit_signal(decision.closes, decision.enters, decision.side, symbol);
}

}  // namespace peak::sim
