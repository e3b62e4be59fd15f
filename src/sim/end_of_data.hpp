// What happens after the last bar (rules 8 and 12): nothing, a close at the last close, or backtesting.py's way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "peak/market/bars.hpp"
#include "peak/sim/simulation.hpp"
#include "peak/trading/broker.hpp"
#include "sim/decision.hpp"
#include "sim/ledger.hpp"

namespace peak::sim {

/// Closes what the options say must be closed. True if something filled on the last bar, so that its equity and
/// return have to be taken again from the ledger.
inline bool close_at_end(const Bars& bars, const BrokerOptions& broker, Ledger& ledger) {
  if (bars.size() == 0 || ledger.flat()) return false;
  const auto last = static_cast<std::int64_t>(bars.size()) - 1;
  if (broker.execution == Execution::kBacktestingPy) {
    // finalize_trades replays the last bar: market orders fill at its open, or at the close before it.
    const bool at_open = broker.fill == FillTiming::kNextOpen || last == 0;
    const std::int64_t bar = at_open ? last : last - 1;
    const auto index = static_cast<std::size_t>(bar);
    return ledger.exit(bar, bar, at_open ? bars.open()[index] : bars.close()[index], ExitReason::kEndOfData);
  }
  if (!broker.finalize) return false;
  return ledger.exit(last, last, bars.close()[static_cast<std::size_t>(last)], ExitReason::kFinalize);
}

/// Records what was decided on the last bar and found no bar to fill at (rule 1).
inline void reject_undone(const Decision& decision, std::size_t bars, Ledger& ledger) {
  const auto last = static_cast<std::int64_t>(bars) - 1;
  const Reason reason = ledger.ruined() ? Reason::kRuined : Reason::kEndOfData;
  const bool held = !ledger.flat();
  if (decision.closes && held) {
    ledger.reject(OrderPurpose::kExit, ledger.is_long() ? Side::kLong : Side::kShort, last, reason);
  }
  if (decision.enters) {
    const bool adds = held && !decision.closes;
    ledger.reject(adds ? OrderPurpose::kAdd : OrderPurpose::kEnter, decision.side, last, reason);
  }
}

}  // namespace peak::sim
