// Every way of computing a sweep gives the same bytes: the planner's kernels against single runs, any number of
// threads, every SIMD level, on generated markets with ties, strategies and costs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "peak/base/simd.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/strategy/file.hpp"
#include "peak/study/sweep.hpp"
#include "peak/trading/settings.hpp"
#include "sim/generated_case.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

using testing::swept_market;

struct SweepCase {
  StrategyDefinition strategy;
  std::vector<std::string> axes;
};

StrategyDefinition written(const std::string& entry, const std::string& exit, const std::string& parameters) {
  std::string text = "name = \"t\"\n[params]\n" + parameters + "[signals]\nentry = \"" + entry + "\"\n";
  if (!exit.empty()) text += "exit = \"" + exit + "\"\n";
  return parse_strategy(text, "<text>").value();
}

std::vector<SweepCase> cases() {
  return {
      {find_strategy("sma_cross").value(), {"fast=1:7:1", "slow=2:30:4"}},
      {find_strategy("ema_cross").value(), {"fast=2:6:2", "slow=5:25:5"}},
      {find_strategy("rsi_reversion").value(), {"window=2:8:3", "lower=20:45:5", "upper=55:90:7"}},
      {find_strategy("bollinger_breakout").value(), {"window=3:20:5", "deviations=0.5:2:0.5"}},
      {find_strategy("macd_cross").value(), {"fast=3,5", "slow=8,12", "smooth=2,4"}},
      {find_strategy("donchian_breakout").value(), {"window=2:20:6", "exit_window=2:12:5"}},
      {find_strategy("momentum").value(), {"window=1:9:2", "threshold=-0.01:0.01:0.005"}},
      {find_strategy("buy_and_hold").value(), {"slippage=0,0.01,0.3"}},
      // The same crossing written from the other side; signals that contradict each other; no exit; windows of 0 that
      // fail, as does a commission of 1.
      {written("crosses_below(sma(close, b), sma(close, a))", "crosses_above(sma(close, b), sma(close, a))",
               "a = 3\nb = 9\n"),
       {"a=1:5:1", "b=4:20:4"}},
      {written("crosses_above(close, sma(close, a))", "crosses_below(close, sma(close, a))", "a = 3\n"), {"a=1:40:3"}},
      {written("close > open", "close >= open[a]", "a = 1\n"), {"a=0:6:1"}},
      {written("close % a == 0", "close % a == 0.5", "a = 2\n"), {"a=1:9:0.5"}},
      {written("crosses_above(close, a)", "", "a = 100\n"), {"a=90:110:2.5"}},
      // Stops and targets, near and far, alone and together; a stop of 1 fails.
      {find_strategy("sma_cross").value(),
       {"fast=2,5", "slow=9,15", "stop_loss=0.002,0.01,0.05", "take_profit=0.003,0.03"}},
      {find_strategy("rsi_reversion").value(), {"window=3,5", "lower=30,45", "stop_loss=0.004,0.02,1"}},
      {written("close > open", "close % a == 0.5", "a = 1\n"), {"a=1:4:1", "take_profit=0.001:0.02:0.004"}},
      {find_strategy("momentum").value(), {"window=1,4", "take_profit=0.01,0.5", "stop_loss=0.001,0.9"}},
      {written("sma(close, a) > close", "sma(close, a) < close", "a = 3\n"), {"a=0:8:1", "commission=0,0.001,1"}},
      // More values than one program computes, of which some share parts; bands of a width below 0 among others.
      {find_strategy("macd_cross").value(), {"fast=2:6:2", "slow=8,12", "smooth=0:8:1", "stop_loss=0.004,0.03"}},
      {written("crosses_above(close, bollinger(close, a, b).upper)", "close < bollinger(close, a, b).middle",
               "a = 3\nb = 2\n"),
       {"a=1:13:2", "b=-1:2:0.5", "take_profit=0.02"}},
  };
}

