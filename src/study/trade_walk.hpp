// The walk: a column's trades one after the other, each in constant time for every stride of bars that it lasts.
//
//     bars    |-- flat --|f|------- held -------|x|-- flat --|        f: fills the entry, x: fills the exit
//     return       0      e  sums of (f, x)      e     0
//
// Holds for strategies that are all in or flat, long, with proportional costs: then cash is exactly 0 while a position
// is held. Money is made of the ledger's operations in its order (rule 16); a test compares every column with
// backtest() to the bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "peak/base/exact_sum.hpp"
#include "study/stride_prices.hpp"
#include "study/walk_terms.hpp"
#include "study/walk_totals.hpp"

namespace peak::study {

/// One column between two blocks of time.
class TradeWalk {
 public:
  explicit TradeWalk(const WalkTerms& terms)
      : terms_(terms), cash_(terms.cash), peak_(terms.cash), lowest_(terms.cash) {}

  /// Takes bars up to `end`, in which the position is opened and closed in turn at the bars `fills`.
  void advance(const StridePrices& prices, std::span<const std::uint32_t> fills, std::size_t end);
  [[nodiscard]] bool held() const noexcept { return units_ != 0; }
  /// False if a number left the range in which the walk equals a run; then the combination must be run by itself.
  [[nodiscard]] bool good() const noexcept { return good_; }

  /// What it came to. Call after the last bar, whose close is given.
  [[nodiscard]] WalkTotals totals(double last_close) const;

 private:
  void buy(double fill_price);
  void sell(double fill_price);
  void enter(const StridePrices& prices, std::size_t bar);
  void exit(const StridePrices& prices, std::size_t bar);
  void hold(const StridePrices& prices, std::size_t end);
  void mark_range(const StridePrices& prices, std::size_t first, std::size_t last, const PriceRange& range);
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
  void add_return(double value);
  [[nodiscard]] double deepest() const noexcept;

  WalkTerms terms_;
  double cash_;
  double units_ = 0;
  double entry_price_ = 0, entry_fee_ = 0;
  double fees_ = 0;
  double pnl_ = 0, win_pnl_ = 0, loss_pnl_ = 0;
  double peak_, lowest_;  ///< highest equity yet, and the lowest since
  double depth_ = 0;      ///< deepest fall from a peak before peak_
  Int128 returns_ = 0, squares_ = 0, downside_ = 0;
  std::uint32_t held_from_ = 0;  ///< last bar that is in the sums while a position is held
  std::uint32_t closed_ = 0, wins_ = 0, losses_ = 0;
  std::int64_t held_bars_ = 0;
  bool good_ = true;
};

}  // namespace peak::study
