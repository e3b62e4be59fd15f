// What target weights do when they fill (rule 14): the broker's steps, with what does not change between them kept.
#include <algorithm>
#include <cmath>

#include "sim/weights_run.hpp"

namespace peak::sim {

// Prices of this moment; of a symbol without a bar its mark.
void WeightsRun::set_prices(std::size_t t, std::span<const double* const> prices) {
  for (std::uint32_t s = 0; s < symbols_; ++s) {
    const bool present = panel_.has_bar(s, t);
    prices_[s] = present ? prices[s][t] : mark_[s][t];
  }
}

void WeightsRun::take_due(std::size_t t, std::span<const double* const> prices) {
  due_.clear();
  waiting_.clear();
  for (const Pending& target : pending_) {
    if (!panel_.has_bar(target.symbol, t)) {
      waiting_.push_back(target);
      continue;
    }
    Due& due = due_.emplace_back();  // in place: a copy would wait for the stores that made it
    due.symbol = target.symbol;
    due.order = target.order;
    due.weight = target.weight;
    due.price = prices[target.symbol][t];
  }
  pending_.swap(waiting_);
}

double WeightsRun::held_at_prices() const {
  double held = 0;
  for (std::size_t s = 0; s < symbols_; ++s) {
    const Position& position = account_.positions[s];
    if (!position.flat()) held += account_.worth(s, position.units, prices_[s]);
  }
  return held;
}

double WeightsRun::money() const {
  if (shorts_ == 0) return account_.cash;
  double shorts = 0;
  for (const double worth : short_worth_) shorts += worth;
  return account_.cash + 2 * shorts;
}

void WeightsRun::fill(std::size_t t, bool at_open) {
  const std::span<const double* const> prices = at_open ? open_ : mark_;
  take_due(t, prices);
  if (due_.empty()) return;
  rule_ = at_open ? FillRule::kOpen : FillRule::kClose;
  set_prices(t, prices);
  const auto bar = static_cast<std::int64_t>(t);
  const double equity = account_.cash + held_at_prices();
  shorts_ = 0;
  for (std::size_t s = 0; s < symbols_; ++s) {
    const Position& position = account_.positions[s];
    short_worth_[s] = position.is_short() ? account_.worth(s, position.units, prices_[s]) : 0.0;
    shorts_ += position.is_short() ? 1U : 0U;
  }
  for (Due& due : due_) {
    if (!(due.price > 0) || std::isinf(due.price)) {
      end(due, OrderStatus::kRejected, Reason::kNoPrice);
      continue;
    }
    resolve(due, equity);
    if (due.remaining == 0) {
      end(due, OrderStatus::kFilled, Reason::kNone);
      continue;
    }
    const Position& position = account_.positions[due.symbol];
    const bool opposes = due.action == OrderAction::kBuy ? position.is_short() : position.is_long();
    if (opposes) close_part(due, bar);
  }
  scale_entries();
  for (Due& due : due_) {
    if (!due.ended) open_part(due, bar);
  }
}

void WeightsRun::resolve(Due& due, double equity) {
  const double unit = account_.worth(due.symbol, 1, due.price);
  double wanted = due.weight * equity / unit;
  if (const auto& step = instruments_[due.symbol].size_step) {
    constexpr double kRoundingAllowance = 1e-9;
    wanted = std::copysign(std::floor(std::fabs(wanted) / *step + kRoundingAllowance) * *step, wanted);
  }
  const double change = wanted - account_.positions[due.symbol].units;
  due.action = change < 0 ? OrderAction::kSell : OrderAction::kBuy;
  due.remaining = std::fabs(change);
  due.reduces_only = wanted == 0;
  Order& record = account_.out.orders[due.order];
  record.action = due.action;
  record.side = change < 0 ? Side::kShort : Side::kLong;
}

void WeightsRun::close_part(Due& due, std::int64_t bar) {
  const Position& position = account_.positions[due.symbol];
  const bool was_short = position.is_short();
  const double held = std::fabs(position.units);
  const double quantity = due.remaining >= held ? held : due.remaining;
  const double fill_price = account_.slipped(due.symbol, due.action, due.price, quantity, kMissingPrice);
  const bool turns = !due.reduces_only && due.remaining > held;
  const double fee =
      account_.close(due.symbol, bar, quantity, fill_price, false, turns ? ExitReason::kReversal : ExitReason::kOrder);
  due.remaining -= quantity;
  Order& record = account_.out.orders[due.order];
  record.purpose = quantity < held ? OrderPurpose::kReduce : turns ? OrderPurpose::kReverse : OrderPurpose::kExit;
  record.side = due.action == OrderAction::kSell ? Side::kLong : Side::kShort;
  record_fill(due, quantity, fill_price, fee, bar);
  if (was_short) {
    short_worth_[due.symbol] =
        position.is_short() ? account_.worth(due.symbol, position.units, prices_[due.symbol]) : 0.0;
    shorts_ -= position.is_short() ? 0U : 1U;
  }
  constexpr double kNothingLeft = 1e-12;
  if (due.reduces_only || !(due.remaining > kNothingLeft * due.filled)) end(due, OrderStatus::kFilled, Reason::kNone);
}

void WeightsRun::scale_entries() {
  double cost = 0, money_now = kMissingPrice;
  for (const Due& due : due_) {
    if (due.ended || !(due.remaining > 0)) continue;
    const double fill_price = account_.slipped(due.symbol, due.action, due.price, 0, kMissingPrice);
    const double value = account_.worth(due.symbol, due.remaining, fill_price);
    cost += value + account_.fee_of(value, due.remaining, false);
    if (std::isnan(money_now)) money_now = money();
  }
  constexpr double kRoundingAllowance = 1e-12;
  if (!(cost > money_now * (1 + kRoundingAllowance))) return;
  const double factor = std::fmax(0.0, money_now / cost);
  for (Due& due : due_) {
    if (due.ended || !(due.remaining > 0)) continue;
    due.remaining *= factor;
    due.scaled = true;
  }
}

void WeightsRun::open_part(Due& due, std::int64_t bar) {
  EntryTerms terms;
  terms.symbol = due.symbol;
  terms.side = due.action == OrderAction::kBuy ? Side::kLong : Side::kShort;
  terms.size = Sizing::units(due.remaining);
  terms.price = due.price;
  terms.fill_price = account_.slipped(due.symbol, due.action, due.price, 0, kMissingPrice);
  terms.money = money();
  const EntrySize size = account_.size_of_entry(terms);
  if (!(size.quantity > 0)) {
    end(due, due.filled == 0 ? OrderStatus::kRejected : OrderStatus::kFilled, size.reason);
    return;
  }
  const Position& position = account_.positions[due.symbol];
  const bool adds = !position.flat();
  const double fee = account_.open(due.symbol, terms.side, bar, size.quantity, due.price, terms.fill_price, false,
                                   size.takes_all_cash);
  Order& record = account_.out.orders[due.order];
  if (record.quantity == 0) {
    record.purpose = adds ? OrderPurpose::kAdd : OrderPurpose::kEnter;
    record.side = terms.side;
  }
  record_fill(due, size.quantity, terms.fill_price, fee, bar);
  if (position.is_short()) {
    shorts_ += adds ? 0U : 1U;
    short_worth_[due.symbol] = account_.worth(due.symbol, position.units, prices_[due.symbol]);
  }
  end(due, OrderStatus::kFilled,
      size.reason != Reason::kNone ? size.reason
      : due.scaled                 ? Reason::kNoCash
                                   : Reason::kNone);
}

void WeightsRun::record_fill(Due& due, double quantity, double fill_price, double fee, std::int64_t bar) {
  due.filled_value = due.filled == 0 ? quantity * fill_price : due.filled_value + quantity * fill_price;
  const double mean = due.filled == 0 ? fill_price : due.filled_value / (due.filled + quantity);
  due.filled += quantity;
  due.fee += fee;
  Order& record = account_.out.orders[due.order];
  record.quantity = due.filled;
  record.price = mean;
  record.fee = due.fee;
  record.fill_bar = bar;
  record.fill_rule = rule_;
  touch(due.symbol);
}

// `status` kFilled with a reason means less than was asked for.
void WeightsRun::end(Due& due, OrderStatus status, Reason reason) {
  due.ended = true;
  if (due.filled > 0 && (status != OrderStatus::kFilled || reason != Reason::kNone)) {
    status = OrderStatus::kPartlyFilled;
  }
  Order& record = account_.out.orders[due.order];
  record.status = status;
  record.reason = reason;
}

}  // namespace peak::sim
