// What a fill does: sizes, prices, money, protection, records.
#include <algorithm>
#include <cmath>

#include "peak/sim/broker.hpp"

namespace peak {
namespace {

ExitReason exit_reason_of(const WorkingOrder& order, bool opens_too) {
  return opens_too ? ExitReason::kReversal : order.exit_reason;
}

// Everything of what is held, or of the money: not a number of units of its own.
bool asks_for_all(const WorkingOrder& order) {
  const SizingKind kind = order.request.size.kind;
  return std::isnan(order.remaining) && kind != SizingKind::kValue && kind != SizingKind::kFraction;
}

constexpr double kNothingLeft = 1e-12;  // of the quantity asked for: what rounding leaves is not an order

}  // namespace

bool Broker::opposes(const WorkingOrder& order) const noexcept {
  const Position& position = account_.positions[order.request.symbol];
  return order.request.action == OrderAction::kBuy ? position.is_short() : position.is_long();
}

double Broker::volume_left(std::uint32_t symbol) const {
  const double share = setup_->options.impact.volume_share;
  if (share == 0) return kMissingPrice;
  const double volume = bar_of(symbol).volume;
  return std::isfinite(volume) ? std::fmax(0.0, share * volume - volume_used_[symbol]) : 0.0;
}

sim::EntryTerms Broker::entry_terms(const WorkingOrder& order, const FillTerms& terms) const {
  sim::EntryTerms entry;
  entry.symbol = order.request.symbol;
  entry.side = order.request.action == OrderAction::kBuy ? Side::kLong : Side::kShort;
  entry.size = std::isnan(order.remaining) ? order.request.size : Sizing::units(order.remaining);
  entry.price = terms.price;
  entry.maker = terms.limit;
  entry.fill_price =
      terms.limit ? terms.price : account_.slipped(entry.symbol, order.request.action, terms.price, 0, kMissingPrice);
  entry.volatility = order.volatility;
  entry.most = volume_left(entry.symbol);
  if (symbols() > 1) entry.prices = prices_;
  const StopLevel& stop = order.request.stop_loss.is_set() ? order.request.stop_loss : order.request.trailing_stop;
  entry.stop_distance = stop.kind == StopKind::kPrice ? std::fabs(entry.fill_price - stop.value)
                                                      : stop.distance_from(entry.fill_price, order.atr);
  return entry;
}

void Broker::close_part(WorkingOrder& order, const FillTerms& terms) {
  const std::uint32_t symbol = order.request.symbol;
  const Position& position = account_.positions[symbol];
  const double held = std::fabs(position.units);
  if (!asks_for_all(order) && std::isnan(order.remaining)) {
    order.remaining = account_.units_wanted(entry_terms(order, terms));
  }
  const bool whole = asks_for_all(order) || order.remaining >= held;
  double quantity = whole ? held : order.remaining;
  if (const double most = volume_left(symbol); most < quantity) {
    const auto& step = setup_->instruments[symbol].size_step;
    quantity = step ? std::floor(most / *step) * *step : most;
  }
  if (!(quantity > 0)) return;
  const double fill_price =
      terms.limit ? terms.price
                  : account_.slipped(symbol, order.request.action, terms.price, quantity, bar_of(symbol).volume);
  const bool opens_too = !order.request.reduce_only && (asks_for_all(order) || order.remaining > held);
  const std::int64_t trade = position.trade;
  const bool ambiguous = order.request.type != OrderType::kMarket && position.entered_inside;
  const double fee = account_.close(symbol, state_.bar, quantity, fill_price, terms.limit,
                                    exit_reason_of(order, opens_too && order.id != kNoOrder));
  if (ambiguous) account_.out.trades[static_cast<std::size_t>(trade)].ambiguous = true;
  volume_used_[symbol] += quantity;
  if (!std::isnan(order.remaining)) order.remaining -= quantity;
  if (order.id != kNoOrder) {
    Order& record = account_.out.orders[static_cast<std::size_t>(order.id)];
    record.purpose = quantity < held ? OrderPurpose::kReduce : opens_too ? OrderPurpose::kReverse : OrderPurpose::kExit;
    record.side = order.request.action == OrderAction::kSell ? Side::kLong : Side::kShort;
  }
  record_fill(order, quantity, fill_price, fee, terms);
}

Reason Broker::open_part(WorkingOrder& order, const FillTerms& terms) {
  const std::uint32_t symbol = order.request.symbol;
  if (ruined()) return Reason::kRuined;
  if (!(terms.price > 0) || std::isinf(terms.price)) return Reason::kNoPrice;
  const auto lacks_atr = [&](const StopLevel& level) { return level.kind == StopKind::kAtr && std::isnan(order.atr); };
  if (lacks_atr(order.request.stop_loss) || lacks_atr(order.request.take_profit) ||
      lacks_atr(order.request.trailing_stop)) {
    return Reason::kInvalid;  // decided case 13.4: no entry without the stop that was asked for
  }
  sim::EntryTerms entry = entry_terms(order, terms);
  sim::EntrySize size = account_.size_of_entry(entry);
  if (size.quantity > 0 && setup_->options.impact.impact != 0 && !terms.limit) {
    // The price moves by the quantity, and what can be paid by the price: the size is cut once more at the worse price.
    const double asked = size.wanted;
    entry.fill_price =
        account_.slipped(symbol, order.request.action, terms.price, size.quantity, bar_of(symbol).volume);
    entry.size = Sizing::units(size.quantity);
    size = account_.size_of_entry(entry);
    size.wanted = asked;
    if (size.quantity < asked && size.reason == Reason::kNone && !size.volume_capped) size.reason = Reason::kNoCash;
  }
  if (!(size.quantity > 0)) return size.volume_capped ? Reason::kNone : size.reason;
  Position& position = account_.positions[symbol];
  const bool adds = !position.flat();
  const double fee = account_.open(symbol, entry.side, state_.bar, size.quantity, terms.price, entry.fill_price,
                                   terms.limit, size.takes_all_cash);
  volume_used_[symbol] += size.quantity;
  order.remaining = size.volume_capped ? size.wanted - size.quantity : 0;
  if (!adds) {
    account_.out.trades[static_cast<std::size_t>(position.trade)].tag = order.request.tag;
    position.entered_inside = terms.inside;
    position.held_from_open = terms.rule == FillRule::kOpen || terms.rule == FillRule::kGap;
  }
  if (order.id != kNoOrder) {
    Order& record = account_.out.orders[static_cast<std::size_t>(order.id)];
    if (record.quantity == 0) record.purpose = adds ? OrderPurpose::kAdd : OrderPurpose::kEnter;
    if (record.quantity == 0) record.side = entry.side;
  } else {
    order.purpose = adds && order.filled == 0 ? OrderPurpose::kAdd
                    : order.filled == 0       ? OrderPurpose::kEnter
                                              : order.purpose;
  }
  record_fill(order, size.quantity, entry.fill_price, fee, terms);
  set_protection(order, terms.inside);
  return size.reason != Reason::kNone ? size.reason : order.scaled ? Reason::kNoCash : Reason::kNone;
}

// Levels lie at their distance from the trade's (mean) entry price; an order that names none leaves those that are.
void Broker::set_protection(const WorkingOrder& order, bool inside) {
  const OrderRequest& request = order.request;
  if (!request.stop_loss.is_set() && !request.take_profit.is_set() && !request.trailing_stop.is_set()) return;
  Position& position = account_.positions[request.symbol];
  Trade& trade = account_.out.trades[static_cast<std::size_t>(position.trade)];
  Protection& exits = position.protection;
  const Instrument& instrument = setup_->instruments[request.symbol];
  const bool is_long = position.is_long();
  const double entry = trade.entry_price;
  const auto level = [&](const StopLevel& asked, bool above) {
    if (asked.kind == StopKind::kPrice) return instrument.on_tick(asked.value, above);
    const double distance = asked.distance_from(entry, order.atr);
    return instrument.on_tick(above ? entry + distance : entry - distance, above);
  };
  if (request.stop_loss.is_set()) exits.stop = level(request.stop_loss, !is_long);
  if (request.take_profit.is_set()) exits.target = level(request.take_profit, is_long);
  if (request.trailing_stop.is_set()) {
    exits.best = std::isnan(exits.best) ? entry : exits.best;
    exits.trail_fraction = request.trailing_stop.kind == StopKind::kFraction ? request.trailing_stop.value : 0;
    exits.trail_distance = request.trailing_stop.kind == StopKind::kFraction
                               ? kMissingPrice
                               : request.trailing_stop.distance_from(entry, order.atr);
    if (std::isnan(exits.trailing)) exits.trailing = level(request.trailing_stop, !is_long);
  }
  position.is_protected = true;
  if (inside) trade.ambiguous = true;  // rule 13
}

void Broker::record_fill(WorkingOrder& order, double quantity, double fill_price, double fee, const FillTerms& terms) {
  state_.changed = true;
  if (order.id != kNoOrder && (order.keeps_events || order.filled > 0)) {
    keep_event(order,
               {order.id, state_.bar, OrderEventKind::kFill, Reason::kNone, terms.rule, quantity, fill_price, fee});
  }
  order.filled_value = order.filled == 0 ? quantity * fill_price : order.filled_value + quantity * fill_price;
  const double mean = order.filled == 0 ? fill_price : order.filled_value / (order.filled + quantity);
  order.filled += quantity;
  order.fee += fee;
  order.fill_price = mean;
  order.fill_bar = state_.bar;
  order.fill_rule = terms.rule;
  if (order.id == kNoOrder) return;
  Order& record = account_.out.orders[static_cast<std::size_t>(order.id)];
  record.quantity = order.filled;
  record.price = mean;
  record.fee = order.fee;
  record.fill_bar = state_.bar;
  record.fill_rule = terms.rule;
}

void Broker::fill_order(std::size_t at, const FillTerms& terms, bool opens) {
  WorkingOrder& order = state_.working[at];
  Reason reason = Reason::kNone;
  if (order.request.time_in_force == TimeInForce::kFok) {
    const double needed = asks_for_all(order) ? 0 : order.remaining;
    if (volume_left(order.request.symbol) < needed) return end_order(at, OrderStatus::kCancelled, Reason::kExpired);
  }
  if (opposes(order)) {
    const double filled_before = order.filled;
    const bool all = asks_for_all(order);
    close_part(order, terms);
    if (order.filled == filled_before) return;  // the bar's volume is used up
    const bool done = !all && !(order.remaining > kNothingLeft * order.filled);
    if (opposes(order) && !done) return;  // likewise: the rest works on
    if (order.request.reduce_only || done) {
      cancel_group(at);
      const bool less = order.request.reduce_only && !all && order.remaining > kNothingLeft * order.filled;
      return end_order(at, OrderStatus::kFilled, less ? Reason::kWrongSide : Reason::kNone);
    }
  } else if (order.request.reduce_only) {
    return end_order(at, OrderStatus::kCancelled, Reason::kWrongSide);
  }
  if (!opens) return;
  reason = open_part(order, terms);
  const bool nothing = order.filled == 0;
  if (nothing && reason == Reason::kNone) return;  // no volume: it works on
  if (!nothing && order.remaining > kNothingLeft * order.filled && reason == Reason::kNone) return;
  if (!nothing) cancel_group(at);
  end_order(at, nothing ? OrderStatus::kRejected : OrderStatus::kFilled, reason);
}

void Broker::cancel_group(std::size_t filled) {
  const std::uint32_t group = state_.working[filled].request.oco_group;
  if (group == 0) return;
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    if (i == filled || state_.working[i].ended || state_.working[i].request.oco_group != group) continue;
    end_order(i, OrderStatus::kCancelled, Reason::kCancelledByOco);
  }
}

