// What a walk over trades must know of a broker, and a fill at a price of its own.
#pragma once

#include <cstdint>

namespace peak::study {

struct WalkTerms {
  double cash = 10'000;
  double commission = 0;
  double slippage = 0;
  bool at_open = true;     ///< fills at the bar's open, else at its close
  double stop_loss = 0;    ///< fraction of the entry price; 0: none
  double take_profit = 0;  ///< likewise
};

/// A fill whose price is not the bar's open or close: what stops and targets make.
struct PricedFill {
  std::uint32_t bar = 0;
  double price = 0;  ///< after slippage
};

}  // namespace peak::study
