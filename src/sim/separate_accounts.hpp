// Separate accounts: signals over many symbols with cash / N for each, run one by one and put together on the panel's
// time line.
#pragma once

#include <functional>
#include <vector>

#include "peak/market/panel.hpp"
#include "peak/sim/backtest.hpp"

namespace peak::sim {

/// `signals(s)`: those of symbol s, on its own bars.
[[nodiscard]] Result<Simulation> simulate_separate(const Panel& panel,
                                                   const std::function<SignalViews(std::size_t)>& signals,
                                                   const BrokerOptions& options,
                                                   const std::vector<Instrument>& instruments, Engine engine);

}  // namespace peak::sim
