// Runs over panels: recipes, formulas that compare symbols, signals with shared and with separate cash.
#include "peak/sim/panel_backtest.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "generated_panel.hpp"
#include "peak/expression/functions.hpp"
#include "peak/expression/panel_program.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/strategy/file.hpp"

namespace peak {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Bars closes(const std::string& symbol, std::vector<double> close, std::int64_t first_day = 0) {
  std::vector<Nanoseconds> time;
  for (std::size_t t = 0; t < close.size(); ++t) {
    time.push_back((first_day + static_cast<std::int64_t>(t)) * kNanosecondsPerDay);
  }
  std::vector<double> open = close;
  return testing::bars_of(symbol, std::move(time), std::move(open), std::move(close));
}

std::vector<double> values(const Panel& panel, const char* formula, std::vector<std::size_t> stamps) {
  const auto parsed = expression::parse(formula);
  EXPECT_TRUE(parsed.ok()) << parsed.error().message;
  const auto made = expression::evaluate_at(panel, *parsed, stamps, {}, 252);
  EXPECT_TRUE(made.ok()) << made.error().message;
  return made.ok() ? *made : std::vector<double>();
}

void expect_values(const std::vector<double>& found, const std::vector<double>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(wanted[i])) {
      EXPECT_TRUE(std::isnan(found[i])) << i << " is " << found[i];
    } else {
      EXPECT_NEAR(found[i], wanted[i], 1e-14) << i;
    }
  }
}

// Day 0: 1, 4, 2, 4 and no E; day 1: 2, 3, 1, 8, 5.
Panel five() {
  return Panel::create(
             {closes("A", {1, 2}), closes("B", {4, 3}), closes("C", {2, 1}), closes("D", {4, 8}), closes("E", {5}, 1)})
      .value();
}

TEST(PanelProgram, FunctionsThatCompareSymbols) {
  const Panel panel = five();
  expect_values(values(panel, "rank(close)", {0, 1}),
                {0.25, 0.875, 0.5, 0.875, kNone, 0.4, 0.6, 0.2, 1, 0.8});  // ties share (3 + 4) / 2 of 4
  expect_values(values(panel, "top(close, 2)", {0, 1}), {0, 1, 0, 1, kNone, 0, 0, 0, 1, 1});
  expect_values(values(panel, "bottom(close, 1)", {0}), {1, 0, 0, 0, kNone});
  expect_values(values(panel, "top(close, 1)", {0}), {0, 1, 0, 0, kNone});  // of B and D the earlier
  expect_values(values(panel, "normalize(close - 3)", {0}), {-2 / 5.0, 1 / 5.0, -1 / 5.0, 1 / 5.0, kNone});
  expect_values(values(panel, "normalize(close > 3)", {0}), {0, 0.5, 0, 0.5, kNone});
  expect_values(values(panel, "demean(close)", {0}), {-1.75, 1.25, -0.75, 1.25, kNone});
  // squares 3.0625 + 1.5625 + 0.5625 + 1.5625 = 6.75; / 4 = 1.6875
  const double deviation = std::sqrt(1.6875);
  expect_values(values(panel, "zscore(close)", {0}),
                {-1.75 / deviation, 1.25 / deviation, -0.75 / deviation, 1.25 / deviation, kNone});
  expect_values(values(panel, "zscore(close - close)", {0}), {0, 0, 0, 0, kNone});
}

TEST(PanelProgram, RanksOfManySymbolsAreTheirPlaces) {
  // 200 symbols with close = 0, 1, 2, ... modulo 50, less 20: four equal ones at each value, -0 and 0 among them. The
  // place of the v-th value is the mean of 4 v + 1 .. 4 v + 4.
  std::vector<Bars> series;
  std::vector<double> wanted;
  for (std::size_t s = 0; s < 200; ++s) {
    series.push_back(closes("S" + std::to_string(s), {1 + static_cast<double>(s % 50)}));
    wanted.push_back((4.0 * static_cast<double>(s % 50) + 2.5) / 200);
  }
  const Panel panel = Panel::create(std::move(series)).value();
  expect_values(values(panel, "rank(close - 21)", {0}), wanted);
  expect_values(values(panel, "rank(-(21 - close) / 1e300)", {0}), wanted);
  for (double& place : wanted) place = 1 + 1.0 / 200 - place;  // from the other end
  expect_values(values(panel, "rank(21 - close)", {0}), wanted);
}

