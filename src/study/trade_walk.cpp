// What limits the walk: for each trade three divisions that wait for each other (size, two returns), some sixty other
// operations, and one mispredicted branch where a trade reaches a new high. Measured by bench/sweep.
#include "study/trade_walk.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "peak/metrics/ratios.hpp"

namespace peak::study {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargestReturn = 4;
constexpr double kSmallestCash = 1e-150, kLargestCash = 1e150;

double defined_or_nan(const RatioValue& ratio) {
  return ratio.reason == nullptr && std::isfinite(ratio.value) ? ratio.value : kUndefined;
}

ExactSum exact(Int128 units) {
  ExactSum sum;
  sum.add_fixed(units);
  return sum;
}

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

inline void TradeWalk::enter(const PriceSums& prices, std::size_t bar) {
  const double price = terms_.at_open ? prices.open()[bar] : prices.close()[bar];
  const double before = cash_;
  buy(price * (1 + terms_.slippage));
  const double equity = units_ * prices.close()[bar];
  add_return(equity / before - 1);
  mark(equity);
  held_from_ = static_cast<std::uint32_t>(bar);
}

// Bars after held_from_ and before `end`, on which nothing fills.
inline void TradeWalk::hold(const PriceSums& prices, std::size_t end) {
  const std::size_t first = held_from_ + std::size_t{1};
  if (first >= end) return;
  const PriceSums::Prefix &before = prices.prefix(held_from_), &after = prices.prefix(end - 1);
  returns_ += after.returns - before.returns;
  squares_ += after.squares - before.squares;
  if (const Int128* downside = prices.downside()) downside_ += downside[end - 1] - downside[held_from_];
  const PriceSums::Range range = prices.range(first, end);
  const double highest = units_ * range.high, lowest = units_ * range.low;
  if (highest < peak_) {
    lowest_ = lowest < lowest_ ? lowest : lowest_;
  } else if (std::max(1.0 - std::min(lowest_, lowest) / peak_, 1.0 - lowest / highest) <= depth_) {
    // No fall in here can be deeper than one that has been: only what later falls are measured by matters.
    peak_ = highest;
    lowest_ = units_ * prices.lowest_after_high(first, end, range.high);
  } else {
    mark_range(prices, first, end);
  }
  held_from_ = static_cast<std::uint32_t>(end - 1);
}

void TradeWalk::mark_range(const PriceSums& prices, std::size_t first, std::size_t last) {
  const double* close = prices.close();
  for (std::size_t t = first; t < last; ++t) mark(units_ * close[t]);
}

inline void TradeWalk::exit(const PriceSums& prices, std::size_t bar) {
  const std::size_t entered = held_from_;
  hold(prices, bar);
  const double price = terms_.at_open ? prices.open()[bar] : prices.close()[bar];
  const double before = units_ * prices.close()[bar - 1];
  sell(price * (1 - terms_.slippage));
  add_return(cash_ / before - 1);
  mark(cash_);
  held_bars_ += static_cast<std::int64_t>(bar) - static_cast<std::int64_t>(entered);
}

std::size_t TradeWalk::advance_priced(const PriceSums& prices, std::span<const PricedFill> fills, std::size_t end) {
  const auto count_held = [&](std::size_t from) {
    held_bars_ += static_cast<std::int64_t>(held_from_) - static_cast<std::int64_t>(from);
  };
  std::size_t taken = 0;
  while (taken < fills.size() && fills[taken].bar < end) {
    const std::uint32_t bar = fills[taken].bar;
    double before = cash_;
    if (held()) {
      const std::size_t from = held_from_;
      hold(prices, bar);
      count_held(from);
      held_bars_ += 1;  // the bar whose close is held_from_
      before = units_ * prices.close()[bar - 1];
    }
    for (; taken < fills.size() && fills[taken].bar == bar; ++taken) {
      held() ? sell(fills[taken].price) : buy(fills[taken].price);
    }
    const double equity = held() ? units_ * prices.close()[bar] : cash_;
    add_return(equity / before - 1);
    mark(equity);
    held_from_ = bar;
  }
  if (held()) {
    const std::size_t from = held_from_;
    hold(prices, end);
    count_held(from);
  }
  return taken;
}

void TradeWalk::advance(const PriceSums& prices, std::span<const std::uint32_t> fills, std::size_t end) {
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

TradeWalk::Part TradeWalk::take_part() {
  const Part part{exact(returns_).value(), exact(squares_).value()};
  all_returns_ += returns_;
  all_squares_ += squares_;
  all_downside_ += downside_;
  returns_ = squares_ = downside_ = 0;
  return part;
}

double TradeWalk::deepest() const noexcept { return std::max(depth_, 1.0 - lowest_ / peak_); }

bool TradeWalk::tells(Metric metric) noexcept {
  switch (metric) {
    case Metric::kFinalEquity:
    case Metric::kTotalReturn:
    case Metric::kCagr:
    case Metric::kMeanAnnualReturn:
    case Metric::kVolatility:
    case Metric::kDownsideRisk:
    case Metric::kSharpe:
    case Metric::kSortino:
    case Metric::kCalmar:
    case Metric::kMaxDrawdown:
    case Metric::kRecoveryFactor:
    case Metric::kTrades:
    case Metric::kClosedTrades:
    case Metric::kOpenTrades:
    case Metric::kWinRate:
    case Metric::kProfitFactor:
    case Metric::kExpectancy:
    case Metric::kExposure:
    case Metric::kFees: return true;
    default: return false;
  }
}

double TradeWalk::metric(Metric metric, const PriceSums& prices, double periods, double risk_free) const {
  const auto size = static_cast<std::int64_t>(prices.size());
  const auto n = static_cast<double>(size), closed = static_cast<double>(closed_);
  const double equity = held() ? units_ * prices.close()[prices.size() - 1] : cash_;
  const auto growth = [&] { return defined_or_nan(annual_growth(size, equity, terms_.cash, periods)); };
  switch (metric) {
    case Metric::kFinalEquity: return equity;
    case Metric::kTotalReturn: return equity / terms_.cash - 1.0;
    case Metric::kCagr: return growth();
    case Metric::kMeanAnnualReturn: return exact(all_returns_).value() / n * periods;
    case Metric::kVolatility:
      return defined_or_nan(annual_volatility(size, exact(all_returns_), exact(all_squares_), periods));
    case Metric::kDownsideRisk: return std::sqrt(exact(all_downside_).value() / n) * std::sqrt(periods);
    case Metric::kSharpe:
      return defined_or_nan(sharpe_ratio(size, exact(all_returns_), exact(all_squares_), periods, risk_free));
    case Metric::kSortino:
      return defined_or_nan(sortino_ratio(size, exact(all_returns_), exact(all_downside_), periods, risk_free));
    case Metric::kCalmar: return deepest() > 0 ? growth() / deepest() : kUndefined;
    case Metric::kMaxDrawdown: return 0.0 - deepest();
    case Metric::kRecoveryFactor: return deepest() > 0 ? (equity / terms_.cash - 1.0) / deepest() : kUndefined;
    case Metric::kTrades: return closed + (held() ? 1.0 : 0.0);
    case Metric::kClosedTrades: return closed;
    case Metric::kOpenTrades: return held() ? 1.0 : 0.0;
    case Metric::kWinRate: return closed_ == 0 ? kUndefined : static_cast<double>(wins_) / closed;
    case Metric::kProfitFactor: return closed_ == 0 || losses_ == 0 ? kUndefined : win_pnl_ / -loss_pnl_;
    case Metric::kExpectancy: return closed_ == 0 ? kUndefined : pnl_ / closed;
    case Metric::kExposure: return static_cast<double>(held_bars_ + (held() ? 1 : 0)) / n;
    case Metric::kFees: return fees_;
    default: return kUndefined;
  }
}

}  // namespace peak::study
