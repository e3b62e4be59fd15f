// Finer bars and bounds, worked by hand: 1,000 in cash, no costs, a stop 5 % below the entry and a target 10 % above
// it.
//
// Every market begins with two flat bars at 100: the signal of the first buys 10 units at the open of the second. The
// third bar opens at 100, reaches 112 and 94 and closes at 105: its stop at 95 and its target at 110 lie inside it.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peak/sim/backtest.hpp"
#include "peak/sim/bounds.hpp"
#include "peak/sim/class_strategy.hpp"
#include "peak/sim/panel_strategy.hpp"
#include "peak/trading/settings.hpp"

namespace peak {
namespace {

constexpr Nanoseconds kHour = 3'600 * kNanosecondsPerSecond;

struct Candle {
  double open, high, low, close;
};

Bars candles(const std::vector<Candle>& rows, Nanoseconds begin = 0, Nanoseconds step = kNanosecondsPerDay) {
  std::vector<Nanoseconds> time;
  std::vector<double> prices[4];
  for (const Candle& row : rows) {
    time.push_back(begin + static_cast<Nanoseconds>(time.size()) * step);
    prices[0].push_back(row.open);
    prices[1].push_back(row.high);
    prices[2].push_back(row.low);
    prices[3].push_back(row.close);
  }
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime), Column::own("open", prices[0]),
                            Column::own("high", prices[1]), Column::own("low", prices[2]),
                            Column::own("close", prices[3]), Column())
      .value();
}

constexpr Candle kFlat{100, 100, 100, 100}, kWide{100, 112, 94, 105};

BacktestOptions protected_options() {
  BacktestOptions options;
  options.broker.cash = 1'000;
  static_cast<void>(set_override(options.broker, *find_broker_setting("stop_loss"), "0.05"));
  static_cast<void>(set_override(options.broker, *find_broker_setting("take_profit"), "0.1"));
  return options;
}

BacktestResult run(const Bars& bars, const std::optional<Bars>& finer, const std::vector<std::size_t>& entries = {0}) {
  Bits signals(bars.size());
  for (const std::size_t t : entries) signals.set(t);
  BacktestOptions options = protected_options();
  options.detail = finer;
  return backtest_signals(bars, {signals.view(), {}, {}, {}}, options).value();
}

void expect_exit(const BacktestResult& result, ExitReason reason, double price, bool ambiguous) {
  const Trade& trade = result.simulation.trades.at(0);
  EXPECT_STREQ(exit_reason_name(trade.exit_reason), exit_reason_name(reason));
  EXPECT_DOUBLE_EQ(trade.exit_price, price);
  EXPECT_EQ(trade.ambiguous, ambiguous);
  EXPECT_DOUBLE_EQ(result.simulation.equity[2], 10 * price);  // 10 units, and no cash beside them
}

TEST(Detail, TheBarAloneTakesTheStop) {
  expect_exit(run(candles({kFlat, kFlat, kWide}), std::nullopt), ExitReason::kStopLoss, 95, true);
}

TEST(Detail, FinerBarsThatRiseFirstTakeTheTarget) {
  const Bars finer = candles({{100, 112, 100, 111}, {111, 111, 94, 105}}, 2 * kNanosecondsPerDay, kHour);
  const BacktestResult result = run(candles({kFlat, kFlat, kWide}), finer);
  expect_exit(result, ExitReason::kTakeProfit, 110, false);
  EXPECT_EQ(result.detail, finer.fingerprint());
  EXPECT_NE(result.fingerprint(), run(candles({kFlat, kFlat, kWide}), std::nullopt).fingerprint());
}

TEST(Detail, FinerBarsThatFallFirstTakeTheStop) {
  const Bars finer = candles({{100, 101, 94, 96}, {96, 112, 96, 105}}, 2 * kNanosecondsPerDay, kHour);
  expect_exit(run(candles({kFlat, kFlat, kWide}), finer), ExitReason::kStopLoss, 95, false);
}

TEST(Detail, AFinerBarWithBothStaysAmbiguous) {
  const Bars finer = candles({{100, 101, 99, 100}, kWide}, 2 * kNanosecondsPerDay, kHour);
  expect_exit(run(candles({kFlat, kFlat, kWide}), finer), ExitReason::kStopLoss, 95, true);
}

// Decided case 13.6: a gap between two finer bars is a gap; the second opens at 94, below the stop.
TEST(Detail, AGapBetweenFinerBarsFillsAtTheOpen) {
  const Bars finer = candles({{100, 103, 98, 99}, {94, 112, 94, 105}}, 2 * kNanosecondsPerDay, kHour);
  expect_exit(run(candles({kFlat, kFlat, kWide}), finer), ExitReason::kStopLoss, 94, false);
}

