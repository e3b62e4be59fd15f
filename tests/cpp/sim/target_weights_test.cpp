// The engines of target weights against each other on generated panels, and what must hold for every run of them.
#include "peak/sim/target_weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "generated_panel.hpp"

namespace peak {
namespace {

using testing::bars_of;
using testing::GeneratedPanel;
using testing::PanelMaker;

std::size_t case_count() {
  const char* asked = std::getenv("PEAK_PROPERTY_CASES");
  return asked != nullptr ? std::strtoul(asked, nullptr, 10) / 4 : 4'000;
}

void expect_equal(const Simulation& a, const Simulation& b) {
  ASSERT_EQ(a.orders.size(), b.orders.size());
  for (std::size_t i = 0; i < a.orders.size(); ++i) {
    const Order &x = a.orders[i], &y = b.orders[i];
    SCOPED_TRACE("order " + std::to_string(i));
    ASSERT_EQ(x.decision_bar, y.decision_bar);
    ASSERT_EQ(x.fill_bar, y.fill_bar);
    ASSERT_EQ(x.symbol, y.symbol);
    ASSERT_STREQ(order_status_name(x.status), order_status_name(y.status));
    ASSERT_STREQ(reason_name(x.reason), reason_name(y.reason));
    ASSERT_EQ(x.action, y.action);
    ASSERT_STREQ(order_purpose_name(x.purpose), order_purpose_name(y.purpose));
    ASSERT_EQ(x.side, y.side);
    ASSERT_EQ(x.fill_rule, y.fill_rule);
    ASSERT_EQ(x.type, y.type);
    ASSERT_EQ(x.quantity, y.quantity);
    ASSERT_EQ(x.price, y.price);
    ASSERT_EQ(x.fee, y.fee);
  }
  ASSERT_EQ(a.trades.size(), b.trades.size());
  for (std::size_t i = 0; i < a.trades.size(); ++i) {
    const Trade &x = a.trades[i], &y = b.trades[i];
    SCOPED_TRACE("trade " + std::to_string(i));
    ASSERT_EQ(x.symbol, y.symbol);
    ASSERT_EQ(x.side, y.side);
    ASSERT_EQ(x.status, y.status);
    ASSERT_EQ(x.exit_reason, y.exit_reason);
    ASSERT_EQ(x.quantity, y.quantity);
    ASSERT_EQ(x.entry_bar, y.entry_bar);
    ASSERT_EQ(x.exit_bar, y.exit_bar);
    ASSERT_EQ(x.entry_price, y.entry_price);
    ASSERT_EQ(x.exit_price, y.exit_price);
    ASSERT_EQ(x.entry_fee, y.entry_fee);
    ASSERT_EQ(x.exit_fee, y.exit_fee);
    ASSERT_EQ(x.pnl, y.pnl);
    ASSERT_EQ(x.income, y.income);
    ASSERT_EQ(x.return_fraction, y.return_fraction);
  }
  ASSERT_EQ(a.equity.size(), b.equity.size());
  for (std::size_t t = 0; t < a.equity.size(); ++t) {
    SCOPED_TRACE("stamp " + std::to_string(t));
    ASSERT_EQ(a.equity[t], b.equity[t]);
    ASSERT_EQ(a.returns[t], b.returns[t]);
    ASSERT_EQ(a.in_position[t], b.in_position[t]);
  }
  ASSERT_EQ(a.holdings, b.holdings);
  ASSERT_EQ(a.final_cash, b.final_cash);
  ASSERT_EQ(a.final_units, b.final_units);
  ASSERT_EQ(a.fees, b.fees);
  ASSERT_EQ(a.traded_value, b.traded_value);
  ASSERT_EQ(a.ruin_bar, b.ruin_bar);
}

TEST(TargetWeights, TheFastEngineEqualsTheBrokerToTheBit) {
  std::size_t fast = 0, ruined = 0, scaled = 0, waited = 0, delisted = 0;
  for (std::size_t i = 0; i < case_count(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    const GeneratedPanel made = PanelMaker(i).make();
    const Simulation a = simulate_weights_reference(made.panel, made.targets, made.broker, made.instruments).value();
    const Simulation b = simulate_weights(made.panel, made.targets, made.broker, made.instruments).value();
    ASSERT_NO_FATAL_FAILURE(expect_equal(a, b));
    fast += target_weights_are_fast(made.panel, made.broker, made.instruments);
    ruined += a.ruin_bar != kNoBar;
    for (const Order& order : a.orders) {
      scaled += order.status == OrderStatus::kPartlyFilled && order.reason == Reason::kNoCash;
      waited += order.fill_bar > order.decision_bar + 1;
      delisted += order.reason == Reason::kDelisted;
    }
  }
  EXPECT_EQ(fast, case_count());
  EXPECT_GT(ruined, case_count() / 200);
  EXPECT_GT(scaled, case_count());
  EXPECT_GT(waited, case_count() / 10);
  EXPECT_GT(delisted, case_count() / 20);
}

TEST(TargetWeights, CashAndPositionsAreTheEquityAtEveryStamp) {
  for (std::size_t i = 0; i < case_count() / 10; ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    GeneratedPanel made = PanelMaker(i).make();
    made.broker.finalize = false;
    const Simulation run = simulate_weights(made.panel, made.targets, made.broker, made.instruments).value();
    // Books kept here, from the orders and the actions alone.
    double cash = made.broker.cash, fees = 0;
    std::vector<double> units(made.panel.symbols(), 0.0), mark(made.panel.symbols(), 0.0);
    std::vector<std::size_t> next(made.panel.symbols(), 0);
    for (std::size_t t = 0; t < made.panel.size(); ++t) {
      for (std::size_t s = 0; s < units.size(); ++s) {
        const auto& actions = made.instruments[s].actions;
        for (; next[s] < actions.size() && actions[next[s]].time <= made.panel.time()[t]; ++next[s]) {
          const CorporateAction& action = actions[next[s]];
          if (action.kind == CorporateActionKind::kDividend) {
            cash += units[s] * action.value * made.instruments[s].multiplier;
          } else if (action.kind == CorporateActionKind::kSplit) {
            units[s] *= action.value;
            mark[s] /= action.value;
          }
        }
      }
      for (const Order& order : run.orders) {
        if (order.fill_bar != static_cast<std::int64_t>(t) || order.quantity == 0) continue;
        const double signed_units = order.action == OrderAction::kBuy ? order.quantity : -order.quantity;
        units[order.symbol] += signed_units;
        cash -= signed_units * order.price * made.instruments[order.symbol].multiplier + order.fee;
        fees += order.fee;
      }
      double equity = cash;
      for (std::size_t s = 0; s < units.size(); ++s) {
        if (made.panel.has_bar(s, t)) {
          mark[s] = made.panel.series(s).close()[static_cast<std::size_t>(made.panel.row(s, t))];
        }
        equity += units[s] * mark[s] * made.instruments[s].multiplier;
      }
      ASSERT_NEAR(run.equity[t], equity, 1e-9 * (1e3 + std::fabs(equity))) << "stamp " << t;
    }
    ASSERT_NEAR(run.fees, fees, 1e-9 * (1 + fees));
  }
}

/// The same panel with its symbols turned round.
GeneratedPanel turned(const GeneratedPanel& made) {
  GeneratedPanel other = made;
  const std::size_t symbols = made.panel.symbols();
  std::vector<Bars> series;
  for (std::size_t s = symbols; s-- > 0;) {
    Bars bars = made.panel.series(s);
    bars.set_symbol("renamed " + bars.symbol());
    series.push_back(bars);
  }
  other.panel = Panel::create(std::move(series), {.mixed = true}).value();
  std::reverse(other.instruments.begin(), other.instruments.end());
  for (std::size_t s = 0; s < symbols; ++s) other.instruments[s].symbol = other.panel.symbol(s);
  for (std::size_t i = 0; i < made.targets.stamps.size(); ++i) {
    const auto first = other.targets.weights.begin() + static_cast<std::ptrdiff_t>(i * symbols);
    std::reverse(first, first + static_cast<std::ptrdiff_t>(symbols));
  }
  return other;
}

TEST(TargetWeights, SymbolsRenamedAndReorderedChangeNothing) {
  std::size_t compared = 0;
  for (std::size_t i = 0; i < case_count() / 10; ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    GeneratedPanel made = PanelMaker(i).make();
    // What depends on the order of fills by its own rule: tiers (2.2), and steps and minima that cut what is
    // affordable.
    made.broker.fees.tiers.clear();
    made.broker.fees.minimum = made.broker.fees.per_order = 0;
    made.broker.size_step.reset();
    // Likewise shorts filled at a worse price than the market's, where the last entry is cut to what is left.
    made.broker.slippage = made.broker.impact.spread = 0;
    for (Instrument& instrument : made.instruments) instrument.minimum_notional = instrument.tick_size = 0;
    const GeneratedPanel other = turned(made);
    const Simulation a = simulate_weights(made.panel, made.targets, made.broker, made.instruments).value();
    const Simulation b = simulate_weights(other.panel, other.targets, other.broker, other.instruments).value();
    if (a.ruin_bar != kNoBar) continue;
    ++compared;
    // Where the money is used up, rounding alone decides whether a fill of 1e-15 units, or of 1e-20 of a fortune,
    // happens.
    const auto trades = [](const Simulation& run) {
      return std::count_if(run.trades.begin(), run.trades.end(), [&run](const Trade& trade) {
        const double equity = run.equity[static_cast<std::size_t>(trade.entry_bar)];
        return trade.quantity > 1e-9 && trade.quantity * trade.entry_price > 1e-14 * equity;
      });
    };
    ASSERT_EQ(trades(a), trades(b));
    ASSERT_NEAR(a.fees, b.fees, 1e-9 * (1e2 + a.fees));
    for (std::size_t t = 0; t < a.equity.size(); ++t) {
      ASSERT_NEAR(a.equity[t], b.equity[t], 1e-9 * (1e3 + std::fabs(a.equity[t]))) << t;
    }
  }
  EXPECT_GT(compared, case_count() / 20);
}

TEST(TargetWeights, NoMoneyFromNothing) {
  for (std::size_t i = 0; i < case_count() / 20; ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    GeneratedPanel made = PanelMaker(i).make();
    std::vector<Bars> series;
    for (std::size_t s = 0; s < made.panel.symbols(); ++s) {
      const Bars& bars = made.panel.series(s);
      const std::vector<double> price(bars.size(), 100.0);
      series.push_back(bars_of(bars.symbol(), {bars.time().begin(), bars.time().end()}, price, price));
    }
    const Panel flat = Panel::create(std::move(series), {.mixed = true}).value();
    BrokerOptions options;
    options.fill = made.broker.fill;
    const Simulation run = simulate_weights(flat, made.targets, options).value();
    for (const double equity : run.equity) ASSERT_NEAR(equity, options.cash, 1e-7);
  }
}

TEST(TargetWeights, WhatMakesNoSenseIsRefused) {
  const Panel panel =
      Panel::create({bars_of("A", {0, 1}, {1, 1}, {1, 1}), bars_of("B", {0, 1}, {1, 1}, {1, 1})}).value();
  const auto message = [&](const TargetWeights& targets) {
    const auto run = simulate_weights(panel, targets, {});
    return run.ok() ? std::string() : run.error().message;
  };
  EXPECT_NE(message({{0}, {0.5}}).find("one for each stamp and symbol"), std::string::npos);
  EXPECT_NE(message({{2}, {0.5, 0.5}}).find("inside the panel"), std::string::npos);
  EXPECT_NE(message({{1, 1}, {0.5, 0.5, 0.5, 0.5}}).find("ascend"), std::string::npos);
  EXPECT_NE(message({{0}, {0.5, INFINITY}}).find("'B' on 1970-01-01 is infinite"), std::string::npos);
  EXPECT_EQ(message({{0}, {0.5, NAN}}), "");
}

}  // namespace
}  // namespace peak
