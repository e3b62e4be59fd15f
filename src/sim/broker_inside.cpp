// Inside a bar (rule 13): what the open is beyond fills at the open; then stops, targets and limits at their prices.
//
// A bar tells four prices but not their order. `worst` takes the stop before the target, `best` the target before the
// stop, and both mark the trade as ambiguous where that mattered; `ohlc` and `olhc` walk along a path.
#include <cmath>
#include <utility>

#include "peak/sim/broker.hpp"

namespace peak {
namespace {

bool is_stop(const WorkingOrder& order) {
  if (order.request.type == OrderType::kStopLimit) return !order.triggered;
  return order.request.type == OrderType::kStop || order.request.type == OrderType::kTrailing;
}

double stop_of(const Position& position) {
  const Protection& exits = position.protection;
  return position.is_long() ? std::fmax(exits.stop, exits.trailing) : std::fmin(exits.stop, exits.trailing);
}

bool has_prices(const BarPrices& bar) {
  return std::isfinite(bar.open) && std::isfinite(bar.high) && std::isfinite(bar.low);
}

}  // namespace

bool Broker::limit_reached(bool buys, double limit, double low, double high) const {
  if (setup_->options.limit_fill == LimitFill::kThrough) return buys ? low < limit : high > limit;
  return buys ? low <= limit : high >= limit;
}

Broker::Reach Broker::reach_at_open(WorkingOrder& order, double open) const {
  const bool buys = order.request.action == OrderAction::kBuy;
  if (is_stop(order)) {
    if (!(buys ? open >= order.stop : open <= order.stop)) return {};
    if (order.request.type != OrderType::kStopLimit) return {true, open, FillRule::kGap, false};
    order.triggered = true;
  }
  return {limit_reached(buys, order.request.limit, open, open), open, FillRule::kGap, true};
}

Broker::Reach Broker::reach_inside(WorkingOrder& order, const BarPrices& bar, bool stops) const {
  const bool buys = order.request.action == OrderAction::kBuy;
  if (is_stop(order) != stops) return {};
  if (!stops) {
    if (order.triggered_inside) return {};
    return {limit_reached(buys, order.request.limit, bar.low, bar.high), order.request.limit, FillRule::kLimitPrice,
            true};
  }
  if (!(buys ? bar.high >= order.stop : bar.low <= order.stop)) return {};
  if (order.request.type != OrderType::kStopLimit) return {true, order.stop, FillRule::kStopPrice, false};
  order.triggered = order.triggered_inside = true;
  // The market stands at the stop: a limit beyond it fills there, one before it waits for the next bar.
  const bool fills = buys ? order.stop <= order.request.limit : order.stop >= order.request.limit;
  return {fills, order.stop, FillRule::kStopPrice, true};
}

void Broker::gap_exits(std::uint32_t symbol, double open) {
  const Position& position = account_.positions[symbol];
  if (position.flat() || !std::isfinite(open)) return;
  if (position.leaves) return take_protection(symbol, true, open, FillRule::kOpen, false);
  if (!position.is_protected) return;
  const bool is_long = position.is_long();
  const double stop = stop_of(position), target = position.protection.target;
  if (is_long ? open <= stop : open >= stop) return take_protection(symbol, true, open, FillRule::kGap, false);
  if (!std::isnan(target) && limit_reached(!is_long, target, open, open)) {
    take_protection(symbol, false, open, FillRule::kGap, false);
  }
}

void Broker::gap_orders(std::uint32_t symbol, double open, bool exits) {
  if (!std::isfinite(open)) return;
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    WorkingOrder& order = state_.working[i];
    if (order.ended || order.request.symbol != symbol || order.request.type == OrderType::kMarket) continue;
    if (exits && !opposes(order)) continue;
    if (order.request.reduce_only && !opposes(order)) continue;  // waits for its position
    const bool was_triggered = order.triggered;
    const Reach reach = reach_at_open(order, open);
    if (order.triggered && !was_triggered && order.id != kNoOrder) {
      keep_event(order, {order.id, state_.bar, OrderEventKind::kTriggered, Reason::kNone, FillRule::kGap, 0, open, 0});
    }
    if (reach.reached) fill_order(i, {reach.price, reach.rule, reach.limit, false}, true);
  }
}

