// Panel inputs: a panel as the broker takes it, a stamp at a time; and what every run over a panel checks and keeps.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "peak/market/panel.hpp"
#include "peak/sim/broker.hpp"
#include "sim/market_inputs.hpp"

namespace peak::sim {

/// One instrument for each symbol, with the symbols' names.
[[nodiscard]] Result<std::vector<Instrument>> instruments_of(const std::vector<std::string>& symbols,
                                                             const BrokerOptions& options,
                                                             const std::vector<Instrument>& given);

/// The orders of one stamp's target weights (rule 14).
void submit_targets(std::span<const double> weights, Broker& broker);

class PanelInputs {
 public:
  PanelInputs(const Panel& panel, const BrokerOptions& options);
  /// The bars of stamp t, one for each symbol; the memory holds until the next call.
  std::span<const BarPrices> at(std::size_t t);

 private:
  const Panel& panel_;
  std::vector<MarketInputs> inputs_;
  std::vector<BarPrices> now_;
};

/// Takes back the changes of `bar`, the last one noted, and gives the units before each: what happens after a bar was
/// noted (liquidation, finalize) then leaves one change for a symbol.
[[nodiscard]] std::vector<HoldingChange> reopened(std::vector<HoldingChange>& holdings, std::int64_t bar);

/// Equity, returns and holdings of a broker that goes over a panel.
class PanelRecord {
 public:
  /// `stamps`: how many are expected.
  explicit PanelRecord(std::size_t symbols, std::size_t stamps = 0);
  /// After Broker::end() of the next stamp.
  void take(const Broker& broker);
  /// Ends the run after the stamps that were taken.
  Simulation finish(Broker& broker);

 private:
  void note_holdings(std::int64_t bar, const Broker& broker);
  std::vector<double> equity_, returns_;
  std::vector<bool> in_position_;
  std::vector<double> units_;
  std::vector<HoldingChange> holdings_;
};

}  // namespace peak::sim
