// One bar of the broker: the phases in the order in which they happen (rules 1, 8, 11, 13 and 14).
#include <algorithm>
#include <cmath>
#include <numeric>

#include "peak/sim/broker.hpp"

namespace peak {
namespace {

constexpr double kYear = 365.0 * static_cast<double>(kNanosecondsPerDay);

std::int64_t day_of(Nanoseconds time) {
  const std::int64_t day = time / kNanosecondsPerDay;
  return time % kNanosecondsPerDay < 0 ? day - 1 : day;
}

}  // namespace

void Broker::begin_many(Nanoseconds time, std::span<const BarPrices> prices) {
  const Nanoseconds before = state_.time;
  ++state_.bar;
  state_.time = time;
  state_.changed = false;
  state_.cash_before = account_.cash;
  state_.mark_before = account_.positions.front().mark;
  state_.equity_before = state_.equity;
  state_.close_before = current_.close;
  current_ = prices.front();
  if (symbols() > 1) bars_.assign(prices.begin(), prices.end());
  std::fill(volume_used_.begin(), volume_used_.end(), 0.0);
  if (const std::int64_t day = day_of(time); day != state_.day) {
    state_.day = day;
    state_.day_start = state_.equity;
    state_.blocked_today = false;
  }
  if (state_.bar > 0) finance(before);
  apply_actions();
  expire_orders();
  for (Position& position : account_.positions) {
    position.held_from_open = !position.flat();
    position.entered_inside = false;
  }
  fill_at_open();
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    if (!bar_of(s).present) continue;
    if (detail_[s].empty()) {
      inside(s, bar_of(s));
    } else {
      bool first = true;
      for (const BarPrices& finer : detail_[s]) {
        if (!first) {
          account_.positions[s].entered_inside = false;
          gap_exits(s, finer.open);
          gap_orders(s, finer.open, true);
          gap_orders(s, finer.open, false);
        }
        inside(s, finer);
        first = false;
      }
      detail_[s] = {};
    }
    end_immediate(s);
  }
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    if (const double close = bar_of(s).close; bar_of(s).present && !std::isnan(close))
      account_.positions[s].mark = close;
  }
  move_trailing_stops();
  remove_ended();
  if (at_close_) {
    state_.equity = account_.equity();
  } else {
    mark_bar();
  }
  watch_risk();
  refresh_quiet();
}

void Broker::end_at_close(bool fills) {
  if (fills && !state_.working.empty()) {
    for (std::uint32_t s = 0; s < symbols(); ++s) {
      const BarPrices& bar = bar_of(s);
      prices_[s] = bar.present ? bar.close : account_.positions[s].mark;
    }
    fill_market_exits(FillRule::kClose);
    fill_market_entries(FillRule::kClose);
    remove_ended();
  }
  mark_bar();
  refresh_quiet();
}

// --- Before the open ----------------------------------------------------------------------------------------------

void Broker::apply_actions() {
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    const auto& actions = setup_->instruments[s].actions;
    std::size_t& next = state_.next_action[s];
    while (next < actions.size() && actions[next].time <= state_.time) apply_action(s, actions[next++]);
  }
}

void Broker::apply_action(std::uint32_t symbol, const CorporateAction& action) {
  Position& position = account_.positions[symbol];
  switch (action.kind) {
    case CorporateActionKind::kDividend:
      if (!position.flat()) {
        account_.pay(symbol, account_.worth(symbol, position.units, action.value));
        state_.changed = true;
      }
      break;
    case CorporateActionKind::kSplit:
      account_.split(symbol, action.value);
      state_.changed |= !position.flat();
      for (WorkingOrder& order : state_.working) {
        if (order.request.symbol != symbol) continue;
        if (order.filled > 0) begin_events(order);  // what has filled did so in old units
        order.remaining *= action.value;
        order.filled *= action.value;
        if (order.request.size.kind == SizingKind::kUnits) order.request.size.amount *= action.value;
        for (double* price : {&order.request.limit, &order.request.stop, &order.stop, &order.best, &order.atr}) {
          *price /= action.value;
        }
        for (StopLevel* level : {&order.request.stop_loss, &order.request.take_profit, &order.request.trail,
                                 &order.request.trailing_stop}) {
          if (level->kind == StopKind::kPrice || level->kind == StopKind::kDistance) level->value /= action.value;
        }
      }
      break;
    case CorporateActionKind::kDelisting:
      if (!position.flat()) {
        position.mark = action.value;
        Exit exit;
        exit.price = action.value;
        exit.reason = ExitReason::kDelisting;
        exit.decision_bar = exit.fill_bar = state_.bar;
        exit_position(symbol, exit);
      }
      for (std::size_t i = 0; i < state_.working.size(); ++i) {
        if (state_.working[i].request.symbol == symbol) end_order(i, OrderStatus::kCancelled, Reason::kDelisted);
      }
      remove_ended();
      state_.delisted[symbol] = 1;
      break;
  }
}