// At once or not at all: what did not fill at the open of its first bar is over.
void Broker::end_immediate(std::uint32_t symbol) {
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    const WorkingOrder& order = state_.working[i];
    const TimeInForce time = order.request.time_in_force;
    if (order.ended || order.request.symbol != symbol) continue;
    if (time == TimeInForce::kIoc || time == TimeInForce::kFok) {
      end_order(i, OrderStatus::kCancelled, Reason::kExpired);
    }
  }
}

void Broker::inside(std::uint32_t symbol, const BarPrices& prices) {
  if (!account_.positions[symbol].is_protected && state_.working.empty()) return;
  if (!has_prices(prices)) return;
  const Ambiguity ambiguity = setup_->options.ambiguity;
  if (ambiguity == Ambiguity::kOpenHighLow || ambiguity == Ambiguity::kOpenLowHigh) {
    inside_by_path(symbol, prices);
  } else {
    inside_by_rule(symbol, prices);
  }
}

void Broker::inside_by_rule(std::uint32_t symbol, const BarPrices& bar) {
  const bool best = setup_->options.ambiguity == Ambiguity::kBest;
  const Position& position = account_.positions[symbol];
  const auto exits_of = [&](bool stop, bool other_reached) {
    const bool is_long = position.is_long();
    const double price = stop ? stop_of(position) : position.protection.target;
    if (position.flat() || !position.is_protected || position.entered_inside || position.leaves || std::isnan(price))
      return;
    const bool reached =
        stop ? (is_long ? bar.low <= price : bar.high >= price) : limit_reached(!is_long, price, bar.low, bar.high);
    if (!reached) return;
    take_protection(symbol, stop, price, stop ? FillRule::kStopPrice : FillRule::kLimitPrice, other_reached);
  };
  bool both = false;
  if (position.is_protected && !position.flat()) {
    const bool is_long = position.is_long();
    const double stop = stop_of(position), target = position.protection.target;
    both = (is_long ? bar.low <= stop : bar.high >= stop) && limit_reached(!is_long, target, bar.low, bar.high);
  }
  if (best) {
    exits_of(false, both);
    fill_reached(symbol, bar, false);
    exits_of(true, both);
    fill_reached(symbol, bar, true);
  } else {
    exits_of(true, both);
    fill_reached(symbol, bar, true);
    exits_of(false, both);
    fill_reached(symbol, bar, false);
  }
}

/// Working orders that the bar reaches, in the order of submission: stops, or limits.
void Broker::fill_reached(std::uint32_t symbol, const BarPrices& bar, bool stops) {
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    WorkingOrder& order = state_.working[i];
    const TimeInForce time = order.request.time_in_force;
    if (order.ended || order.request.symbol != symbol || order.request.type == OrderType::kMarket) continue;
    if (time == TimeInForce::kIoc || time == TimeInForce::kFok) continue;
    if (order.request.reduce_only && !opposes(order)) continue;
    const Position& position = account_.positions[symbol];
    // A limit against what was entered inside this bar is like its target: not active in this bar.
    if (!stops && position.entered_inside && opposes(order)) continue;
    const bool was_triggered = order.triggered;
    const Reach reach = reach_inside(order, bar, stops);
    if (order.triggered && !was_triggered && order.id != kNoOrder) {
      keep_event(order, {order.id, state_.bar, OrderEventKind::kTriggered, Reason::kNone, FillRule::kStopPrice, 0,
                         order.stop, 0});
    }
    if (!reach.reached) continue;
    const std::int64_t trade_before = position.trade;
    fill_order(i, {reach.price, reach.rule, reach.limit, true}, true);
    if (!position.flat() && position.trade != trade_before) test_fresh_exits(symbol, bar, !stops);
  }
}

// Rule 13: of a position entered inside the bar only the stop is active; under `best` the target before it, and the
// stop only where prices must have come back to it.
void Broker::test_fresh_exits(std::uint32_t symbol, const BarPrices& bar, bool by_limit) {
  const Position& position = account_.positions[symbol];
  if (!position.is_protected) return;
  const bool is_long = position.is_long();
  const double stop = stop_of(position), target = position.protection.target;
  bool stopped = is_long ? bar.low <= stop : bar.high >= stop;
  if (setup_->options.ambiguity == Ambiguity::kBest) {
    if (limit_reached(!is_long, target, bar.low, bar.high)) {
      return take_protection(symbol, false, target, FillRule::kLimitPrice, true);
    }
    stopped = (by_limit && stopped) || (is_long ? bar.close <= stop : bar.close >= stop);
  }
  if (stopped) take_protection(symbol, true, stop, FillRule::kStopPrice, true);
}

