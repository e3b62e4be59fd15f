#include "report/trade_fills.hpp"

#include <algorithm>
#include <cmath>

#include "report/run_symbols.hpp"

namespace peak::report {
namespace {

constexpr double kRounding = 1e-9;  // of a fill's value: less than that is what rounding left

const Order& order_of(const Simulation& simulation, const OrderEvent& event) {
  return simulation.orders[static_cast<std::size_t>(event.order)];
}

/// A fill and how much of it there is still to take: the second half of a reversal comes later in its bar.
struct Step {
  OrderEvent event;
  double quantity = 0;
  bool opens = false;  ///< what is left after its first half
};

/// Every fill, by bar; within a bar in the order of the record.
std::vector<Step> all_fills(const Simulation& simulation) {
  std::vector<Step> fills;
  for (const OrderEvent& event : lives_of(simulation)) {
    if (event.kind == OrderEventKind::kFill) fills.push_back({event, event.quantity, false});
  }
  return fills;
}

// Rule 14: what happens on a bar of many symbols, in this order; each in the order of symbols.
int phase_of(const Simulation& simulation, const Step& step) {
  const OrderPurpose purpose = order_of(simulation, step.event).purpose;
  const bool opens = step.opens || purpose == OrderPurpose::kEnter || purpose == OrderPurpose::kAdd;
  switch (step.event.fill_rule) {
    case FillRule::kOpen:
    case FillRule::kNone: return opens ? 2 : 0;
    case FillRule::kGap: return opens ? 3 : 1;
    case FillRule::kStopPrice:
    case FillRule::kLimitPrice: return 4;
    case FillRule::kClose: return opens ? 6 : 5;
    case FillRule::kMark: return 7;
  }
  return 7;
}

/// Gives fills to trades in the order in which they happened, by what each order did to the position.
class Walk {
 public:
  Walk(const BacktestResult& result, std::size_t wanted)
      : result_(result),
        simulation_(result.simulation),
        wanted_(wanted),
        fills_(all_fills(simulation_)),
        held_(result.panel != nullptr ? result.panel->symbols() : 1),
        units_before_(held_.size(), 0.0) {
    for (std::size_t i = 0; i < simulation_.trades.size(); ++i) {
      held_[simulation_.trades[i].symbol].trades.push_back(i);
    }
  }

  std::vector<TradeFill> run() {
    for (std::size_t first = 0; first < fills_.size();) {
      std::size_t end = first;
      while (end < fills_.size() && fills_[end].event.bar == fills_[first].event.bar) ++end;
      begin_bar(fills_[first].event.bar);
      bar_.assign(fills_.begin() + static_cast<std::ptrdiff_t>(first),
                  fills_.begin() + static_cast<std::ptrdiff_t>(end));
      std::stable_sort(bar_.begin(), bar_.end(), [this](const Step& a, const Step& b) { return is_before(a, b); });
      for (std::size_t i = 0; i < bar_.size(); ++i) {
        put_exit_first(i);
        take(i);
      }
      first = end;
    }
    return std::move(found_);
  }

 private:
  /// What is known of one symbol so far.
  struct Held {
    std::vector<std::size_t> trades;  // in the order of entry
    std::size_t next = 0;             // trades that have been opened
    bool open = false;
    double units = 0;
  };

  [[nodiscard]] std::uint32_t symbol_of(const Step& step) const { return order_of(simulation_, step.event).symbol; }

  // Of one symbol the record's own order says more than the rule.
  [[nodiscard]] bool is_before(const Step& a, const Step& b) const {
    if (result_.panel == nullptr) return false;
    const int one = phase_of(simulation_, a), other = phase_of(simulation_, b);
    return one != other ? one < other : symbol_of(a) < symbol_of(b);
  }

  // A resting order is recorded before the exit that made room for it on the same bar.
  void put_exit_first(std::size_t i) {
    const std::uint32_t symbol = symbol_of(bar_[i]);
    const auto purpose = [&](std::size_t at) { return order_of(simulation_, bar_[at].event).purpose; };
    if (!held_[symbol].open || purpose(i) != OrderPurpose::kEnter) return;
    for (std::size_t later = i + 1; later < bar_.size(); ++later) {
      if (purpose(later) != OrderPurpose::kExit || symbol_of(bar_[later]) != symbol) continue;
      const auto at = [this](std::size_t index) { return bar_.begin() + static_cast<std::ptrdiff_t>(index); };
      std::rotate(at(i), at(later), at(later) + 1);
      return;
    }
  }

