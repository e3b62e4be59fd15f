// Columns of signals: every row is the run of its column, whatever computes it.
#include "peak/study/columns.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "peak/base/simd.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

using testing::swept_market;

std::vector<Metric> told_metrics() {
  return {
      Metric::kFinalEquity, Metric::kTotalReturn,  Metric::kCagr,        Metric::kVolatility, Metric::kSharpe,
      Metric::kSortino,     Metric::kDownsideRisk, Metric::kMaxDrawdown, Metric::kCalmar,     Metric::kRecoveryFactor,
      Metric::kTrades,      Metric::kClosedTrades, Metric::kOpenTrades,  Metric::kWinRate,    Metric::kProfitFactor,
      Metric::kExpectancy,  Metric::kExposure,     Metric::kFees};
}

struct Given {
  std::vector<Bits> entries, exits, short_entries;

  [[nodiscard]] std::vector<SignalViews> views() const {
    std::vector<SignalViews> made;
    for (std::size_t k = 0; k < entries.size(); ++k) {
      SignalViews views{entries[k].view(), exits[k].view(), {}, {}};
      if (!short_entries.empty()) views.short_entries = short_entries[k].view();
      made.push_back(views);
    }
    return made;
  }
};

Bits random_bits(std::mt19937_64& random, std::size_t size, double share) {
  Bits bits(size);
  const auto limit = static_cast<std::uint64_t>(share * 0x1p64);
  for (std::size_t t = 0; t < size; ++t) {
    if (share >= 1 || random() < limit) bits.set(t);
  }
  return bits;
}

// Columns of every density: none at all, a few trades, and an order on nearly every bar.
Given random_columns(std::mt19937_64& random, std::size_t size, std::size_t count) {
  constexpr double kShares[] = {0, 0.0005, 0.01, 0.1, 0.5, 0.9, 1};
  Given given;
  for (std::size_t k = 0; k < count; ++k) {
    given.entries.push_back(random_bits(random, size, kShares[random() % 7]));
    given.exits.push_back(random_bits(random, size, kShares[random() % 7]));
  }
  return given;
}

void expect_the_single_runs(const Bars& bars, const Given& given, const ColumnsOptions& options,
                            const std::string& what) {
  const auto columns = given.views();
  const auto result = backtest_columns(bars, columns, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const BacktestResult run = backtest_signals(bars, columns[k], options.run).value();
    for (std::size_t i = 0; i < options.metrics.size(); ++i) {
      const Metric metric = options.metrics[i];
      const double value = result->value(k, i);
      ASSERT_EQ(run.metrics.defined(metric), value == value) << what << " " << metric_info(metric).name;
      if (value == value) {
        ASSERT_EQ(run.metrics[metric], value) << what << ", column " << k << ", " << metric_info(metric).name << "\n"
                                              << result->plan;
      }
    }
  }
}

Bars random_market(std::mt19937_64& random) {
  const std::size_t sizes[] = {1, 2, 3, 63, 64, 65, 129, 700, 4095, 4096, 4098, 9000};
  const std::size_t size = sizes[random() % 12];
  switch (random() % 4) {
    case 0: return swept_market(random(), size, 0.01, 60);
    case 1: return swept_market(random(), size, 0.25, 1);
    case 2: return swept_market(random(), size, 1, 0);  // never moves: every value ties
    default: return swept_market(random(), size);
  }
}

ColumnsOptions random_options(std::mt19937_64& random) {
  ColumnsOptions options;
  if (random() % 4 != 0) options.metrics = told_metrics();
  BrokerOverrides& broker = options.run.broker;
  if (random() % 2 == 0) broker.commission = random() % 4 == 0 ? 0.4 : 0.0005;
  if (random() % 3 == 0) broker.slippage = 0.0005;
  if (random() % 2 == 0) broker.fill = FillTiming::kSameClose;
  if (random() % 4 == 0) broker.cash = 97.3;
  if (random() % 4 == 0) options.run.risk_free = 0.03;
  return options;
}

TEST(Columns, EveryRowIsTheRunOfItsColumn) {
  std::mt19937_64 random(99);
  for (int round = 0; round < 60; ++round) {
    const Bars bars = random_market(random);
    const Given given = random_columns(random, bars.size(), 1 + random() % 11);
    ColumnsOptions options = random_options(random);
    options.threads = 1 + static_cast<unsigned>(random() % 2);
    expect_the_single_runs(bars, given, options, "round " + std::to_string(round));
  }
}