std::vector<Metric> told_metrics() {
  return {Metric::kFinalEquity,
          Metric::kTotalReturn,
          Metric::kCagr,
          Metric::kMeanAnnualReturn,
          Metric::kVolatility,
          Metric::kDownsideRisk,
          Metric::kSharpe,
          Metric::kSortino,
          Metric::kCalmar,
          Metric::kMaxDrawdown,
          Metric::kRecoveryFactor,
          Metric::kTrades,
          Metric::kClosedTrades,
          Metric::kOpenTrades,
          Metric::kWinRate,
          Metric::kProfitFactor,
          Metric::kExpectancy,
          Metric::kExposure,
          Metric::kFees};
}

SweepOptions random_options(std::mt19937_64& random) {
  SweepOptions options;
  options.metrics = told_metrics();
  BrokerOverrides& broker = options.run.broker;
  if (random() % 2 == 0) broker.commission = 0.002;
  if (random() % 3 == 0) broker.slippage = 0.0005;
  if (random() % 2 == 0) broker.fill = FillTiming::kSameClose;
  if (random() % 4 == 0) broker.cash = 97.3;
  if (random() % 4 == 0) options.run.risk_free = 0.03;
  return options;
}

Bars random_market(std::mt19937_64& random) {
  const std::size_t sizes[] = {1, 2, 3, 17, 64, 65, 200, 700, 1500, 5000};
  const std::size_t size = sizes[random() % 10];
  switch (random() % 4) {
    case 0: return swept_market(random(), size, 0.01, 60);
    case 1: return swept_market(random(), size, 0.25, 1);
    case 2: return swept_market(random(), size, 1, 0);  // never moves: every value ties
    default: return swept_market(random(), size);
  }
}

void expect_same_bytes(const SweepResult& a, const SweepResult& b, const std::string& what) {
  ASSERT_EQ(a.values.size(), b.values.size());
  ASSERT_EQ(a.block_sums.size(), b.block_sums.size());
  ASSERT_EQ(a.failures.size(), b.failures.size()) << what;
  for (std::size_t i = 0; i < a.failures.size(); ++i) {
    EXPECT_EQ(a.failures[i].row, b.failures[i].row);
    EXPECT_EQ(a.failures[i].reason, b.failures[i].reason);
  }
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const double x = a.values[i], y = b.values[i];
    if (x == y || (x != x && y != y)) continue;
    const std::size_t row = i / a.metrics.size();
    ADD_FAILURE() << what << ", row " << row << ", " << metric_info(a.metrics[i % a.metrics.size()]).name << ": " << x
                  << " and " << y;
    return;
  }
  EXPECT_EQ(std::memcmp(a.block_sums.data(), b.block_sums.data(), a.block_sums.size() * sizeof(double)), 0) << what;
  ASSERT_EQ(a.periods.size(), b.periods.size());
  for (std::size_t market = 0; market < a.periods.size(); ++market) {
    const TrialPeriods &x = a.periods[market], &y = b.periods[market];
    ASSERT_EQ(x.trials() * x.periods(), y.trials() * y.periods());
    const std::size_t size = x.groups() * TrialPeriods::kLanes * x.periods();
    EXPECT_EQ(std::memcmp(x.group(0), y.group(0), size * sizeof(double)), 0) << what << ", periods";
  }
}

SweepResult swept(const SweepCase& given, const Bars& bars, SweepOptions options, SweepKernel kernel,
                  unsigned threads) {
  std::vector<GridAxis> axes;
  for (const std::string& text : given.axes) axes.push_back(GridAxis::parse(text).value());
  options.kernel = kernel;
  options.threads = threads;
  return sweep(bars, given.strategy, Grid::make(std::move(axes)).value(), options).value();
}