void Broker::inside_by_path(std::uint32_t symbol, const BarPrices& bar) {
  const bool high_first = setup_->options.ambiguity == Ambiguity::kOpenHighLow;
  const double first = high_first ? bar.high : bar.low, second = high_first ? bar.low : bar.high;
  const double last = std::isfinite(bar.close) ? bar.close : second;
  for (const auto& [from, to] : {std::pair{bar.open, first}, {first, second}, {second, last}}) {
    double at = from;
    while (walk(symbol, at, to)) at = prices_[symbol];
  }
  account_.positions[symbol].entered_inside = false;
}

/// Fills the first thing that prices meet on their way; prices_[symbol] is then where they stand. False: nothing.
bool Broker::walk(std::uint32_t symbol, double from, double to) {
  const bool rises = to > from;
  const bool through = setup_->options.limit_fill == LimitFill::kThrough;
  double nearest = kMissingPrice;
  const auto meets = [&](double level, bool is_limit) {
    const bool inside = rises ? level >= from && (is_limit && through ? level < to : level <= to)
                              : level <= from && (is_limit && through ? level > to : level >= to);
    const bool nearer = std::isnan(nearest) || (rises ? level < nearest : level > nearest);
    return inside && nearer;
  };
  const Position& position = account_.positions[symbol];
  enum class Kind { kNothing, kStop, kTarget, kOrder } kind = Kind::kNothing;
  std::size_t which = 0;
  if (position.is_protected && !position.flat() && !position.leaves) {
    // A long's stop is met by falling prices, its target by rising ones.
    if (const double stop = stop_of(position); rises == position.is_short() && meets(stop, false)) {
      nearest = stop;
      kind = Kind::kStop;
    }
    if (const double target = position.protection.target; rises == position.is_long() && meets(target, true)) {
      nearest = target;
      kind = Kind::kTarget;
    }
  }
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    const WorkingOrder& order = state_.working[i];
    const TimeInForce time = order.request.time_in_force;
    if (order.ended || order.request.symbol != symbol || order.request.type == OrderType::kMarket) continue;
    if (time == TimeInForce::kIoc || time == TimeInForce::kFok || (order.request.reduce_only && !opposes(order)))
      continue;
    if (order.triggered_inside) continue;  // the bar's volume is used up: it works on from the next bar
    const bool buys = order.request.action == OrderAction::kBuy;
    const bool stops = is_stop(order);
    if (rises != (buys == stops)) continue;  // buy stops and sell limits are met by rising prices
    const double level = stops ? order.stop : order.request.limit;
    if (!meets(level, !stops) || volume_left(symbol) == 0) continue;
    nearest = level;
    kind = Kind::kOrder;
    which = i;
  }
  prices_[symbol] = nearest;
  switch (kind) {
    case Kind::kNothing: return false;
    case Kind::kStop: take_protection(symbol, true, nearest, FillRule::kStopPrice, false); return true;
    case Kind::kTarget: take_protection(symbol, false, nearest, FillRule::kLimitPrice, false); return true;
    case Kind::kOrder: break;
  }
  WorkingOrder& order = state_.working[which];
  const bool stops = is_stop(order);
  if (order.request.type == OrderType::kStopLimit && stops) {
    order.triggered = true;
    if (order.id != kNoOrder) {
      keep_event(order, {order.id, state_.bar, OrderEventKind::kTriggered, Reason::kNone, FillRule::kStopPrice, 0,
                         nearest, 0});
    }
    const bool buys = order.request.action == OrderAction::kBuy;
    if (buys ? nearest > order.request.limit : nearest < order.request.limit) return true;  // the limit is met later
    fill_order(which, {nearest, FillRule::kStopPrice, true, true}, true);
    order.triggered_inside = !order.ended;
    return true;
  }
  fill_order(which, {nearest, stops ? FillRule::kStopPrice : FillRule::kLimitPrice, !stops, true}, true);
  order.triggered_inside = !order.ended;
  return true;
}

}  // namespace peak
