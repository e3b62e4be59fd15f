// Formulas over prices as they were traded (decided case 8.5): worked by hand, and against the same market adjusted.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "generated_panel.hpp"
#include "peak/expression/functions.hpp"
#include "peak/market/adjust.hpp"
#include "peak/sim/class_strategy.hpp"
#include "peak/sim/panel_strategy.hpp"
#include "peak/sim/runner.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/trading/settings.hpp"

namespace peak {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Bars closes(const std::string& symbol, const std::vector<double>& close) {
  std::vector<Nanoseconds> time;
  for (std::size_t t = 0; t < close.size(); ++t) time.push_back(static_cast<Nanoseconds>(t) * kNanosecondsPerDay);
  return testing::bars_of(symbol, std::move(time), close, close);
}

CorporateAction split_on(std::int64_t day, double ratio) {
  return {day * kNanosecondsPerDay, CorporateActionKind::kSplit, ratio};
}

struct Lines {
  expression::Expression mean{0}, rises{0}, high{0};
  Line lines[3];
  std::vector<double> found[3], raw;
  void init(Context& ctx) {
    lines[0] = ctx.indicator(mean);
    lines[1] = ctx.indicator(rises);
    lines[2] = ctx.indicator(high);
    ctx.warm_up(0);
  }
  void on_bar(Context& ctx) {
    for (int i = 0; i < 3; ++i) found[i].push_back(ctx[lines[i]]);
    raw.push_back(ctx.close(1));
  }
};

void expect_values(const std::vector<double>& found, const std::vector<double>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(wanted[i])) {
      EXPECT_TRUE(std::isnan(found[i])) << i;
    } else {
      EXPECT_EQ(found[i], wanted[i]) << i;
    }
  }
}

// 100, 102, then two for one: 52, 53. On day 2 a chart shows 50, 51, 52.
//   sma(close, 2): (100 + 102) / 2 = 101; (51 + 52) / 2 = 51.5; (52 + 53) / 2 = 52.5
//   close > close[1]: 102 > 100; 52 > 51; 53 > 52: true each day. As traded 52 is a fall from 102.
//   close > 60, a price as it is today: true, true, false, false
TEST(SplitFormulas, ByHand) {
  Lines strategy{
      sma(expression::close(), 2), expression::close() > expression::close()[1], expression::close() > 60, {}, {}, {}};
  BacktestOptions options;
  options.broker.actions = std::vector<CorporateAction>{split_on(2, 2)};
  const auto run = backtest(closes("A", {100, 102, 52, 53}), strategy, options);
  ASSERT_TRUE(run.ok()) << run.error().message;
  expect_values(strategy.found[0], {kNone, 101, 51.5, 52.5});
  expect_values(strategy.found[1], {kNone, 1, 1, 1});
  expect_values(strategy.found[2], {1, 1, 0, 0});
  expect_values(strategy.raw, {kNone, 100, 102, 52});  // the history of prices is as it was traded
}

// Two splits: 2 for 1 on day 1 and 3 for 1 on day 3. 120, 60, 60, 20: no change on any day.
// In units of day 3 the history is 120 / 6, 60 / 3, 60 / 3, 20: 20 each.
TEST(SplitFormulas, TwoSplitsByHand) {
  Bars bars = closes("A", {120, 60, 60, 20});
  bars.set_splits({{1 * kNanosecondsPerDay, 2}, {3 * kNanosecondsPerDay, 3}});
  const std::vector<SplitPeriod> periods = split_periods(bars);
  ASSERT_EQ(periods.size(), 3U);
  expect_values({periods[1].bars.close().begin(), periods[1].bars.close().end()}, {60, 60, 60});
  expect_values({periods[2].bars.close().begin(), periods[2].bars.close().end()}, {20, 20, 20, 20});
  EXPECT_EQ(units_between(bars.splits(), 0, 3 * kNanosecondsPerDay), 6);
  // A panel's index takes them out too: it stays at 100.
  const Panel panel = Panel::create({bars}).value();
  const Bars index = panel.equal_weight_index();
  expect_values({index.close().begin(), index.close().end()}, {100, 100, 100, 100});
}

/// A random market as it was traded with splits of 2, 4 and 1/2 for one, and the same adjusted to its last day. Powers
/// of two change no digit, so runs of both must be equal to the bit.
struct Market {
  Bars raw, adjusted;
  std::vector<CorporateAction> actions;
};

