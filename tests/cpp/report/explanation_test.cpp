#include "peak/report/explanation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "expression/sample_bars.hpp"
#include "peak/expression/functions.hpp"
#include "peak/sim/class_strategy.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/strategy/file.hpp"

namespace peak {
namespace {

// Bars of bars_of have one price: open, high, low and close.
StrategyDefinition above(const char* level) {
  return parse_strategy("name = \"above\"\n[signals]\nlevel = \"" + std::string(level) +
                            "\"\nentry = \"close > level\"\nexit = \"close < level\"\n",
                        "test")
      .value();
}

TEST(Explanation, EveryNumberOfATradeByHand) {
  const Bars bars = testing::bars_of({10, 11, 12, 11, 10, 12, 13});
  BacktestOptions options;
  options.broker.cash = 1000;
  options.broker.commission = 0.01;
  options.broker.slippage = 0.02;
  const auto result = backtest(bars, above("11.5"), options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  const auto explained = explain(*result, 0);
  ASSERT_TRUE(explained.ok()) << explained.error().message;
  ASSERT_EQ(explained->fills.size(), 2U);

  // Decided on bar 2 (close 12 > 11.5), filled at the open of bar 3.
  const ExplainedFill& entry = explained->fills[0];
  const double open = bars.open()[3], price = open * 1.02;
  EXPECT_EQ(entry.record.decision_bar, 2);
  EXPECT_EQ(entry.market_price, open);
  EXPECT_EQ(entry.record.price, price);
  EXPECT_EQ(entry.cash_before, 1000);
  EXPECT_EQ(entry.cash_after, 0);
  EXPECT_NEAR(entry.quantity, 1000 / (price * 1.01), 1e-12);
  EXPECT_NEAR(entry.slippage, entry.quantity * open * 0.02, 1e-9);
  EXPECT_NEAR(entry.fee, entry.quantity * price * 0.01, 1e-12);
  ASSERT_EQ(entry.lines.size(), 3U);
  EXPECT_EQ(entry.lines[0].name, "level");
  EXPECT_EQ(entry.lines[0].value, 11.5);
  EXPECT_EQ(entry.lines[1].formula, "close > level");
  EXPECT_EQ(entry.lines[1].value, 1.0);
  EXPECT_EQ(entry.lines[1].value_before, 0.0);
  EXPECT_EQ(entry.life.size(), 2U);

  // Decided on bar 3 (close 11), filled at the open of bar 4.
  const ExplainedFill& exit = explained->fills[1];
  EXPECT_EQ(exit.record.decision_bar, 3);
  EXPECT_EQ(exit.cash_before, 0);
  EXPECT_NEAR(exit.cash_after, exit.quantity * bars.open()[4] * 0.98 * 0.99, 1e-9);
  EXPECT_EQ(exit.lines[2].value, 1.0);
  const auto second = explain(*result, 1);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->fills.size(), 1U);  // still open
  EXPECT_NEAR(second->fills[0].cash_before, exit.cash_after, 1e-9);
  EXPECT_EQ(explain(*result, 2).error().message, "there is no trade 2: the run has 2 trades, counted from 0");
}

/// Buys above the mean of three bars; the first line has a name, the second its number.
struct AboveMean {
  Line mean, last;
  void init(Context& ctx) {
    mean = ctx.indicator(expression::sma(expression::close(), 3));
    ctx.name(mean, "mean of three");
    last = ctx.indicator(expression::close() * 2);
  }
  void on_bar(Context& ctx) {
    if (ctx.position() == 0 && ctx.close() > ctx[mean]) ctx.buy();
  }
};

TEST(Explanation, TellsTheLinesOfCodeByTheirNames) {
  const Bars bars = testing::bars_of({10, 11, 9, 10, 14, 15});
  AboveMean strategy;
  const auto result = backtest(bars, strategy, BacktestOptions{});
  ASSERT_TRUE(result.ok()) << result.error().message;
  const auto explained = explain(*result, 0);
  ASSERT_TRUE(explained.ok()) << explained.error().message;
  const ExplainedFill& entry = explained->fills.at(0);
  EXPECT_EQ(entry.record.decision_bar, 4);  // bar 2: 9 < 10; bar 3: 10 = (11 + 9 + 10) / 3; bar 4: 14 > 11
  ASSERT_EQ(entry.lines.size(), 2U);
  EXPECT_EQ(entry.lines[0].name, "mean of three");
  EXPECT_EQ(entry.lines[0].value, 11.0);  // (9 + 10 + 14) / 3
  EXPECT_EQ(entry.lines[0].value_before, 10.0);
  EXPECT_EQ(entry.lines[1].name, "line_1");
  EXPECT_EQ(entry.lines[1].value, 28.0);
}

// Whatever happened, a trade's fills add up to its quantity, fees and price, and cash follows from fill to fill.
TEST(Explanation, FillsAddUpToTheirTrades) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    const Bars bars = testing::generated_bars(400, random, false);
    BacktestOptions options;
    options.broker.commission = 0.001;
    options.broker.slippage = seed % 2 == 0 ? 0.0 : 0.001;
    options.broker.fill = seed % 3 == 0 ? FillTiming::kSameClose : FillTiming::kNextOpen;
    options.broker.accumulate = seed % 5 == 0;
    if (seed % 4 == 0) options.broker.size = Sizing::fraction(0.3);
    auto strategy = parse_strategy(
        "name = \"both\"\n[signals]\nentry = \"crosses_above(close, sma(close, 5))\"\nexit = \"close < close[3]\"\n"
        "short_entry = \"crosses_below(close, sma(close, 9))\"\nshort_exit = \"close > close[4]\"\n",
        "test");
    ASSERT_TRUE(strategy.ok()) << strategy.error().message;
    const auto result = backtest(bars, *strategy, options);
    ASSERT_TRUE(result.ok()) << result.error().message;
    ASSERT_GT(result->simulation.trades.size(), 5U);
    double cash = result->broker.cash;
    for (std::size_t i = 0; i < result->simulation.trades.size(); ++i) {
      const Trade& trade = result->simulation.trades[i];
      const auto explained = explain(*result, i);
      ASSERT_TRUE(explained.ok());
      double bought = 0, sold = 0, fees = 0;
      for (const ExplainedFill& fill : explained->fills) {
        const bool enters = (fill.record.action == OrderAction::kBuy) == (trade.side == Side::kLong);
        (enters ? bought : sold) += fill.quantity;
        fees += fill.fee;
        ASSERT_NEAR(fill.cash_before, cash, 1e-7 * result->broker.cash) << "seed " << seed << " trade " << i;
        cash = fill.cash_after;
      }
      ASSERT_NEAR(bought, trade.quantity, 1e-9 * trade.quantity);
      ASSERT_NEAR(sold, trade.status == TradeStatus::kOpen ? 0 : trade.quantity, 1e-9 * trade.quantity);
      ASSERT_NEAR(fees, trade.entry_fee + trade.exit_fee, 1e-9);
    }
  }
}

TEST(Explanation, TextAndJsonSayWhatHappened) {
  const Bars bars = testing::bars_of({10, 11, 12, 11, 10, 12, 13});
  const auto result = backtest(bars, above("11.5"));
  ASSERT_TRUE(result.ok());
  const auto explained = explain(*result, 0);
  ASSERT_TRUE(explained.ok());
  const std::string text = format_explanation(*result, *explained, {.width = 100});
  for (const char* part :
       {"Trade 0: long", "entry = close > level: true (bar before: false)", "10,000.00 before, 0.00 after",
        "at the open of the bar after the decision (rule 1)", "closed by signal", "P&L"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const std::string json = explanation_json(*result, *explained, 0);
  EXPECT_NE(json.find("\"formula\":\"close > level\",\"value\":true,\"value_before\":false"), std::string::npos)
      << json;
  EXPECT_NE(json.find("\"cash_after\":0"), std::string::npos);
}

}  // namespace
}  // namespace peak