// `status` kFilled with a reason means less than was asked for.
void Broker::end_order(std::size_t at, OrderStatus status, Reason reason) {
  WorkingOrder& order = state_.working[at];
  order.ended = true;
  if (order.filled > 0 && (status != OrderStatus::kFilled || reason != Reason::kNone))
    status = OrderStatus::kPartlyFilled;
  if (order.id != kNoOrder) {
    Order& record = account_.out.orders[static_cast<std::size_t>(order.id)];
    record.status = status;
    record.reason = reason;
    if (status == OrderStatus::kFilled || record.request < 0) return;
    const OrderEventKind kind = status == OrderStatus::kExpired    ? OrderEventKind::kExpired
                                : status == OrderStatus::kRejected ? OrderEventKind::kRejected
                                                                   : OrderEventKind::kCancelled;
    keep_event(order, {order.id, state_.bar, kind, reason, FillRule::kNone, 0, 0, 0});
    return;
  }
  const bool buys = order.request.action == OrderAction::kBuy;
  const Side side = buys == (order.purpose != OrderPurpose::kExit) ? Side::kLong : Side::kShort;
  if (order.filled == 0) {
    if (order.purpose != OrderPurpose::kExit && reason != Reason::kEndOfData) {
      order.purpose = account_.positions[order.request.symbol].flat() ? OrderPurpose::kEnter : OrderPurpose::kAdd;
    }
    account_.reject(order.purpose, side, order.decision_bar, reason, order.request.symbol);
    account_.out.orders.back().status = status;
    return;
  }
  Order record;
  record.decision_bar = order.decision_bar;
  record.fill_bar = order.fill_bar;
  record.action = order.request.action;
  record.purpose = order.purpose;
  record.side = side;
  record.status = status;
  record.reason = reason;
  record.fill_rule = order.fill_rule;
  record.quantity = order.filled;
  record.price = order.fill_price;
  record.fee = order.fee;
  record.symbol = order.request.symbol;
  account_.out.orders.push_back(record);
}