TEST(SweepProperty, EveryKernelGivesTheSingleRuns) {
  std::mt19937_64 random(20'240'607);
  const std::vector<SweepCase> all = cases();
  for (int round = 0; round < 100; ++round) {
    const SweepCase& given = all[static_cast<std::size_t>(round) % all.size()];
    const Bars bars = random_market(random);
    const SweepOptions options = random_options(random);
    const std::string what =
        given.strategy.name + " round " + std::to_string(round) + ", " + std::to_string(bars.size()) + " bars";
    const SweepResult single = swept(given, bars, options, SweepKernel::kGeneral, 1);
    expect_same_bytes(swept(given, bars, options, SweepKernel::kPlanned, 1), single, what);
    expect_same_bytes(swept(given, bars, options, SweepKernel::kPlanned, 2), single, what + ", 2 threads");
  }
}

// Data that are walked in several legs, with positions held over their ends.
TEST(SweepProperty, LongDataGiveTheSingleRuns) {
  std::mt19937_64 random(31);
  const SweepCase given[] = {
      {find_strategy("sma_cross").value(), {"fast=3,40", "slow=9,3000"}},
      {find_strategy("macd_cross").value(), {"fast=3,90", "slow=8,900", "smooth=4", "stop_loss=0.01,0.9"}},
      {find_strategy("rsi_reversion").value(), {"window=3", "lower=30,45", "stop_loss=0.004,0.5", "take_profit=0.01"}},
      {written("close > open", "close % a == 0.5", "a = 1\n"),
       {"a=1,7", "take_profit=0.001,0.9", "fill=next_open,same_close"}},
      {find_strategy("buy_and_hold").value(), {"commission=0,0.01", "stop_loss=0.002,0.95"}},
      {find_strategy("buy_and_hold").value(), {"commission=0,0.01"}}};
  for (const std::size_t size : {16'384U, 16'385U, 40'000U}) {
    for (const SweepCase& one : given) {
      const Bars bars = swept_market(random(), size, 0.25, 2);
      SweepOptions options = random_options(random);
      options.blocks = size == 40'000 ? 2 : 16;
      const std::string what = one.strategy.name + ", " + std::to_string(size) + " bars";
      const SweepResult single = swept(one, bars, options, SweepKernel::kGeneral, 2);
      expect_same_bytes(swept(one, bars, options, SweepKernel::kPlanned, 2), single, what);
    }
  }
}

TEST(SweepProperty, EverySimdLevelGivesTheSameBytes) {
  std::mt19937_64 random(77);
  for (const SweepCase& given : cases()) {
    const Bars bars = swept_market(random(), 900);
    const SweepOptions options = random_options(random);
    const SweepResult widest = swept(given, bars, options, SweepKernel::kPlanned, 1);
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      expect_same_bytes(swept(given, bars, options, SweepKernel::kPlanned, 2), widest, given.strategy.name + level);
    }
    ASSERT_TRUE(set_simd_level("").ok());
  }
}

// The tests above would pass if the planner never chose the walk.
TEST(SweepProperty, ThePlannerSaysWhatItDoes) {
  const Bars bars = swept_market(1, 300);
  const SweepCase crossing = cases()[0], signals = cases()[3];
  const SweepOptions options;
  EXPECT_NE(swept(crossing, bars, options, SweepKernel::kPlanned, 1).plan.find("crossings of two columns"),
            std::string::npos);
  EXPECT_NE(swept(signals, bars, options, SweepKernel::kPlanned, 1).plan.find("entry and exit signals"),
            std::string::npos);
  const SweepCase stops = cases()[14];
  EXPECT_NE(swept(stops, bars, options, SweepKernel::kPlanned, 1).plan.find("stops and targets"), std::string::npos);
  SweepOptions stepped = options;
  stepped.run.broker.size_step = 1;
  EXPECT_NE(swept(crossing, bars, stepped, SweepKernel::kPlanned, 1).plan.find("units come in steps"),
            std::string::npos);
}

// An axis of the broker, and what its value means, said without the sweep's own code.
struct BrokerAxis {
  const char* text;
  Status (*set)(BrokerOverrides& broker, double value);
};

