// The vector kernels against plain code, to the bit, on every SIMD target: 1,200 generated series.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "metrics/drawdown_walk.hpp"
#include "metrics/generated_returns.hpp"
#include "metrics/moments.hpp"
#include "metrics/return_sums.hpp"
#include "metrics/tails.hpp"
#include "peak/base/simd.hpp"
#include "peak/metrics/drawdown.hpp"
#include "peak/metrics/metrics.hpp"

namespace peak {
namespace {

constexpr int kRounds = 1'200;

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same(const ExactSum& a, const ExactSum& b) {
  return a.fixed_units() == b.fixed_units() && same(a.value(), b.value());
}

// Calls `check` for each generated series at each SIMD level.
template <typename Check>
void for_each_series_and_level(Check check) {
  std::mt19937_64 random(11);
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t size = round % 10 == 0 ? 1 + random() % 5'000 : 1 + random() % 200;
    const std::vector<double> returns = generated_returns(random, size, static_cast<unsigned>(round));
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      check(returns, random);
      ASSERT_FALSE(testing::Test::HasFailure()) << level << ", round " << round << ", " << size << " bars";
    }
  }
  ASSERT_TRUE(set_simd_level("").ok());
}

void expect_same_sums(const ReturnSums& a, const ReturnSums& b) {
  ASSERT_EQ(a.count, b.count);
  ASSERT_TRUE(same(a.returns, b.returns));
  ASSERT_TRUE(same(a.squares, b.squares));
  ASSERT_TRUE(same(a.downside, b.downside));
  ASSERT_TRUE(same(a.gains, b.gains));
  if (!b.returns.finite()) return;
  ASSERT_EQ(a.positive, b.positive);
  ASSERT_EQ(a.negative, b.negative);
  ASSERT_EQ(a.smallest, b.smallest);
  ASSERT_EQ(a.largest, b.largest);
}

TEST(ReturnSums, AreThoseOfAPlainLoop) {
  for_each_series_and_level([](std::vector<double> returns, std::mt19937_64& random) {
    if (random() % 20 == 0) returns[random() % returns.size()] = std::nan("");
    ReturnSums plain;
    for (const double r : returns) plain.add(r);
    expect_same_sums(sum_returns(returns), plain);
  });
}

// Runs of bars that are out of the market, wholly in it (the return is the market's), or neither.
void hold_at_times(std::vector<double>& returns, const std::vector<double>& closes, std::mt19937_64& random) {
  std::size_t until = 0;
  unsigned held = 0;
  for (std::size_t i = 0; i < returns.size(); ++i) {
    if (i == until) {
      held = static_cast<unsigned>(random() % 4);
      until = i + 1 + random() % 40;
    }
    if (held == 0) returns[i] = 0.0;
    if (held == 1) returns[i] = closes[i + 1] / closes[i] - 1.0;
    if (held == 2) returns[i] = -0.0;
  }
}

TEST(ReturnsAndPairs, AreThoseOfAPlainLoop) {
  for_each_series_and_level([](std::vector<double> returns, std::mt19937_64& random) {
    std::vector<double> closes = compounded(generated_returns(random, returns.size(), 0), 100.0);
    closes.push_back(closes.back() * 1.5);
    if (random() % 20 == 0) closes[random() % closes.size()] = 0.0;
    if (random() % 2 == 0) hold_at_times(returns, closes, random);
    if (random() % 20 == 0) returns[random() % returns.size()] = random() % 2 == 0 ? -std::nan("") : 1.5;
    ReturnsAndPairs from_closes, from_returns;
    for (std::size_t i = 0; i < returns.size(); ++i) {
      from_closes.add(returns[i], closes[i + 1] / closes[i] - 1.0);
      from_returns.add(returns[i], closes[i]);
    }
    for (const auto kind : {BenchmarkKind::kCloses, BenchmarkKind::kReturns}) {
      const ReturnsAndPairs& plain = kind == BenchmarkKind::kCloses ? from_closes : from_returns;
      const ReturnsAndPairs sums = sum_with_benchmark(returns, closes, kind);
      expect_same_sums(sums.returns, plain.returns);
      ASSERT_TRUE(same(sums.pairs.benchmark, plain.pairs.benchmark));
      ASSERT_TRUE(same(sums.pairs.benchmark_squares, plain.pairs.benchmark_squares));
      ASSERT_TRUE(same(sums.pairs.products, plain.pairs.products));
      ASSERT_TRUE(same(sums.pairs.active_squares, plain.pairs.active_squares));
    }
  });
}

