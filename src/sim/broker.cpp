// The broker outside its bars: making one, orders in and out, the end of the data.
#include "peak/sim/broker.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace peak {
namespace {

bool is_price(double value) { return std::isfinite(value) && value > 0; }

bool is_entry_size_valid(const OrderRequest& request) {
  const double amount = request.size.amount;
  if (request.size.kind == SizingKind::kAllIn || request.size.kind == SizingKind::kEqual) return true;
  return std::isfinite(amount) && amount > 0;
}

// The price that a limit, stop or stop-limit order names first: what its events show.
double named_price(const OrderRequest& request) {
  return request.type == OrderType::kLimit ? request.limit : request.stop;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same_terms(const OrderRequest& a, const OrderRequest& b) {
  return a.symbol == b.symbol && a.action == b.action && a.type == b.type && a.time_in_force == b.time_in_force &&
         a.reduce_only == b.reduce_only && a.target == b.target && a.size == b.size && same(a.limit, b.limit) &&
         same(a.stop, b.stop) && a.trail == b.trail && a.stop_loss == b.stop_loss && a.take_profit == b.take_profit &&
         a.trailing_stop == b.trailing_stop && a.good_till == b.good_till && a.oco_group == b.oco_group &&
         a.tag == b.tag;
}

}  // namespace

Result<Broker> Broker::create(BrokerOptions options, std::vector<Instrument> instruments) {
  if (instruments.empty()) instruments.push_back(options.instrument);
  for (Instrument& instrument : instruments) {
    if (options.size_step) instrument.size_step = options.size_step;
    PEAK_RETURN_IF_ERROR(instrument.validate());
  }
  PEAK_RETURN_IF_ERROR(options.validate());
  auto setup = std::make_shared<Setup>();
  setup->options = std::move(options);
  setup->instruments = std::move(instruments);
  return Broker(std::move(setup));
}

Broker::Broker(std::shared_ptr<const Setup> setup)
    : setup_(std::move(setup)), account_(setup_->options, setup_->instruments) {
  const BrokerOptions& options = setup_->options;
  const std::size_t count = symbols();
  state_.equity = state_.equity_before = state_.peak = state_.day_start = options.cash;
  state_.next_funding.assign(count, 0);
  state_.next_action.assign(count, 0);
  state_.delisted.assign(count, 0);
  volume_used_.assign(count, 0);
  detail_.assign(count, {});
  prices_.assign(count, kMissingPrice);
  at_close_ = options.fill == FillTiming::kSameClose;
  simple_ = count == 1 && !options.financing.any() && options.margin.maintenance == 0 &&
            !options.risk.watches_equity() && setup_->instruments[0].funding.empty() &&
            setup_->instruments[0].actions.empty();
  refresh_quiet();
}

void Broker::refresh_quiet() {
  quiet_ = simple_ && state_.working.empty() && !account_.positions.front().is_protected && !ruined();
}

Reason Broker::fault_of(const OrderRequest& request) const {
  if (request.symbol >= symbols()) return Reason::kInvalid;
  if (state_.delisted[request.symbol] != 0) return Reason::kDelisted;
  const bool wants_limit = request.type == OrderType::kLimit || request.type == OrderType::kStopLimit;
  const bool wants_stop = request.type == OrderType::kStop || request.type == OrderType::kStopLimit;
  if (wants_limit && !is_price(request.limit)) return Reason::kInvalid;
  if (wants_stop && !is_price(request.stop)) return Reason::kInvalid;
  if (request.target) {
    if (request.type != OrderType::kMarket || !std::isfinite(request.size.amount)) return Reason::kInvalid;
    const SizingKind kind = request.size.kind;
    if (kind != SizingKind::kUnits && kind != SizingKind::kValue && kind != SizingKind::kFraction) {
      return Reason::kInvalid;
    }
  } else if (!is_entry_size_valid(request)) {
    return Reason::kInvalid;
  }
  const auto is_distance = [](const StopLevel& level) {
    return !level.is_set() || (level.kind != StopKind::kPrice && is_price(level.value));
  };
  if (!is_distance(request.trail) || !is_distance(request.trailing_stop)) return Reason::kInvalid;
  if (request.type == OrderType::kTrailing && !request.trail.is_set()) return Reason::kInvalid;
  const bool needs_atr = request.trail.kind == StopKind::kAtr || request.stop_loss.kind == StopKind::kAtr ||
                         request.take_profit.kind == StopKind::kAtr || request.trailing_stop.kind == StopKind::kAtr;
  const BarPrices& bar = bar_of(request.symbol);
  if (needs_atr && std::isnan(bar.atr)) return Reason::kInvalid;
  for (const StopLevel* level : {&request.stop_loss, &request.take_profit}) {
    if (level->is_set() && !is_price(level->value)) return Reason::kInvalid;
  }
  // A stop above its own target, or on the wrong side of the price at which the order would fill.
  const bool buys = request.action == OrderAction::kBuy;
  const double entry = wants_limit ? request.limit : wants_stop ? request.stop : bar.close;
  const auto price_of = [](const StopLevel& level) {
    return level.kind == StopKind::kPrice ? level.value : kMissingPrice;
  };
  const double stop = price_of(request.stop_loss), target = price_of(request.take_profit);
  if (buys ? stop >= entry || target <= entry : stop <= entry || target >= entry) return Reason::kWrongSide;
  if (request.reduce_only && !request.target) {
    const Position& position = account_.positions[request.symbol];
    const bool reduces = buys ? position.is_short() : position.is_long();
    const bool waits = request.type != OrderType::kMarket;  // for a position that another order will open
    if (!reduces && !waits) return Reason::kWrongSide;
  }
  if (request.reduce_only && request.target && account_.positions[request.symbol].flat()) return Reason::kWrongSide;
  // A stop that the close is beyond already would fill at once whatever the market does: buy stops lie above the close.
  if (wants_stop && std::isfinite(bar.close)) {
    if (buys ? request.stop < bar.close : request.stop > bar.close) return Reason::kWrongSide;
  }
  if (request.time_in_force == TimeInForce::kGtd && request.good_till <= state_.time) return Reason::kExpired;
  return Reason::kNone;
}

// Strategies give the same few orders again and again, and terms are the largest part of what is kept of one.
std::int32_t Broker::keep_request(const OrderRequest& request) {
  constexpr std::size_t kLookedAt = 4;
  std::vector<OrderRequest>& kept = account_.out.requests;
  const std::size_t size = kept.size();
  for (std::size_t back = 1; back <= std::min(kLookedAt, size); ++back) {
    if (same_terms(kept[size - back], request)) return static_cast<std::int32_t>(size - back);
  }
  kept.push_back(request);
  return static_cast<std::int32_t>(size);
}

// A market order that fills in one piece has no events: life_of() reads its life off its record. What the record will
// not tell begins with what it does.
void Broker::begin_events(WorkingOrder& order) {
  if (order.keeps_events || order.id == kNoOrder) return;
  order.keeps_events = true;
  OrderEvent event;
  event.order = order.id;
  event.bar = order.decision_bar;
  if (order.request.type != OrderType::kMarket) event.price = named_price(order.request);
  account_.out.events.push_back(event);
  if (order.filled == 0) return;
  event.kind = OrderEventKind::kFill;
  event.bar = order.fill_bar;
  event.fill_rule = order.fill_rule;
  event.quantity = order.filled;
  event.price = order.fill_price;
  event.fee = order.fee;
  account_.out.events.push_back(event);
}

void Broker::keep_event(WorkingOrder& order, const OrderEvent& event) {
  begin_events(order);
  account_.out.events.push_back(event);
}

OrderId Broker::submit(const OrderRequest& request) {
  WorkingOrder working;
  working.id = static_cast<OrderId>(account_.out.orders.size());
  working.request = request;
  working.decision_bar = state_.bar;
  Order order;
  order.decision_bar = state_.bar;
  order.action = request.action;
  order.side = request.action == OrderAction::kBuy ? Side::kLong : Side::kShort;
  order.type = request.type;
  order.status = OrderStatus::kWorking;
  order.symbol = request.symbol;
  order.request = keep_request(request);
  account_.out.orders.push_back(order);
  if (request.type != OrderType::kMarket) begin_events(working);
  Reason fault = ruined() ? Reason::kRuined : fault_of(request);
  if (fault == Reason::kNone) {
    const Position& position = account_.positions[request.symbol];
    const bool opposes = request.action == OrderAction::kBuy ? position.is_short() : position.is_long();
    const bool reduces =
        request.reduce_only || (!request.target && opposes) || (request.target && std::fabs(request.size.amount) == 0);
    if ((state_.blocked || state_.blocked_today) && !reduces) fault = Reason::kRiskLimit;
  }
  if (fault != Reason::kNone) {
    Order& record = account_.out.orders.back();
    record.status = OrderStatus::kRejected;
    record.reason = fault;
    keep_event(working, {working.id, state_.bar, OrderEventKind::kRejected, fault, FillRule::kNone, 0, 0, 0});
    return working.id;
  }
  const Instrument& instrument = setup_->instruments[request.symbol];
  const bool buys = request.action == OrderAction::kBuy;
  working.request.limit = instrument.on_tick(request.limit, !buys);  // never a worse price than was asked for
  working.request.stop = instrument.on_tick(request.stop, buys);
  const BarPrices& bar = bar_of(request.symbol);
  working.stop = working.request.stop;
  working.atr = bar.atr;
  working.volatility = bar.volatility;
  if (request.type == OrderType::kTrailing) {
    working.best = bar.close;
    const double distance = request.trail.distance_from(bar.close, bar.atr);
    working.stop = instrument.on_tick(buys ? bar.close + distance : bar.close - distance, buys);
  }
  if (request.size.kind == SizingKind::kUnits && !request.target) working.remaining = request.size.amount;
  state_.working.push_back(working);
  quiet_ = false;
  return working.id;
}

bool Broker::cancel(OrderId id, Reason reason) {
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    if (state_.working[i].id != id || id == kNoOrder) continue;
    end_order(i, reason == Reason::kExpired ? OrderStatus::kExpired : OrderStatus::kCancelled, reason);
    remove_ended();
    refresh_quiet();
    return true;
  }
  return false;
}