TEST(PanelProgram, TheyMayStandInsideAndOutsideOfEverythingElse) {
  const Panel panel = five();
  // at a point: 2 * rank where it is above 0.5, else 0
  expect_values(values(panel, "2 * rank(close) if rank(close) > 0.5 else 0", {1}), {0, 1.2, 0, 2, 1.6});
  expect_values(values(panel, "rank(-rank(close))", {1}), {0.8, 0.6, 1, 0.2, 0.4});
  // looking back: rank today less rank yesterday; E has one bar only
  expect_values(values(panel, "rank(close) - shift(rank(close), 1)", {1}),
                {0.4 - 0.25, 0.6 - 0.875, 0.2 - 0.5, 1 - 0.875, kNone});
  expect_values(values(panel, "top(close, 2) and close > 4", {1}), {0, 0, 0, 1, 1});
  expect_values(values(panel, "shift(top(close, 2), 1)", {1}), {0, 1, 0, 1, kNone});
}

TEST(PanelProgram, ValuesOfASymbolWithoutABarAreThoseOfItsLast) {
  const Panel panel = Panel::create({closes("A", {1, 2, 3}), closes("B", {5, 6})}).value();
  expect_values(values(panel, "close", {2}), {3, 6});
  expect_values(values(panel, "rank(close - close[1])", {2}), {0.75, 0.75});
}

TEST(PanelProgram, ScaledToAVolatility) {
  // Returns of A: +10 %, -10 %, +10 %; of B: 0. Mean 1/30; deviation (ddof 1) of 0.1, -0.1, 0.1 is
  // sqrt(((1/15)^2 * 2 + (2/15)^2) / 2) = 0.11547...; the mix of 0.5 each has half of it.
  const Panel panel = Panel::create({closes("A", {100, 110, 99, 108.9}), closes("B", {10, 10, 10, 10})}).value();
  const double volatility = 0.5 * std::sqrt((2.0 / 225 + 4.0 / 225) / 2) * std::sqrt(252.0);
  const std::vector<double> weights =
      values(panel, "scale_to_volatility(normalize(is_defined(close)), 0.1, 3)", {2, 3});
  EXPECT_TRUE(std::isnan(weights[0]));  // three returns are not there yet
  EXPECT_NEAR(weights[2], 0.5 * 0.1 / volatility, 1e-12);
  EXPECT_NEAR(weights[3], 0.5 * 0.1 / volatility, 1e-12);
  // a target that would need more than the equity is cut to it
  expect_values(values(panel, "scale_to_volatility(normalize(is_defined(close)), 9, 3)", {3}), {0.5, 0.5});
}

TEST(PanelProgram, RefusesWhatMakesNoSense) {
  const Panel panel = five();
  const std::vector<std::size_t> stamps = {0};
  const auto message = [&](const char* formula) {
    const auto parsed = expression::parse(formula);
    if (!parsed.ok()) return parsed.error().message;
    const auto made = expression::evaluate_at(panel, *parsed, stamps, {}, 252);
    return made.ok() ? std::string() : made.error().message;
  };
  EXPECT_NE(message("top(close, 0)").find("top"), std::string::npos);
  EXPECT_NE(message("rank(clos)").find("close"), std::string::npos);
  EXPECT_NE(message("rank(column(\"vix\"))").find("symbol 'A'"), std::string::npos);
  // one symbol has nothing to be compared with
  StrategyDefinition strategy;
  strategy.name = "alone";
  strategy.entry = expression::top(expression::close(), 1);
  const auto alone = backtest(panel.series(0), strategy);
  ASSERT_FALSE(alone.ok());
  EXPECT_NE(alone.error().message.find("top(...) compares symbols"), std::string::npos) << alone.error().message;
}

std::shared_ptr<const Panel> generated(std::uint64_t seed) {
  return std::make_shared<const Panel>(testing::PanelMaker(seed).make().panel);
}

TEST(PanelBacktest, RecipesRunOnEveryPanelAndBothEnginesAgree) {
  ASSERT_EQ(allocation_names().size(), 4U);
  const auto recipes = allocations();
  ASSERT_TRUE(recipes.ok()) << recipes.error().message;
  for (const StrategyDefinition& recipe : *recipes) {
    EXPECT_GT(recipe.description.size(), 100U) << recipe.name;
    const auto again = parse_strategy(to_toml(recipe), "again");
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->fingerprint(), recipe.fingerprint());
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const auto panel = generated(seed);
      PanelOptions options;
      options.rebalance = Rebalance{RebalancePeriod::kBars, false, 3};
      if (recipe.name != "equal_weight") {
        options.run.parameters[recipe.name == "rank_momentum" ? "lookback" : "window"] = 4;
      }
      const auto fast = backtest_allocation(panel, recipe, options);
      ASSERT_TRUE(fast.ok()) << fast.error().message;
      options.run.engine = Engine::kReference;
      const auto plain = backtest_allocation(panel, recipe, options);
      ASSERT_EQ(fast->fingerprint(), plain->fingerprint());
      const std::vector<double> weights = weights_over_time(*fast);
      for (std::size_t t = 0; t < panel->size(); ++t) {
        double sum = 0;
        for (std::size_t s = 0; s < panel->symbols(); ++s) sum += weights[t * panel->symbols() + s];
        ASSERT_LE(sum, 1 + 1e-9);
      }
    }
  }
}

