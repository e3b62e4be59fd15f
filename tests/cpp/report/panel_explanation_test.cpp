// Where the numbers of trades over many symbols come from: by hand, and against the books of generated runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "peak/report/explanation.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/trading/settings.hpp"
#include "sim/generated_panel.hpp"

namespace peak {
namespace {

/// Units of every symbol at the close of a stamp, times their marks.
double worth_at(const BacktestResult& run, std::int64_t stamp) {
  std::vector<double> units(run.panel->symbols(), 0.0);
  for (const HoldingChange& change : run.simulation.holdings) {
    if (change.bar <= stamp) units[change.symbol] = change.units;
  }
  double worth = 0;
  for (std::size_t s = 0; s < units.size(); ++s) {
    const std::int64_t row = run.panel->row(s, static_cast<std::size_t>(stamp));
    if (units[s] == 0 || row < 0) continue;
    worth += units[s] * run.panel->series(s).close()[static_cast<std::size_t>(row)] * run.instruments[s].multiplier;
  }
  return worth;
}

// The fills of a stamp hand the cash on from one to the next, and what the last one leaves is in the books.
void expect_chain(const BacktestResult& run) {
  std::map<std::int64_t, std::vector<ExplainedFill>> by_bar;
  double fees = 0;  // of a reversal's two trades each has its part by quantity
  for (std::size_t i = 0; i < run.simulation.trades.size(); ++i) {
    const auto explained = explain(run, i);
    ASSERT_TRUE(explained.ok()) << explained.error().message;
    for (const ExplainedFill& fill : explained->fills) {
      fees += fill.fee;
      by_bar[fill.record.fill_bar].push_back(fill);
    }
  }
  ASSERT_NEAR(fees, run.simulation.fees, 1e-9 * (1 + fees));
  for (const auto& [bar, fills] : by_bar) {
    const auto t = static_cast<std::size_t>(bar);
    const double rounding = 1e-8 * (1 + std::fabs(run.simulation.equity[t]));
    const auto leaves = [&](double cash) {
      return std::any_of(fills.begin(), fills.end(),
                         [&](const ExplainedFill& fill) { return std::fabs(fill.cash_after - cash) < rounding; });
    };
    std::size_t first = 0;
    for (const ExplainedFill& fill : fills) first += leaves(fill.cash_before) ? 0U : 1U;
    ASSERT_LE(first, 1U) << "stamp " << bar;
    ASSERT_TRUE(leaves(run.simulation.equity[t] - worth_at(run, bar))) << "stamp " << bar;
  }
}

TEST(PanelExplanation, CashGoesFromFillToFillAsTheBooksSay) {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE(seed);
    testing::GeneratedPanel made = testing::PanelMaker(seed).make();
    made.targets.weights.resize(made.targets.stamps.size() * made.panel.symbols());
    // Splits between a symbol's bars change marks that the data do not have, and delistings come before the open.
    for (Instrument& instrument : made.instruments) {
      std::erase_if(instrument.actions,
                    [](const CorporateAction& action) { return action.kind != CorporateActionKind::kDividend; });
    }
    PanelOptions options;
    options.instruments = made.instruments;
    options.run.broker.cash = made.broker.cash;
    options.run.broker.commission = made.broker.commission;
    options.run.broker.slippage = made.broker.slippage;
    options.run.broker.fill = made.broker.fill;
    options.run.broker.size_step = made.broker.size_step;
    for (const auto& [setting, text] : changed_settings(made.broker)) {
      options.run.broker.settings.emplace_back(setting, text);
    }
    const auto panel = std::make_shared<const Panel>(std::move(made.panel));
    for (const Engine engine : {Engine::kFast, Engine::kReference}) {
      options.run.engine = engine;
      const auto run = backtest_weights(panel, made.targets, options);
      ASSERT_TRUE(run.ok()) << run.error().message;
      if (run->simulation.ruin_bar != kNoBar) continue;
      expect_chain(*run);
    }
  }
}

Bars bars_of(const char* symbol, std::vector<double> open, std::vector<double> close) {
  std::vector<Nanoseconds> time;
  for (std::size_t t = 0; t < open.size(); ++t) time.push_back(static_cast<Nanoseconds>(t) * kNanosecondsPerDay);
  return testing::bars_of(symbol, std::move(time), std::move(open), std::move(close));
}

// 1,000 in cash. Day 0: weights 0.8 of A and 0.2 of B, filled on day 1 at 10 and 20: 80 and 10 units; a fee of 1 %
// makes 808 + 202 = 1010 of 1000, so both are scaled by 1000 / 1010: 80 / 1.01 and 10 / 1.01, cash 0 at the end.
// A's fill comes first: 0 + 1000 - 800 = 200 (80 / 1.01 units are 792.08 and a fee of 7.92).
TEST(PanelExplanation, ByHand) {
  const auto panel = std::make_shared<const Panel>(
      Panel::create({bars_of("A", {10, 10, 11}, {10, 10.5, 12}), bars_of("B", {20, 20, 20}, {20, 21, 22})}).value());
  const StrategyDefinition weights = allocation_of_formula("normalize(5 - sqrt(close - 9) * 1)").value();
  // sqrt(10 - 9) = 1: 4; sqrt(20 - 9) = 3.3166: 1.6834; normalized 4 / 5.6834 and 1.6834 / 5.6834
  PanelOptions options;
  options.run.broker.cash = 1'000;
  options.run.broker.commission = 0.01;
  options.rebalance = parse_rebalance("once").value();
  const BacktestResult run = backtest_allocation(panel, weights, options).value();
  ASSERT_EQ(run.simulation.trades.size(), 2U);
  const Explanation first = explain(run, 0).value(), second = explain(run, 1).value();
  ASSERT_EQ(first.fills.size(), 1U);
  EXPECT_EQ(first.fills[0].cash_before, 1'000);
  const double share = 4 / (4 + 5 - std::sqrt(11.0));
  EXPECT_NEAR(first.fills[0].cash_after, 1'000 * (1 - share), 1e-9);
  EXPECT_NEAR(second.fills[0].cash_before, 1'000 * (1 - share), 1e-9);
  EXPECT_EQ(second.fills[0].cash_after, 0);
  EXPECT_EQ(first.fills[0].market_price, 10);
  EXPECT_EQ(second.fills[0].market_price, 20);
  ASSERT_EQ(first.fills[0].lines.size(), 1U);
  EXPECT_EQ(first.fills[0].lines[0].name, "weight");
  EXPECT_NEAR(first.fills[0].lines[0].value.value(), share, 1e-12);
  const std::string text = format_explanation(run, second);
  EXPECT_NE(text.find("units of B"), std::string::npos) << text;
  EXPECT_NE(explanation_json(run, second).find("\"symbol\": \"B\""), std::string::npos);
}

}  // namespace
}  // namespace peak