  void take(std::size_t i) {
    const Step step = bar_[i];
    const OrderPurpose purpose = order_of(simulation_, step.event).purpose;
    Held& held = held_[symbol_of(step)];
    if (purpose == OrderPurpose::kReverse && held.open && held.next > 0 && !step.opens) {
      const double closed = std::fmin(std::fabs(held.units), step.quantity);
      part(step.event, closed, true);
      held.open = false;
      held.units = 0;
      const Step rest{step.event, step.quantity - closed, true};
      if (!(rest.quantity > kRounding * step.quantity)) return;
      const auto later = std::upper_bound(bar_.begin() + static_cast<std::ptrdiff_t>(i) + 1, bar_.end(), rest,
                                          [this](const Step& a, const Step& b) { return is_before(a, b); });
      bar_.insert(result_.panel == nullptr ? bar_.begin() + static_cast<std::ptrdiff_t>(i) + 1 : later, rest);
      return;
    }
    if (step.opens || purpose == OrderPurpose::kEnter || (purpose != OrderPurpose::kExit && !held.open)) {
      ++held.next;
      held.open = true;
      part(step.event, step.quantity, false);
      held.units = signed_quantity(step.event, step.quantity);
      return;
    }
    part(step.event, step.quantity, purpose == OrderPurpose::kExit || purpose == OrderPurpose::kReduce);
    held.units = purpose == OrderPurpose::kExit ? 0.0 : held.units + signed_quantity(step.event, step.quantity);
    held.open = purpose != OrderPurpose::kExit;
  }

  [[nodiscard]] double signed_quantity(const OrderEvent& fill, double quantity) const {
    return order_of(simulation_, fill).action == OrderAction::kBuy ? quantity : -quantity;
  }

  [[nodiscard]] double worth(std::uint32_t symbol, double units, std::int64_t bar) const {
    const Bars& bars = bars_of(result_, symbol);
    std::int64_t row = row_of(result_, symbol, bar);
    while (row > 0 && std::isnan(bars.close()[static_cast<std::size_t>(row)])) --row;
    if (row < 0) return 0;
    return units * bars.close()[static_cast<std::size_t>(row)] * instrument_of(result_, symbol).multiplier;
  }

  // Cash at the close before, from equity: it holds what interest, funding and the like did to it in between.
  void begin_bar(std::int64_t bar) {
    cash_ = result_.broker.cash;
    if (bar == 0) return;
    cash_ = simulation_.equity[static_cast<std::size_t>(bar - 1)];
    double held = 0, gross = 0;
    const auto add = [&](std::uint32_t symbol, double units) {
      if (units == 0) return;
      const double value = worth(symbol, units, bar - 1);
      held += value;
      gross += std::fabs(value);
    };
    if (result_.panel == nullptr) {
      add(0, held_[0].units);
    } else {
      const std::vector<HoldingChange>& changes = simulation_.holdings;
      for (; next_change_ < changes.size() && changes[next_change_].bar < bar; ++next_change_) {
        units_before_[changes[next_change_].symbol] = changes[next_change_].units;
      }
      for (std::uint32_t s = 0; s < units_before_.size(); ++s) add(s, units_before_[s]);
    }
    cash_ -= held;
    if (std::fabs(cash_) <= kRounding * gross) cash_ = 0;
    if (result_.panel != nullptr) add_dividends(bar);
  }

  // Rule 8.3: before the open of the first stamp at or after their time.
  void add_dividends(std::int64_t bar) {
    const auto time = result_.bars.time();
    const Nanoseconds before = time[static_cast<std::size_t>(bar - 1)], now = time[static_cast<std::size_t>(bar)];
    for (std::uint32_t s = 0; s < units_before_.size(); ++s) {
      double units = units_before_[s];
      for (const CorporateAction& action : result_.instruments[s].actions) {
        if (units == 0 || action.time <= before || action.time > now) continue;
        if (action.kind == CorporateActionKind::kSplit) units *= action.value;
        if (action.kind != CorporateActionKind::kDividend) continue;
        cash_ += units * action.value * result_.instruments[s].multiplier;
      }
    }
  }

  void part(const OrderEvent& fill, double quantity, bool closes) {
    const Order& order = order_of(simulation_, fill);
    const Instrument& instrument = instrument_of(result_, order.symbol);
    const double share = fill.quantity > 0 ? quantity / fill.quantity : 0;
    TradeFill one{.event = fill, .quantity = quantity, .fee = fill.fee * share, .closes = closes};
    const double value = quantity * fill.price * instrument.multiplier;
    one.cash_before = cash_;
    cash_ += (order.action == OrderAction::kBuy ? -value : value) - one.fee;
    if (std::fabs(cash_) <= kRounding * std::fabs(value)) cash_ = 0;
    one.cash_after = cash_;
    // Of one symbol units are counted by its fills: a split between changes what equity is made of.
    if (result_.panel == nullptr && !instrument.actions.empty()) one.cash_before = one.cash_after = std::nan("");
    const Held& held = held_[order.symbol];
    if (held.next > 0 && held.next <= held.trades.size() && held.trades[held.next - 1] == wanted_) {
      found_.push_back(one);
    }
  }

  const BacktestResult& result_;
  const Simulation& simulation_;
  std::size_t wanted_;
  std::vector<Step> fills_, bar_;
  std::vector<Held> held_;            // by symbol
  std::vector<double> units_before_;  // of a panel, by symbol: at the close before
  std::size_t next_change_ = 0;
  double cash_ = 0;
  std::vector<TradeFill> found_;
};

}  // namespace

std::vector<TradeFill> fills_of(const BacktestResult& result, std::size_t trade) { return Walk(result, trade).run(); }

}  // namespace peak::report
