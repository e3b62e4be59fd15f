#include "report/trade_fills.hpp"

#include <algorithm>
#include <cmath>

namespace peak::report {
namespace {

constexpr double kRounding = 1e-9;  // of a fill's value: less than that is what rounding left

const Order& order_of(const Simulation& simulation, const OrderEvent& event) {
  return simulation.orders[static_cast<std::size_t>(event.order)];
}

/// Every fill of the symbol, by bar; within a bar in the order of the record.
std::vector<OrderEvent> all_fills(const Simulation& simulation, std::uint32_t symbol) {
  std::vector<OrderEvent> fills;
  for (const OrderEvent& event : lives_of(simulation)) {
    if (event.kind == OrderEventKind::kFill && order_of(simulation, event).symbol == symbol) fills.push_back(event);
  }
  return fills;
}

/// Gives fills to trades in the order in which they happened, by what each order did to the position.
class Walk {
 public:
  Walk(const BacktestResult& result, std::size_t wanted)
      : result_(result), simulation_(result.simulation), wanted_(wanted) {
    const std::uint32_t symbol = simulation_.trades[wanted].symbol;
    fills_ = all_fills(simulation_, symbol);
    for (std::size_t i = 0; i < simulation_.trades.size(); ++i) {
      if (simulation_.trades[i].symbol == symbol) trades_.push_back(i);
    }
  }

  std::vector<TradeFill> run() {
    for (std::size_t i = 0; i < fills_.size() && next_ <= trades_.size(); ++i) {
      put_exit_first(i);
      take(fills_[i]);
    }
    return std::move(found_);
  }

 private:
  // A resting order is recorded before the exit that made room for it on the same bar.
  void put_exit_first(std::size_t i) {
    const auto purpose = [&](std::size_t at) { return order_of(simulation_, fills_[at]).purpose; };
    if (!open_ || purpose(i) != OrderPurpose::kEnter) return;
    for (std::size_t later = i + 1; later < fills_.size() && fills_[later].bar == fills_[i].bar; ++later) {
      if (purpose(later) != OrderPurpose::kExit) continue;
      std::rotate(fills_.begin() + static_cast<std::ptrdiff_t>(i), fills_.begin() + static_cast<std::ptrdiff_t>(later),
                  fills_.begin() + static_cast<std::ptrdiff_t>(later) + 1);
      return;
    }
  }

  void take(const OrderEvent& fill) {
    const OrderPurpose purpose = order_of(simulation_, fill).purpose;
    begin_bar(fill.bar);
    if (purpose == OrderPurpose::kReverse && open_ && next_ > 0) {
      const double closed = std::fmin(std::fabs(units_), fill.quantity);
      part(fill, closed, true);
      open_ = false;
      units_ = 0;
      if (fill.quantity - closed > kRounding * fill.quantity) opened(fill, fill.quantity - closed);
      return;
    }
    if (purpose == OrderPurpose::kEnter || (purpose != OrderPurpose::kExit && !open_))
      return opened(fill, fill.quantity);
    part(fill, fill.quantity, purpose == OrderPurpose::kExit || purpose == OrderPurpose::kReduce);
    units_ = purpose == OrderPurpose::kExit ? 0.0 : units_ + signed_quantity(fill, fill.quantity);
    open_ = purpose != OrderPurpose::kExit;
  }

  void opened(const OrderEvent& fill, double quantity) {
    ++next_;
    open_ = true;
    part(fill, quantity, false);
    units_ = signed_quantity(fill, quantity);
  }

  [[nodiscard]] double signed_quantity(const OrderEvent& fill, double quantity) const {
    return order_of(simulation_, fill).action == OrderAction::kBuy ? quantity : -quantity;
  }

  // Cash at the close before, from equity: it holds what interest, funding and the like did to it in between.
  void begin_bar(std::int64_t bar) {
    if (bar == bar_) return;
    bar_ = bar;
    cash_ = result_.broker.cash;
    if (bar == 0) return;
    const auto last = static_cast<std::size_t>(bar - 1);
    cash_ = simulation_.equity[last];
    if (units_ == 0) return;
    std::size_t marked = last;
    while (marked > 0 && std::isnan(result_.bars.close()[marked])) --marked;
    const double held = units_ * result_.bars.close()[marked] * result_.broker.instrument.multiplier;
    cash_ -= held;
    if (std::fabs(cash_) <= kRounding * std::fabs(held)) cash_ = 0;
  }

  void part(const OrderEvent& fill, double quantity, bool closes) {
    const double share = fill.quantity > 0 ? quantity / fill.quantity : 0;
    TradeFill one{.event = fill, .quantity = quantity, .fee = fill.fee * share, .closes = closes};
    const double value = quantity * fill.price * result_.broker.instrument.multiplier;
    one.cash_before = cash_;
    const bool buys = order_of(simulation_, fill).action == OrderAction::kBuy;
    cash_ += (buys ? -value : value) - one.fee;
    if (std::fabs(cash_) <= kRounding * std::fabs(value)) cash_ = 0;
    one.cash_after = cash_;
    // A split between changes the units that equity is made of; what cash was is then not told by it.
    if (!result_.broker.instrument.actions.empty()) one.cash_before = one.cash_after = std::nan("");
    if (next_ > 0 && next_ <= trades_.size() && trades_[next_ - 1] == wanted_) found_.push_back(one);
  }

  const BacktestResult& result_;
  const Simulation& simulation_;
  std::size_t wanted_;
  std::vector<OrderEvent> fills_;
  std::vector<std::size_t> trades_;  // of the symbol, in the order of entry
  std::size_t next_ = 0;             // trades that have been opened
  bool open_ = false;
  double units_ = 0;
  double cash_ = 0;
  std::int64_t bar_ = kNoBar;
  std::vector<TradeFill> found_;
};

}  // namespace

std::vector<TradeFill> fills_of(const BacktestResult& result, std::size_t trade) { return Walk(result, trade).run(); }

}  // namespace peak::report