// Decided case 8.1: simple interest for the time since the bar before, on what was there at its close.
void Broker::finance(Nanoseconds before) {
  const Financing& rates = setup_->options.financing;
  for (std::uint32_t s = 0; s < symbols(); ++s) pay_funding(s);
  if (!rates.any()) return;
  const double years = static_cast<double>(state_.time - before) / kYear;
  double proceeds = 0;
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    const Position& position = account_.positions[s];
    if (!position.is_short()) continue;
    const double value = account_.worth(s, -position.units, position.mark);
    proceeds += value;
    if (rates.borrow == 0) continue;
    account_.pay(s, -(value * rates.borrow * years));
    state_.changed = true;
  }
  const double own = account_.cash - proceeds;
  const double earned = account_.cash < 0 ? account_.cash * rates.margin_interest * years
                        : own > 0         ? own * rates.interest * years
                                          : 0.0;
  if (earned == 0) return;
  account_.cash += earned;
  account_.out.interest += earned;
  state_.changed = true;
}

void Broker::pay_funding(std::uint32_t symbol) {
  const auto& funding = setup_->instruments[symbol].funding;
  std::size_t& next = state_.next_funding[symbol];
  const Position& position = account_.positions[symbol];
  for (; next < funding.size() && funding[next].time <= state_.time; ++next) {
    if (position.flat()) continue;
    account_.pay(symbol, -(account_.worth(symbol, position.units, position.mark) * funding[next].rate));
    state_.changed = true;
  }
}

void Broker::expire_orders() {
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    WorkingOrder& order = state_.working[i];
    if (!bar_of(order.request.symbol).present) continue;
    order.triggered_inside = false;
    if (order.request.time_in_force == TimeInForce::kGtd && state_.time >= order.request.good_till) {
      end_order(i, OrderStatus::kExpired, Reason::kExpired);
    } else if (order.first_time == 0) {
      order.first_time = state_.time == 0 ? 1 : state_.time;
    } else if (order.request.time_in_force == TimeInForce::kDay && day_of(order.first_time) != state_.day) {
      end_order(i, OrderStatus::kExpired, Reason::kExpired);
    }
  }
  remove_ended();
}

// --- At the open, or at the close ---------------------------------------------------------------------------------

void Broker::fill_at_open() {
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    const BarPrices& bar = bar_of(s);
    prices_[s] = bar.present ? bar.open : account_.positions[s].mark;
  }
  fill_market_exits(FillRule::kOpen);
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    if (!bar_of(s).present) continue;
    gap_exits(s, bar_of(s).open);
    gap_orders(s, bar_of(s).open, true);
  }
  fill_market_entries(FillRule::kOpen);
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    if (!bar_of(s).present) continue;
    gap_orders(s, bar_of(s).open, false);
    gap_exits(s, bar_of(s).open);  // of what was entered just now
  }
}

/// Market orders whose symbol has a bar, by symbol in the order given, then by submission.
std::vector<std::size_t> Broker::due_orders() const {
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    const WorkingOrder& order = state_.working[i];
    if (!order.ended && order.request.type == OrderType::kMarket && bar_of(order.request.symbol).present)
      due.push_back(i);
  }
  if (symbols() > 1) {
    std::stable_sort(due.begin(), due.end(), [&](std::size_t a, std::size_t b) {
      return state_.working[a].request.symbol < state_.working[b].request.symbol;
    });
  }
  return due;
}