Status set_by_name(BrokerOverrides& broker, const char* name, double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return set_override(broker, *find_broker_setting(name), text);
}

constexpr std::size_t kWalkedAxes = 5;  // the first ones: the walk knows them

std::vector<BrokerAxis> broker_axes() {
  return {
      {"commission=0,0.003",
       [](BrokerOverrides& broker, double value) {
         broker.commission = value;
         return Status();
       }},
      {"slippage=0,0.002",
       [](BrokerOverrides& broker, double value) {
         broker.slippage = value;
         return Status();
       }},
      {"cash=150,20000",
       [](BrokerOverrides& broker, double value) {
         broker.cash = value;
         return Status();
       }},
      {"stop_loss=0.0078125,0.0625,1",
       [](BrokerOverrides& broker, double value) { return set_by_name(broker, "stop_loss", value); }},
      {"take_profit=0.015625,0.25",
       [](BrokerOverrides& broker, double value) { return set_by_name(broker, "take_profit", value); }},
      {"size=0.5,3",
       [](BrokerOverrides& broker, double value) {
         broker.size = value < 1 ? Sizing::fraction(value) : Sizing::units(value);
         return Status();
       }},
      {"size_step=0.5,1",
       [](BrokerOverrides& broker, double value) {
         broker.size_step = value;
         return Status();
       }},
      {"trailing_stop=0.03125,0.5",
       [](BrokerOverrides& broker, double value) { return set_by_name(broker, "trailing_stop", value); }},
      {"fee_per_order=0,1.5",
       [](BrokerOverrides& broker, double value) { return set_by_name(broker, "fee_per_order", value); }},
      {"spread=0,0.5", [](BrokerOverrides& broker, double value) { return set_by_name(broker, "spread", value); }},
      {"leverage=1,2.5", [](BrokerOverrides& broker, double value) { return set_by_name(broker, "leverage", value); }},
      {"max_drawdown=0,0.125",
       [](BrokerOverrides& broker, double value) { return set_by_name(broker, "max_drawdown", value); }},
      {"borrow=0,0.5", [](BrokerOverrides& broker, double value) { return set_by_name(broker, "borrow", value); }},
      {"minimum_notional=0,4000",
       [](BrokerOverrides& broker, double value) { return set_by_name(broker, "minimum_notional", value); }},
  };
}

// Everything that `broker` says, as overrides.
BrokerOverrides overrides_of(const BrokerOptions& broker) {
  BrokerOverrides made;
  made.cash = broker.cash;
  made.commission = broker.commission;
  made.slippage = broker.slippage;
  made.fill = broker.fill;
  made.size = broker.size;
  made.size_step = broker.size_step;
  made.accumulate = broker.accumulate;
  made.finalize = broker.finalize;
  made.execution = broker.execution;
  for (const auto& [setting, text] : changed_settings(broker)) {
    EXPECT_TRUE(set_override(made, *setting, text).ok()) << setting->name;
  }
  return made;
}

std::vector<StrategyDefinition> long_and_short_strategies() {
  const std::string head = "name = \"t\"\n[params]\na = 3\n[signals]\n";
  return {
      parse_strategy(head + "entry = \"close > sma(close, a)\"\nexit = \"close < sma(close, a)\"", "<text>").value(),
      parse_strategy(head + "entry = \"close > close[a]\"\nshort_entry = \"close < close[a]\"", "<text>").value(),
      parse_strategy(head + "entry = \"crosses_above(close, ema(close, a))\"\nexit = \"close < open\"\n"
                            "short_entry = \"crosses_below(close, ema(close, a))\"\nshort_exit = \"close > open\"",
                     "<text>")
          .value(),
  };
}

