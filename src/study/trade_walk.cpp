// What limits the walk: for each trade three divisions that wait for each other (size, two returns), some sixty other
// operations, and one mispredicted branch where a trade reaches a new high. Measured by bench/study.
#include "study/trade_walk.hpp"

#include <algorithm>
#include <cmath>

namespace peak::study {
namespace {

constexpr double kLargestReturn = 4;
constexpr double kSmallestCash = 1e-150, kLargestCash = 1e150;

}  // namespace

inline void TradeWalk::add_return(double value) {
  const double loss = value < 0 ? value : 0.0;
  returns_ += to_fixed(value);
  squares_ += to_fixed(value * value);
  downside_ += to_fixed(loss * loss);
  good_ &= std::fabs(value) < kLargestReturn;
}

// Ledger::enter of an all-in long.
inline void TradeWalk::buy(double fill_price) {
  units_ = cash_ / (fill_price * (1 + terms_.commission));
  const double value = units_ * fill_price;
  entry_fee_ = value * terms_.commission;
  entry_price_ = fill_price;
  fees_ += entry_fee_;
}

// Ledger::close_at of a long.
inline void TradeWalk::sell(double fill_price) {
  const double value = units_ * fill_price;
  const double fee = value * terms_.commission;
  cash_ = value - fee;
  fees_ += fee;
  const double pnl = (fill_price - entry_price_) * units_ - (entry_fee_ + fee);
  pnl_ += pnl;
  win_pnl_ += pnl > 0 ? pnl : 0.0;
  loss_pnl_ += pnl < 0 ? pnl : 0.0;
  wins_ += pnl > 0;
  losses_ += pnl < 0;
  ++closed_;
  units_ = 0;
  good_ &= cash_ > kSmallestCash && cash_ < kLargestCash;
}

inline void TradeWalk::enter(const StridePrices& prices, std::size_t bar) {
  const double price = terms_.at_open ? prices.open()[bar] : prices.close()[bar];
  const double before = cash_;
  buy(price * (1 + terms_.slippage));
  const double equity = units_ * prices.close()[bar];
  add_return(equity / before - 1);
  mark(equity);
  held_from_ = static_cast<std::uint32_t>(bar);
}

// Bars after held_from_ and before `end`, on which nothing fills.
inline void TradeWalk::hold(const StridePrices& prices, std::size_t end) {
  const std::size_t first = held_from_ + std::size_t{1};
  if (first >= end) return;
  const HeldSums sums = prices.held(first, end, [&](std::size_t from, std::size_t to, const PriceRange& range) {
    mark_range(prices, from, to, range);
  });
  returns_ += sums.returns;
  squares_ += sums.squares;
  downside_ += sums.downside;
  held_from_ = static_cast<std::uint32_t>(end - 1);
}

// Equity of bars [first, last), whose closes lie in `range`.
inline void TradeWalk::mark_range(const StridePrices& prices, std::size_t first, std::size_t last,
                                  const PriceRange& range) {
  const double highest = units_ * range.high, lowest = units_ * range.low;
  if (highest < peak_) {
    lowest_ = lowest < lowest_ ? lowest : lowest_;
  } else if (std::max(1.0 - std::min(lowest_, lowest) / peak_, 1.0 - lowest / highest) <= depth_) {
    // No fall in here can be deeper than one that has been: only the new peak matters, and not its own lows in here.
    peak_ = lowest_ = highest;
  } else {
    mark_each(prices.close(), first, last);
  }
}

void TradeWalk::mark_each(const double* close, std::size_t first, std::size_t last) {
  for (std::size_t t = first; t < last; ++t) mark(units_ * close[t]);
}

inline void TradeWalk::exit(const StridePrices& prices, std::size_t bar) {
  const std::size_t entered = held_from_;
  hold(prices, bar);
  const double price = terms_.at_open ? prices.open()[bar] : prices.close()[bar];
  const double before = units_ * prices.close()[bar - 1];
  sell(price * (1 - terms_.slippage));
  add_return(cash_ / before - 1);
  mark(cash_);
  held_bars_ += static_cast<std::int64_t>(bar) - static_cast<std::int64_t>(entered);
}

void TradeWalk::advance(const StridePrices& prices, std::span<const std::uint32_t> fills, std::size_t end) {
  const std::uint32_t* fill = fills.data();
  const std::uint32_t* const last = fill + fills.size();
  if (held() && fill != last) exit(prices, *fill++);
  for (; last - fill >= 2; fill += 2) {
    enter(prices, fill[0]);
    exit(prices, fill[1]);
  }
  if (fill != last) enter(prices, *fill);
  if (!held()) return;
  const std::uint32_t entered = held_from_;
  hold(prices, end);
  held_bars_ += static_cast<std::int64_t>(held_from_) - static_cast<std::int64_t>(entered);
}

double TradeWalk::deepest() const noexcept { return std::max(depth_, 1.0 - lowest_ / peak_); }

WalkTotals TradeWalk::totals(double last_close) const {
  return {.cash = terms_.cash,
          .equity = held() ? units_ * last_close : cash_,
          .depth = deepest(),
          .returns = returns_,
          .squares = squares_,
          .downside = downside_,
          .fees = fees_,
          .pnl = pnl_,
          .win_pnl = win_pnl_,
          .loss_pnl = loss_pnl_,
          .closed = closed_,
          .wins = wins_,
          .losses = losses_,
          .held_bars = held_bars_ + (held() ? 1 : 0),
          .held = held()};
}

}  // namespace peak::study
