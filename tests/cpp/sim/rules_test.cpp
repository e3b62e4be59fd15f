// Hand-worked cases of docs/rule_book.md, by rule number; each expected value has its arithmetic beside it.
// Every case runs on both engines.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "peak/sim/fast.hpp"
#include "peak/sim/reference.hpp"

namespace peak {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct Candle {
  double open, close;
};

struct Script {
  std::vector<Candle> candles;
  std::vector<int> entries = {}, exits = {}, short_entries = {}, short_exits = {};
  BrokerOptions broker = {};
};

Bars bars_of(const std::vector<Candle>& candles) {
  std::vector<Nanoseconds> time;
  std::vector<double> open, high, low, close, volume;
  for (const Candle& candle : candles) {
    time.push_back(static_cast<Nanoseconds>(time.size()) * kNanosecondsPerDay);
    open.push_back(candle.open);
    close.push_back(candle.close);
    high.push_back(std::fmax(candle.open, candle.close));
    low.push_back(std::fmin(candle.open, candle.close));
    volume.push_back(1);
  }
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                            Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                            Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                            Column::own("volume", std::move(volume)))
      .value();
}

class Rules : public ::testing::TestWithParam<bool> {
 protected:
  Simulation run(const Script& script) {
    const Bars bars = bars_of(script.candles);
    const auto bits = [&](const std::vector<int>& at) {
      Bits made(bars.size());
      for (const int t : at) made.set(static_cast<std::size_t>(t));
      return made;
    };
    const Bits entries = bits(script.entries), exits = bits(script.exits);
    const Bits short_entries = bits(script.short_entries), short_exits = bits(script.short_exits);
    const SignalViews views{entries.view(), exits.view(), short_entries.view(), short_exits.view()};
    auto result =
        GetParam() ? simulate_fast(bars, views, script.broker) : simulate_reference(bars, views, script.broker);
    EXPECT_TRUE(result.ok());
    return std::move(*result);
  }
};

INSTANTIATE_TEST_SUITE_P(BothEngines, Rules, ::testing::Bool(),
                         [](const auto& engine) { return std::string(engine.param ? "Fast" : "Reference"); });

const std::vector<Candle> kRising{{10, 11}, {12, 13}, {14, 15}, {16, 17}, {18, 19}};

BrokerOptions cash_of(double cash) {
  BrokerOptions broker;
  broker.cash = cash;
  return broker;
}

TEST_P(Rules, Rule1_NextOpenFillsAtTheOpenAfterTheDecision) {
  const Simulation run = this->run({.candles = kRising, .entries = {0}, .exits = {2}, .broker = cash_of(120)});
  ASSERT_EQ(run.trades.size(), 1U);
  const Trade& trade = run.trades[0];
  EXPECT_EQ(trade.entry_bar, 1);
  EXPECT_EQ(trade.entry_price, 12);
  EXPECT_EQ(trade.quantity, 10);  // 120 / 12
  EXPECT_EQ(trade.exit_bar, 3);
  EXPECT_EQ(trade.exit_price, 16);
  EXPECT_EQ(trade.pnl, 40);  // 10 * (16 - 12)
  EXPECT_EQ(run.equity[0], 120);
  EXPECT_EQ(run.equity[1], 130);  // 10 * 13
  EXPECT_EQ(run.equity[2], 150);  // 10 * 15
  EXPECT_EQ(run.equity[3], 160);  // sold at 16
  EXPECT_EQ(run.equity[4], 160);
  EXPECT_EQ(run.returns[2], 15.0 / 13.0 - 1);  // rule 16: price return while cash is 0 and nothing fills
  EXPECT_FALSE(run.in_position[0]);
  EXPECT_TRUE(run.in_position[1]);
  EXPECT_TRUE(run.in_position[2]);
  EXPECT_FALSE(run.in_position[3]);
}

