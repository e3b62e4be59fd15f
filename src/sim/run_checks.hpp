// What every run of signals is checked for before it starts.
#pragma once

#include <array>
#include <string>

#include "peak/market/bars.hpp"
#include "peak/sim/simulation.hpp"
#include "peak/trading/broker.hpp"

namespace peak::sim {

struct NamedSignal {
  const char* name;
  const BitView& view;
};

/// The four signals under the names that users know; they point into `signals`.
inline std::array<NamedSignal, 4> named_signals(const SignalViews& signals) {
  return {{{"entries", signals.entries},
           {"exits", signals.exits},
           {"short_entries", signals.short_entries},
           {"short_exits", signals.short_exits}}};
}

/// Broker options in range and signals as long as the bars.
inline Status check_run(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker) {
  PEAK_RETURN_IF_ERROR(broker.validate());
  for (const NamedSignal& signal : named_signals(signals)) {
    if (signal.view.words != nullptr && signal.view.size != bars.size()) {
      return invalid_argument(std::string(signal.name) + " has " + std::to_string(signal.view.size) + " values for " +
                              std::to_string(bars.size()) + " bars; give one value for each bar");
    }
  }
  return {};
}

}  // namespace peak::sim
