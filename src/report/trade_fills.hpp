// Which fills made a trade: the fills of a run, in order, given to the trades that they opened, changed and closed.
#pragma once

#include <cstddef>
#include <vector>

#include "peak/sim/backtest.hpp"

namespace peak::report {

/// A fill, or the part of one that belongs to one trade (the other part of a reversal belongs to the next).
struct TradeFill {
  OrderEvent event;                        ///< the whole fill
  double quantity = 0;                     ///< of this part
  double fee = 0;                          ///< of this part, by quantity
  bool closes = false;                     ///< makes the position smaller
  double cash_before = 0, cash_after = 0;  ///< of one symbol NaN where splits or dividends stand between
};

/// The fills of result.simulation.trades[trade], the entry first.
[[nodiscard]] std::vector<TradeFill> fills_of(const BacktestResult& result, std::size_t trade);

}  // namespace peak::report
