// Position: what is held of one instrument, what it is worth, and the exits that protect it.
//
// Threads: a value.
#pragma once

#include <cstdint>

#include "peak/trading/order.hpp"

namespace peak {

/// The exits that belong to a position (rule 13). Prices; NaN where there is none.
struct Protection {
  double stop = kMissingPrice;            ///< stop loss
  double target = kMissingPrice;          ///< take profit, a limit
  double trailing = kMissingPrice;        ///< where the trailing stop stands; moves by completed bars, in favour only
  double best = kMissingPrice;            ///< best price of completed bars since the entry
  double trail_fraction = 0;              ///< the trailing stop's distance as a fraction of `best` ...
  double trail_distance = kMissingPrice;  ///< ... or in units of price, where that is a number
};

struct Position {
  double units = 0;             ///< signed: negative while short
  double mark = kMissingPrice;  ///< last price by which it is valued
  std::int64_t trade = -1;      ///< its trade in Simulation::trades; -1 while flat
  std::int64_t entry_bar = kNoBar;
  Protection protection;
  bool is_protected = false;    ///< some price of `protection` is set
  bool entered_inside = false;  ///< by a limit or stop order inside the present bar: only its stop is active
  bool held_from_open = false;  ///< through the whole present bar: its high and low move the trailing stop
  bool leaves = false;          ///< a stop or target that the volume cut: the rest goes at the next open
  double exited_quantity = 0;   ///< units of the trade closed so far
  double exited_value = 0;      ///< sum of units * price of these

  [[nodiscard]] bool flat() const noexcept { return units == 0; }
  [[nodiscard]] bool is_long() const noexcept { return units > 0; }
  [[nodiscard]] bool is_short() const noexcept { return units < 0; }
};

}  // namespace peak
