// What every run of signals is checked for before it starts.
#pragma once

#include <string>

#include "peak/market/bars.hpp"
#include "peak/sim/simulation.hpp"
#include "peak/trading/broker.hpp"

namespace peak::sim {

/// Broker options in range and signals as long as the bars.
inline Status check_run(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker) {
  PEAK_RETURN_IF_ERROR(broker.validate());
  const struct {
    const char* name;
    const BitView& view;
  } all[] = {{"entries", signals.entries},
             {"exits", signals.exits},
             {"short_entries", signals.short_entries},
             {"short_exits", signals.short_exits}};
  for (const auto& signal : all) {
    if (signal.view.words != nullptr && signal.view.size != bars.size()) {
      return invalid_argument(std::string(signal.name) + " has " + std::to_string(signal.view.size) + " values for " +
                              std::to_string(bars.size()) + " bars; give one value for each bar");
    }
  }
  return {};
}

}  // namespace peak::sim