void Broker::cancel_all(std::uint32_t symbol) {
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    const WorkingOrder& order = state_.working[i];
    if (order.request.symbol != symbol || order.id == kNoOrder) continue;
    end_order(i, OrderStatus::kCancelled, Reason::kCancelled);
  }
  remove_ended();
  refresh_quiet();
}

bool Broker::replace(OrderId id, const OrderRequest& request) {
  for (WorkingOrder& order : state_.working) {
    if (order.id != id || id == kNoOrder) continue;
    const bool same_kind = request.symbol == order.request.symbol && request.action == order.request.action;
    if (!same_kind || fault_of(request) != Reason::kNone) return false;
    const Instrument& instrument = setup_->instruments[request.symbol];
    const bool buys = request.action == OrderAction::kBuy;
    keep_event(order, {id, state_.bar, OrderEventKind::kReplaced, Reason::kNone, FillRule::kNone,
                       request.size.kind == SizingKind::kUnits ? request.size.amount : 0, named_price(request), 0});
    order.request = request;
    order.request.limit = instrument.on_tick(request.limit, !buys);
    order.request.stop = instrument.on_tick(request.stop, buys);
    order.stop = order.request.stop;
    order.triggered = false;
    const BarPrices& bar = bar_of(request.symbol);
    if (request.type == OrderType::kTrailing) {
      order.best = bar.close;
      const double distance = request.trail.distance_from(bar.close, bar.atr);
      order.stop = instrument.on_tick(buys ? bar.close + distance : bar.close - distance, buys);
    }
    // What has filled counts towards the new size.
    order.remaining = request.size.kind == SizingKind::kUnits && !request.target
                          ? std::fmax(0.0, request.size.amount - order.filled)
                          : kMissingPrice;
    Order& record = account_.out.orders[static_cast<std::size_t>(id)];
    record.request = keep_request(request);
    record.type = request.type;
    return true;
  }
  return false;
}

