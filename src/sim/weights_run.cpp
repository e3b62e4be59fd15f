#include "sim/weights_run.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/panel_inputs.hpp"

namespace peak::sim {

WeightsRun::WeightsRun(const Panel& panel, const TargetWeights& targets, const BrokerOptions& options,
                       std::span<const Instrument> instruments)
    : panel_(panel),
      targets_(targets),
      options_(options),
      instruments_(instruments),
      account_(options, instruments),
      symbols_(panel.symbols()),
      stamps_(panel.size()),
      at_close_(options.fill == FillTiming::kSameClose),
      delisted_(symbols_, 0),
      prices_(symbols_, kMissingPrice),
      short_worth_(symbols_, 0.0),
      touched_(symbols_, 0),
      units_(symbols_, 0.0),
      equity_(stamps_),
      returns_(stamps_),
      in_position_(stamps_) {
  for (const Instrument& instrument : instruments) has_multiplier_ |= instrument.multiplier != 1;
}

void WeightsRun::list_actions() {
  for (std::uint32_t s = 0; s < symbols_; ++s) {
    for (const CorporateAction& action : instruments_[s].actions) {
      const std::size_t stamp = panel_.stamp_at(action.time);
      if (stamp < stamps_) actions_.push_back({stamp, s, &action});
    }
  }
  std::stable_sort(actions_.begin(), actions_.end(),
                   [](const ActionAt& a, const ActionAt& b) { return a.stamp < b.stamp; });
}

// Opens and marks at every stamp: where a symbol has no bar its open is missing and its mark the last one.
void WeightsRun::align_prices() {
  open_.resize(symbols_);
  mark_.resize(symbols_);
  for (std::size_t s = 0; s < symbols_; ++s) {
    const Bars& bars = panel_.series(s);
    if (panel_.is_whole(s)) {
      open_[s] = bars.open().data();
      mark_[s] = bars.close().data();
      continue;
    }
    std::vector<double> open(stamps_, kMissingPrice), mark(stamps_);
    double last = kMissingPrice;
    auto action = std::find_if(actions_.begin(), actions_.end(), [s](const ActionAt& at) { return at.symbol == s; });
    for (std::size_t t = 0; t < stamps_; ++t) {
      for (; action != actions_.end() && action->stamp <= t; ++action) {
        if (action->symbol == s && action->action->kind == CorporateActionKind::kSplit) last /= action->action->value;
      }
      if (panel_.has_bar(s, t)) {
        const auto row = static_cast<std::size_t>(panel_.row(s, t));
        open[t] = bars.open()[row];
        last = bars.close()[row];
      }
      mark[t] = last;
    }
    aligned_.push_back(std::move(open));
    open_[s] = aligned_.back().data();
    aligned_.push_back(std::move(mark));
    mark_[s] = aligned_.back().data();
  }
}

// Rule 1: at the close of t.
void WeightsRun::decide(std::size_t t) {
  const std::span<const double> weights = targets_.row(next_target_++, symbols_);
  waiting_.clear();
  auto old = pending_.begin();
  std::vector<Order>& orders = account_.out.orders;
  for (std::uint32_t s = 0; s < symbols_; ++s) {
    const bool waits = old != pending_.end() && old->symbol == s;
    if (std::isnan(weights[s])) {
      if (waits) waiting_.push_back(*old++);
      continue;
    }
    if (waits) {
      orders[old->order].status = OrderStatus::kCancelled;
      orders[old->order].reason = Reason::kCancelled;
      ++old;
    }
    if (weights[s] == 0 && account_.positions[s].flat()) continue;
    const Reason fault = account_.ruined() ? Reason::kRuined : delisted_[s] != 0 ? Reason::kDelisted : Reason::kNone;
    if (fault == Reason::kNone) waiting_.push_back({s, orders.size(), weights[s]});
    Order& order = orders.emplace_back();  // in place: a copy would wait for the stores that made it
    order.decision_bar = static_cast<std::int64_t>(t);
    order.symbol = s;
    order.status = fault == Reason::kNone ? OrderStatus::kWorking : OrderStatus::kRejected;
    order.reason = fault;
    // The next stamp's opens lie in as many places as there are symbols: they come while these orders are written.
    if (!at_close_ && t + 1 < stamps_) __builtin_prefetch(open_[s] + t + 1);
  }
  pending_.swap(waiting_);
}

// Something other than an order closes all of a position.
void WeightsRun::close_whole(std::uint32_t symbol, std::int64_t bar, double price, ExitReason reason) {
  const Position& position = account_.positions[symbol];
  Order record;
  record.decision_bar = record.fill_bar = bar;
  record.action = position.is_long() ? OrderAction::kSell : OrderAction::kBuy;
  record.purpose = OrderPurpose::kExit;
  record.side = position.is_long() ? Side::kLong : Side::kShort;
  record.status = OrderStatus::kFilled;
  record.fill_rule = FillRule::kMark;
  record.quantity = std::fabs(position.units);
  record.price = price;
  if (reason == ExitReason::kFinalize) {
    record.price = account_.slipped(symbol, record.action, price, record.quantity, kMissingPrice);
  }
  record.fee = account_.close(symbol, bar, record.quantity, record.price, false, reason);
  record.symbol = symbol;
  account_.out.orders.push_back(record);
  touch(symbol);
}

void WeightsRun::delist(std::uint32_t symbol, double price, std::int64_t bar) {
  if (!account_.positions[symbol].flat()) close_whole(symbol, bar, price, ExitReason::kDelisting);
  std::erase_if(pending_, [&](const Pending& waits) {
    if (waits.symbol != symbol) return false;
    account_.out.orders[waits.order].status = OrderStatus::kCancelled;
    account_.out.orders[waits.order].reason = Reason::kDelisted;
    return true;
  });
  delisted_[symbol] = 1;
}

void WeightsRun::apply_actions(std::size_t t) {
  for (; next_action_ < actions_.size() && actions_[next_action_].stamp == t; ++next_action_) {
    const auto& [stamp, symbol, action] = actions_[next_action_];
    const Position& position = account_.positions[symbol];
    switch (action->kind) {
      case CorporateActionKind::kDividend:
        if (!position.flat()) account_.pay(symbol, account_.worth(symbol, position.units, action->value));
        break;
      case CorporateActionKind::kSplit:
        account_.split(symbol, action->value);
        touch(symbol);
        break;
      case CorporateActionKind::kDelisting: delist(symbol, action->value, static_cast<std::int64_t>(t)); break;
    }
  }
}

void WeightsRun::touch(std::uint32_t symbol) {
  touched_[symbol] = 1;
  any_touched_ = true;
}

// Liquidation and finalize come after the fills of a stamp, which has been noted already.
void WeightsRun::reopen_holdings(std::size_t t) {
  for (const HoldingChange& before : reopened(account_.out.holdings, static_cast<std::int64_t>(t))) {
    if (units_[before.symbol] != 0 && before.units == 0) --held_;
    if (units_[before.symbol] == 0 && before.units != 0) ++held_;
    units_[before.symbol] = before.units;
    touch(before.symbol);
  }
}

void WeightsRun::note_holdings(std::size_t t) {
  if (!any_touched_) return;
  for (std::uint32_t s = 0; s < symbols_; ++s) {
    if (touched_[s] == 0) continue;
    touched_[s] = 0;
    const double units = account_.positions[s].units;
    if (units == units_[s]) continue;
    if (units == 0) --held_;
    if (units_[s] == 0) ++held_;
    units_[s] = units;
    account_.out.holdings.push_back({static_cast<std::int64_t>(t), s, units});
  }
  any_touched_ = false;
}

// Rules 8 and 16 for the stamps [first, end), through which nothing changes hands.
void WeightsRun::mark(std::size_t first, std::size_t end) {
  double* const equity = equity_.data();
  std::fill(equity + first, equity + end, 0.0);
  if (held_ != 0) {
    for (std::size_t s = 0; s < symbols_; ++s) {
      const double units = units_[s];
      if (units == 0) continue;
      const double* const price = mark_[s];
      if (has_multiplier_) {
        const double multiplier = instruments_[s].multiplier;
        for (std::size_t t = first; t < end; ++t) equity[t] += units * price[t] * multiplier;
      } else {
        for (std::size_t t = first; t < end; ++t) equity[t] += units * price[t];
      }
    }
  }
  const double cash = account_.cash;
  for (std::size_t t = first; t < end; ++t) equity[t] = cash + equity[t];
  double before = first == 0 ? options_.cash : equity[first - 1];
  const bool ruined = account_.ruined();
  for (std::size_t t = first; t < end; ++t) {
    if (!ruined && equity[t] <= 0) {
      ruin(t);
      if (t + 1 < end) mark(t + 1, end);
      return;
    }
    returns_[t] = ruined ? 0 : equity[t] / before - 1;
    before = equity[t];
    if (held_ != 0) in_position_.set(t);
  }
}

// Rule 11.
void WeightsRun::ruin(std::size_t t) {
  for (std::uint32_t s = 0; s < symbols_; ++s) {
    if (units_[s] != 0) close_whole(s, static_cast<std::int64_t>(t), mark_[s][t], ExitReason::kLiquidation);
  }
  account_.out.ruin_bar = static_cast<std::int64_t>(t);
  for (const Pending& waits : pending_) {
    account_.out.orders[waits.order].status = OrderStatus::kCancelled;
    account_.out.orders[waits.order].reason = Reason::kRuined;
  }
  pending_.clear();
  reopen_holdings(t);
  note_holdings(t);
  equity_[t] = account_.cash;
  returns_[t] = -1;
}

std::size_t WeightsRun::next_event(std::size_t t) const {
  if (!pending_.empty()) return t + 1;
  std::size_t next = stamps_;
  if (next_action_ < actions_.size()) next = std::min(next, actions_[next_action_].stamp);
  if (next_target_ < targets_.stamps.size()) {
    const std::size_t decision = targets_.stamps[next_target_];
    next = std::min(next, at_close_ ? decision : decision + 1);
  }
  return next;
}

// Rules 1 and 8.
void WeightsRun::finish() {
  for (const Pending& waits : pending_) {
    account_.out.orders[waits.order].status = OrderStatus::kCancelled;
    account_.out.orders[waits.order].reason = account_.ruined() ? Reason::kRuined : Reason::kEndOfData;
  }
  if (stamps_ != 0) {
    const std::size_t last = stamps_ - 1;
    for (std::uint32_t s = 0; s < symbols_; ++s) account_.positions[s].mark = mark_[s][last];
    if (options_.finalize && held_ != 0) {
      for (std::uint32_t s = 0; s < symbols_; ++s) {
        if (units_[s] != 0) close_whole(s, static_cast<std::int64_t>(last), mark_[s][last], ExitReason::kFinalize);
      }
      reopen_holdings(last);
      note_holdings(last);
      equity_[last] = account_.cash;
      returns_[last] = equity_[last] / (last == 0 ? options_.cash : equity_[last - 1]) - 1;
      in_position_.reset(last);
    }
  }
  account_.finish();
}

Simulation WeightsRun::run() {
  list_actions();
  align_prices();
  const auto asked = static_cast<std::size_t>(
      std::count_if(targets_.weights.begin(), targets_.weights.end(), [](double weight) { return weight != 0; }));
  account_.out.orders.reserve(asked);
  account_.out.holdings.reserve(asked);
  const auto decides_at = [&](std::size_t t) {
    return next_target_ < targets_.stamps.size() && targets_.stamps[next_target_] == t;
  };
  for (std::size_t t = 0; t < stamps_;) {
    apply_actions(t);
    if (!pending_.empty()) fill(t, true);
    if (at_close_ && decides_at(t)) decide(t);
    if (at_close_ && !pending_.empty()) fill(t, false);
    note_holdings(t);
    const std::size_t next = next_event(t);
    mark(t, next);
    if (!at_close_ && decides_at(next - 1)) decide(next - 1);
    t = next;
  }
  finish();
  account_.out.equity = std::move(equity_);
  account_.out.returns = std::move(returns_);
  account_.out.in_position = std::move(in_position_);
  return std::move(account_.out);
}

}  // namespace peak::sim