Market market(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Market made;
  const std::size_t size = 120;
  std::vector<double> open(size), close(size);
  std::vector<Nanoseconds> time(size);
  double price = 512;
  for (std::size_t t = 0; t < size; ++t) {
    time[t] = static_cast<Nanoseconds>(t) * kNanosecondsPerDay;
    open[t] = price = std::fmax(16, price + static_cast<double>(random() % 65) - 32);
    close[t] = price = std::fmax(16, price + static_cast<double>(random() % 65) - 32);
  }
  made.adjusted = testing::bars_of("A", time, open, close);
  for (const std::uint64_t cut : {random() % 50 + 5, random() % 50 + 60}) {
    const auto day = static_cast<std::int64_t>(cut);
    const double ratio = random() % 3 == 0 ? 0.5 : random() % 2 == 0 ? 2 : 4;
    made.actions.push_back(split_on(day, ratio));
    for (std::size_t t = 0; t < cut; ++t) {
      open[t] *= ratio;
      close[t] *= ratio;
    }
  }
  made.raw = testing::bars_of("A", std::move(time), std::move(open), std::move(close));
  return made;
}

void expect_equal_equity(const Simulation& found, const Simulation& wanted) {
  ASSERT_EQ(found.equity.size(), wanted.equity.size());
  for (std::size_t t = 0; t < found.equity.size(); ++t) ASSERT_EQ(found.equity[t], wanted.equity[t]) << t;
}

TEST(SplitFormulas, ARunOnRawPricesIsThatOnAdjustedOnes) {
  std::size_t trades = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Market made = market(seed);
    for (const char* name : {"sma_cross", "rsi_reversion", "bollinger_bands", "macd"}) {
      SCOPED_TRACE(name);
      const StrategyDefinition strategy = find_strategy(name).value();
      BacktestOptions options;
      options.broker.commission = 0.001;
      if (std::string(name) == "sma_cross") options.parameters = {{"fast", 2}, {"slow", 7}};
      if (seed % 2 == 0) {
        static_cast<void>(set_override(options.broker, *find_broker_setting("stop_loss"), "atr:2"));
      }
      const BacktestResult wanted = backtest(made.adjusted, strategy, options).value();
      options.broker.actions = made.actions;
      const BacktestResult found = backtest(made.raw, strategy, options).value();
      expect_equal_equity(found.simulation, wanted.simulation);
      trades += found.simulation.trades.size();

      Runner runner = Runner::create(strategy, options).value();
      for (std::size_t t = 0; t < made.raw.size(); ++t) {
        ASSERT_TRUE(runner
                        .push({made.raw.time()[t],
                               made.raw.open()[t],
                               made.raw.high()[t],
                               made.raw.low()[t],
                               made.raw.close()[t],
                               kNone,
                               {}})
                        .ok());
      }
      expect_equal_equity(runner.result().simulation, found.simulation);
    }
  }
  EXPECT_GT(trades, 200U);
}

TEST(SplitFormulas, APanelOfRawPricesIsThatOfAdjustedOnes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    Market a = market(2 * seed), b = market(2 * seed + 1);
    for (Bars* bars : {&b.raw, &b.adjusted}) bars->set_symbol("B");
    const auto raw = std::make_shared<const Panel>(Panel::create({a.raw, b.raw}).value());
    const auto adjusted = std::make_shared<const Panel>(Panel::create({a.adjusted, b.adjusted}).value());
    PanelOptions plain, actions;
    actions.instruments.resize(2);
    actions.instruments[0].actions = a.actions;
    actions.instruments[1].actions = b.actions;
    for (const char* name : {"inverse_volatility", "volatility_target", "rank_momentum"}) {
      SCOPED_TRACE(name);
      StrategyDefinition recipe = allocation(name).value();
      if (std::string(name) == "rank_momentum") {
        plain.run.parameters = actions.run.parameters = {{"lookback", 20}, {"count", 1}};
      } else {
        plain.run.parameters = actions.run.parameters = {{"window", 10}};
      }
      plain.rebalance = actions.rebalance = parse_rebalance("weekly").value();
      const BacktestResult found = backtest_allocation(raw, recipe, actions).value();
      const BacktestResult wanted = backtest_allocation(adjusted, recipe, plain).value();
      expect_equal_equity(found.simulation, wanted.simulation);
      for (std::size_t t = 0; t < found.bars.size(); ++t) ASSERT_EQ(found.bars.close()[t], wanted.bars.close()[t]);
    }
    plain.rebalance = actions.rebalance = {};
    plain.run.parameters = actions.run.parameters = {{"fast", 2}, {"slow", 7}};
    const StrategyDefinition strategy = find_strategy("sma_cross").value();
    for (const bool sharing : {true, false}) {
      plain.cash_sharing = actions.cash_sharing = sharing;
      expect_equal_equity(backtest_panel(raw, strategy, actions).value().simulation,
                          backtest_panel(adjusted, strategy, plain).value().simulation);
    }
  }
}

}  // namespace
}  // namespace peak