// A target becomes so many units to buy or to sell. Equity is that before any fill of this stamp, at its prices.
void Broker::resolve_target(WorkingOrder& order, double equity) {
  const std::uint32_t symbol = order.request.symbol;
  const double unit = account_.worth(symbol, 1, prices_[symbol]);
  double wanted = order.request.size.amount;
  if (order.request.size.kind == SizingKind::kValue) wanted = wanted / unit;
  if (order.request.size.kind == SizingKind::kFraction) wanted = wanted * equity / unit;
  if (const auto& step = setup_->instruments[symbol].size_step) {
    constexpr double kRoundingAllowance = 1e-9;
    wanted = std::copysign(std::floor(std::fabs(wanted) / *step + kRoundingAllowance) * *step, wanted);
  }
  const double change = wanted - account_.positions[symbol].units;
  order.request.action = change < 0 ? OrderAction::kSell : OrderAction::kBuy;
  order.request.size = Sizing::units(std::fabs(change));
  order.request.target = false;
  order.request.reduce_only = wanted == 0;
  order.remaining = std::fabs(change);
  if (order.id == kNoOrder) return;
  Order& record = account_.out.orders[static_cast<std::size_t>(order.id)];
  record.action = order.request.action;
  record.side = change < 0 ? Side::kShort : Side::kLong;
}

void Broker::fill_market_exits(FillRule rule) {
  const std::vector<std::size_t> due = due_orders();
  double equity = kMissingPrice;
  for (const std::size_t i : due) {
    WorkingOrder& order = state_.working[i];
    const double price = prices_[order.request.symbol];
    if (order.ended) continue;
    const bool is_exit = order.request.reduce_only;
    if (order.id == kNoOrder && is_exit && account_.positions[order.request.symbol].flat()) {
      order.ended = true;  // closed by something else since the decision
      continue;
    }
    if (is_exit ? !std::isfinite(price) : order.request.target && !(price > 0 && std::isfinite(price))) {
      end_order(i, OrderStatus::kRejected, Reason::kNoPrice);
      // Rule 6: without a price neither half of a reversal fills.
      if (i + 1 < state_.working.size() && state_.working[i + 1].follows_exit) state_.working[i + 1].ended = true;
      continue;
    }
    if (order.request.target) {
      if (std::isnan(equity)) equity = symbols() == 1 ? account_.equity_at(price) : account_.equity_of_many(prices_);
      resolve_target(order, equity);
      if (order.remaining == 0) {
        end_order(i, OrderStatus::kFilled, Reason::kNone);
        continue;
      }
    }
    if (opposes(order) && std::isfinite(price)) {
      fill_order(i, {price, rule, false, false}, false);
    } else if (order.request.reduce_only) {
      end_order(i, OrderStatus::kCancelled, Reason::kWrongSide);
    }
  }
}

void Broker::fill_market_entries(FillRule rule) {
  const std::vector<std::size_t> due = due_orders();
  if (symbols() > 1) scale_entries(due);
  for (const std::size_t i : due) {
    const WorkingOrder& order = state_.working[i];
    if (order.ended || order.request.reduce_only) continue;
    fill_order(i, {prices_[order.request.symbol], rule, false, false}, true);
  }
}

// Rule 14: sizes from the equity after the closes of this stamp; if cash is short, one factor for all entries.
void Broker::scale_entries(const std::vector<std::size_t>& due) {
  double cost = 0, money = kMissingPrice;
  std::vector<std::pair<std::size_t, double>> wanted;
  for (const std::size_t i : due) {
    WorkingOrder& order = state_.working[i];
    const double price = prices_[order.request.symbol];
    if (order.ended || order.request.reduce_only || !(price > 0) || std::isinf(price)) continue;
    const sim::EntryTerms terms = entry_terms(order, {price, FillRule::kOpen, false, false});
    const double units = account_.units_wanted(terms);
    if (!(units > 0)) continue;
    const double value = account_.worth(order.request.symbol, units, terms.fill_price);
    cost += value + setup_->options.margin.leverage * account_.fee_of(value, units, false);
    if (std::isnan(money)) money = account_.money_for(terms);
    wanted.emplace_back(i, units);
  }
  constexpr double kRoundingAllowance = 1e-12;  // N equal parts of the cash may add up to a little more
  if (!(cost > money * (1 + kRoundingAllowance))) {
    for (const auto& [i, units] : wanted) state_.working[i].remaining = units;
    return;
  }
  const double factor = std::fmax(0.0, money / cost);
  for (const auto& [i, units] : wanted) {
    state_.working[i].remaining = units * factor;
    state_.working[i].scaled = true;
  }
}

// --- After the close ----------------------------------------------------------------------------------------------

