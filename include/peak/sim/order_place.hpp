// Order place: where an order stands at the close that decided it, and what it comes to there in units.
//
// Threads: pure functions.
#pragma once

#include "peak/sim/broker.hpp"

namespace peak::sim {

/// The account's side of an order at the close that decided it, before anything fills there.
struct OrderPlace {
  const Broker& broker;
  double close = 0;
  double held = 0;        ///< units; negative while short
  double symbols = 1;     ///< that share the account
  double multiplier = 1;  ///< of the contract
  double step = 0;        ///< of sizes; 0: any fraction
};

/// What an order comes to at this close, in units, on the grid of sizes; of a target signed, below 0 to sell. NaN where
/// only the fill can tell (risk, volatility, Kelly, and all cash while a position is still held). The fill itself is
/// sized at its own price.
[[nodiscard]] double units_at_close(const WorkingOrder& order, const OrderPlace& place);

}  // namespace peak::sim
