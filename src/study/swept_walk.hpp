// SweptWalk: a combination's trades one after the other, each in constant time however many bars it lasts.
//
//     bars    |-- flat --|f|------- held -------|x|-- flat --|        f: fills the entry, x: fills the exit
//     return       0      e     row x-1 - row f   e     0             rows: of PriceSums
//
// As TradeWalk, for hundreds of combinations on one market. Sums go to the stretch in which a fill lies; what a
// position makes in stretches that it is held through is added where the leg ends. Money is made of the ledger's
// operations in its order (rule 16); a test compares every combination with backtest() to the bit.
//
// Threads: one each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "peak/base/exact_sum.hpp"
#include "peak/study/trial_periods.hpp"
#include "study/price_sums.hpp"
#include "study/stretches.hpp"
#include "study/walk_terms.hpp"
#include "study/walk_totals.hpp"

namespace peak::study {

/// Where a combination's sums over time go.
struct SweptSums {
  std::span<double> blocks;         ///< of returns and of their squares, block by block
  TrialPeriods* periods = nullptr;  ///< null: not asked for
  std::size_t trial = 0;
};

/// The market as walks see it.
struct SweptMarket {
  const PriceSums& prices;
  const Stretches& stretches;
  bool with_downside = false;  ///< sums of squares of losses are asked for
};

/// One combination between two legs.
class SweptWalk {
 public:
  SweptWalk(const WalkTerms& terms, const SweptSums& sums);

  /// Walks over a leg, in which the position is opened and closed in turn at the bars `fills`, all of the leg.
  void advance(const SweptMarket& market, const Stretches::Leg& leg, std::span<const std::uint32_t> fills);
  /// The same for fills at prices of their own, of which two may lie on one bar. Takes those of the leg and returns how
  /// many.
  std::size_t advance(const SweptMarket& market, const Stretches::Leg& leg, std::span<const PricedFill> fills);
  [[nodiscard]] bool held() const noexcept { return state_.is_held; }
  /// False if a number left the range in which the walk equals a run; then the combination must be run by itself.
  [[nodiscard]] bool good() const noexcept { return state_.good; }

  /// What it came to. Call after the last leg, of data of so many bars that end at this close.
  [[nodiscard]] WalkTotals totals(std::size_t bars, double last_close) const;

  /// What a trade changes; kept in registers while a leg is walked.
  struct State {
    double cash, before;  ///< before: equity on the bar before the next fill, while nothing is held
    double units = 0, entry_price = 0, entry_fee = 0;
    double fees = 0, pnl = 0, win_pnl = 0, loss_pnl = 0;
    double peak, lowest;                  ///< highest equity yet, and the lowest since
    double depth = 0;                     ///< deepest fall from a peak before peak
    std::size_t entered = 0, marked = 0;  ///< while held: bar of the entry, first bar whose equity was not looked at
    std::int64_t closed = 0, wins = 0, losses = 0, held_bars = 0;
    bool is_held = false, good = true;
  };

 private:
  void end_leg(const SweptMarket& market, const Stretches::Leg& leg, bool was_held);

  WalkTerms terms_;
  SweptSums sums_;
  State state_;
  Int128 block_returns_ = 0, block_squares_ = 0;     // of the block that has not ended
  Int128 returns_ = 0, squares_ = 0, downside_ = 0;  // of all before it; downside with it
  std::uint64_t ticks_ = 0;                          // of the period that has not ended
};

}  // namespace peak::study
