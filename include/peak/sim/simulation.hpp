// Simulation: signals and bars in; fills, trades and equity out. What every engine of this folder takes and gives.
//
// Two engines make the same result to the bit (rule 16): simulate_reference (reference.hpp) drives the plain broker
// (broker.hpp) bar by bar; simulate_fast (fast.hpp) walks from event to event. Tests compare them on generated cases.
//
// Threads: pure functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/base/buffer.hpp"
#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/trading/broker.hpp"
#include "peak/trading/order.hpp"
#include "peak/trading/trade.hpp"

namespace peak {

/// Signals by decision bar (rule 1: not shifted). A missing view means that the signal never fires.
struct SignalViews {
  BitView entries;
  BitView exits;
  BitView short_entries;
  BitView short_exits;
};

/// What is held of one symbol from the end of a bar on.
struct HoldingChange {
  std::int64_t bar = kNoBar;
  std::uint32_t symbol = 0;
  double units = 0;
  friend bool operator==(const HoldingChange&, const HoldingChange&) = default;
};

/// What happened. Vectors over bars have one element for each bar.
struct Simulation {
  Buffer<double> equity;                ///< currency, at each close (rule 8)
  Buffer<double> returns;               ///< of each bar (rule 16); returns[0] = equity[0] / cash - 1
  Bits in_position;                     ///< bars with a position at the close (rule 9)
  std::vector<Trade> trades;            ///< in the order of entry
  std::vector<Order> orders;            ///< in the order of decision
  std::vector<OrderRequest> requests;   ///< terms of the orders that a strategy wrote itself (Order::request)
  std::vector<OrderEvent> events;       ///< the lives of those orders, in the order in which things happened
  std::vector<HoldingChange> holdings;  ///< of a run of many symbols, by bar, then by symbol
  std::vector<std::string> tags;        ///< what OrderRequest::tag 1, 2, ... stand for; empty: plain numbers
  SignalCounts signals;
  double final_cash = 0;           ///< after the last bar (after finalize, if asked)
  double final_units = 0;          ///< signed: negative while short; of the first symbol
  double fees = 0;                 ///< sum over all fills, in the order of fills
  double traded_value = 0;         ///< sum of quantity * fill price * multiplier over all fills
  double interest = 0;             ///< on cash: earned less paid; what positions paid and earned is in their trades
  std::int64_t margin_calls = 0;   ///< liquidations by the maintenance margin (decided case 11.1)
  std::int64_t risk_stops = 0;     ///< how often a risk limit stopped trading (decided case 15.1)
  std::int64_t ruin_bar = kNoBar;  ///< bar at whose mark the account was liquidated (rule 11)
};

/// The whole life of an order: its events, put together from the record where none were kept (market orders that
/// filled in one piece: submitted at the decision, filled at the fill).
[[nodiscard]] std::vector<OrderEvent> life_of(const Simulation& simulation, OrderId order);
/// The lives of all orders, by bar; within a bar as they were kept, then those put together from the record.
[[nodiscard]] std::vector<OrderEvent> lives_of(const Simulation& simulation);

/// The tag that an order was given, and that of the order that opened a trade, as text; empty: none.
[[nodiscard]] std::string tag_of(const Simulation& simulation, const Order& order);
[[nodiscard]] std::string tag_of(const Simulation& simulation, const Trade& trade);

}  // namespace peak