TEST_P(Rules, Rule1_SameCloseFillsAtTheCloseOfTheDecision) {
  Script script{.candles = kRising, .entries = {0}, .exits = {2}, .broker = cash_of(110)};
  script.broker.fill = FillTiming::kSameClose;
  const Simulation run = this->run(script);
  EXPECT_EQ(run.trades[0].entry_bar, 0);
  EXPECT_EQ(run.trades[0].quantity, 10);  // 110 / 11
  EXPECT_EQ(run.trades[0].exit_bar, 2);
  EXPECT_EQ(run.trades[0].pnl, 40);  // 10 * (15 - 11)
  EXPECT_EQ(run.equity[0], 110);
  EXPECT_EQ(run.equity[1], 130);
}

TEST_P(Rules, Rule1_ASignalOnTheLastBarIsUnfilled) {
  const Simulation run = this->run({.candles = kRising, .entries = {4}});
  EXPECT_TRUE(run.trades.empty());
  ASSERT_EQ(run.orders.size(), 1U);
  EXPECT_EQ(run.orders[0].status, OrderStatus::kRejected);
  EXPECT_EQ(run.orders[0].reason, Reason::kEndOfData);
  EXPECT_EQ(run.orders[0].decision_bar, 4);
}

TEST_P(Rules, Rule2_SlippageIsAgainstTheTraderAndFeesAreOnTheSlippedPrice) {
  Script script{.candles = kRising, .entries = {0}, .exits = {2}, .broker = cash_of(1'000)};
  script.broker.slippage = 0.5;
  script.broker.commission = 0.25;
  script.broker.size = {SizingKind::kUnits, 10};
  const Simulation run = this->run(script);
  const Trade& trade = run.trades[0];
  EXPECT_EQ(trade.entry_price, 18);  // 12 * 1.5, above the bar's high: allowed
  EXPECT_EQ(trade.entry_fee, 45);    // 10 * 18 * 0.25
  EXPECT_EQ(trade.exit_price, 8);    // 16 * 0.5
  EXPECT_EQ(trade.exit_fee, 20);     // 10 * 8 * 0.25
  EXPECT_EQ(trade.pnl, -165);        // 10 * (8 - 18) - 45 - 20
  EXPECT_EQ(run.final_cash, 835);    // 1000 - 180 - 45 + 80 - 20
  EXPECT_EQ(run.fees, 65);
  EXPECT_EQ(run.traded_value, 260);  // 180 + 80
}

TEST_P(Rules, Rule3_AllInLeavesNoCashAndPaysTheFeeOutOfIt) {
  Script script{.candles = kRising, .entries = {0}, .broker = cash_of(120)};
  script.broker.commission = 0.25;
  const Simulation run = this->run(script);
  EXPECT_EQ(run.trades[0].quantity, 8);    // 120 / (12 * 1.25)
  EXPECT_EQ(run.trades[0].entry_fee, 24);  // 8 * 12 * 0.25
  EXPECT_EQ(run.final_cash, 0);
  EXPECT_EQ(run.equity[4], 152);  // 8 * 19
  EXPECT_EQ(run.trades[0].status, TradeStatus::kOpen);
  EXPECT_EQ(run.trades[0].pnl, 32);  // 8 * (19 - 12) - 24
}

TEST_P(Rules, Rule3_AllInTakesTheStepThatDivisionRoundsAway) {
  // 0.6 / 0.2 = 2.9999999999999996, and three units cost 3 * 0.2 = 0.6000000000000001 > 0.6: two are bought.
  Script two{.candles = {{0.2, 0.2}, {0.2, 0.2}, {0.2, 0.2}}, .entries = {0}, .broker = cash_of(0.6)};
  two.broker.size_step = 1.0;
  EXPECT_EQ(this->run(two).trades[0].quantity, 2);
  // 0.29 / 0.01 = 28.999999999999996, but 29 * 0.01 = 0.29 can be paid: twenty-nine are bought.
  Script more{.candles = {{0.01, 0.01}, {0.01, 0.01}, {0.01, 0.01}}, .entries = {0}, .broker = cash_of(0.29)};
  more.broker.size_step = 1.0;
  EXPECT_EQ(std::floor(0.29 / 0.01), 28);
  EXPECT_EQ(this->run(more).trades[0].quantity, 29);
}

TEST_P(Rules, Rule3_LessThanAStepIsUnfilled) {
  Script script{.candles = kRising, .entries = {0}, .broker = cash_of(11)};
  script.broker.size_step = 1.0;
  const Simulation run = this->run(script);  // a unit costs 12
  EXPECT_TRUE(run.trades.empty());
  EXPECT_EQ(run.orders[0].reason, Reason::kBelowStep);
}

TEST_P(Rules, Rule3_FractionIsOfEquityBeforeSlippageAndFee) {
  Script script{.candles = kRising, .entries = {0}, .broker = cash_of(1'200)};
  script.broker.size = {SizingKind::kFraction, 0.25};
  script.broker.slippage = 0.5;
  const Simulation run = this->run(script);
  EXPECT_EQ(run.trades[0].quantity, 25);  // 0.25 * 1200 / 12, although a unit then costs 18
  EXPECT_EQ(run.final_cash, 750);         // 1200 - 25 * 18
}

TEST_P(Rules, Rule3_FixedSizesAreCappedByWhatCanBePaid) {
  Script script{.candles = kRising, .entries = {0}, .broker = cash_of(120)};
  script.broker.size = {SizingKind::kUnits, 50};
  Simulation run = this->run(script);
  EXPECT_EQ(run.trades[0].quantity, 10);
  EXPECT_EQ(run.final_cash, 0);
  EXPECT_EQ(run.orders[0].status, OrderStatus::kPartlyFilled);
  EXPECT_EQ(run.orders[0].reason, Reason::kNoCash);
  script.broker.size = {SizingKind::kValue, 60};
  EXPECT_EQ(this->run(script).trades[0].quantity, 5);  // 60 / 12
}

TEST_P(Rules, Rule4_AReversalClosesThenOpensWithWhatIsLeft) {
  Script script{.candles = kRising, .entries = {0}, .short_entries = {2}, .broker = cash_of(120)};
  const Simulation run = this->run(script);
  ASSERT_EQ(run.trades.size(), 2U);
  EXPECT_EQ(run.trades[0].exit_reason, ExitReason::kReversal);
  EXPECT_EQ(run.trades[1].side, Side::kShort);
  EXPECT_EQ(run.trades[1].quantity, 10);  // 160 / 16
  EXPECT_EQ(run.trades[1].entry_bar, 3);
  EXPECT_EQ(run.final_cash, 320);  // 160 + 10 * 16
  EXPECT_EQ(run.equity[4], 130);   // 320 - 10 * 19
  EXPECT_EQ(run.trades[1].pnl, -30);
}

TEST_P(Rules, Rule4_AHeldSideIgnoresItsEntryUnlessAccumulating) {
  Script script{.candles = kRising, .entries = {0, 1}, .broker = cash_of(1'000)};
  script.broker.size = {SizingKind::kUnits, 10};
  EXPECT_EQ(this->run(script).trades[0].quantity, 10);
  EXPECT_EQ(this->run(script).signals.ignored, 1);
  script.broker.accumulate = true;
  const Simulation run = this->run(script);
  ASSERT_EQ(run.trades.size(), 1U);
  EXPECT_EQ(run.trades[0].quantity, 20);
  EXPECT_EQ(run.trades[0].entry_price, 13);  // (10 * 12 + 10 * 14) / 20
  EXPECT_EQ(run.orders[1].purpose, OrderPurpose::kAdd);
}

TEST_P(Rules, Rule5_EntryAndExitWhileFlatIsAConflict) {
  const Simulation run = this->run({.candles = kRising, .entries = {0}, .exits = {0}});
  EXPECT_TRUE(run.orders.empty());
  EXPECT_EQ(run.signals.conflicts, 1);
}

TEST_P(Rules, Rule5_BothEntriesOnOneBarAreAConflict) {
  const Simulation run = this->run({.candles = kRising, .entries = {0}, .short_entries = {0}});
  EXPECT_TRUE(run.orders.empty());
  EXPECT_EQ(run.signals.conflicts, 1);
}

TEST_P(Rules, Rule5_WhileHeldTheExitClosesAndTheEntryDoesNotReopen) {
  const Simulation run = this->run({.candles = kRising, .entries = {0, 2}, .exits = {2}, .broker = cash_of(120)});
  ASSERT_EQ(run.trades.size(), 1U);
  EXPECT_EQ(run.trades[0].status, TradeStatus::kClosed);
  EXPECT_EQ(run.final_cash, 160);
}

TEST_P(Rules, Rule6_AMissingOpenFillsNothingAndAMissingCloseKeepsTheMark) {
  Script script{.candles = {{10, 11}, {kMissing, 13}, {14, 15}, {16, kMissing}, {18, 19}},
                .entries = {0, 1},
                .broker = cash_of(140)};
  const Simulation run = this->run(script);
  ASSERT_EQ(run.orders.size(), 2U);
  EXPECT_EQ(run.orders[0].reason, Reason::kNoPrice);
  EXPECT_EQ(run.trades[0].entry_bar, 2);
  EXPECT_EQ(run.equity[2], 150);  // 10 * 15
  EXPECT_EQ(run.equity[3], 150);  // no close: the last mark
  EXPECT_EQ(run.returns[3], 0);
  EXPECT_EQ(run.equity[4], 190);
}

TEST_P(Rules, Rule8_FinalizeClosesAtTheLastCloseWithTheFee) {
  Script script{.candles = kRising, .entries = {0}, .broker = cash_of(120)};
  script.broker.finalize = true;
  script.broker.commission = 0.25;
  const Simulation run = this->run(script);
  EXPECT_EQ(run.trades[0].exit_price, 19);
  EXPECT_EQ(run.trades[0].exit_reason, ExitReason::kFinalize);
  EXPECT_EQ(run.final_cash, 114);  // 8 * 19 - 8 * 19 * 0.25
  EXPECT_EQ(run.equity[4], 114);
  EXPECT_EQ(run.returns[4], 114.0 / 136.0 - 1);  // bar 3: 8 * 17 = 136
}

TEST_P(Rules, Rule11_AShortThatEatsTheAccountIsLiquidated) {
  Script script{.candles = {{10, 10}, {10, 10}, {20, 21}, {30, 30}, {5, 5}},
                .entries = {3},
                .short_entries = {0},
                .broker = cash_of(100)};
  const Simulation run = this->run(script);  // 10 units short at 10: cash 200
  EXPECT_EQ(run.ruin_bar, 2);
  EXPECT_EQ(run.equity[2], -10);  // 200 - 10 * 21
  EXPECT_EQ(run.returns[2], -1);
  EXPECT_EQ(run.returns[3], 0);
  EXPECT_EQ(run.trades[0].exit_reason, ExitReason::kLiquidation);
  EXPECT_EQ(run.orders.back().reason, Reason::kRuined);
}

TEST_P(Rules, Rule12_BacktestingPyClosesAtTheLastOpenOrTheCloseBeforeTheLast) {
  Script script{.candles = kRising, .entries = {0}, .broker = cash_of(120)};
  script.broker.execution = Execution::kBacktestingPy;
  Simulation run = this->run(script);
  EXPECT_EQ(run.trades[0].exit_bar, 4);
  EXPECT_EQ(run.trades[0].exit_price, 18);
  script.broker.fill = FillTiming::kSameClose;
  script.broker.cash = 110;
  run = this->run(script);
  EXPECT_EQ(run.trades[0].exit_bar, 3);
  EXPECT_EQ(run.trades[0].exit_price, 17);
  EXPECT_EQ(run.equity[4], 170);
}

TEST_P(Rules, Rule15_BadOptionsAreRefusedByName) {
  const auto message = [](const BrokerOptions& broker) {
    const auto result = simulate_fast(bars_of(kRising), {}, broker);
    return result.ok() ? std::string() : result.error().message;
  };
  BrokerOptions broker;
  broker.cash = 0;
  EXPECT_NE(message(broker).find("cash is 0"), std::string::npos);
  broker = {};
  broker.commission = kMissing;
  EXPECT_NE(message(broker).find("commission is nan"), std::string::npos);
  broker.commission = 1.5;
  EXPECT_NE(message(broker).find("commission is 1.5"), std::string::npos);
  broker = {};
  broker.size = {SizingKind::kUnits, -3};
  EXPECT_NE(message(broker).find("size (units) is -3"), std::string::npos);
}

}  // namespace
}  // namespace peak