bool Broker::protect(std::uint32_t symbol, double stop, double target) {
  if (symbol >= symbols() || account_.positions[symbol].flat()) return false;
  Position& position = account_.positions[symbol];
  const double sign = position.is_long() ? 1 : -1;
  for (const double price : {stop, target}) {
    if (!std::isnan(price) && !is_price(price)) return false;
  }
  if (sign * stop > sign * position.mark || sign * target < sign * position.mark) return false;
  const Instrument& instrument = setup_->instruments[symbol];
  position.protection.stop = instrument.on_tick(stop, position.is_short());
  position.protection.target = instrument.on_tick(target, position.is_long());
  const Protection& exits = position.protection;
  position.is_protected = !std::isnan(exits.stop) || !std::isnan(exits.target) || !std::isnan(exits.trailing);
  refresh_quiet();
  return true;
}

void Broker::submit_signal(bool closes, bool enters, Side side, std::uint32_t symbol) {
  const Position& position = account_.positions[symbol];
  const BarPrices& bar = bar_of(symbol);
  WorkingOrder order;
  order.request.symbol = symbol;
  order.decision_bar = state_.bar;
  order.atr = bar.atr;
  order.volatility = bar.volatility;
  if (closes) {
    order.request.action = position.is_long() ? OrderAction::kSell : OrderAction::kBuy;
    order.request.reduce_only = true;
    order.purpose = OrderPurpose::kExit;
    order.exit_reason = enters ? ExitReason::kReversal : ExitReason::kSignal;
    // What is still to be bought of the position that goes is not wanted any more.
    for (std::size_t i = 0; i < state_.working.size(); ++i) {
      const WorkingOrder& other = state_.working[i];
      if (other.id == kNoOrder && other.request.symbol == symbol && other.purpose != OrderPurpose::kExit) {
        end_order(i, OrderStatus::kCancelled, Reason::kCancelled);
      }
    }
    remove_ended();
    state_.working.push_back(order);
  }
  if (enters) {
    order.request.action = side == Side::kLong ? OrderAction::kBuy : OrderAction::kSell;
    order.request.reduce_only = false;
    order.request.size = setup_->options.size;
    order.request.stop_loss = setup_->options.stops.stop_loss;
    order.request.take_profit = setup_->options.stops.take_profit;
    order.request.trailing_stop = setup_->options.stops.trailing_stop;
    order.purpose = position.flat() || closes ? OrderPurpose::kEnter : OrderPurpose::kAdd;
    order.exit_reason = ExitReason::kSignal;
    order.follows_exit = closes;
    if (order.request.size.kind == SizingKind::kUnits) order.remaining = order.request.size.amount;
    state_.working.push_back(order);
  }
  quiet_ = false;
}