// Strategies, data and brokers of every kind, against the reference engine: what the planner does not know must go to a
// run of its own, whatever the option that asks for it.
TEST(SweepProperty, EveryRowIsTheReferenceRunOfItsOptions) {
  std::mt19937_64 random(4711);
  const std::vector<BrokerAxis> axes = broker_axes();
  const std::vector<StrategyDefinition> strategies = long_and_short_strategies();
  std::size_t walked = 0, checked = 0;
  for (int round = 0; round < 300; ++round) {
    testing::GeneratedCase generated = testing::CaseMaker(random()).make();
    if (generated.bars.size() == 0) continue;
    if (round % 2 == 0) generated.bars = random_market(random).slice(0, 700);
    // Half of the rounds are near to what the planner's fast kernel takes: one thing more than it knows, or none.
    BrokerOptions near;
    near.fill = generated.broker.fill;
    if (random() % 2 == 0) near.stops.stop_loss = generated.broker.stops.stop_loss;
    if (random() % 4 == 0) near.fees.per_order = 0.5;
    if (random() % 6 == 0) near.limit_fill = LimitFill::kThrough;
    const bool is_near = round % 4 < 2;
    const StrategyDefinition& strategy = strategies[is_near ? 0 : random() % strategies.size()];
    const std::size_t among = is_near && random() % 4 != 0 ? kWalkedAxes : axes.size();
    const BrokerAxis &first = axes[random() % among], &second = axes[random() % among];
    std::vector<GridAxis> grid = {GridAxis::parse("a=1,4").value(), GridAxis::parse(first.text).value()};
    const bool two = first.text != second.text;
    if (two) grid.push_back(GridAxis::parse(second.text).value());
    SweepOptions options;
    options.run.broker = overrides_of(is_near ? near : generated.broker);
    const SweepResult result = sweep(generated.bars, strategy, Grid::make(grid).value(), options).value();
    walked += result.plan.find("walk over trades") != std::string::npos;
    for (std::uint64_t row = 0; row < result.rows(); ++row) {
      BacktestOptions alone;
      alone.engine = Engine::kReference;
      alone.broker = options.run.broker;
      alone.parameters["a"] = result.parameter(row, 0);
      Status set = first.set(alone.broker, result.parameter(row, 1));
      if (set.ok() && two) set = second.set(alone.broker, result.parameter(row, 2));
      const auto run = set.ok() ? backtest(generated.bars, strategy, alone) : Result<BacktestResult>(set.error());
      const bool failed = std::any_of(result.failures.begin(), result.failures.end(),
                                      [&](const SweepFailure& failure) { return failure.row == row; });
      const std::string what = "round " + std::to_string(round) + ", row " + std::to_string(row) + ", " + first.text +
                               " " + second.text + "\n" + result.plan;
      ASSERT_EQ(failed, !run.ok()) << what;
      for (std::size_t column = 0; !failed && column < result.metrics.size(); ++column) {
        const double there = result.value(row, column);
        const bool defined = run->metrics.defined(result.metrics[column]);
        ASSERT_EQ(defined, there == there) << what;
        if (defined) {
          ASSERT_EQ(run->metrics[result.metrics[column]], there) << what;
        }
      }
      ++checked;
    }
  }
  EXPECT_GT(walked, 30U);
  EXPECT_GT(checked, 1000U);
}

// Tiles: more values of the axes than the memory set aside for shared columns holds.
TEST(SweepProperty, TilesGiveTheSameRows) {
  const Bars bars = swept_market(5, 70'000);
  const SweepCase given{find_strategy("sma_cross").value(), {"fast=2:80:2", "slow=100:700:10"}};
  SweepOptions options;
  const SweepResult planned = swept(given, bars, options, SweepKernel::kPlanned, 2);
  for (const std::uint64_t row : {0U, 1U, 60U, 61U, 777U, 1234U, 2439U}) {
    const BacktestResult run = backtest(bars, given.strategy, planned.options_of(row).value()).value();
    for (std::size_t column = 0; column < planned.metrics.size(); ++column) {
      EXPECT_EQ(run.metrics[planned.metrics[column]], planned.value(row, column)) << row;
    }
  }
}

}  // namespace
}  // namespace peak