// What the fast ways do not know is run column by column: shorts, stops, sizes, metrics that need every bar.
TEST(Columns, WhatIsNotKnownIsARunOfItsOwn) {
  std::mt19937_64 random(7);
  const Bars bars = swept_market(3, 400);
  Given given = random_columns(random, bars.size(), 3);
  for (int way = 0; way < 4; ++way) {
    ColumnsOptions options;
    if (way == 0) {
      for (std::size_t k = 0; k < 3; ++k) given.short_entries.push_back(random_bits(random, bars.size(), 0.05));
    } else {
      given.short_entries.clear();
    }
    if (way == 1) options.run.broker.size_step = 1;
    if (way == 2) options.run.broker.finalize = true;
    if (way == 3) options.metrics = {Metric::kBestTrade};
    expect_the_single_runs(bars, given, options, "way " + std::to_string(way));
    const auto columns = given.views();
    EXPECT_NE(backtest_columns(bars, columns, options)->plan.find("run of its own"), std::string::npos) << way;
  }
}

TEST(Columns, EverySimdLevelGivesTheSameBytes) {
  std::mt19937_64 random(5);
  const Bars bars = swept_market(11, 5000);
  const Given given = random_columns(random, bars.size(), 9);
  const auto columns = given.views();
  ColumnsOptions options;
  options.metrics = told_metrics();
  const ColumnsResult widest = backtest_columns(bars, columns, options).value();
  EXPECT_NE(widest.plan.find("in lanes"), std::string::npos);
  for (const std::string& level : simd_levels()) {
    ASSERT_TRUE(set_simd_level(level).ok());
    const ColumnsResult result = backtest_columns(bars, columns, options).value();
    EXPECT_EQ(std::memcmp(result.values.data(), widest.values.data(), widest.values.size() * sizeof(double)), 0)
        << level;
  }
  ASSERT_TRUE(set_simd_level("").ok());
}

// Money that leaves the range in which the fast ways hold: the walk gives the column up, and a run of its own is made.
TEST(Columns, MoneyThatVanishesIsRunByItself) {
  const Bars bars = swept_market(2, 6000);
  Given given;
  for (const bool dense : {true, false}) {
    Bits entries(bars.size()), exits(bars.size());
    for (std::size_t t = 0; t < bars.size(); ++t) {
      if (t % (dense ? 2 : 50) == 0) entries.set(t);
      if (t % (dense ? 2 : 50) == 1) exits.set(t);
    }
    given.entries.push_back(entries);
    given.exits.push_back(exits);
  }
  ColumnsOptions options;
  options.metrics = {Metric::kFinalEquity, Metric::kMaxDrawdown};
  options.run.broker.commission = 0.99;  // every fill leaves a hundredth
  expect_the_single_runs(bars, given, options, "vanishing");
}

TEST(Columns, BadInputIsRefusedWithItsColumn) {
  const Bars bars = swept_market(1, 100);
  const Bits good(100), wrong(99);
  const std::vector<SignalViews> columns = {{good.view(), good.view(), {}, {}}, {good.view(), wrong.view(), {}, {}}};
  const auto error = [&](const std::vector<SignalViews>& given, const ColumnsOptions& options) {
    const auto result = backtest_columns(bars, given, options);
    return result.ok() ? "" : result.error().message;
  };
  EXPECT_NE(error(columns, {}).find("column 1 has signals for 99 bars, but the data have 100"), std::string::npos);
  EXPECT_NE(error({}, {}).find("no column"), std::string::npos);
  ColumnsOptions nothing;
  nothing.metrics.clear();
  EXPECT_NE(error({columns[0]}, nothing).find("at least one metric"), std::string::npos);
  ColumnsOptions costs;
  costs.run.broker.commission = 2;
  EXPECT_NE(error({columns[0]}, costs).find("column 0"), std::string::npos);
  EXPECT_NE(error({columns[0]}, costs).find("commission"), std::string::npos);
  ColumnsOptions parameters;
  parameters.run.parameters["fast"] = 3;
  EXPECT_NE(error({columns[0]}, parameters).find("'fast'"), std::string::npos);
}

}  // namespace
}  // namespace peak
