// Fills of the fast engine: what broker_fills.cpp and broker_inside.cpp say, for one position and orders of signals.
#include <cmath>

#include "sim/exit_scan.hpp"
#include "sim/fast_run.hpp"

namespace peak::sim {
namespace {

Order order_of(std::size_t decided, OrderPurpose purpose, Side side, OrderStatus status) {
  Order order;
  order.decision_bar = static_cast<std::int64_t>(decided);
  order.purpose = purpose;
  order.side = side;
  const bool buys = (side == Side::kLong) == (purpose != OrderPurpose::kExit);
  order.action = buys ? OrderAction::kBuy : OrderAction::kSell;
  order.status = status;
  return order;
}

}  // namespace

bool FastRun::enter(Side side, std::size_t decided, std::size_t filled, double price) {
  const OrderPurpose purpose = position().flat() ? OrderPurpose::kEnter : OrderPurpose::kAdd;
  const auto reject = [&](Reason reason) {
    account_.reject(purpose, side, static_cast<std::int64_t>(decided), reason);
    return false;
  };
  if (account_.ruined()) return reject(Reason::kRuined);
  if (!(price > 0) || std::isinf(price)) return reject(Reason::kNoPrice);
  const OrderAction action = side == Side::kLong ? OrderAction::kBuy : OrderAction::kSell;
  decision_atr_ = inputs_.atr_at(decided);
  if (broker_.stops.needs_atr() && std::isnan(decision_atr_)) return reject(Reason::kInvalid);
  EntryTerms terms;
  terms.side = side;
  terms.size = broker_.size;
  terms.price = price;
  terms.fill_price = account_.slipped(0, action, price, 0, kMissingPrice);
  terms.volatility = inputs_.volatility_at(decided);
  const StopLevel& stop_level =
      broker_.stops.stop_loss.is_set() ? broker_.stops.stop_loss : broker_.stops.trailing_stop;
  terms.stop_distance = stop_level.distance_from(terms.fill_price, decision_atr_);
  const EntrySize size = account_.size_of_entry(terms);
  if (!(size.quantity > 0)) return reject(size.reason);
  Order order = order_of(decided, purpose, side, OrderStatus::kFilled);
  order.fee = account_.open(0, side, static_cast<std::int64_t>(filled), size.quantity, price, terms.fill_price, false,
                            size.takes_all_cash);
  if (size.reason != Reason::kNone) order.status = OrderStatus::kPartlyFilled;
  order.reason = size.reason;
  order.fill_bar = static_cast<std::int64_t>(filled);
  order.fill_rule = at_open_ ? FillRule::kOpen : FillRule::kClose;
  order.quantity = size.quantity;
  order.price = terms.fill_price;
  account_.out.orders.push_back(order);
  if (broker_.stops.any()) protect();
  return true;
}

bool FastRun::exit(std::size_t decided, std::size_t filled, double price, const Exit& terms) {
  const bool was_long = position().is_long();
  const Side side = was_long ? Side::kLong : Side::kShort;
  if (!std::isfinite(price)) {
    account_.reject(OrderPurpose::kExit, side, static_cast<std::int64_t>(decided), Reason::kNoPrice);
    return false;
  }
  const double quantity = std::fabs(position().units);
  const OrderAction action = was_long ? OrderAction::kSell : OrderAction::kBuy;
  const double fill_price = terms.slips ? account_.slipped(0, action, price, quantity, kMissingPrice) : price;
  Order order = order_of(decided, OrderPurpose::kExit, side, OrderStatus::kFilled);
  const auto trade = static_cast<std::size_t>(position().trade);
  order.fee = account_.close(0, static_cast<std::int64_t>(filled), quantity, fill_price, terms.limit, terms.reason);
  account_.out.trades[trade].ambiguous |= terms.ambiguous;
  order.fill_bar = static_cast<std::int64_t>(filled);
  order.type = terms.type;
  order.fill_rule = terms.rule;
  order.ambiguous = terms.ambiguous;
  order.quantity = quantity;
  order.price = fill_price;
  account_.out.orders.push_back(order);
  return true;
}

void FastRun::protect() {
  const Stops& stops = broker_.stops;
  Protection& exits = position().protection;
  const bool is_long = position().is_long();
  const double entry = account_.out.trades[static_cast<std::size_t>(position().trade)].entry_price;
  const auto level = [&](const StopLevel& asked, bool above) {
    const double distance = asked.distance_from(entry, decision_atr_);
    return broker_.instrument.on_tick(above ? entry + distance : entry - distance, above);
  };
  if (stops.stop_loss.is_set()) exits.stop = level(stops.stop_loss, !is_long);
  if (stops.take_profit.is_set()) exits.target = level(stops.take_profit, is_long);
  if (stops.trailing_stop.is_set()) {
    const bool by_fraction = stops.trailing_stop.kind == StopKind::kFraction;
    exits.best = std::isnan(exits.best) ? entry : exits.best;
    exits.trail_fraction = by_fraction ? stops.trailing_stop.value : 0;
    exits.trail_distance = by_fraction ? kMissingPrice : stops.trailing_stop.distance_from(entry, decision_atr_);
    if (std::isnan(exits.trailing)) exits.trailing = level(stops.trailing_stop, !is_long);
  }
  position().is_protected = true;
}

double FastRun::stop() const noexcept {
  const Protection& exits = position().protection;
  return position().is_long() ? std::fmax(exits.stop, exits.trailing) : std::fmin(exits.stop, exits.trailing);
}

bool FastRun::target_reached(double low, double high) const noexcept {
  const double target = position().protection.target;
  if (broker_.limit_fill == LimitFill::kThrough) return position().is_long() ? high > target : low < target;
  return position().is_long() ? high >= target : low <= target;
}

/// The first bar in [watched_to_, to) on which the position's stop or target may fill; `to` if there is none.
std::size_t FastRun::next_exit(std::size_t to) {
  if (watched_to_ >= to) return to;
  if (!std::isnan(position().protection.trailing)) return next_trailing_exit(to);
  const double target = position().protection.target;
  const bool is_long = position().is_long();
  const std::size_t found = first_reached(bars_.open().data(), bars_.high().data(), bars_.low().data(), watched_to_, to,
                                          is_long ? stop() : target, is_long ? target : stop());
  watched_to_ = found;
  return found;
}

std::size_t FastRun::next_trailing_exit(std::size_t to) {
  const auto open = bars_.open(), high = bars_.high(), low = bars_.low();
  const bool is_long = position().is_long();
  const double target = position().protection.target;
  for (std::size_t t = watched_to_; t < to; ++t) {
    const double stands = stop();
    const double floor = is_long ? stands : target, ceiling = is_long ? target : stands;
    watched_to_ = t;
    if (open[t] <= floor || low[t] <= floor || open[t] >= ceiling || high[t] >= ceiling) return t;
    complete_bar(t);
  }
  watched_to_ = to;
  return to;
}

// A trailing stop moves by completed bars.
void FastRun::complete_bar(std::size_t t) {
  Protection& exits = position().protection;
  if (!position().is_protected || std::isnan(exits.trailing)) return;
  const bool is_long = position().is_long();
  exits.best = is_long ? std::fmax(exits.best, bars_.high()[t]) : std::fmin(exits.best, bars_.low()[t]);
  const double distance = std::isnan(exits.trail_distance) ? exits.best * exits.trail_fraction : exits.trail_distance;
  const double level = broker_.instrument.on_tick(is_long ? exits.best - distance : exits.best + distance, !is_long);
  exits.trailing = is_long ? std::fmax(exits.trailing, level) : std::fmin(exits.trailing, level);
}

/// The open is beyond the stop or the target.
bool FastRun::exit_at_open(std::size_t bar) {
  const double open = bars_.open()[bar];
  if (position().flat() || !position().is_protected || !std::isfinite(open)) return false;
  const bool stopped = position().is_long() ? open <= stop() : open >= stop();
  if (!stopped && !target_reached(open, open)) return false;
  leave(bar, stopped, open, FillRule::kGap, false);
  return true;
}

/// The bar reaches the stop or the target.
bool FastRun::exit_inside(std::size_t bar) {
  const double high = bars_.high()[bar], low = bars_.low()[bar];
  if (position().flat() || !position().is_protected) return false;
  if (!std::isfinite(bars_.open()[bar]) || !std::isfinite(high) || !std::isfinite(low)) return false;
  const bool stopped = position().is_long() ? low <= stop() : high >= stop();
  const bool hit = target_reached(low, high);
  if (!stopped && !hit) return false;
  const bool takes_stop = stopped && !(hit && broker_.ambiguity == Ambiguity::kBest);
  leave(bar, takes_stop, takes_stop ? stop() : position().protection.target,
        takes_stop ? FillRule::kStopPrice : FillRule::kLimitPrice, stopped && hit);
  return true;
}

void FastRun::leave(std::size_t bar, bool stops, double price, FillRule rule, bool ambiguous) {
  const Protection& exits = position().protection;
  const bool trails = stops && (std::isnan(exits.stop) ||
                                (position().is_long() ? exits.trailing > exits.stop : exits.trailing < exits.stop));
  Exit terms;
  terms.reason = !stops ? ExitReason::kTakeProfit : trails ? ExitReason::kTrailingStop : ExitReason::kStopLoss;
  terms.type = !stops ? OrderType::kLimit : trails ? OrderType::kTrailing : OrderType::kStop;
  terms.rule = rule;
  terms.limit = !stops;
  terms.slips = stops;
  terms.ambiguous = ambiguous;
  exit(static_cast<std::size_t>(position().entry_bar), bar, price, terms);
}

}  // namespace peak::sim
