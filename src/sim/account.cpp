#include "peak/sim/account.hpp"

#include <algorithm>
#include <cmath>

namespace peak::sim {
namespace {

// A size asked for as a number keeps its steps although 0.3 / 0.1 is 2.9999999999999996.
double steps_asked(double quantity, double step) {
  constexpr double kRoundingAllowance = 1e-9;
  return std::floor(quantity / step + kRoundingAllowance);
}

// Decided case 14.2.
double price_or_mark(std::span<const double> prices, std::size_t symbol, const Position& position) {
  return prices.empty() || std::isnan(prices[symbol]) ? position.mark : prices[symbol];
}

constexpr double kUntriedKelly = 0.1;    // decided case 3.5: of equity, before enough trades have closed
constexpr double kSmallestKelly = 0.01;  // so that an estimate can recover

}  // namespace

Account::Account(const BrokerOptions& options, std::span<const Instrument> instruments)
    : cash(options.cash), positions(instruments.size()), options_(&options), instruments_(instruments) {
  plain_fees_ = !options.fees.any();
  plain_slippage_ = !options.impact.any();
  for (const Instrument& instrument : instruments) {
    has_multiplier_ |= instrument.multiplier != 1;
    plain_slippage_ &= instrument.tick_size == 0;
  }
  if (instruments.size() == 1) {
    const Instrument& only = instruments.front();
    plain_entries_ = plain_fees_ && !has_multiplier_ && options.margin.leverage == 1 &&
                     options.risk.max_position == 0 && !only.size_step && only.minimum_quantity == 0 &&
                     only.minimum_notional == 0;
  }
}

bool Account::flat() const noexcept {
  if (positions.size() == 1) return positions.front().flat();
  return std::all_of(positions.begin(), positions.end(), [](const Position& position) { return position.flat(); });
}

double Account::equity_of_many(std::span<const double> prices) const noexcept {
  double held = 0;
  for (std::size_t s = 0; s < positions.size(); ++s) {
    if (!positions[s].flat()) held += worth(s, positions[s].units, price_or_mark(prices, s, positions[s]));
  }
  return cash + held;
}

double Account::gross() const noexcept {
  double sum = 0;
  for (std::size_t s = 0; s < positions.size(); ++s) {
    if (!positions[s].flat()) sum += std::fabs(worth(s, positions[s].units, positions[s].mark));
  }
  return sum;
}

double Account::moved_by_impact(std::uint32_t symbol, bool buys, double price, double quantity,
                                double volume) const noexcept {
  const MarketImpact& impact = options_->impact;
  const double distance = impact.fixed + impact.spread / 2;
  double worse = buys ? price + distance : price - distance;
  if (impact.impact != 0 && volume > 0 && quantity > 0) {
    const double share = quantity / volume;
    const double move = impact.impact * (share * share);
    worse = buys ? worse * (1 + move) : worse * (1 - move);
  }
  return instruments_[symbol].on_tick(worse, buys);
}

double Account::commission(bool maker) const noexcept {
  const Fees& fees = options_->fees;
  for (auto tier = fees.tiers.rbegin(); tier != fees.tiers.rend(); ++tier) {
    if (out.traded_value >= tier->traded_value) return maker ? tier->maker : tier->commission;
  }
  return maker && fees.maker ? *fees.maker : options_->commission;
}

double Account::fee_by_schedule(double value, double quantity, bool maker) const noexcept {
  const Fees& fees = options_->fees;
  const double fee = std::fabs(value) * commission(maker) + fees.per_unit * quantity + fees.per_order;
  return std::fmax(fees.minimum, fee);
}

// Rule 4: gross exposure stays at or below equity: a short's proceeds are cash, but not money to buy or short more
// with. With leverage L it stays at or below L times the equity.
double Account::money_for(const EntryTerms& terms) const {
  const auto price_of = [&](std::size_t s) {
    if (positions.size() == 1 || s == terms.symbol) return terms.price;
    return price_or_mark(terms.prices, s, positions[s]);
  };
  const double leverage = options_->margin.leverage;
  double shorts = 0, exposure = 0, held = 0;
  for (std::size_t s = 0; s < positions.size(); ++s) {
    if (positions[s].flat()) continue;
    const double value = worth(s, positions[s].units, price_of(s));
    held += value;
    exposure += std::fabs(value);
    if (positions[s].is_short()) shorts += value;
  }
  if (leverage == 1) return cash + 2 * shorts;
  return leverage * (cash + held) - exposure;
}

bool Account::can_pay(const EntryTerms& terms, double quantity, double money) const {
  const double value = worth(terms.symbol, quantity, terms.fill_price);
  if (plain_fees_ && !has_multiplier_ && options_->margin.leverage == 1) {
    return value * (1 + options_->commission) <= money;
  }
  return value + options_->margin.leverage * fee_of(value, quantity, terms.maker) <= money;
}

// The largest quantity whose value and fee the money pays: fee = max(minimum, rate * value + ...) gives two bounds.
double Account::affordable(const EntryTerms& terms, double money) const {
  const double leverage = options_->margin.leverage;
  if (plain_fees_ && !has_multiplier_ && leverage == 1) return money / (terms.fill_price * (1 + options_->commission));
  const Fees& fees = options_->fees;
  const double unit = worth(terms.symbol, 1, terms.fill_price);
  const double rate = commission(terms.maker);
  const double by_rate =
      (money - leverage * fees.per_order) / (unit * (1 + leverage * rate) + leverage * fees.per_unit);
  const double by_minimum = fees.minimum > 0 ? (money - leverage * fees.minimum) / unit : by_rate;
  return std::fmax(0.0, std::fmin(by_rate, by_minimum));
}

double Account::kelly_fraction() const noexcept {
  double wins = 0, losses = 0, won = 0, lost = 0;
  int seen = 0;
  for (auto trade = out.trades.rbegin(); trade != out.trades.rend() && seen < options_->size_lookback; ++trade) {
    if (trade->status != TradeStatus::kClosed) continue;
    ++seen;
    if (trade->return_fraction > 0) {
      wins += 1;
      won += trade->return_fraction;
    } else {
      losses += 1;
      lost -= trade->return_fraction;
    }
  }
  if (seen < options_->size_lookback) return kUntriedKelly;
  if (lost == 0) return options_->size_cap;
  if (wins == 0) return kSmallestKelly;
  const double win_share = wins / (wins + losses);
  const double payoff = (won / wins) / (lost / losses);
  return win_share - (1 - win_share) / payoff;
}

double Account::units_wanted(const EntryTerms& terms) const {
  const double unit = worth(terms.symbol, 1, terms.price);
  const auto equity = [&] { return positions.size() == 1 ? equity_at(terms.price) : equity_of_many(terms.prices); };
  const auto symbols = static_cast<double>(positions.size());
  switch (terms.size.kind) {
    case SizingKind::kUnits: return terms.size.amount;
    case SizingKind::kValue: return terms.size.amount / unit;
    case SizingKind::kFraction: return terms.size.amount * equity() / unit;
    case SizingKind::kEqual: return equity() / symbols / unit;
    case SizingKind::kRisk: return terms.size.amount * equity() / worth(terms.symbol, 1, terms.stop_distance);
    case SizingKind::kVolatility:
      if (std::isnan(terms.volatility)) return kMissingPrice;
      return std::fmin(options_->size_cap, terms.size.amount / terms.volatility) * equity() / unit;
    case SizingKind::kKelly: {
      const double fraction = std::fmax(kSmallestKelly, terms.size.amount * kelly_fraction());
      return std::fmin(options_->size_cap, fraction) * equity() / unit;
    }
    case SizingKind::kAllIn: break;
  }
  // Rule 14: with several symbols, an equal part of the equity, fee included.
  EntryTerms fee_included = terms;
  return affordable(fee_included, equity() / symbols);
}

EntrySize Account::size_of_entry(const EntryTerms& terms) const {
  // A fixed slippage can eat a low price whole.
  if (!(terms.fill_price > 0)) return {.reason = Reason::kNoPrice};
  if (plain_entries_ && terms.size.kind == SizingKind::kAllIn && positions.front().flat() && std::isnan(terms.most) &&
      std::isnan(terms.money)) {
    // What the rest of this function comes to for most runs: all cash, in one division.
    EntrySize all;
    all.quantity = all.wanted = cash / (terms.fill_price * (1 + options_->commission));
    all.takes_all_cash = terms.side == Side::kLong;
    if (cash > 0 && all.quantity > 0) return all;
  }
  const double money = std::isnan(terms.money) ? money_for(terms) : terms.money;
  if (!(money > 0)) return {.reason = Reason::kNoCash};
  const bool takes_all = terms.size.kind == SizingKind::kAllIn && positions.size() == 1;
  const double most_paid = affordable(terms, money);
  const double wanted = takes_all ? most_paid : units_wanted(terms);
  if (!(wanted > 0) && !(most_paid <= 0)) {
    return {.reason = std::isnan(wanted) ? Reason::kInvalid : Reason::kBelowMinimum};
  }
  EntrySize size;
  size.wanted = wanted;
  double most = most_paid;
  Reason cut = Reason::kNoCash;
  const double unit = worth(terms.symbol, 1, terms.price);
  if (options_->risk.max_position != 0) {
    const double equity = positions.size() == 1 ? equity_at(terms.price) : equity_of_many(terms.prices);
    const double room = options_->risk.max_position * equity / unit - std::fabs(positions[terms.symbol].units);
    if (room < most) {
      most = std::fmax(0.0, room);
      cut = Reason::kRiskLimit;
    }
  }
  if (terms.most < most && terms.most < wanted) {
    most = terms.most;
    size.volume_capped = true;
  }
  const bool capped = wanted > most;
  const bool all = takes_all ? most == most_paid : wanted >= most;
  const auto& step_of = instruments_[terms.symbol].size_step;
  if (!step_of) {
    size.quantity = all ? most : wanted;
    size.takes_all_cash = all && most == most_paid && terms.side == Side::kLong && money == cash;
  } else {
    const double step = *step_of;
    double steps = std::floor(most / step);
    if (most == most_paid) {
      // Division rounds, so the floor alone would at times leave a whole step unbought.
      if (can_pay(terms, (steps + 1) * step, money)) steps += 1;
      if (!plain_fees_) {
        // Rounding makes the bound too high by a step or two, never by more.
        for (int i = 0; i < 4 && steps > 0 && !can_pay(terms, steps * step, money); ++i) steps -= 1;
        if (!can_pay(terms, steps * step, money)) steps = 0;
      }
    }
    if (!takes_all) steps = std::fmin(steps_asked(wanted, step), steps);
    size.quantity = steps * step;
  }
  if (!(size.quantity > 0)) {
    size.reason = size.volume_capped || !capped || cut == Reason::kNoCash
                      ? (step_of ? Reason::kBelowStep : Reason::kNoCash)
                      : cut;
    return size;
  }
  const Instrument& instrument = instruments_[terms.symbol];
  if (size.quantity < instrument.minimum_quantity || size.quantity * unit < instrument.minimum_notional) {
    return {.reason = Reason::kBelowMinimum};
  }
  if (capped && !size.volume_capped) size.reason = cut;
  return size;
}

double Account::open(std::uint32_t symbol, Side side, std::int64_t bar, double quantity, double price,
                     double fill_price, bool maker, bool takes_all_cash) {
  Position& position = positions[symbol];
  const double value = worth(symbol, quantity, fill_price);
  const double fee = fee_of(value, quantity, maker);
  if (position.flat()) {
    position = {};
    position.trade = static_cast<std::int64_t>(out.trades.size());
    position.entry_bar = bar;
    Trade trade;
    trade.side = side;
    trade.status = TradeStatus::kOpen;
    trade.quantity = quantity;
    trade.entry_bar = bar;
    trade.entry_price = fill_price;
    trade.entry_fee = fee;
    trade.symbol = symbol;
    out.trades.push_back(trade);
  } else {
    Trade& trade = out.trades[static_cast<std::size_t>(position.trade)];
    const double total = trade.quantity + quantity;
    trade.entry_price = (trade.entry_price * trade.quantity + fill_price * quantity) / total;
    trade.quantity = total;
    trade.entry_fee += fee;
  }
  if (side == Side::kLong) {
    const double left = cash - (value + fee);
    cash = takes_all_cash ? 0.0 : options_->margin.leverage == 1 ? std::fmax(0.0, left) : left;
    position.units += quantity;
  } else {
    cash += value - fee;
    position.units -= quantity;
  }
  out.fees += fee;
  out.traded_value += value;
  position.mark = price;
  return fee;
}

double Account::close(std::uint32_t symbol, std::int64_t bar, double quantity, double fill_price, bool maker,
                      ExitReason reason) {
  Position& position = positions[symbol];
  Trade& trade = out.trades[static_cast<std::size_t>(position.trade)];
  const bool was_long = position.is_long();
  const bool whole = quantity >= std::fabs(position.units);
  if (whole) quantity = std::fabs(position.units);
  const double value = worth(symbol, quantity, fill_price);
  const double fee = fee_of(value, quantity, maker);
  cash = was_long ? cash + (value - fee) : cash - (value + fee);
  out.fees += fee;
  out.traded_value += std::fabs(value);
  trade.exit_fee += fee;
  trade.exit_bar = bar;
  trade.exit_reason = reason;
  if (!whole || position.exited_quantity != 0) {
    position.exited_quantity += quantity;
    position.exited_value += quantity * fill_price;
    fill_price = position.exited_value / position.exited_quantity;
  }
  trade.exit_price = fill_price;
  if (!whole) {
    position.units += was_long ? -quantity : quantity;
    return fee;
  }
  trade.status = TradeStatus::kClosed;
  const double gain = was_long ? fill_price - trade.entry_price : trade.entry_price - fill_price;
  trade.pnl = worth(symbol, gain, trade.quantity) - (trade.entry_fee + trade.exit_fee);
  if (trade.income != 0) trade.pnl += trade.income;
  trade.return_fraction = trade.pnl / worth(symbol, trade.entry_price, trade.quantity);
  const double mark = position.mark;
  position = {};
  position.mark = mark;
  return fee;
}

void Account::pay(std::uint32_t symbol, double amount) {
  cash += amount;
  out.trades[static_cast<std::size_t>(positions[symbol].trade)].income += amount;
}

void Account::split(std::uint32_t symbol, double ratio) {
  Position& position = positions[symbol];
  position.mark /= ratio;
  if (position.flat()) return;
  position.units *= ratio;
  position.exited_quantity *= ratio;
  Protection& exits = position.protection;
  for (double* price : {&exits.stop, &exits.target, &exits.trailing, &exits.best, &exits.trail_distance})
    *price /= ratio;
  Trade& trade = out.trades[static_cast<std::size_t>(position.trade)];
  trade.quantity *= ratio;
  trade.entry_price /= ratio;
}

void Account::finish() {
  for (std::uint32_t s = 0; s < positions.size(); ++s) {
    const Position& position = positions[s];
    if (position.flat()) continue;
    Trade& trade = out.trades[static_cast<std::size_t>(position.trade)];
    const double price_mean =
        position.exited_quantity == 0
            ? position.mark
            : (position.exited_value + std::fabs(position.units) * position.mark) / trade.quantity;
    trade.exit_price = price_mean;
    const double gain = position.is_long() ? price_mean - trade.entry_price : trade.entry_price - price_mean;
    trade.pnl = worth(s, gain, trade.quantity) - (trade.entry_fee + trade.exit_fee);
    if (trade.income != 0) trade.pnl += trade.income;
    trade.return_fraction = trade.pnl / worth(s, trade.entry_price, trade.quantity);
    trade.exit_bar = kNoBar;
    trade.exit_reason = ExitReason::kNone;
  }
  out.final_cash = cash;
  out.final_units = positions.front().units;
}

void Account::reject(OrderPurpose purpose, Side side, std::int64_t decision_bar, Reason reason, std::uint32_t symbol) {
  Order order;
  order.decision_bar = decision_bar;
  order.purpose = purpose;
  order.side = side;
  const bool buys = (side == Side::kLong) == (purpose != OrderPurpose::kExit);
  order.action = buys ? OrderAction::kBuy : OrderAction::kSell;
  order.status = OrderStatus::kRejected;
  order.reason = reason;
  order.symbol = symbol;
  out.orders.push_back(order);
}

}  // namespace peak::sim
