// peak::backtest: strategies end to end, what they refuse, and that the future never changes the past.
#include "peak/sim/backtest.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "peak/strategy/builtin.hpp"
#include "peak/strategy/file.hpp"
#include "sim/walk.hpp"

namespace peak {
namespace {

using testing::walk;

TEST(Backtest, PrefixCheckForEveryBuiltInStrategy) {
  const Bars bars = walk(1'500, 11);
  const std::span<const StrategyDefinition> all = builtin_strategies().value();
  for (const StrategyDefinition& strategy : all) {
    SCOPED_TRACE(strategy.name);
    const auto whole = backtest(bars, strategy);
    ASSERT_TRUE(whole.ok()) << whole.error().message;
    EXPECT_FALSE(whole->simulation.trades.empty());
    for (const std::size_t cut : {1UL, 2UL, 60UL, 61UL, 333UL, 800UL, 801UL, 1'499UL}) {
      SCOPED_TRACE("first " + std::to_string(cut) + " bars");
      const auto prefix = backtest(bars.slice(0, cut), strategy);
      ASSERT_TRUE(prefix.ok()) << prefix.error().message;
      for (std::size_t t = 0; t < cut; ++t) {
        ASSERT_EQ(prefix->simulation.equity[t], whole->simulation.equity[t]) << "bar " << t;
        ASSERT_EQ(prefix->simulation.returns[t], whole->simulation.returns[t]) << "bar " << t;
      }
      for (std::size_t i = 0; i < prefix->simulation.orders.size(); ++i) {
        const Order &now = prefix->simulation.orders[i], &later = whole->simulation.orders[i];
        ASSERT_EQ(now.decision_bar, later.decision_bar);
        if (now.reason == Reason::kEndOfData) continue;  // with more bars the same order fills
        ASSERT_EQ(now.fill_bar, later.fill_bar);
        ASSERT_EQ(now.price, later.price);
        ASSERT_EQ(now.quantity, later.quantity);
      }
    }
  }
}

TEST(Backtest, BothEnginesGiveTheSameResult) {
  const Bars bars = walk(2'000, 5);
  const std::span<const StrategyDefinition> all = builtin_strategies().value();
  for (const StrategyDefinition& strategy : all) {
    SCOPED_TRACE(strategy.name);
    BacktestOptions options;
    options.broker.commission = 0.001;
    const auto fast = backtest(bars, strategy, options);
    options.engine = Engine::kReference;
    const auto reference = backtest(bars, strategy, options);
    ASSERT_TRUE(fast.ok());
    ASSERT_TRUE(reference.ok());
    for (const MetricInfo& info : metric_infos()) {
      EXPECT_EQ(fast->metrics.defined(info.metric), reference->metrics.defined(info.metric)) << info.name;
      if (fast->metrics.defined(info.metric)) {
        EXPECT_EQ(fast->metrics[info.metric], reference->metrics[info.metric]) << info.name;
      }
    }
    EXPECT_EQ(fast->fingerprint(), reference->fingerprint());
  }
}

TEST(Backtest, BuyAndHoldIsTheMarketFromTheSecondOpen) {
  const Bars bars = walk(100, 3);
  const auto strategy = find_strategy("buy_and_hold");
  ASSERT_TRUE(strategy.ok());
  const auto result = backtest(bars, *strategy);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->simulation.equity.back(), 10'000.0 / bars.open()[1] * bars.close()[99]);
}

TEST(Backtest, ParametersAndOptionsChangeTheFingerprint) {
  const Bars bars = walk(200, 3);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  BacktestOptions options;
  const Hash128 plain = backtest(bars, strategy, options)->fingerprint();
  EXPECT_EQ(backtest(bars, strategy, options)->fingerprint(), plain);
  options.parameters["fast"] = 11;
  EXPECT_NE(backtest(bars, strategy, options)->fingerprint().hex(), plain.hex());
  options.parameters.clear();
  options.broker.commission = 0.001;
  EXPECT_NE(backtest(bars, strategy, options)->fingerprint().hex(), plain.hex());
  EXPECT_NE(backtest(bars.slice(0, 199), strategy)->fingerprint().hex(), plain.hex());
}

TEST(Backtest, NoTradesSaysWhy) {
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const auto too_short = backtest(walk(20, 3), strategy);
  ASSERT_TRUE(too_short.ok());
  ASSERT_EQ(too_short->warnings.size(), 1U);
  EXPECT_NE(too_short->warnings[0].find("no entry signal on any of 20 bars"), std::string::npos);

  BacktestOptions poor;
  poor.broker.cash = 1;
  poor.broker.size_step = 1;
  const auto unaffordable = backtest(walk(2'000, 3), strategy, poor);
  ASSERT_TRUE(unaffordable.ok());
  EXPECT_NE(unaffordable->warnings.at(0).find("below_step"), std::string::npos);
  ASSERT_EQ(unaffordable->unfilled_orders().size(), 1U);
  EXPECT_EQ(unaffordable->unfilled_orders()[0].first, Reason::kBelowStep);
}

TEST(Backtest, WrongParametersAreRefusedByName) {
  const Bars bars = walk(100, 3);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  BacktestOptions options;
  options.parameters["fsat"] = 10;
  const auto unknown = backtest(bars, strategy, options);
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("did you mean 'fast'"), std::string::npos) << unknown.error().message;
  options.parameters = {{"fast", 2.5}};
  const auto fractional = backtest(bars, strategy, options);
  ASSERT_FALSE(fractional.ok());
  EXPECT_NE(fractional.error().message.find("2.5"), std::string::npos) << fractional.error().message;
  options = {};
  options.periods_per_year = 0;
  EXPECT_FALSE(backtest(bars, strategy, options).ok());
  options = {};
  options.parameters["fast"] = 3;
  EXPECT_FALSE(backtest_signals(bars, {}, options).ok());
}

// Rule 1: signals of the built-in strategies as they are, and a bar late as users of other engines give them.
TEST(Backtest, SignalsThatLookShiftedAreWarnedOf) {
  const Bars bars = walk(20'000, 17);
  for (const char* name : {"sma_cross", "bollinger_breakout", "macd_cross"}) {
    SCOPED_TRACE(name);
    const auto found = find_strategy(name);
    ASSERT_TRUE(found.ok()) << found.error().message;
    const StrategyDefinition& strategy = *found;
    const std::vector<expression::Expression> outputs{*strategy.entry, *strategy.exit};
    const auto program = expression::Program::compile(outputs);
    ASSERT_TRUE(program.ok());
    expression::Workspace workspace;
    const auto values = program->evaluate(bars, strategy.resolve({}).value(), workspace);
    ASSERT_TRUE(values.ok());
    Bits late_entries(bars.size()), late_exits(bars.size());
    for (std::size_t t = 1; t < bars.size(); ++t) {
      if ((*values)[0].truth[t - 1]) late_entries.set(t);
      if ((*values)[1].truth[t - 1]) late_exits.set(t);
    }
    EXPECT_TRUE(backtest_signals(bars, {(*values)[0].truth, (*values)[1].truth, {}, {}})->warnings.empty());
    const auto late = backtest_signals(bars, {late_entries.view(), late_exits.view(), {}, {}});
    ASSERT_EQ(late->warnings.size(), 1U);
    EXPECT_NE(late->warnings[0].find("shifted by one bar"), std::string::npos);
  }
}

// Excursions by hand: entry at the open of bar 1 (12), exit at the open of bar 3 (16); bars 1 and 2 are seen whole.
TEST(Backtest, ExcursionsCoverTheBarsThatExposeThePosition) {
  const auto bars = Bars::from_columns(Column::own("time", std::vector<Nanoseconds>{0, 1, 2, 3}, ColumnType::kTime),
                                       Column::own("open", std::vector<double>{10, 12, 14, 16}),
                                       Column::own("high", std::vector<double>{11, 15, 18, 99}),
                                       Column::own("low", std::vector<double>{9, 9, 13, 1}),
                                       Column::own("close", std::vector<double>{11, 13, 15, 17}), Column{});
  ASSERT_TRUE(bars.ok());
  Bits entries(4), exits(4);
  entries.set(0);
  exits.set(2);
  const auto result = backtest_signals(*bars, {entries.view(), exits.view(), {}, {}});
  ASSERT_TRUE(result.ok());
  const auto seen = excursions(*result);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].mfe, 18.0 / 12.0 - 1);
  EXPECT_EQ(seen[0].mae, 9.0 / 12.0 - 1);
}

}  // namespace
}  // namespace peak