// Against the table of drawdowns and the definition of depth, bar by bar.
TEST(DrawdownWalk, IsThatOfAPlainLoop) {
  for_each_series_and_level([](const std::vector<double>& returns, std::mt19937_64& random) {
    const double cash = 10'000.0;
    std::vector<double> equity = compounded(returns, cash);
    if (random() % 3 == 0) {
      for (double& value : equity) value = std::round(value / 50.0) * 50.0;  // the same peak many times
    }
    const DrawdownSummary summary = walk_drawdowns(equity, cash);
    double peak = cash, max_depth = 0;
    ExactSum squares, scaled;
    for (const double value : equity) {
      peak = std::max(peak, value);
      const double depth = 1.0 - value / peak;
      max_depth = std::max(max_depth, depth);
      squares.add(depth * depth);
      scaled.add(value * summary.scale);
    }
    ASSERT_EQ(summary.scale == 0.0, peak >= 0x1p20);  // 64 times 2^14, the power of two above the cash
    ASSERT_TRUE(same(summary.scaled_sum, scaled) || summary.scale == 0.0);
    ASSERT_TRUE(summary.finite);
    ASSERT_EQ(summary.peak, peak);
    ASSERT_EQ(summary.max_depth, max_depth);
    ASSERT_TRUE(same(summary.squares, squares));
    const std::vector<Drawdown> table = drawdowns(equity, cash);
    std::int64_t longest = 0, total = 0;
    ExactSum depths;
    for (const Drawdown& drawdown : table) {
      longest = std::max(longest, drawdown.bars);
      total += drawdown.bars;
      depths.add(-drawdown.depth);
    }
    ASSERT_EQ(summary.count, static_cast<std::int64_t>(table.size()));
    ASSERT_EQ(summary.longest, longest);
    ASSERT_EQ(summary.total_bars, total);
    ASSERT_TRUE(same(summary.total_depth, depths));
  });
}

// From 100 to 100 * 64: there the sum of the walk ends, and the turnover's mean is that of a pass of its own.
TEST(DrawdownWalk, LeavesTheSumOfAnEquityThatHasGrownLarge) {
  std::vector<double> equity = {100.0, 120.0, 8'192.0, 4'096.0, 4'096.0};
  EXPECT_EQ(walk_drawdowns(equity, 100.0).scale, 0.0);
  equity[2] = 8'191.0;
  EXPECT_EQ(walk_drawdowns(equity, 100.0).scale, 0x1p-7);
  MetricsInput input;
  input.cash = 100.0;
  input.traded_value = 16'603.0;  // the sum of the equity: over 5 bars of one period a year, a turnover of 1
  input.periods_per_year = 1.0;
  const std::vector<double> returns(equity.size(), 0.0);
  input.returns = returns;
  input.equity = equity;
  EXPECT_EQ(compute_metrics(input)[Metric::kTurnover], 1.0);
  equity[2] = 8'192.0;
  input.traded_value = 16'604.0;
  EXPECT_EQ(compute_metrics(input)[Metric::kTurnover], 1.0);
}

TEST(DrawdownWalk, SeesWhatIsNotFiniteWhereverItStands) {
  for (const double odd : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    for (std::size_t at = 0; at < 40; ++at) {
      std::vector<double> equity(40, 99.0);
      equity[at] = odd;
      EXPECT_FALSE(walk_drawdowns(equity, 100.0).finite) << at;
      std::fill(equity.begin(), equity.end(), 100.0);
      equity[at] = odd;
      EXPECT_FALSE(walk_drawdowns(equity, 100.0).finite) << at;
    }
  }
}

// By sorting everything; the formula is numpy's percentile (method "linear") and empyrical's conditional value at risk.
TEST(Tails, AreThoseOfSortedValues) {
  for_each_series_and_level([](const std::vector<double>& returns, std::mt19937_64&) {
    std::vector<double> sorted = returns;
    std::sort(sorted.begin(), sorted.end());
    const auto quantile = [&](double q) {
      const double place = static_cast<double>(sorted.size() - 1) * q;
      const auto rank = static_cast<std::size_t>(place);
      const double a = sorted[rank], b = sorted[std::min(rank + 1, sorted.size() - 1)];
      const double t = place - std::floor(place);
      return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1.0 - t);
    };
    const auto worst = static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * 0.05) + 1;
    ExactSum sum;
    for (std::size_t i = 0; i < worst; ++i) sum.add(sorted[i]);
    const Tails tails = find_tails(returns);
    ASSERT_EQ(tails.lower, quantile(0.05));
    ASSERT_EQ(tails.upper, quantile(0.95));
    ASSERT_EQ(tails.lower_mean, sorted.size() == 1 ? sorted[0] : sum.value() / static_cast<double>(worst));
  });
}