TEST(PanelBacktest, WeightsAreNotForOneSymbolNorSignalsForAnAllocation) {
  const StrategyDefinition recipe = allocation("equal_weight").value();
  const auto one = backtest(five().series(0), recipe);
  ASSERT_FALSE(one.ok());
  EXPECT_NE(one.error().message.find("data of several symbols"), std::string::npos);
  const auto panel = std::make_shared<const Panel>(five());
  EXPECT_FALSE(backtest_allocation(panel, find_strategy("sma_cross").value()).ok());
  EXPECT_NE(allocation("equal_weigth").error().message.find("did you mean 'equal_weight'"), std::string::npos);
}

TEST(PanelBacktest, SignalsOfOneSymbolAreAPlainBacktest) {
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Bars bars = testing::PanelMaker(seed).make().panel.series(0);
    PanelOptions options;
    options.run.parameters = {{"fast", 2}, {"slow", 5}};
    options.run.broker.commission = 0.001;
    const auto panel = std::make_shared<const Panel>(Panel::create({bars}).value());
    const auto plain = backtest(bars, strategy, options.run).value();
    for (const bool sharing : {true, false}) {
      options.cash_sharing = sharing;
      const auto run = backtest_panel(panel, strategy, options).value();
      ASSERT_EQ(run.simulation.trades.size(), plain.simulation.trades.size());
      for (std::size_t t = 0; t < bars.size(); ++t) ASSERT_EQ(run.simulation.equity[t], plain.simulation.equity[t]);
    }
  }
}

// A: 10 for ever. B: 10, then 20. Both are bought on day 1 with half of 1000 each.
TEST(PanelBacktest, SharedAndSeparateCash) {
  const auto panel = std::make_shared<const Panel>(
      Panel::create({closes("A", {10, 10, 10, 10}), closes("B", {10, 10, 20, 20})}).value());
  StrategyDefinition strategy;
  strategy.name = "buy";
  strategy.entry = expression::close() > 0;
  PanelOptions options;
  options.run.broker.cash = 1'000;
  for (const bool sharing : {true, false}) {
    options.cash_sharing = sharing;
    const BacktestResult run = backtest_panel(panel, strategy, options).value();
    EXPECT_EQ(run.simulation.equity[1], 1'000);
    EXPECT_EQ(run.simulation.equity[3], 1'500);  // 50 * 10 + 50 * 20
    ASSERT_EQ(run.simulation.trades.size(), 2U);
    EXPECT_EQ(run.symbol_of(run.simulation.trades[1].symbol), "B");
    const std::vector<double> weights = weights_over_time(run);
    EXPECT_NEAR(weights[3 * 2 + 1], 1'000 / 1'500.0, 1e-12);
    EXPECT_NEAR(excursions(run)[1].mfe, 1, 1e-12);
  }
}

TEST(PanelBacktest, AStrategyMayCompareSymbols) {
  const auto panel = std::make_shared<const Panel>(
      Panel::create({closes("A", {10, 11, 12, 12}), closes("B", {10, 10, 14, 14})}).value());
  StrategyDefinition strategy;
  strategy.name = "leader";
  strategy.entry = expression::top(expression::close(), 1) && expression::close() > 10;
  strategy.exit = !expression::top(expression::close(), 1);
  // day 1: A leads, bought on day 2; day 2: B leads: A sold and B bought on day 3
  const BacktestResult run = backtest_panel(panel, strategy).value();
  ASSERT_EQ(run.simulation.trades.size(), 2U);
  EXPECT_EQ(run.simulation.trades[0].symbol, 0U);
  EXPECT_EQ(run.simulation.trades[0].exit_bar, 3);
  EXPECT_EQ(run.simulation.trades[1].symbol, 1U);
  EXPECT_EQ(run.simulation.trades[1].entry_bar, 3);
}

TEST(PanelBacktest, SaysWhatUsersDoNotSee) {
  const auto panel = std::make_shared<const Panel>(
      Panel::create({closes("A", {10, 10, 10, 10}), closes("GONE", {10, 10, 10})}).value());
  const BacktestResult run = backtest_weights(panel, {{0}, {0.8, 0.8}}).value();
  ASSERT_EQ(run.warnings.size(), 2U);
  EXPECT_NE(run.warnings[0].find("'GONE' has no bar after 1970-01-03"), std::string::npos) << run.warnings[0];
  EXPECT_NE(run.warnings[1].find("on 1 of 1 stamps"), std::string::npos) << run.warnings[1];
}

}  // namespace
}  // namespace peak