void Broker::remove_ended() {
  std::erase_if(state_.working, [](const WorkingOrder& order) { return order.ended; });
}

void Broker::exit_position(std::uint32_t symbol, const Exit& exit) {
  const Position& position = account_.positions[symbol];
  const bool was_long = position.is_long();
  const OrderAction action = was_long ? OrderAction::kSell : OrderAction::kBuy;
  const double held = std::fabs(position.units);
  double quantity = held;
  if (exit.rule != FillRule::kMark) {
    if (const double most = volume_left(symbol); most < quantity) quantity = most;
    if (!(quantity > 0)) return;
    volume_used_[symbol] += quantity;
  }
  const bool slips = !exit.limit && exit.reason != ExitReason::kLiquidation && exit.reason != ExitReason::kDelisting;
  const double fill_price =
      slips ? account_.slipped(symbol, action, exit.price, quantity, bar_of(symbol).volume) : exit.price;
  const std::int64_t trade = position.trade;
  const double fee = account_.close(symbol, exit.fill_bar, quantity, fill_price, exit.limit, exit.reason);
  account_.out.trades[static_cast<std::size_t>(trade)].ambiguous |= exit.ambiguous;
  state_.changed = true;
  Order record;
  record.decision_bar = exit.decision_bar;
  record.fill_bar = exit.fill_bar;
  record.action = action;
  record.purpose = quantity < held ? OrderPurpose::kReduce : OrderPurpose::kExit;
  record.side = was_long ? Side::kLong : Side::kShort;
  record.status = OrderStatus::kFilled;
  record.type = exit.type;
  record.fill_rule = exit.rule;
  record.ambiguous = exit.ambiguous;
  record.quantity = quantity;
  record.price = fill_price;
  record.fee = fee;
  record.symbol = symbol;
  account_.out.orders.push_back(record);
}