void Broker::move_trailing_stops() {
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    Position& position = account_.positions[s];
    Protection& exits = position.protection;
    const BarPrices& bar = bar_of(s);
    if (!position.is_protected || std::isnan(exits.trailing) || !position.held_from_open || !bar.present) continue;
    const bool is_long = position.is_long();
    exits.best = is_long ? std::fmax(exits.best, bar.high) : std::fmin(exits.best, bar.low);
    const double distance = std::isnan(exits.trail_distance) ? exits.best * exits.trail_fraction : exits.trail_distance;
    const double level =
        setup_->instruments[s].on_tick(is_long ? exits.best - distance : exits.best + distance, !is_long);
    exits.trailing = is_long ? std::fmax(exits.trailing, level) : std::fmin(exits.trailing, level);
  }
  for (WorkingOrder& order : state_.working) {
    const BarPrices& bar = bar_of(order.request.symbol);
    if (order.request.type != OrderType::kTrailing || !bar.present) continue;
    const bool buys = order.request.action == OrderAction::kBuy;
    order.best = buys ? std::fmin(order.best, bar.low) : std::fmax(order.best, bar.high);
    const double distance = order.request.trail.distance_from(order.best, order.atr);
    const double level =
        setup_->instruments[order.request.symbol].on_tick(buys ? order.best + distance : order.best - distance, buys);
    order.stop = buys ? std::fmin(order.stop, level) : std::fmax(order.stop, level);
  }
}

// Rules 8, 11 and 16: equity at the close, the bar's return, ruin and the margin call.
void Broker::mark_bar() {
  const double before = state_.equity_before;
  if (ruined()) {
    state_.equity = account_.equity();
    state_.bar_return = 0;
    return;
  }
  const double equity = account_.equity();
  if (equity <= 0) return ruin();
  state_.equity = equity;
  const Position& first = account_.positions.front();
  const bool by_price = symbols() == 1 && !state_.changed && !first.flat() && state_.cash_before == 0 && state_.bar > 0;
  state_.bar_return = by_price ? first.mark / state_.mark_before - 1 : equity / before - 1;
  const double maintenance = setup_->options.margin.maintenance;
  if (maintenance == 0 || account_.flat() || equity >= maintenance * account_.gross()) return;
  ++account_.out.margin_calls;
  liquidate_all(ExitReason::kLiquidation);
  if (account_.cash <= 0) return ruin();
  state_.equity = account_.cash;
  state_.bar_return = state_.equity / before - 1;
}

void Broker::ruin() {
  liquidate_all(ExitReason::kLiquidation);
  account_.out.ruin_bar = state_.bar;
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    if (state_.working[i].id != kNoOrder) end_order(i, OrderStatus::kCancelled, Reason::kRuined);
  }
  remove_ended();
  state_.equity = account_.equity();
  state_.bar_return = -1;
  refresh_quiet();
}

// Decided case 15.1: looked at when the close is known, before decisions are made.
void Broker::watch_risk() {
  const RiskLimits& risk = setup_->options.risk;
  if (!risk.watches_equity() || ruined()) return;
  const double equity = state_.equity;
  state_.peak = std::fmax(state_.peak, equity);
  const bool was_blocked = state_.blocked || state_.blocked_today;
  if (risk.max_drawdown != 0 && equity <= state_.peak * (1 - risk.max_drawdown)) state_.blocked = true;
  if (risk.equity_floor != 0 && equity < risk.equity_floor) state_.blocked = true;
  if (risk.daily_loss != 0 && equity <= state_.day_start * (1 - risk.daily_loss)) state_.blocked_today = true;
  if (was_blocked || !(state_.blocked || state_.blocked_today)) return;
  ++account_.out.risk_stops;
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    if (!state_.working[i].request.reduce_only) end_order(i, OrderStatus::kCancelled, Reason::kRiskLimit);
  }
  remove_ended();
  if (risk.action == RiskAction::kFlatten) flatten();
}

void Broker::flatten() {
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    const Position& position = account_.positions[s];
    if (position.flat()) continue;
    WorkingOrder order;
    order.request.symbol = s;
    order.request.action = position.is_long() ? OrderAction::kSell : OrderAction::kBuy;
    order.request.reduce_only = true;
    order.purpose = OrderPurpose::kExit;
    order.exit_reason = ExitReason::kRiskLimit;
    order.decision_bar = state_.bar;
    state_.working.push_back(order);
  }
}

}  // namespace peak
