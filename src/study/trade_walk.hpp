// The walk: a combination's trades one after the other, each in constant time however many bars it lasts.
//
//     bars    |-- flat --|f|------- held -------|x|-- flat --|        f: fills the entry, x: fills the exit
//     return       0      e  price sums (f, x)   e     0
//
// Holds for strategies that are all in or flat, long, with proportional costs: then cash is exactly 0 while a position
// is held. Money is made of the ledger's operations in its order (rule 16); a test compares every combination with
// backtest() to the bit.
//
// The walk goes block by block through time, so that what it reads of the market stays in the caches while every
// combination passes over it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "peak/base/exact_sum.hpp"
#include "study/period_ticks.hpp"
#include "study/price_sums.hpp"
#include "study/stride_prices.hpp"
#include "study/walk_totals.hpp"

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

/// One combination between two blocks of time.
class TradeWalk {
 public:
  explicit TradeWalk(const WalkTerms& terms)
      : terms_(terms), cash_(terms.cash), peak_(terms.cash), lowest_(terms.cash) {}
  /// The same, which adds up returns in periods beside it.
  TradeWalk(const WalkTerms& terms, const PeriodTicks* market, PeriodSums* periods) : TradeWalk(terms) {
    market_ = market;
    periods_ = periods;
  }

  /// Takes bars up to `end`, in which the position is opened and closed in turn at the bars `fills`.
  /// Prices are PriceSums, for many walks over one market, or StridePrices, for few.
  template <class Prices>
  void advance(const Prices& prices, std::span<const std::uint32_t> fills, std::size_t end);
  /// The same for fills at prices of their own, of which two may lie on one bar. Takes those before `end` and returns
  /// how many.
  std::size_t advance_priced(const PriceSums& prices, std::span<const PricedFill> fills, std::size_t end);
  [[nodiscard]] bool held() const noexcept { return units_ != 0; }
  /// Sums of returns and of squares since the last call.
  struct Part {
    double returns, squares;
  };
  Part take_part();
  /// False if a number left the range in which the walk equals a run; then the combination must be run by itself.
  [[nodiscard]] bool good() const noexcept { return good_; }

  /// What it came to. Call after the last bar, whose close is given, and the last take_part().
  [[nodiscard]] WalkTotals totals(double last_close) const;

 private:
  void buy(double fill_price);
  void sell(double fill_price);
  template <class Prices>
  void enter(const Prices& prices, std::size_t bar);
  template <class Prices>
  void exit(const Prices& prices, std::size_t bar);
  template <class Prices>
  void hold(const Prices& prices, std::size_t end);
  template <class Prices>
  void mark_range(const Prices& prices, std::size_t first, std::size_t last, const PriceRange& range);
  void mark_each(const double* close, std::size_t first, std::size_t last);
  void mark(double equity) {
    if (equity >= peak_) {
      set_peak(equity, equity);
    } else {
      lowest_ = equity < lowest_ ? equity : lowest_;
    }
  }
  void set_peak(double peak, double lowest) {
    const double depth = 1.0 - lowest_ / peak_;
    depth_ = depth > depth_ ? depth : depth_;
    peak_ = peak;
    lowest_ = lowest;
  }
  void add_return(double value, std::size_t bar);
  [[nodiscard]] double deepest() const noexcept;

  WalkTerms terms_;
  double cash_;
  double units_ = 0;
  double entry_price_ = 0, entry_fee_ = 0;
  double fees_ = 0;
  double pnl_ = 0, win_pnl_ = 0, loss_pnl_ = 0;
  double peak_, lowest_;                                         ///< highest equity yet, and the lowest since
  double depth_ = 0;                                             ///< deepest fall from a peak before peak_
  Int128 returns_ = 0, squares_ = 0, downside_ = 0;              // of this part
  Int128 all_returns_ = 0, all_squares_ = 0, all_downside_ = 0;  // of the parts before
  std::uint32_t held_from_ = 0;  ///< last bar that is in the sums while a position is held
  std::uint32_t closed_ = 0, wins_ = 0, losses_ = 0;
  std::int64_t held_bars_ = 0;
  bool good_ = true;
  const PeriodTicks* market_ = nullptr;
  PeriodSums* periods_ = nullptr;  ///< null: not asked for
};

}  // namespace peak::study
