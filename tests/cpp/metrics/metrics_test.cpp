#include "peak/metrics/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace peak {
namespace {

Trade closed_trade(double pnl, double return_fraction, std::int64_t entry_bar, std::int64_t exit_bar) {
  Trade trade;
  trade.pnl = pnl;
  trade.return_fraction = return_fraction;
  trade.entry_bar = entry_bar;
  trade.exit_bar = exit_bar;
  return trade;
}

void expect_undefined(const Metrics& metrics, Metric metric, const std::string& reason) {
  EXPECT_TRUE(std::isnan(metrics[metric])) << metric_info(metric).name;
  ASSERT_NE(metrics.reason(metric), nullptr) << metric_info(metric).name;
  EXPECT_EQ(metrics.reason(metric), reason) << metric_info(metric).name;
}

// Four bars: +10 %, -10 %, +10 %, 0 on a cash of 100; four periods a year.
class FourBars : public testing::Test {
 protected:
  FourBars() {
    input_.cash = 100;
    input_.equity = equity_;
    input_.returns = returns_;
    input_.periods_per_year = 4;
  }
  std::vector<double> equity_{110, 99, 108.9, 108.9};
  std::vector<double> returns_{0.1, -0.1, 0.1, 0};
  MetricsInput input_;
};

TEST_F(FourBars, ReturnMetricsByHand) {
  const Metrics metrics = compute_metrics(input_);
  constexpr double kNear = 1e-13;
  EXPECT_EQ(metrics[Metric::kFinalEquity], 108.9);
  EXPECT_EQ(metrics[Metric::kPeakEquity], 110);
  EXPECT_NEAR(metrics[Metric::kTotalReturn], 0.089, kNear);
  EXPECT_NEAR(metrics[Metric::kCagr], 0.089, kNear);  // four bars are one year
  EXPECT_NEAR(metrics[Metric::kMeanAnnualReturn], 0.1, kNear);
  // Squared deviations: 0.03 - 4 * 0.025^2 = 0.0275.
  EXPECT_NEAR(metrics[Metric::kVolatility], std::sqrt(0.0275 / 3) * 2, kNear);
  EXPECT_NEAR(metrics[Metric::kSharpe], 0.025 / std::sqrt(0.0275 / 3) * 2, kNear);
  EXPECT_NEAR(metrics[Metric::kDownsideRisk], 0.1, kNear);  // sqrt(0.01 / 4 * 4)
  EXPECT_NEAR(metrics[Metric::kSortino], 1.0, kNear);       // 0.025 / 0.05 * 2
  EXPECT_NEAR(metrics[Metric::kOmega], 2.0, kNear);
  EXPECT_NEAR(metrics[Metric::kGainToPain], 1.0, kNear);
  EXPECT_NEAR(metrics[Metric::kPositiveShare], 2.0 / 3, kNear);
  EXPECT_EQ(metrics[Metric::kBestReturn], 0.1);
  EXPECT_EQ(metrics[Metric::kWorstReturn], -0.1);
  // Sorted -0.1, 0, 0.1, 0.1: 5 % lies at place 0.15, 95 % at 2.85.
  EXPECT_NEAR(metrics[Metric::kValueAtRisk], -0.085, kNear);
  EXPECT_NEAR(metrics[Metric::kConditionalValueAtRisk], -0.1, kNear);
  EXPECT_NEAR(metrics[Metric::kTailRatio], 0.1 / 0.085, kNear);
  // pandas 3.1: Series([.1, -.1, .1, 0]).skew(), .kurt()
  EXPECT_NEAR(metrics[Metric::kSkew], -0.8545630383279712, kNear);
  EXPECT_NEAR(metrics[Metric::kKurtosis], -1.2892561983471058, 1e-12);
}

TEST_F(FourBars, DrawdownMetricsByHand) {
  const Metrics metrics = compute_metrics(input_);
  EXPECT_EQ(metrics[Metric::kMaxDrawdown], -(1.0 - 99.0 / 110.0));
  EXPECT_EQ(metrics[Metric::kMaxDrawdownBars], 3);
  EXPECT_EQ(metrics[Metric::kAverageDrawdown], -(1.0 - 99.0 / 110.0));
  EXPECT_EQ(metrics[Metric::kAverageDrawdownBars], 3);
  EXPECT_NEAR(metrics[Metric::kUlcerIndex], std::sqrt((0.01 + 0.0001 + 0.0001) / 4), 1e-13);
  EXPECT_NEAR(metrics[Metric::kCalmar], 0.89, 1e-12);
  EXPECT_NEAR(metrics[Metric::kRecoveryFactor], 0.89, 1e-12);
  EXPECT_NEAR(metrics[Metric::kUlcerPerformance], 0.089 / std::sqrt(0.00255), 1e-12);
}

TEST_F(FourBars, RiskFreeRateIsTakenOffPerBar) {
  input_.risk_free = 0.02;  // 0.005 a bar
  const Metrics metrics = compute_metrics(input_);
  EXPECT_NEAR(metrics[Metric::kSharpe], 0.02 / std::sqrt(0.0275 / 3) * 2, 1e-13);
  EXPECT_NEAR(metrics[Metric::kSortino], 0.8, 1e-13);
}

TEST_F(FourBars, TheFirstPeakIsTheCash) {
  equity_ = {90, 95, 99, 99.5};
  returns_ = {-0.1, 0.0556, 0.0421, 0.00505};
  const Metrics metrics = compute_metrics(input_);
  EXPECT_EQ(metrics[Metric::kMaxDrawdown], -(1.0 - 90.0 / 100.0));
  EXPECT_EQ(metrics[Metric::kMaxDrawdownBars], 4);  // from before bar 0 to bar 3
  EXPECT_EQ(metrics[Metric::kPeakEquity], 100);
}

TEST_F(FourBars, TradeMetricsByHand) {
  std::vector<Trade> trades{closed_trade(10, 0.1, 0, 1), closed_trade(-5, -0.05, 1, 2), closed_trade(20, 0.2, 1, 3),
                            closed_trade(0, 0, 2, 3), closed_trade(3, 0.03, 3, kNoBar)};
  trades.back().status = TradeStatus::kOpen;
  input_.trades = trades;
  const Metrics metrics = compute_metrics(input_);
  EXPECT_EQ(metrics[Metric::kTrades], 5);
  EXPECT_EQ(metrics[Metric::kClosedTrades], 4);
  EXPECT_EQ(metrics[Metric::kOpenTrades], 1);
  EXPECT_EQ(metrics[Metric::kOpenPnl], 3);
  EXPECT_EQ(metrics[Metric::kWinRate], 0.5);
  EXPECT_EQ(metrics[Metric::kProfitFactor], 6);
  EXPECT_EQ(metrics[Metric::kExpectancy], 6.25);
  EXPECT_NEAR(metrics[Metric::kAverageTrade], 0.0625, 1e-15);
  EXPECT_EQ(metrics[Metric::kBestTrade], 0.2);
  EXPECT_EQ(metrics[Metric::kWorstTrade], -0.05);
  EXPECT_NEAR(metrics[Metric::kAverageWin], 0.15, 1e-15);
  EXPECT_EQ(metrics[Metric::kAverageLoss], -0.05);
  EXPECT_EQ(metrics[Metric::kPayoffRatio], 3);
  EXPECT_NEAR(metrics[Metric::kKelly], 1.0 / 3, 1e-15);  // 0.5 - 0.5 / 3
  EXPECT_NEAR(metrics[Metric::kSqn], 2 * 6.25 / std::sqrt(368.75 / 3), 1e-14);
  EXPECT_EQ(metrics[Metric::kMaxConsecutiveWins], 1);
  EXPECT_EQ(metrics[Metric::kMaxConsecutiveLosses], 1);
  EXPECT_EQ(metrics[Metric::kAverageTradeBars], 1.25);
  EXPECT_EQ(metrics[Metric::kMaxTradeBars], 2);
}

TEST_F(FourBars, ActivityByHand) {
  Bits held(4);
  held.set(0);
  held.set(2);
  input_.in_position = held.view();
  input_.fees = 1.1;
  input_.traded_value = 426.8;  // four times the mean equity of 106.7
  const Metrics metrics = compute_metrics(input_);
  EXPECT_EQ(metrics[Metric::kExposure], 0.5);
  EXPECT_EQ(metrics[Metric::kFees], 1.1);
  EXPECT_NEAR(metrics[Metric::kTurnover], 4.0, 1e-13);
  EXPECT_NEAR(metrics[Metric::kFeeShare], 0.11, 1e-13);  // 1.1 of a gross profit of 10
}

TEST_F(FourBars, BenchmarkByHand) {
  const std::vector<double> close{10, 11, 9.9, 9.9};  // +10 %, -10 %, 0 beside -10 %, +10 %, 0
  input_.benchmark_close = close;
  const Metrics metrics = compute_metrics(input_);
  EXPECT_NEAR(metrics[Metric::kBenchmarkReturn], -0.01, 1e-15);
  EXPECT_NEAR(metrics[Metric::kExcessReturn], 0.099, 1e-13);
  EXPECT_NEAR(metrics[Metric::kBeta], -1, 1e-13);
  EXPECT_NEAR(metrics[Metric::kCorrelation], -1, 1e-13);
  EXPECT_NEAR(metrics[Metric::kAlpha], 0, 1e-13);
  EXPECT_NEAR(metrics[Metric::kTrackingError], 0.4, 1e-13);  // sqrt(0.08 / 2) * 2
  EXPECT_NEAR(metrics[Metric::kInformationRatio], 0, 1e-13);
}

TEST_F(FourBars, ABenchmarkLikeTheRunHasNoTrackingError) {
  input_.benchmark_close = equity_;
  const Metrics metrics = compute_metrics(input_);
  EXPECT_NEAR(metrics[Metric::kBeta], 1, 1e-12);
  EXPECT_EQ(metrics[Metric::kTrackingError], 0);
  expect_undefined(metrics, Metric::kInformationRatio, "the returns do not differ from the benchmark's");
}

TEST_F(FourBars, WithoutTradesOrBenchmarkTheReasonsSaySo) {
  const Metrics metrics = compute_metrics(input_);
  EXPECT_EQ(metrics[Metric::kTrades], 0);
  expect_undefined(metrics, Metric::kWinRate, "there was no trade");
  expect_undefined(metrics, Metric::kBeta, "no benchmark was given");
  std::vector<Trade> trades{closed_trade(1, 0.1, 0, kNoBar)};
  trades[0].status = TradeStatus::kOpen;
  input_.trades = trades;
  expect_undefined(compute_metrics(input_), Metric::kProfitFactor, "no trade was closed");
  trades[0].status = TradeStatus::kClosed;
  const Metrics won = compute_metrics(input_);
  expect_undefined(won, Metric::kProfitFactor, "no closed trade lost");
  expect_undefined(won, Metric::kSqn, "fewer than two trades were closed");
  EXPECT_EQ(won[Metric::kWinRate], 1);
  const std::vector<double> short_benchmark{1, 2};
  input_.benchmark_close = short_benchmark;
  expect_undefined(compute_metrics(input_), Metric::kBeta, "the benchmark has another number of bars than the run");
}

TEST(ComputeMetrics, NoBars) {
  MetricsInput input;
  input.cash = 100;
  const Metrics metrics = compute_metrics(input);
  for (const MetricInfo& info : metric_infos()) expect_undefined(metrics, info.metric, "there are no bars");
}

TEST(ComputeMetrics, OneBar) {
  const Metrics metrics = compute_metrics_from_returns(std::vector<double>{0.5}, 100, 252);
  EXPECT_EQ(metrics[Metric::kFinalEquity], 150);
  EXPECT_EQ(metrics[Metric::kMaxDrawdown], 0);
  EXPECT_FALSE(std::signbit(metrics[Metric::kMaxDrawdown]));
  expect_undefined(metrics, Metric::kSharpe, "fewer than two bars");
  expect_undefined(metrics, Metric::kSortino, "no bar lost");
  expect_undefined(metrics, Metric::kCalmar, "there was no drawdown");
  expect_undefined(metrics, Metric::kWinRate, "returns alone hold no trades");
  EXPECT_EQ(metrics[Metric::kValueAtRisk], 0.5);
}

TEST(ComputeMetrics, WhatCannotBeIsRefusedWithAReason) {
  const std::vector<double> returns{0.1, 0.2};
  for (const double cash : {0.0, -1.0, std::nan("")}) {
    expect_undefined(compute_metrics_from_returns(returns, cash, 252), Metric::kSharpe,
                     "the starting cash is not a positive number");
  }
  expect_undefined(compute_metrics_from_returns(returns, 1, 0), Metric::kSharpe,
                   "the periods per year are not a positive number");
  expect_undefined(compute_metrics_from_returns(returns, 1, 252, HUGE_VAL), Metric::kSharpe,
                   "the risk-free rate is not a finite number");
  MetricsInput input;
  input.cash = 1;
  input.returns = returns;
  expect_undefined(compute_metrics(input), Metric::kSharpe, "equity and returns differ in length");
}

// Rounding must not be taken for risk: peers report ratios of 1e13 here.
TEST(ComputeMetrics, EqualReturnsHaveNoSharpeRatio) {
  for (const double growth : {1.001, 1.0, 1.0 + 1e-9, 0.999, 1.07}) {
    std::vector<double> equity(500), returns(500);
    double before = 10'000;
    for (std::size_t i = 0; i < equity.size(); ++i) {
      equity[i] = before * growth;
      returns[i] = equity[i] / before - 1.0;  // differs in its last bits from bar to bar
      before = equity[i];
    }
    MetricsInput input;
    input.cash = 10'000;
    input.equity = equity;
    input.returns = returns;
    const Metrics metrics = compute_metrics(input);
    expect_undefined(metrics, Metric::kSharpe, "the returns do not vary");
    expect_undefined(metrics, Metric::kSkew, "the returns do not vary");
    EXPECT_EQ(metrics[Metric::kVolatility], 0);
  }
}

TEST(ComputeMetrics, SmallButRealVariationHasASharpeRatio) {
  std::vector<double> returns(1'000);
  for (std::size_t i = 0; i < returns.size(); ++i) returns[i] = 1e-4 + (i % 2 == 0 ? 1e-9 : -1e-9);
  const Metrics metrics = compute_metrics_from_returns(returns, 100, 1);
  // mean 1e-4 over a deviation of 1e-9 * sqrt(1000 / 999); the squares keep 2^-53 * 1e-8 of 1e-18
  EXPECT_NEAR(metrics[Metric::kSharpe] / (1e5 * std::sqrt(999.0 / 1000.0)), 1, 1e-6);
}

TEST(ComputeMetrics, ARuinedAccount) {
  MetricsInput input;
  const std::vector<double> equity{50, 0, 0}, returns{-0.5, -1, 0};
  input.cash = 100;
  input.equity = equity;
  input.returns = returns;
  const Metrics metrics = compute_metrics(input);
  EXPECT_EQ(metrics[Metric::kTotalReturn], -1);
  EXPECT_EQ(metrics[Metric::kMaxDrawdown], -1);
  expect_undefined(metrics, Metric::kCagr, "the equity is used up, so it has no growth rate");
  expect_undefined(metrics, Metric::kCalmar, "the equity is used up, so it has no growth rate");
  EXPECT_TRUE(metrics.defined(Metric::kSharpe));
}

TEST(ComputeMetrics, EquityBelowZero) {
  MetricsInput input;
  const std::vector<double> equity{50, -2'000, -2'000}, returns{-0.5, -1, 0};
  input.cash = 100;
  input.equity = equity;
  input.returns = returns;
  const Metrics metrics = compute_metrics(input);
  EXPECT_EQ(metrics[Metric::kMaxDrawdown], -21);
  EXPECT_EQ(metrics[Metric::kTotalReturn], -21);
  expect_undefined(metrics, Metric::kTurnover, "the mean equity is not positive");
}

TEST(ComputeMetrics, WhatIsNotFiniteIsNeverAWrongNumber) {
  for (const double odd : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::vector<double> returns(20, 0.01);
      returns[3] = -0.02;
      returns[at] = odd;
      const Metrics metrics = compute_metrics_from_returns(returns, 100, 252, 0, returns);
      for (const MetricInfo& info : metric_infos()) {
        ASSERT_EQ(std::isnan(metrics[info.metric]), !metrics.defined(info.metric)) << info.name;
        ASSERT_FALSE(std::isinf(metrics[info.metric])) << info.name;
      }
      for (const Metric metric : {Metric::kSharpe, Metric::kSortino, Metric::kVolatility, Metric::kMaxDrawdown,
                                  Metric::kCagr, Metric::kValueAtRisk, Metric::kBeta, Metric::kOmega}) {
        EXPECT_FALSE(metrics.defined(metric)) << metric_info(metric).name;
      }
    }
  }
}

TEST(ComputeMetrics, AYearlyRateBeyondDoublesIsUndefined) {
  const std::vector<double> returns{0.5, 0.5};
  expect_undefined(compute_metrics_from_returns(returns, 100, 525'600), Metric::kCagr,
                   "too few bars to tell a year's growth (outside the range of a double)");
}

TEST(ComputeMetrics, EveryUndefinedValueHasAReasonAndNoOther) {
  const Metrics metrics = compute_metrics_from_returns(std::vector<double>{0.1, -0.1, 0.05}, 1, 252);
  for (const MetricInfo& info : metric_infos()) {
    EXPECT_EQ(metrics.defined(info.metric), std::isfinite(metrics[info.metric])) << info.name;
  }
}

}  // namespace
}  // namespace peak