TEST(Detail, ABarWithoutFinerOnesIsReadAlone) {
  // Finer bars of the second bar only, on which nothing happens.
  const Bars finer = candles({kFlat, kFlat}, kNanosecondsPerDay, kHour);
  expect_exit(run(candles({kFlat, kFlat, kWide}), finer), ExitReason::kStopLoss, 95, true);
}

TEST(Detail, BarsThatAreNotFinerAreRefused) {
  const Bars bars = candles({kFlat, kFlat, kWide});
  BacktestOptions options = protected_options();
  options.detail = bars;
  const Bits none(bars.size());
  const auto refused = backtest_signals(bars, {none.view(), {}, {}, {}}, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("detail must be finer bars"), std::string::npos) << refused.error().message;
}

TEST(Detail, BarsOfAnotherTimeAreRefused) {
  const Bars bars = candles({kFlat, kFlat, kWide});
  BacktestOptions options = protected_options();
  options.detail = candles({kFlat, kFlat}, 40 * kNanosecondsPerDay, kHour);
  const Bits none(bars.size());
  const auto refused = backtest_signals(bars, {none.view(), {}, {}, {}}, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("inside none of the data's bars"), std::string::npos)
      << refused.error().message;
}

struct Bracket {
  void init(Context& ctx) { ctx.warm_up(0); }
  void on_bar(Context& ctx) {
    OrderTerms terms;
    terms.size = Sizing::units(10);
    terms.stop_loss = 95;
    terms.take_profit = 110;
    if (ctx.bar() == 0) ctx.buy(terms);
  }
};

TEST(Detail, DecidesForStrategiesAsCodeToo) {
  const Bars bars = candles({kFlat, kFlat, kWide});
  BacktestOptions options;
  options.broker.cash = 1'000;
  Bracket alone, with_detail;
  const auto coarse = backtest(bars, alone, options);
  ASSERT_TRUE(coarse.ok());
  expect_exit(*coarse, ExitReason::kStopLoss, 95, true);
  options.detail = candles({{100, 112, 100, 111}, {111, 111, 94, 105}}, 2 * kNanosecondsPerDay, kHour);
  const auto fine = backtest(bars, with_detail, options);
  ASSERT_TRUE(fine.ok());
  expect_exit(*fine, ExitReason::kTakeProfit, 110, false);
  EXPECT_TRUE(fine->detail.has_value());
}

// Two trades: the first leaves inside the wide bar, the second at its target, 110, in a bar that only rises.
//   worst  1,000 -> 10 * 95 = 950;  950 / 100 = 9.5 units; 9.5 * 110 = 1,045
//   best   1,000 -> 10 * 110 = 1,100; 11 units; 11 * 110 = 1,210
//   The path open-high-low meets the target first, as the best; open-low-high the stop, as the worst.
TEST(Bounds, FourReadingsSideBySide) {
  const Bars bars = candles({kFlat, kFlat, kWide, kFlat, kFlat, {100, 111, 99, 110}});
  Bits entries(bars.size());
  entries.set(0);
  entries.set(3);
  const auto between = bounds_of_signals(bars, {entries.view(), {}, {}, {}}, protected_options());
  ASSERT_TRUE(between.ok()) << between.error().message;
  const double expected[] = {1'045, 1'210, 1'210, 1'045};
  for (std::size_t i = 0; i < 4; ++i) {
    const BacktestResult& reading = between->runs[i];
    SCOPED_TRACE(ambiguity_name(reading.broker.ambiguity));
    EXPECT_EQ(reading.broker.ambiguity, static_cast<Ambiguity>(i));
    ASSERT_EQ(reading.simulation.trades.size(), 2U);
    EXPECT_DOUBLE_EQ(reading.simulation.equity[5], expected[i]);
    EXPECT_EQ(reading.simulation.trades[0].ambiguous, i < 2);
    EXPECT_FALSE(reading.simulation.trades[1].ambiguous);
  }
  EXPECT_EQ(between->ambiguous_trades, 1);
  EXPECT_DOUBLE_EQ(between->ambiguous_share, 0.5);
}

TEST(Bounds, NothingIsAmbiguousWithoutTrades) {
  const Bars bars = candles({kFlat, kFlat, kWide});
  const Bits none(bars.size());
  const auto between = bounds_of_signals(bars, {none.view(), {}, {}, {}}, protected_options());
  ASSERT_TRUE(between.ok());
  EXPECT_EQ(between->ambiguous_share, 0);
}

