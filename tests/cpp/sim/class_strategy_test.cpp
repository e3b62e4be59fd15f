// Strategies as code: equal to formulas to the bit, history that ends at the present bar, orders of every kind by hand.
#include "peak/sim/class_strategy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "peak/expression/functions.hpp"
#include "peak/strategy/builtin.hpp"
#include "sim/walk.hpp"

namespace peak {
namespace {

using testing::walk;

struct Cross {
  static constexpr const char* kName = "cross";
  Line up, down;

  void init(Context& ctx) {
    const auto fast = expression::sma(expression::close(), ctx.parameter("fast", 10));
    const auto slow = expression::sma(expression::close(), ctx.parameter("slow", 50));
    up = ctx.indicator(expression::crosses_above(fast, slow));
    down = ctx.indicator(expression::crosses_below(fast, slow));
  }
  void on_bar(Context& ctx) {
    if (ctx.position() == 0 && ctx.is_true(up)) ctx.buy();
    if (ctx.position() > 0 && ctx.is_true(down)) ctx.close_position();
  }
};

BacktestOptions options_of(FillTiming fill) {
  BacktestOptions options;
  options.broker.commission = 0.001;
  options.broker.slippage = 0.0005;
  options.broker.fill = fill;
  options.parameters = {{"fast", 5}, {"slow", 20}};
  return options;
}

TEST(ClassStrategy, EqualsTheSameRulesAsFormulasToTheBit) {
  const StrategyDefinition formulas = *find_strategy("sma_cross");
  for (const FillTiming fill : {FillTiming::kNextOpen, FillTiming::kSameClose}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      SCOPED_TRACE(std::string(fill_timing_name(fill)) + " " + std::to_string(seed));
      const Bars bars = walk(700, seed);
      Cross cross;
      const auto code = backtest(bars, cross, options_of(fill));
      const auto graph = backtest(bars, formulas, options_of(fill));
      ASSERT_TRUE(code.ok()) << code.error().message;
      ASSERT_TRUE(graph.ok()) << graph.error().message;
      ASSERT_FALSE(graph->simulation.trades.empty());
      ASSERT_EQ(code->simulation.trades.size(), graph->simulation.trades.size());
      for (std::size_t t = 0; t < bars.size(); ++t) {
        ASSERT_EQ(code->simulation.equity[t], graph->simulation.equity[t]) << "bar " << t;
        ASSERT_EQ(code->simulation.returns[t], graph->simulation.returns[t]) << "bar " << t;
        ASSERT_EQ(code->simulation.in_position[t], graph->simulation.in_position[t]) << "bar " << t;
      }
      for (std::size_t i = 0; i < code->simulation.trades.size(); ++i) {
        const Trade &a = code->simulation.trades[i], &b = graph->simulation.trades[i];
        EXPECT_EQ(a.entry_bar, b.entry_bar);
        EXPECT_EQ(a.quantity, b.quantity);
        EXPECT_EQ(a.pnl, b.pnl);
      }
      EXPECT_EQ(code->metrics[Metric::kSharpe], graph->metrics[Metric::kSharpe]);
      EXPECT_EQ(code->strategy.name, "cross");
      EXPECT_EQ(code->parameters.at("fast"), 5);
    }
  }
}

TEST(ClassStrategy, PrefixesOfTheDataGivePrefixesOfTheResult) {
  const Bars bars = walk(400, 3);
  Cross cross;
  const auto whole = backtest(bars, cross, options_of(FillTiming::kNextOpen));
  for (const std::size_t cut : {1UL, 19UL, 20UL, 200UL, 201UL}) {
    Cross again;
    const auto prefix = backtest(bars.slice(0, cut), again, options_of(FillTiming::kNextOpen));
    ASSERT_TRUE(prefix.ok());
    for (std::size_t t = 0; t < cut; ++t) ASSERT_EQ(prefix->simulation.equity[t], whole->simulation.equity[t]);
  }
}

struct Witness {
  Line close_line, extra;
  std::vector<std::int64_t> bars;
  void init(Context& ctx) {
    close_line = ctx.indicator(expression::sma(expression::close(), 3));
    extra = ctx.column("vix");
  }
  void on_bar(Context& ctx) {
    bars.push_back(ctx.bar());
    EXPECT_EQ(ctx.close(), static_cast<double>(10 + ctx.bar()));
    EXPECT_EQ(ctx.close(1), static_cast<double>(9 + ctx.bar()));
    EXPECT_TRUE(std::isnan(ctx.close(ctx.bar() + 1)));  // before the first bar
    EXPECT_TRUE(std::isnan(ctx.close(-1)));             // the future has no name
    EXPECT_EQ(ctx[close_line], static_cast<double>(9 + ctx.bar()));
    EXPECT_EQ(ctx.at(extra, 2), static_cast<double>(98 + ctx.bar()));
    EXPECT_TRUE(std::isnan(ctx[Line{}]));
    EXPECT_EQ(ctx.time(), ctx.bar() * kNanosecondsPerDay);
  }
};

Bars ramp(std::size_t size) {
  std::vector<Nanoseconds> time;
  std::vector<double> close, vix;
  for (std::size_t i = 0; i < size; ++i) {
    time.push_back(static_cast<Nanoseconds>(i) * kNanosecondsPerDay);
    close.push_back(10 + static_cast<double>(i));
    vix.push_back(100 + static_cast<double>(i));
  }
  const Column prices = Column::own("close", close);
  return Bars::from_columns(Column::own("time", time, ColumnType::kTime), prices, prices, prices, prices, Column(),
                            {Column::own("vix", vix)})
      .value();
}

TEST(ClassStrategy, SeesHistoryUpToThePresentBarAfterTheWarmUp) {
  Witness witness;
  const auto result = backtest(ramp(6), witness);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(witness.bars, (std::vector<std::int64_t>{2, 3, 4, 5}));  // an average of 3 is known from bar 2 on
  ASSERT_EQ(result->warnings.size(), 1U);
  EXPECT_EQ(result->warnings[0], "no trades: the strategy gave no order");
}

/// Gives one order on bar 1 of a ramp 10, 11, 12, ...
struct OneOrder {
  OrderTerms terms;
  bool sells = false;
  std::int64_t cancel_on = -1;
  std::vector<double> equities;
  void init(Context& ctx) { ctx.warm_up(0); }
  void on_bar(Context& ctx) {
    if (ctx.bar() == 1) last = sells ? ctx.sell(terms) : ctx.buy(terms);
    if (ctx.bar() == cancel_on) {
      EXPECT_TRUE(ctx.cancel(last));
    }
    equities.push_back(ctx.equity());
  }
  OrderId last = kNoOrder;
};

TEST(ClassStrategy, FillsAMarketOrderAtTheNextOpen) {
  OneOrder strategy;
  strategy.terms.size = Sizing::units(5);
  const auto result = backtest(ramp(5), strategy);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->simulation.orders.size(), 1U);
  EXPECT_EQ(result->simulation.orders[0].fill_bar, 2);
  EXPECT_EQ(result->simulation.orders[0].price, 12);
  EXPECT_EQ(strategy.equities, (std::vector<double>{10'000, 10'000, 10'000, 10'005, 10'010}));
}

std::vector<OrderEventKind> kinds_of(const std::vector<OrderEvent>& life) {
  std::vector<OrderEventKind> kinds;
  for (const OrderEvent& event : life) kinds.push_back(event.kind);
  return kinds;
}

TEST(ClassStrategy, KeepsOfALifeWhatTheRecordDoesNotTell) {
  OneOrder whole;
  whole.terms.size = Sizing::units(5);
  const auto plain = backtest(ramp(5), whole);
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE(plain->simulation.events.empty());
  const std::vector<OrderEvent> life = life_of(plain->simulation, 0);
  ASSERT_EQ(kinds_of(life), (std::vector{OrderEventKind::kSubmitted, OrderEventKind::kFill}));
  EXPECT_EQ(life[0].bar, 1);
  EXPECT_EQ(life[1].bar, 2);
  EXPECT_EQ(life[1].quantity, 5);
  EXPECT_EQ(life[1].price, 12);

  // 1,000 units cost 12,000 of 10,000: 833.33 fill, and the rest is given up. Both have to be told.
  OneOrder cut;
  cut.terms.size = Sizing::units(1'000);
  const auto partly = backtest(ramp(5), cut);
  ASSERT_TRUE(partly.ok());
  const std::vector<OrderEvent> events = life_of(partly->simulation, 0);
  ASSERT_EQ(kinds_of(events),
            (std::vector{OrderEventKind::kSubmitted, OrderEventKind::kFill, OrderEventKind::kCancelled}));
  EXPECT_EQ(events[1].quantity, 10'000 / 12.0);
  EXPECT_EQ(events[2].reason, Reason::kNoCash);
  EXPECT_EQ(events[2].bar, 2);
}

TEST(ClassStrategy, TakesTheProfitOfABracket) {
  OneOrder strategy;
  strategy.terms.size = Sizing::units(5);
  strategy.terms.stop_loss = 9;
  strategy.terms.take_profit = 14;
  const auto result = backtest(ramp(6), strategy);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->simulation.trades.size(), 1U);
  EXPECT_EQ(result->simulation.trades[0].exit_bar, 4);  // opens at 14
  EXPECT_EQ(result->simulation.trades[0].exit_reason, ExitReason::kTakeProfit);
  EXPECT_EQ(result->simulation.trades[0].pnl, 10);
}

TEST(ClassStrategy, CancelsAnOrderAndCountsWhatMakesNoSense) {
  OneOrder waiting;
  waiting.terms.limit = 5;
  waiting.cancel_on = 3;
  const auto cancelled = backtest(ramp(5), waiting);
  ASSERT_TRUE(cancelled.ok());
  EXPECT_EQ(cancelled->simulation.orders[0].status, OrderStatus::kCancelled);
  EXPECT_EQ(cancelled->warnings[0], "no trades: 1 order given, 1 order unfilled: cancelled");

  OneOrder senseless;
  senseless.terms.size = Sizing::units(-1);
  const auto rejected = backtest(ramp(5), senseless);
  ASSERT_TRUE(rejected.ok());
  EXPECT_EQ(rejected->simulation.orders[0].reason, Reason::kInvalid);
  EXPECT_EQ(rejected->simulation.equity[4], 10'000);
}

TEST(ClassStrategy, HoldsATargetWeight) {
  struct Half {
    void init(Context& ctx) { ctx.warm_up(0); }
    void on_bar(Context& ctx) {
      ctx.target_weight(ctx.bar() == 0 ? 0.5 : ctx.bar() == 2 ? 0 : ctx.position() * 0 + 0.5);
    }
  } half;
  BacktestOptions options;
  options.broker.cash = 1'100;
  const auto result = backtest(ramp(5), half, options);
  ASSERT_TRUE(result.ok());
  // Bar 1 at 11: 0.5 * 1,100 / 11 = 50 units. Bar 2 at 12: equity 1,150, 0.5 * 1,150 / 12 = 47.9166... Bar 3: none.
  EXPECT_EQ(result->simulation.orders[0].quantity, 50);
  EXPECT_NEAR(result->simulation.orders[1].quantity, 50 - 575.0 / 12, 1e-12);
  EXPECT_EQ(result->simulation.in_position[3], false);
}

TEST(ClassStrategy, RefusesUnknownParametersAndWrongFormulasBeforeTheFirstBar) {
  const Bars bars = walk(50, 1);
  Cross cross;
  BacktestOptions options;
  options.parameters = {{"fats", 5}};
  const auto unknown = backtest(bars, cross, options);
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("no parameter 'fats'; did you mean 'fast'?"), std::string::npos)
      << unknown.error().message;

  struct Wrong {
    int calls = 0;
    void init(Context& ctx) { ctx.indicator(expression::call("smaa", {expression::close(), 3})); }
    void on_bar(Context&) { ++calls; }
  } wrong;
  const auto formula = backtest(bars, wrong);
  ASSERT_FALSE(formula.ok());
  EXPECT_NE(formula.error().message.find("smaa"), std::string::npos);
  EXPECT_EQ(wrong.calls, 0);

  struct Missing {
    void init(Context& ctx) { ctx.column("vix"); }
    void on_bar(Context&) {}
  } missing;
  EXPECT_NE(backtest(bars, missing).error().message.find("no column 'vix'"), std::string::npos);
}

TEST(ClassStrategy, RunsOnNoBarsAndOnOne) {
  Cross cross;
  EXPECT_TRUE(backtest(walk(1, 1), cross).ok());
  Cross again;
  const auto none = backtest(walk(3, 1).slice(0, 0), again);
  ASSERT_TRUE(none.ok()) << none.error().message;
  EXPECT_EQ(none->simulation.equity.size(), 0U);
}

}  // namespace
}  // namespace peak