void Broker::liquidate_all(ExitReason reason) {
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    if (account_.positions[s].flat()) continue;
    Exit exit;
    exit.price = account_.positions[s].mark;
    exit.reason = reason;
    exit.decision_bar = exit.fill_bar = state_.bar;
    exit_position(s, exit);
  }
}

void Broker::take_protection(std::uint32_t symbol, bool stop, double price, FillRule rule, bool ambiguous) {
  const Position& position = account_.positions[symbol];
  const Protection& exits = position.protection;
  const bool trails = stop && (std::isnan(exits.stop) ||
                               (position.is_long() ? exits.trailing > exits.stop : exits.trailing < exits.stop));
  Exit exit;
  exit.price = price;
  exit.rule = rule;
  exit.reason = !stop ? ExitReason::kTakeProfit : trails ? ExitReason::kTrailingStop : ExitReason::kStopLoss;
  exit.type = !stop ? OrderType::kLimit : trails ? OrderType::kTrailing : OrderType::kStop;
  exit.decision_bar = position.entry_bar;
  exit.fill_bar = state_.bar;
  exit.limit = !stop;
  exit.ambiguous = ambiguous;
  exit_position(symbol, exit);
  if (!position.flat()) account_.positions[symbol].leaves = true;
}

}  // namespace peak