// The fast engine reads a bar under the four rules as the reference engine does.
TEST(Bounds, BothEnginesAgree) {
  const Bars bars = candles({kFlat, kFlat, kWide, kFlat, kFlat, {100, 111, 99, 110}});
  Bits entries(bars.size());
  entries.set(0);
  entries.set(3);
  BacktestOptions options = protected_options();
  const auto fast = bounds_of_signals(bars, {entries.view(), {}, {}, {}}, options);
  options.engine = Engine::kReference;
  const auto reference = bounds_of_signals(bars, {entries.view(), {}, {}, {}}, options);
  ASSERT_TRUE(fast.ok() && reference.ok());
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t t = 0; t < bars.size(); ++t) {
      EXPECT_EQ(fast->runs[i].simulation.equity[t], reference->runs[i].simulation.equity[t]);
    }
  }
}

// Two symbols with 500 each: 5 units of A, as above, and 5 of B, whose price stays. A leaves at 95 or at 110:
//   5 * 95 + 5 * 100 = 975, 5 * 110 + 5 * 100 = 1,050
Bars named_candles(const char* symbol, const std::vector<Candle>& rows, Nanoseconds begin = 0,
                   Nanoseconds step = kNanosecondsPerDay) {
  Bars bars = candles(rows, begin, step);
  bars.set_symbol(symbol);
  return bars;
}

std::shared_ptr<const Panel> two_symbols() {
  return std::make_shared<const Panel>(
      Panel::create({named_candles("A", {kFlat, kFlat, kWide}), named_candles("B", {kFlat, kFlat, kFlat})}).value());
}

StrategyDefinition always_long() {
  StrategyDefinition strategy;
  strategy.name = "always";
  strategy.entry = expression::close() > expression::Expression(0);
  return strategy;
}

std::shared_ptr<const Panel> finer_of(const char* symbol) {
  return std::make_shared<const Panel>(
      Panel::create({named_candles(symbol, {{100, 112, 100, 111}, {111, 111, 94, 105}}, 2 * kNanosecondsPerDay, kHour)})
          .value());
}

struct AlwaysLong {
  void on_bar(PanelContext& ctx) {
    for (const std::uint32_t s : ctx.ready()) {
      if (ctx.bar() == 0) ctx[s].buy({.stop_loss = 95, .take_profit = 110});
    }
  }
};

TEST(Detail, DecidesInsideTheBarsOfEachSymbolOfAPanel) {
  for (const bool sharing : {true, false}) {
    PanelOptions options;
    options.run = protected_options();
    options.cash_sharing = sharing;
    const auto coarse = backtest_panel(two_symbols(), always_long(), options);
    options.detail = finer_of("A");
    const auto fine = backtest_panel(two_symbols(), always_long(), options);
    ASSERT_TRUE(coarse.ok() && fine.ok()) << fine.error().message;
    EXPECT_DOUBLE_EQ(coarse->simulation.equity[2], 975);
    EXPECT_DOUBLE_EQ(fine->simulation.equity[2], 1'050);
    EXPECT_TRUE(coarse->simulation.trades[0].ambiguous);
    EXPECT_FALSE(fine->simulation.trades[0].ambiguous);
    EXPECT_NE(coarse->fingerprint(), fine->fingerprint());
  }
  PanelOptions options;
  options.run.broker.cash = 1'000;
  options.detail = finer_of("A");
  AlwaysLong strategy;
  const auto code = backtest(two_symbols(), strategy, options);
  ASSERT_TRUE(code.ok()) << code.error().message;
  EXPECT_DOUBLE_EQ(code->simulation.equity[2], 1'050);
}

TEST(Detail, OfAPanelIsByNameAndFiner) {
  PanelOptions options;
  options.detail = finer_of("AA");
  const auto unknown = backtest_panel(two_symbols(), always_long(), options);
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("no symbol 'AA'"), std::string::npos) << unknown.error().message;
  options.detail = two_symbols();
  const auto coarse = backtest_panel(two_symbols(), always_long(), options);
  ASSERT_FALSE(coarse.ok());
  EXPECT_NE(coarse.error().message.find("must be finer"), std::string::npos) << coarse.error().message;
  options.detail = finer_of("A");
  StrategyDefinition equal = always_long();
  equal.entry.reset();
  equal.weight = expression::Expression(0.5);
  const auto weights = backtest_allocation(two_symbols(), equal, options);
  ASSERT_FALSE(weights.ok());
  EXPECT_NE(weights.error().message.find("opens and closes only"), std::string::npos) << weights.error().message;
}

TEST(Bounds, OfAPanel) {
  PanelOptions options;
  options.run = protected_options();
  const auto between = bounds_of_panel(two_symbols(), always_long(), options);
  ASSERT_TRUE(between.ok()) << between.error().message;
  const double expected[] = {975, 1'050, 1'050, 975};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(between->runs[i].simulation.equity[2], expected[i]) << i;
  EXPECT_EQ(between->ambiguous_trades, 1);
  EXPECT_DOUBLE_EQ(between->ambiguous_share, 0.5);  // of A's and B's
}

}  // namespace
}  // namespace peak