// A series whose sample misleads: every value that the sample's stride meets is far from the rest.
TEST(Tails, HoldWhenTheSampleMisleads) {
  constexpr std::size_t kSize = 256 * 40;
  for (const double seen : {-1.0, 1.0, 0.0}) {
    std::vector<double> values(kSize);
    for (std::size_t i = 0; i < kSize; ++i) values[i] = i % 40 == 0 ? seen : 0.001 * static_cast<double>(i % 977) - 0.4;
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const Tails tails = find_tails(values);
    const double place = static_cast<double>(kSize - 1) * 0.05;
    EXPECT_GE(tails.lower, sorted[static_cast<std::size_t>(place)]);
    EXPECT_LE(tails.lower, sorted[static_cast<std::size_t>(place) + 1]);
    EXPECT_GE(tails.upper, sorted[static_cast<std::size_t>(static_cast<double>(kSize - 1) * 0.95)]);
    EXPECT_LE(tails.upper, sorted[static_cast<std::size_t>(static_cast<double>(kSize - 1) * 0.95) + 1]);
  }
}

// Equal bits on all targets, and near the textbook's formula in extended precision.
TEST(StandardMoments, AreThoseOfThePlainFormula) {
  for_each_series_and_level([](const std::vector<double>& returns, std::mt19937_64&) {
    if (returns.size() < 3) return;
    long double mean = 0, second = 0, third = 0, fourth = 0;
    const auto n = static_cast<long double>(returns.size());
    for (const double r : returns) mean += r / n;
    for (const double r : returns) second += (r - mean) * (r - mean) / n;
    if (second == 0) return;
    const long double deviation = std::sqrt(second);
    for (const double r : returns) {
      const long double z = (r - mean) / deviation;
      third += z * z * z / n;
      fourth += z * z * z * z / n;
    }
    const StandardMoments moments =
        standard_moments(returns, static_cast<double>(mean), static_cast<double>(deviation));
    ASSERT_NEAR(moments.third, static_cast<double>(third), 1e-12 * static_cast<double>(fourth));
    ASSERT_NEAR(moments.fourth, static_cast<double>(fourth), 1e-12 * static_cast<double>(fourth));
  });
}

TEST(ComputeMetrics, GivesTheSameBitsOnEveryTarget) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200; ++round) {
    const std::vector<double> returns = generated_returns(random, 1 + random() % 3'000, static_cast<unsigned>(round));
    const std::vector<double> benchmark = generated_returns(random, returns.size(), 0);
    const Metrics first = compute_metrics_from_returns(returns, 10'000, 252, 0.01, benchmark);
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      const Metrics metrics = compute_metrics_from_returns(returns, 10'000, 252, 0.01, benchmark);
      for (const MetricInfo& info : metric_infos()) {
        ASSERT_TRUE(same(metrics[info.metric], first[info.metric])) << info.name << " on " << level;
        ASSERT_EQ(metrics.reason(info.metric), first.reason(info.metric)) << info.name << " on " << level;
      }
    }
    ASSERT_TRUE(set_simd_level("").ok());
  }
}

}  // namespace
}  // namespace peak