Simulation Broker::finish() {
  for (std::size_t i = 0; i < state_.working.size(); ++i) {
    const bool of_signals = state_.working[i].id == kNoOrder;
    end_order(i, of_signals ? OrderStatus::kRejected : OrderStatus::kCancelled,
              ruined() ? Reason::kRuined : Reason::kEndOfData);
  }
  remove_ended();
  close_at_end();
  account_.finish();
  return std::move(account_.out);
}

// Rules 8 and 12.
void Broker::close_at_end() {
  const BrokerOptions& options = setup_->options;
  const bool like_backtesting_py = options.execution == Execution::kBacktestingPy;
  if (state_.bar == kNoBar || account_.flat() || !(like_backtesting_py || options.finalize)) return;
  const std::int64_t last = state_.bar;
  bool closed = false;
  for (std::uint32_t s = 0; s < symbols(); ++s) {
    if (account_.positions[s].flat()) continue;
    const BarPrices& bar = bar_of(s);
    Exit exit;
    exit.reason = like_backtesting_py ? ExitReason::kEndOfData : ExitReason::kFinalize;
    exit.decision_bar = exit.fill_bar = last;
    exit.price = bar.present ? bar.close : account_.positions[s].mark;
    if (like_backtesting_py) {
      // finalize_trades replays the last bar: market orders fill at its open, or at the close before it.
      const bool at_open = !at_close_ || last == 0;
      exit.price = at_open ? bar.open : state_.close_before;
      exit.decision_bar = exit.fill_bar = at_open ? last : last - 1;
    }
    if (!std::isfinite(exit.price)) {
      account_.reject(OrderPurpose::kExit, account_.positions[s].is_long() ? Side::kLong : Side::kShort,
                      exit.decision_bar, Reason::kNoPrice, s);
      continue;
    }
    exit_position(s, exit);
    closed = true;
  }
  if (!closed) return;
  state_.equity = account_.equity();
  state_.bar_return = state_.equity / (last == 0 ? options.cash : state_.equity_before) - 1;
}

void Broker::restore(BrokerState state, double cash, std::vector<Position> positions, Simulation records) {
  state_ = std::move(state);
  account_.cash = cash;
  account_.positions = std::move(positions);
  account_.out = std::move(records);
  refresh_quiet();
}

void Broker::set_detail(std::uint32_t symbol, std::span<const BarPrices> finer) {
  detail_[symbol] = finer;
  quiet_ = false;
}

}  // namespace peak
