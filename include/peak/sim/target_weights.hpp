// Target weights: what fraction of the equity each symbol of a panel shall have, at some stamps; and the run of them.
//
// At the close of a stamp with weights every symbol that has a weight there gets an order that brings its position to
// weight * equity (rule 14): reductions first, then increases, each in symbol order, equity taken before any of these
// fills at their prices; if cash is short all increases are scaled by one factor. A symbol without a bar waits for its
// next one; a later weight replaces one that still waits. A weight of 0 for a symbol that is not held is no order.
//
// Engines  kReference drives the broker stamp by stamp. kFast goes from one stamp on which something happens to the
//          next; equity between them is a vector sum over symbols. Both give the same bits (rule 16) in everything but
//          Simulation::requests and ::events, which the fast engine does not keep: an order's life follows from its
//          record. Options that the fast engine does not know (see target_weights_are_fast) run on the broker.
// Cost     fast: about 40 ns for an order, 0.3 ns for a symbol and stamp.
// Threads  pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/panel.hpp"
#include "peak/sim/simulation.hpp"
#include "peak/trading/broker.hpp"
#include "peak/trading/instrument.hpp"

namespace peak {

struct TargetWeights {
  std::vector<std::size_t> stamps;  ///< ascending; each decides at its close
  std::vector<double> weights;      ///< for each stamp one for each symbol; negative is short, NaN leaves it alone

  [[nodiscard]] std::span<const double> row(std::size_t i, std::size_t symbols) const {
    return {weights.data() + i * symbols, symbols};
  }
  /// Stamps ascending and inside the panel, as many weights as there must be, none infinite.
  [[nodiscard]] Status validate(const Panel& panel) const;
};

/// `instruments` in the order of symbols; none: options.instrument for each.
[[nodiscard]] Result<Simulation> simulate_weights_reference(const Panel& panel, const TargetWeights& targets,
                                                            const BrokerOptions& options,
                                                            const std::vector<Instrument>& instruments = {});
[[nodiscard]] Result<Simulation> simulate_weights(const Panel& panel, const TargetWeights& targets,
                                                  const BrokerOptions& options,
                                                  const std::vector<Instrument>& instruments = {});

/// Whether simulate_weights has its fast way: all of it but financing, funding, leverage and margin, risk limits, the
/// bar's volume, rule 12's switch, missing prices, and panels of one symbol.
[[nodiscard]] bool target_weights_are_fast(const Panel& panel, const BrokerOptions& options,
                                           const std::vector<Instrument>& instruments);

}  // namespace peak
