#include "sim/separate_accounts.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "peak/sim/fast.hpp"
#include "peak/sim/reference.hpp"
#include "sim/detail.hpp"

namespace peak::sim {
namespace {

/// Stamp of each own bar of a symbol.
std::vector<std::int64_t> stamps_of(const Panel& panel, std::size_t s) {
  std::vector<std::int64_t> stamps;
  for (std::size_t t = 0; t < panel.size(); ++t) {
    if (panel.has_bar(s, t)) stamps.push_back(static_cast<std::int64_t>(t));
  }
  return stamps;
}

void move_to(const std::vector<std::int64_t>& stamps, std::int64_t& bar) {
  if (bar != kNoBar) bar = stamps[static_cast<std::size_t>(bar)];
}

/// The symbol's units after each of its bars, from its orders and splits.
void add_holdings(const Simulation& own, const Instrument& instrument, const Bars& bars,
                  const std::vector<std::int64_t>& stamps, std::uint32_t symbol, Simulation& all) {
  std::vector<double> bought(bars.size(), 0.0);
  for (const Order& order : own.orders) {
    if (order.quantity == 0 || order.fill_bar == kNoBar) continue;
    bought[static_cast<std::size_t>(order.fill_bar)] +=
        order.action == OrderAction::kBuy ? order.quantity : -order.quantity;
  }
  double units = 0;
  auto action = instrument.actions.begin();
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const double before = units;
    for (; action != instrument.actions.end() && action->time <= bars.time()[i]; ++action) {
      if (action->kind == CorporateActionKind::kSplit) units *= action->value;
    }
    units += bought[i];
    if (!own.in_position[i]) units = 0;  // what rounding leaves of fills in parts is not held
    if (units != before) all.holdings.push_back({stamps[i], symbol, units});
  }
}

void add_counts(const Simulation& own, Simulation& all) {
  all.signals.entries += own.signals.entries;
  all.signals.exits += own.signals.exits;
  all.signals.short_entries += own.signals.short_entries;
  all.signals.short_exits += own.signals.short_exits;
  all.signals.conflicts += own.signals.conflicts;
  all.signals.ignored += own.signals.ignored;
  all.final_cash += own.final_cash;
  all.fees += own.fees;
  all.traded_value += own.traded_value;
  all.interest += own.interest;
  all.margin_calls += own.margin_calls;
  all.risk_stops += own.risk_stops;
}

void add_account(const Panel& panel, std::uint32_t symbol, Simulation own, double cash, const Instrument& instrument,
                 Simulation& all) {
  const std::vector<std::int64_t> stamps = stamps_of(panel, symbol);
  for (std::size_t t = 0; t < panel.size(); ++t) {
    const std::int64_t row = panel.row(symbol, t);
    all.equity[t] += row < 0 ? cash : own.equity[static_cast<std::size_t>(row)];
    if (row >= 0 && own.in_position[static_cast<std::size_t>(row)]) all.in_position.set(t);
  }
  add_holdings(own, instrument, panel.series(symbol), stamps, symbol, all);
  add_counts(own, all);
  for (Trade& trade : own.trades) {
    trade.symbol = symbol;
    move_to(stamps, trade.entry_bar);
    move_to(stamps, trade.exit_bar);
    all.trades.push_back(trade);
  }
  for (Order& order : own.orders) {
    order.symbol = symbol;
    move_to(stamps, order.decision_bar);
    move_to(stamps, order.fill_bar);
    all.orders.push_back(order);
  }
}

}  // namespace

SeparateAccounts::SeparateAccounts(const Panel& panel) : panel_(&panel) {
  all_.equity = Buffer<double>(panel.size(), 0.0);
  all_.returns = Buffer<double>(panel.size());
  all_.in_position = Bits(panel.size());
}

void SeparateAccounts::add(std::uint32_t symbol, Simulation own, double cash, const Instrument& instrument) {
  add_account(*panel_, symbol, std::move(own), cash, instrument, all_);
}

Simulation SeparateAccounts::together(double cash) && {
  for (std::size_t t = 0; t < panel_->size(); ++t) {
    all_.returns[t] = all_.equity[t] / (t == 0 ? cash : all_.equity[t - 1]) - 1;
  }
  std::stable_sort(all_.trades.begin(), all_.trades.end(),
                   [](const Trade& a, const Trade& b) { return a.entry_bar < b.entry_bar; });
  std::stable_sort(all_.orders.begin(), all_.orders.end(),
                   [](const Order& a, const Order& b) { return a.decision_bar < b.decision_bar; });
  std::stable_sort(all_.holdings.begin(), all_.holdings.end(),
                   [](const HoldingChange& a, const HoldingChange& b) { return a.bar < b.bar; });
  return std::move(all_);
}

Result<Simulation> simulate_separate(const Panel& panel, const std::function<SignalViews(std::size_t)>& signals,
                                     const BrokerOptions& options, const std::vector<Instrument>& instruments,
                                     Engine engine, const Panel* detail) {
  BrokerOptions one = options;
  one.cash = options.cash / static_cast<double>(panel.symbols());
  SeparateAccounts accounts(panel);
  for (std::uint32_t s = 0; s < panel.symbols(); ++s) {
    one.instrument = instruments[s];
    if (panel.series(s).size() == 0) {  // its bars are yet to come
      Simulation idle;
      idle.final_cash = one.cash;
      accounts.add(s, std::move(idle), one.cash, instruments[s]);
      continue;
    }
    const Bars* const finer = finer_bars(detail, panel.symbol(s));
    auto own = finer != nullptr || engine == Engine::kReference
                   ? simulate_reference(panel.series(s), signals(s), one, finer)
                   : simulate_fast(panel.series(s), signals(s), one);
    if (!own.ok()) return own.error().within("symbol '" + panel.symbol(s) + "'");
    accounts.add(s, std::move(*own), one.cash, instruments[s]);
  }
  return std::move(accounts).together(options.cash);
}

}  // namespace peak::sim
