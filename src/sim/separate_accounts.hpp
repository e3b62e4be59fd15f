// Separate accounts: signals over many symbols with cash / N for each, run one by one and put together on the panel's
// time line.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "peak/market/panel.hpp"
#include "peak/sim/backtest.hpp"

namespace peak::sim {

/// Runs of single symbols put together on the panel's time line.
class SeparateAccounts {
 public:
  explicit SeparateAccounts(const Panel& panel);
  /// The run of a symbol over its own bars, from `cash`. In the order of symbols.
  void add(std::uint32_t symbol, Simulation own, double cash, const Instrument& instrument);
  /// `cash`: of all at the start.
  [[nodiscard]] Simulation together(double cash) &&;

 private:
  const Panel* panel_;
  Simulation all_;
};

/// `signals(s)`: those of symbol s, on its own bars.
[[nodiscard]] Result<Simulation> simulate_separate(const Panel& panel,
                                                   const std::function<SignalViews(std::size_t)>& signals,
                                                   const BrokerOptions& options,
                                                   const std::vector<Instrument>& instruments, Engine engine,
                                                   const Panel* detail = nullptr);

}  // namespace peak::sim
