// Stepping: bar by bar equal to the batch run to the bit, for formulas and for code; states saved, restored and
// refused.
#include "peak/sim/runner.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "peak/expression/functions.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/trading/settings.hpp"
#include "sim/walk.hpp"

namespace peak {
namespace {

using testing::walk;

LiveBar bar_of(const Bars& bars, std::size_t t) {
  return {bars.time()[t], bars.open()[t], bars.high()[t], bars.low()[t], bars.close()[t], bars.volume()[t]};
}

void expect_equal(const BacktestResult& stepped, const BacktestResult& batch) {
  const Simulation &a = stepped.simulation, &b = batch.simulation;
  ASSERT_EQ(a.equity.size(), b.equity.size());
  for (std::size_t t = 0; t < a.equity.size(); ++t) {
    ASSERT_EQ(a.equity[t], b.equity[t]) << "bar " << t;
    ASSERT_EQ(a.returns[t], b.returns[t]) << "bar " << t;
    ASSERT_EQ(a.in_position[t], b.in_position[t]) << "bar " << t;
  }
  ASSERT_EQ(a.trades.size(), b.trades.size());
  for (std::size_t i = 0; i < a.trades.size(); ++i) {
    EXPECT_EQ(a.trades[i].entry_bar, b.trades[i].entry_bar);
    EXPECT_EQ(a.trades[i].exit_bar, b.trades[i].exit_bar);
    EXPECT_EQ(a.trades[i].quantity, b.trades[i].quantity);
    EXPECT_EQ(a.trades[i].pnl, b.trades[i].pnl);
  }
  ASSERT_EQ(a.orders.size(), b.orders.size());
  for (std::size_t i = 0; i < a.orders.size(); ++i) {
    EXPECT_EQ(a.orders[i].status, b.orders[i].status);
    EXPECT_EQ(a.orders[i].reason, b.orders[i].reason);
    EXPECT_EQ(a.orders[i].price, b.orders[i].price);
  }
  EXPECT_EQ(a.fees, b.fees);
  EXPECT_EQ(a.signals.entries, b.signals.entries);
  EXPECT_EQ(a.signals.ignored, b.signals.ignored);
  EXPECT_EQ(stepped.metrics[Metric::kFinalEquity], batch.metrics[Metric::kFinalEquity]);
  EXPECT_EQ(stepped.fingerprint(), batch.fingerprint());
}

BacktestOptions options_of(FillTiming fill) {
  BacktestOptions options;
  options.broker.commission = 0.001;
  options.broker.slippage = 0.0005;
  options.broker.fill = fill;
  return options;
}

TEST(Runner, EqualsTheBatchRunOfEveryBuiltInStrategy) {
  const Bars bars = walk(600, 5);
  const std::span<const StrategyDefinition> all = builtin_strategies().value();
  for (const StrategyDefinition& strategy : all) {
    for (const FillTiming fill : {FillTiming::kNextOpen, FillTiming::kSameClose}) {
      SCOPED_TRACE(strategy.name + std::string(" ") + fill_timing_name(fill));
      auto runner = Runner::create(strategy, options_of(fill));
      ASSERT_TRUE(runner.ok()) << runner.error().message;
      for (std::size_t t = 0; t < bars.size(); ++t) {
        ASSERT_TRUE(runner->push(bar_of(bars, t)).ok());
        if (t % 97 == 0) expect_equal(runner->result(), *backtest(bars.slice(0, t + 1), strategy, options_of(fill)));
      }
      expect_equal(runner->result(), *backtest(bars, strategy, options_of(fill)));
    }
  }
}

TEST(Runner, EqualsTheBatchRunWithStopsInAverageTrueRanges) {
  const Bars bars = walk(600, 6);
  StrategyDefinition strategy = *find_strategy("sma_cross");
  BacktestOptions options = options_of(FillTiming::kNextOpen);
  ASSERT_TRUE(set_override(options.broker, *find_broker_setting("stop_loss"), "atr:2").ok());
  auto runner = Runner::create(strategy, options);
  ASSERT_TRUE(runner.ok()) << runner.error().message;
  for (std::size_t t = 0; t < bars.size(); ++t) ASSERT_TRUE(runner->push(bar_of(bars, t)).ok());
  expect_equal(runner->result(), *backtest(bars, strategy, options));
}

TEST(Runner, TellsTheOrdersOfABar) {
  const Bars bars = walk(300, 5);
  StrategyDefinition strategy = *find_strategy("sma_cross");
  BacktestOptions options;
  options.parameters = {{"fast", 3}, {"slow", 8}};
  auto runner = Runner::create(strategy, options);
  std::size_t told = 0;
  for (std::size_t t = 0; t < bars.size(); ++t) {
    const auto orders = runner->push(bar_of(bars, t));
    ASSERT_TRUE(orders.ok());
    for (const WorkingOrder& order : *orders) {
      ++told;
      EXPECT_EQ(order.decision_bar, static_cast<std::int64_t>(t));
      EXPECT_EQ(order.request.reduce_only, runner->context().position() > 0);
    }
  }
  EXPECT_EQ(told, backtest(bars, strategy, options)->simulation.orders.size());
  EXPECT_GT(told, 10U);
}

/// Orders of several kinds, one of them cancelled, and something remembered.
struct Trader {
  static constexpr const char* kName = "trader";
  Line mean;
  OrderId waiting = kNoOrder;
  void init(Context& ctx) { mean = ctx.indicator(expression::sma(expression::close(), ctx.parameter("window", 7))); }
  void on_bar(Context& ctx) {
    if (ctx.bar() % 11 == 0) {
      OrderTerms terms;
      terms.size = Sizing::fraction(0.3);
      terms.limit = ctx.close() * 0.995;
      waiting = ctx.buy(terms);
    }
    if (ctx.bar() % 11 == 4 && waiting != kNoOrder) ctx.cancel(waiting);
    if (ctx.position() > 0 && ctx.close() > ctx[mean]) ctx.close_position();
    if (ctx.bar() % 17 == 3) {
      OrderTerms terms;
      terms.size = Sizing::units(3);
      terms.stop_loss = ctx.close() * 1.02;
      ctx.sell(terms);
    }
  }
};

TEST(ClassRunner, EqualsTheBatchRunAndGoesOnAfterARestore) {
  const Bars bars = walk(500, 9);
  const BacktestOptions options = options_of(FillTiming::kNextOpen);
  Trader batch_trader;
  const auto batch = backtest(bars, batch_trader, options);
  ASSERT_GT(batch->simulation.trades.size(), 10U);
  for (const std::size_t cut : {0UL, 1UL, 7UL, 100UL, 251UL, 500UL}) {
    SCOPED_TRACE(cut);
    Trader first;
    auto before = ClassRunner<Trader>::create(first, options);
    ASSERT_TRUE(before.ok()) << before.error().message;
    for (std::size_t t = 0; t < cut; ++t) ASSERT_TRUE(before->push(bar_of(bars, t)).ok());
    Trader second;
    auto after = ClassRunner<Trader>::create(second, options);
    const auto notes = after->restore(before->save(std::to_string(first.waiting)));
    ASSERT_TRUE(notes.ok()) << notes.error().message;
    second.waiting = std::stoll(*notes);
    EXPECT_EQ(after->save(*notes), before->save(*notes));
    for (std::size_t t = cut; t < bars.size(); ++t) ASSERT_TRUE(after->push(bar_of(bars, t)).ok());
    expect_equal(after->result(), *batch);
  }
}

std::string saved_state(const StrategyDefinition& strategy, const BacktestOptions& options, const Bars& bars) {
  auto runner = Runner::create(strategy, options);
  for (std::size_t t = 0; t < bars.size(); ++t) EXPECT_TRUE(runner->push(bar_of(bars, t)).ok());
  return runner->save();
}

TEST(Runner, RefusesEveryCutAndEveryFlippedByte) {
  const StrategyDefinition strategy = *find_strategy("sma_cross");
  const Bars bars = walk(12, 1);
  const std::string state = saved_state(strategy, {}, bars);
  for (std::size_t size = 0; size < state.size(); ++size) {
    auto runner = Runner::create(strategy);
    ASSERT_FALSE(runner->restore(std::string_view(state).substr(0, size)).ok()) << size;
    ASSERT_EQ(runner->context().bar(), -1);
  }
  for (std::size_t place = 0; place < state.size(); ++place) {
    std::string flipped = state;
    flipped[place] = static_cast<char>(flipped[place] ^ 0x10);
    auto runner = Runner::create(strategy);
    ASSERT_FALSE(runner->restore(flipped).ok()) << place;
    ASSERT_EQ(runner->context().bar(), -1);
  }
}

TEST(Runner, RefusesTheStateOfAnotherRun) {
  const StrategyDefinition strategy = *find_strategy("sma_cross");
  const Bars bars = walk(12, 1);
  const std::string state = saved_state(strategy, {}, bars);
  const auto refusal = [&](Result<Runner> runner) { return runner->restore(state).error().message; };
  EXPECT_NE(refusal(Runner::create(*find_strategy("ema_cross"))).find("another strategy"), std::string::npos);
  BacktestOptions other;
  other.broker.commission = 0.1;
  EXPECT_NE(refusal(Runner::create(strategy, other)).find("other options"), std::string::npos);
  EXPECT_NE(refusal(Runner::create(strategy, {}, {"vix"})).find("other further columns"), std::string::npos);
  auto used = Runner::create(strategy);
  ASSERT_TRUE(used->push(bar_of(bars, 0)).ok());
  EXPECT_NE(used->restore(state).error().message.find("new runner"), std::string::npos);
  auto good = Runner::create(strategy);
  EXPECT_TRUE(good->restore(state).ok());
  EXPECT_EQ(good->context().bar(), 11);
}

TEST(Runner, RefusesBarsThatMakeNoSenseAndGoesOn) {
  auto runner = Runner::create(*find_strategy("sma_cross"));
  const LiveBar good{kNanosecondsPerDay, 10, 11, 9, 10, 1};
  ASSERT_TRUE(runner->push(good).ok());
  const auto refused = [&](LiveBar bar, const char* words) {
    const auto pushed = runner->push(bar);
    ASSERT_FALSE(pushed.ok());
    EXPECT_NE(pushed.error().message.find(words), std::string::npos) << pushed.error().message;
    EXPECT_EQ(runner->context().bar(), 0);
  };
  LiveBar next = good;
  refused(next, "does not come after the last one");
  next.time *= 2;
  LiveBar bad = next;
  bad.close = kMissingPrice;
  refused(bad, "has the close nan");
  bad = next;
  bad.open = -1;
  refused(bad, "has the open -1");
  bad = next;
  bad.high = 5;
  refused(bad, "below its low");
  bad = next;
  bad.further = {1};
  refused(bad, "1 further values");
  EXPECT_TRUE(runner->push(next).ok());

  BacktestOptions comparison;
  comparison.broker.execution = Execution::kBacktestingPy;
  EXPECT_FALSE(Runner::create(*find_strategy("sma_cross"), comparison).ok());
  EXPECT_FALSE(Runner::create(*find_strategy("sma_cross"), {}, {"close"}).ok());
}

}  // namespace
}  // namespace peak
