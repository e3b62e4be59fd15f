// Metrics against empyrical-reloaded 0.7.1 and quantstats 0.0.86 (shared data, reference/metrics.json): SPY and BTC-USD
// daily, close to close. What the two agree on must agree here within 1e-12.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/shared_data.hpp"
#include "peak/io/read.hpp"
#include "peak/metrics/drawdown.hpp"
#include "peak/metrics/metrics.hpp"

namespace peak {
namespace {

constexpr double kAgreement = 1e-12;

struct Series {
  std::vector<double> returns;
  std::vector<Nanoseconds> time;
};

Series returns_of(const std::string& file) {
  io::ReadOptions options;
  const Result<io::LoadedBars> loaded = io::read_bars(testing::shared_data(file), options);
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().message);
  if (!loaded.ok()) return {};
  const Bars& bars = loaded->bars;
  Series series;
  for (std::size_t i = 1; i < bars.size(); ++i) {
    series.returns.push_back(bars.close()[i] / bars.close()[i - 1] - 1.0);
    series.time.push_back(bars.time()[i]);
  }
  return series;
}

nlohmann::json reference(const std::string& name) {
  std::ifstream file(testing::shared_data("reference/metrics.json"));
  return nlohmann::json::parse(file)["series"][name];
}

void expect_near(const Metrics& metrics, Metric metric, double expected) {
  EXPECT_NEAR(metrics[metric], expected, kAgreement * std::fabs(expected)) << metric_info(metric).name;
}

const std::map<Metric, const char*> kEmpyrical = {
    {Metric::kTotalReturn, "cum_returns_final"},
    {Metric::kCagr, "cagr"},
    {Metric::kVolatility, "annual_volatility"},
    {Metric::kSharpe, "sharpe_ratio"},
    {Metric::kSortino, "sortino_ratio"},
    {Metric::kDownsideRisk, "downside_risk"},
    {Metric::kMaxDrawdown, "max_drawdown"},
    {Metric::kCalmar, "calmar_ratio"},
    {Metric::kOmega, "omega_ratio"},
    {Metric::kTailRatio, "tail_ratio"},
    {Metric::kValueAtRisk, "value_at_risk_5"},
    {Metric::kConditionalValueAtRisk, "conditional_value_at_risk_5"},
};
const std::map<Metric, const char*> kQuantstats = {
    {Metric::kTotalReturn, "comp"},       {Metric::kCagr, "cagr"},
    {Metric::kVolatility, "volatility"},  {Metric::kSharpe, "sharpe"},
    {Metric::kSortino, "sortino"},        {Metric::kMaxDrawdown, "max_drawdown"},
    {Metric::kCalmar, "calmar"},          {Metric::kOmega, "omega"},
    {Metric::kTailRatio, "tail_ratio"},   {Metric::kSkew, "skew"},
    {Metric::kKurtosis, "kurtosis"},      {Metric::kGainToPain, "gain_to_pain_ratio"},
    {Metric::kPositiveShare, "win_rate"}, {Metric::kBestReturn, "best"},
    {Metric::kWorstReturn, "worst"},
};
// Where quantstats goes its own way and metrics_convention="quantstats" follows.
const std::map<Metric, const char*> kQuantstatsOwn = {
    {Metric::kUlcerIndex, "ulcer_index"},
    {Metric::kUlcerPerformance, "ulcer_performance_index"},
    {Metric::kValueAtRisk, "value_at_risk"},
    {Metric::kConditionalValueAtRisk, "cvar"},
    {Metric::kRecoveryFactor, "recovery_factor"},
    {Metric::kWinRate, "win_rate"},
    {Metric::kAverageWin, "avg_win"},
    {Metric::kAverageLoss, "avg_loss"},
    {Metric::kPayoffRatio, "payoff_ratio"},
    {Metric::kProfitFactor, "profit_factor"},
    {Metric::kKelly, "kelly_criterion"},
    {Metric::kMaxConsecutiveWins, "consecutive_wins"},
    {Metric::kMaxConsecutiveLosses, "consecutive_losses"},
    {Metric::kExposure, "exposure"},
};

struct Case {
  const char* name;
  const char* file;
};
constexpr Case kCases[] = {{"spy_1d", "equity_daily/spy_1999_2020.csv"},
                           {"btcusd_1d", "crypto/btcusd_coinbase_1d_2014_2019.csv"}};

TEST(Reference, EmpyricalAndQuantstats) {
  if (!testing::has_shared_data()) GTEST_SKIP();
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.name);
    const Series series = returns_of(test.file);
    const nlohmann::json expected = reference(test.name);
    ASSERT_EQ(series.returns.size(), expected["n"].get<std::size_t>());
    const double periods = expected["periods_per_year"].get<double>();
    const Metrics metrics = compute_metrics_from_returns(series.returns, 1.0, periods);
    for (const auto& [metric, key] : kEmpyrical) expect_near(metrics, metric, expected["empyrical"][key].get<double>());
    for (const auto& [metric, key] : kQuantstats) {
      expect_near(metrics, metric, expected["quantstats"][key].get<double>());
    }
    // A risk-free rate of one basis point per bar.
    const Metrics with_rate = compute_metrics_from_returns(series.returns, 1.0, periods, 1e-4 * periods);
    EXPECT_NEAR(with_rate[Metric::kSharpe], expected["empyrical"]["sharpe_ratio_rf_1bp"].get<double>(), 1e-12);
  }
}

