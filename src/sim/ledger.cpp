#include "sim/ledger.hpp"

#include <cmath>

namespace peak::sim {
namespace {

// Rule 3 for all-in: k = floor(q / s), then k + 1 if that can be paid in double arithmetic. Division rounds, so the
// floor alone would at times leave a whole step unbought.
double steps_affordable(double affordable, double step, double fill_price, double commission, double money) {
  const double steps = std::floor(affordable / step);
  const double cost_of_one_more = (steps + 1) * step * fill_price * (1 + commission);
  return cost_of_one_more <= money ? steps + 1 : steps;
}

// A size asked for as a number keeps its steps although 0.3 / 0.1 is 2.9999999999999996.
double steps_asked(double quantity, double step) {
  constexpr double kRoundingAllowance = 1e-9;
  return std::floor(quantity / step + kRoundingAllowance);
}

}  // namespace

Ledger::Size Ledger::size_of_entry(Side side, double price, double fill_price) const {
  // Gross exposure stays at or below equity (rule 4): a short's proceeds are cash, but not money to short more with.
  const double money = side == Side::kLong ? cash_ : cash_ + 2 * units_ * price;
  if (!(money > 0)) return {.reason = Reason::kNoCash};
  const double affordable = money / (fill_price * (1 + broker_.commission));
  double wanted = affordable;
  switch (broker_.size.kind) {
    case SizingKind::kAllIn: break;
    case SizingKind::kUnits: wanted = broker_.size.amount; break;
    case SizingKind::kValue: wanted = broker_.size.amount / price; break;
    case SizingKind::kFraction: wanted = broker_.size.amount * equity_at(price) / price; break;
    default: break;  // handed to the broker (fast.cpp)
  }
  Size size;
  size.capped = broker_.size.kind != SizingKind::kAllIn && wanted > affordable;
  const bool all = broker_.size.kind == SizingKind::kAllIn || wanted >= affordable;
  if (!broker_.size_step) {
    size.quantity = all ? affordable : wanted;
    size.takes_all_cash = all && side == Side::kLong;
  } else {
    const double step = *broker_.size_step;
    const double most = steps_affordable(affordable, step, fill_price, broker_.commission, money);
    const double steps = broker_.size.kind == SizingKind::kAllIn ? most : std::fmin(steps_asked(wanted, step), most);
    size.quantity = steps * step;
  }
  if (!(size.quantity > 0)) size.reason = broker_.size_step ? Reason::kBelowStep : Reason::kNoCash;
  return size;
}

bool Ledger::enter(Side side, std::int64_t decision_bar, std::int64_t fill_bar, double price) {
  const OrderPurpose purpose = flat() ? OrderPurpose::kEnter : OrderPurpose::kAdd;
  if (ruined()) return reject(purpose, side, decision_bar, Reason::kRuined), false;
  if (!(price > 0) || std::isinf(price)) return reject(purpose, side, decision_bar, Reason::kNoPrice), false;
  const double fill_price = side == Side::kLong ? price * (1 + broker_.slippage) : price * (1 - broker_.slippage);
  const Size size = size_of_entry(side, price, fill_price);
  if (size.reason != Reason::kNone) return reject(purpose, side, decision_bar, size.reason), false;

  const double value = size.quantity * fill_price;
  const double fee = value * broker_.commission;
  record_entry(side, fill_bar, size.quantity, fill_price, fee);
  if (side == Side::kLong) {
    cash_ = size.takes_all_cash ? 0.0 : std::fmax(0.0, cash_ - (value + fee));
    units_ += size.quantity;
  } else {
    cash_ += value - fee;
    units_ -= size.quantity;
  }
  out_.fees += fee;
  out_.traded_value += value;
  Order order;
  order.decision_bar = decision_bar;
  order.fill_bar = fill_bar;
  order.action = side == Side::kLong ? OrderAction::kBuy : OrderAction::kSell;
  order.purpose = purpose;
  order.side = side;
  order.status = size.capped ? OrderStatus::kPartlyFilled : OrderStatus::kFilled;
  order.reason = size.capped ? Reason::kNoCash : Reason::kNone;
  order.quantity = size.quantity;
  order.price = fill_price;
  order.fee = fee;
  out_.orders.push_back(order);
  return true;
}

void Ledger::record_entry(Side side, std::int64_t fill_bar, double quantity, double fill_price, double fee) {
  if (flat()) {
    Trade trade;
    trade.side = side;
    trade.status = TradeStatus::kOpen;
    trade.quantity = quantity;
    trade.entry_bar = fill_bar;
    trade.entry_price = fill_price;
    trade.entry_fee = fee;
    out_.trades.push_back(trade);
    return;
  }
  Trade& trade = out_.trades.back();
  const double total = trade.quantity + quantity;
  trade.entry_price = (trade.entry_price * trade.quantity + fill_price * quantity) / total;
  trade.quantity = total;
  trade.entry_fee += fee;
}

bool Ledger::exit(std::int64_t decision_bar, std::int64_t fill_bar, double price, ExitReason reason) {
  if (!std::isfinite(price)) {
    reject(OrderPurpose::kExit, is_long() ? Side::kLong : Side::kShort, decision_bar, Reason::kNoPrice);
    return false;
  }
  close_at(decision_bar, fill_bar, is_long() ? price * (1 - broker_.slippage) : price * (1 + broker_.slippage), reason);
  return true;
}

void Ledger::close_at(std::int64_t decision_bar, std::int64_t fill_bar, double fill_price, ExitReason reason) {
  Trade& trade = out_.trades.back();
  const double quantity = std::fabs(units_);
  const double value = quantity * fill_price;
  const double fee = std::fabs(value) * broker_.commission;
  const bool was_long = is_long();
  cash_ = was_long ? cash_ + (value - fee) : cash_ - (value + fee);
  units_ = 0;
  out_.fees += fee;
  out_.traded_value += std::fabs(value);

  trade.status = TradeStatus::kClosed;
  trade.exit_reason = reason;
  trade.exit_bar = fill_bar;
  trade.exit_price = fill_price;
  trade.exit_fee = fee;
  const double gain = was_long ? fill_price - trade.entry_price : trade.entry_price - fill_price;
  trade.pnl = gain * trade.quantity - (trade.entry_fee + fee);
  trade.return_fraction = trade.pnl / (trade.entry_price * trade.quantity);

  Order order;
  order.decision_bar = decision_bar;
  order.fill_bar = fill_bar;
  order.action = was_long ? OrderAction::kSell : OrderAction::kBuy;
  order.purpose = OrderPurpose::kExit;
  order.side = trade.side;
  order.status = OrderStatus::kFilled;
  order.quantity = quantity;
  order.price = fill_price;
  order.fee = fee;
  out_.orders.push_back(order);
}

void Ledger::reject(OrderPurpose purpose, Side side, std::int64_t decision_bar, Reason reason) {
  Order order;
  order.decision_bar = decision_bar;
  order.purpose = purpose;
  order.side = side;
  const bool buys = (side == Side::kLong) == (purpose != OrderPurpose::kExit);
  order.action = buys ? OrderAction::kBuy : OrderAction::kSell;
  order.status = OrderStatus::kRejected;
  order.reason = reason;
  out_.orders.push_back(order);
}

void Ledger::liquidate(std::int64_t bar, double mark) {
  if (!flat()) close_at(bar, bar, mark, ExitReason::kLiquidation);
  out_.ruin_bar = bar;
}

void Ledger::finish(double last_mark) {
  if (!flat()) {
    Trade& trade = out_.trades.back();
    trade.exit_price = last_mark;
    const double gain = is_long() ? last_mark - trade.entry_price : trade.entry_price - last_mark;
    trade.pnl = gain * trade.quantity - trade.entry_fee;
    trade.return_fraction = trade.pnl / (trade.entry_price * trade.quantity);
  }
  out_.final_cash = cash_;
  out_.final_units = units_;
}

}  // namespace peak::sim