TEST(Reference, QuantstatsOwnConventions) {
  if (!testing::has_shared_data()) GTEST_SKIP();
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.name);
    const Series series = returns_of(test.file);
    const nlohmann::json expected = reference(test.name);
    std::vector<double> equity(series.returns.size());
    double value = 1.0;
    for (std::size_t i = 0; i < equity.size(); ++i) equity[i] = value = value * (1.0 + series.returns[i]);
    MetricsInput input;
    input.cash = 1.0;
    input.equity = equity;
    input.returns = series.returns;
    input.periods_per_year = expected["periods_per_year"].get<double>();
    const Metrics metrics = compute_metrics_as(MetricsConvention::kQuantstats, input, series.time);
    for (const auto& [metric, key] : kQuantstatsOwn) {
      expect_near(metrics, metric, expected["quantstats"][key].get<double>());
    }
  }
}

// SPY against the S&P 500's adjusted closes, on the days that both have.
TEST(Reference, Benchmark) {
  if (!testing::has_shared_data()) GTEST_SKIP();
  const Series series = returns_of("equity_daily/spy_1999_2020.csv");
  const Result<io::LoadedBars> market = io::read_bars(testing::shared_data("equity_daily/arch_sp500_1999_2018.csv.gz"));
  ASSERT_TRUE(market.ok()) << market.error().message;
  const Column* adjusted = market->bars.find("adj close");
  ASSERT_NE(adjusted, nullptr);
  std::map<Nanoseconds, double> market_returns;
  for (std::size_t i = 1; i < market->bars.size(); ++i) {
    market_returns[market->bars.time()[i]] = adjusted->float64s()[i] / adjusted->float64s()[i - 1] - 1.0;
  }
  std::vector<double> own, benchmark;
  for (std::size_t i = 0; i < series.returns.size(); ++i) {
    const auto found = market_returns.find(series.time[i]);
    if (found == market_returns.end()) continue;
    own.push_back(series.returns[i]);
    benchmark.push_back(found->second);
  }
  const nlohmann::json expected = reference("spy_1d");
  ASSERT_EQ(own.size(), expected["benchmark_n"].get<std::size_t>());
  const Metrics metrics = compute_metrics_from_returns(own, 1.0, 252, 0, benchmark);
  const auto& empyrical = expected["empyrical"];
  expect_near(metrics, Metric::kBeta, empyrical["beta"].get<double>());
  EXPECT_NEAR(metrics[Metric::kAlpha], empyrical["alpha"].get<double>(), 1e-13);  // a difference of nearly equal means
  EXPECT_NEAR(metrics[Metric::kInformationRatio], empyrical["excess_sharpe"].get<double>(), 1e-13);
  const double r_squared = expected["quantstats_benchmark"]["r_squared"].get<double>();
  EXPECT_NEAR(metrics[Metric::kCorrelation] * metrics[Metric::kCorrelation], r_squared, 1e-12);
}

// quantstats names the first day below the peak as start and the last day below it as end.
TEST(Reference, DeepestDrawdownsOfQuantstats) {
  if (!testing::has_shared_data()) GTEST_SKIP();
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.name);
    const Series series = returns_of(test.file);
    std::vector<double> equity(series.returns.size());
    double value = 1.0;
    for (std::size_t i = 0; i < equity.size(); ++i) equity[i] = value = value * (1.0 + series.returns[i]);
    const nlohmann::json expected = reference(test.name)["quantstats_top5_drawdowns"];
    const std::vector<Drawdown> table = drawdowns(equity, 1.0, 5);
    ASSERT_EQ(table.size(), expected.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
      const auto day = [&](std::int64_t bar) {
        return format_time_short(series.time[static_cast<std::size_t>(bar)]).substr(0, 10);
      };
      const auto last = static_cast<std::int64_t>(equity.size()) - 1;
      EXPECT_EQ(day(table[i].peak_bar + 1), expected[i]["start"].get<std::string>());
      EXPECT_EQ(day(table[i].trough_bar), expected[i]["valley"].get<std::string>());
      EXPECT_EQ(day(table[i].recovery_bar < 0 ? last : table[i].recovery_bar - 1),
                expected[i]["end"].get<std::string>());
      EXPECT_NEAR(table[i].depth * 100, expected[i]["max drawdown"].get<double>(), 1e-9);  // as printed there
    }
  }
}

}  // namespace
}  // namespace peak
