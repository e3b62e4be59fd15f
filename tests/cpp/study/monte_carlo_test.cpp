#include "peak/study/monte_carlo.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include "peak/strategy/builtin.hpp"
#include "peak/study/sensitivity.hpp"
#include "study/price_path.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

using testing::swept_market;

BacktestResult a_run(double commission = 0.001) {
  BacktestOptions options;
  options.broker.commission = commission;
  options.parameters = {{"fast", 5}, {"slow", 20}};
  return backtest(swept_market(3, 1500), find_strategy("sma_cross").value(), options).value();
}

TEST(MonteCarlo, ReturnsKeepTheirMeanAndSpread) {
  const BacktestResult run = a_run();
  const MonteCarlo found = monte_carlo(run, {.paths = 2000, .seed = 5}).value();
  // The log growth of a path is a sum of drawn log returns: its mean is that of the run.
  double log_growth = 0;
  for (const double value : found.final_equity.sorted) log_growth += std::log(value / run.broker.cash) / 2000.0;
  EXPECT_NEAR(log_growth, std::log(found.final_equity.actual / run.broker.cash), 0.03);
  EXPECT_EQ(found.final_equity.actual, run.simulation.equity.back());
  EXPECT_NEAR(found.max_drawdown.actual, run.metrics[Metric::kMaxDrawdown], 1e-12);
  EXPECT_NEAR(found.sharpe.actual, run.metrics[Metric::kSharpe], 1e-9);
  EXPECT_EQ(found.steps, 1500U);
  EXPECT_NEAR(found.mean_length, std::sqrt(1500.0), 1e-12);
  EXPECT_LT(found.max_drawdown.at(0.05), found.max_drawdown.at(0.5));
  EXPECT_NEAR(found.loss_probability, found.final_equity.share_below(run.broker.cash), 1e-12);
}

TEST(MonteCarlo, TheConeIsOrderedAndBeginsWithTheCash) {
  const MonteCarlo found = monte_carlo(a_run(), {.paths = 300, .points = 11}).value();
  ASSERT_EQ(found.cone.size(), 11U);
  EXPECT_EQ(found.cone.front().low, 10'000);
  EXPECT_EQ(found.cone.front().high, 10'000);
  EXPECT_EQ(found.cone.back().step, 1500U);
  EXPECT_EQ(found.cone.back().median, found.final_equity.at(0.5));
  for (const ConePoint& point : found.cone) {
    EXPECT_LE(point.low, point.lower);
    EXPECT_LE(point.lower, point.median);
    EXPECT_LE(point.median, point.upper);
    EXPECT_LE(point.upper, point.high);
  }
}

TEST(MonteCarlo, ShuffledTradesEarnTheSame) {
  const BacktestResult run = a_run();
  const MonteCarlo found = monte_carlo(run, {.method = MonteCarloMethod::kTrades, .paths = 500}).value();
  const std::size_t closed = static_cast<std::size_t>(run.metrics[Metric::kClosedTrades]);
  EXPECT_EQ(found.steps, closed);
  // Products do not depend on the order, but for rounding.
  EXPECT_NEAR(found.final_equity.sorted.front() / found.final_equity.actual, 1, 1e-10);
  EXPECT_NEAR(found.final_equity.sorted.back() / found.final_equity.actual, 1, 1e-10);
  // All-in and flat between trades: what closed trades earned is the equity after the last of them.
  const Trade& last = run.simulation.trades[closed - 1];
  EXPECT_NEAR(found.final_equity.actual, run.simulation.equity[static_cast<std::size_t>(last.exit_bar)], 1e-6);
  EXPECT_LT(found.max_drawdown.sorted.front(), found.max_drawdown.sorted.back());
  EXPECT_TRUE(found.sharpe.sorted.empty());
  const MonteCarlo again = monte_carlo(run, {.method = MonteCarloMethod::kTradesAgain, .paths = 500}).value();
  EXPECT_GT(again.final_equity.at(0.9) / again.final_equity.at(0.1), 1.01);
}

TEST(MonteCarlo, SeedsAndThreads) {
  const BacktestResult run = a_run();
  for (const auto method : {MonteCarloMethod::kReturns, MonteCarloMethod::kTrades, MonteCarloMethod::kTradesAgain}) {
    const auto finals = [&](std::uint64_t seed, unsigned threads) {
      return monte_carlo(run, {.method = method, .paths = 100, .seed = seed, .threads = threads})
          .value()
          .max_drawdown.sorted;
    };
    EXPECT_EQ(finals(1, 1), finals(1, 0));
    EXPECT_NE(finals(1, 0), finals(2, 0));
  }
}

TEST(MonteCarlo, ResampledMarketsKeepTheirSteps) {
  const Bars bars = swept_market(4, 300);
  const StationaryBootstrap bootstrap(299, 10, 3);
  const auto pieces = bootstrap.resample(0);
  const Bars drawn = study::resampled_bars(bars, pieces).value();
  ASSERT_EQ(drawn.size(), 300U);
  std::size_t bar = 1;
  for (const BootstrapPiece& piece : pieces) {
    for (std::size_t i = 0; i < piece.length; ++i, ++bar) {
      const std::size_t source = (piece.start + i) % 299 + 1;
      EXPECT_NEAR(drawn.close()[bar] / drawn.close()[bar - 1], bars.close()[source] / bars.close()[source - 1], 1e-12);
      EXPECT_NEAR(drawn.high()[bar] / drawn.close()[bar], bars.high()[source] / bars.close()[source], 1e-12);
      EXPECT_GE(drawn.high()[bar], drawn.low()[bar]);
    }
  }
  EXPECT_EQ(bar, 300U);
  EXPECT_TRUE(std::equal(drawn.time().begin(), drawn.time().end(), bars.time().begin()));
}

TEST(MonteCarlo, PricesRunTheStrategyOnEveryMarket) {
  const Bars bars = swept_market(4, 400);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  std::atomic<std::size_t> last{0};
  MonteCarloOptions options{.paths = 60, .seed = 2};
  options.progress = [&](std::size_t done, std::size_t) { last = std::max(last.load(), done); };
  const MonteCarlo found = monte_carlo_prices(bars, strategy, {}, options).value();
  EXPECT_EQ(last, 60U);
  EXPECT_EQ(found.method, MonteCarloMethod::kPrices);
  EXPECT_EQ(found.final_equity.sorted.size() + found.failed_paths, 60U);
  EXPECT_EQ(found.final_equity.actual, backtest(bars, strategy).value().simulation.equity.back());
  options.threads = 1;
  EXPECT_EQ(monte_carlo_prices(bars, strategy, {}, options).value().final_equity.sorted, found.final_equity.sorted);
}

TEST(MonteCarlo, BadInput) {
  const BacktestResult run = a_run();
  EXPECT_FALSE(monte_carlo(run, {.paths = 0}).ok());
  EXPECT_FALSE(monte_carlo(run, {.ruin = 0}).ok());
  EXPECT_FALSE(monte_carlo(run, {.ruin = 1.5}).ok());
  EXPECT_FALSE(monte_carlo(run, {.mean_length = -1}).ok());
  EXPECT_FALSE(monte_carlo(run, {.points = 1}).ok());
  EXPECT_FALSE(monte_carlo(run, {.method = MonteCarloMethod::kPrices}).ok());
  const BacktestResult idle = backtest(swept_market(1, 10), find_strategy("sma_cross").value()).value();
  EXPECT_NE(monte_carlo(idle, {.method = MonteCarloMethod::kTrades}).error().message.find("no closed trades"),
            std::string::npos);
  EXPECT_FALSE(monte_carlo_prices(swept_market(1, 2), find_strategy("sma_cross").value(), {}).ok());
  EXPECT_NE(parse_monte_carlo_method("trade").error().message.find("did you mean 'trades'"), std::string::npos);
  StopSource stop;
  stop.request_stop();
  EXPECT_EQ(monte_carlo(run, {.stop = stop.token()}).error().code, ErrorCode::kCancelled);
}

TEST(Sensitivity, ParametersMoveOneByOne) {
  const Bars bars = swept_market(6, 500);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  BacktestOptions run;
  run.parameters = {{"fast", 10}, {"slow", 30}};
  const auto found = parameter_sensitivity(bars, strategy, run, Metric::kTotalReturn, 2, 0.2).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].parameter, "fast");
  EXPECT_EQ(found[0].values, (std::vector<double>{6, 8, 10, 12, 14}));
  EXPECT_EQ(found[1].values, (std::vector<double>{18, 24, 30, 36, 42}));
  for (std::size_t i = 0; i < 5; ++i) {
    BacktestOptions moved = run;
    moved.parameters["slow"] = found[1].values[i];
    EXPECT_EQ(found[1].metric[i], backtest(bars, strategy, moved).value().metrics[Metric::kTotalReturn]);
  }
  EXPECT_EQ(found[1].highest, *std::max_element(found[1].metric.begin(), found[1].metric.end()));
  // Near the lower limit of a window only values that are allowed are tried.
  run.parameters = {{"fast", 2}, {"slow", 30}};
  const auto limited = parameter_sensitivity(bars, strategy, run).value();
  EXPECT_EQ(limited[0].values, (std::vector<double>{1, 2, 3, 4, 5}));
  EXPECT_FALSE(parameter_sensitivity(bars, strategy, run, Metric::kSharpe, 0).ok());
  EXPECT_FALSE(parameter_sensitivity(bars, strategy, run, Metric::kSharpe, 2, -0.1).ok());
}

TEST(Sensitivity, BreakEvenCommission) {
  const Bars bars = swept_market(3, 1500);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  BacktestOptions run;
  for (const double slow : {15.0, 20.0, 40.0, 60.0}) {
    run.parameters = {{"fast", 5}, {"slow", slow}};
    const CostSensitivity found = cost_sensitivity(bars, strategy, run, 5).value();
    ASSERT_EQ(found.points.size(), 5U);
    EXPECT_EQ(found.points.front().commission, 0);
    if (found.points.front().total_return <= 0) {
      EXPECT_EQ(found.break_even_commission, 0);
      continue;
    }
    BacktestOptions below = run, above = run;
    below.broker.commission = found.break_even_commission * 0.9999;
    above.broker.commission = found.break_even_commission * 1.0001;
    EXPECT_GT(backtest(bars, strategy, below).value().metrics[Metric::kTotalReturn], 0);
    EXPECT_LT(backtest(bars, strategy, above).value().metrics[Metric::kTotalReturn], 0);
  }
  // A strategy that never trades loses nothing by commission.
  run.parameters = {{"fast", 5}, {"slow", 1400}};
  const CostSensitivity idle = cost_sensitivity(swept_market(3, 200), strategy, run, 3).value();
  EXPECT_EQ(idle.break_even_commission, 0);
  EXPECT_FALSE(cost_sensitivity(bars, strategy, run, 1).ok());
}

Bars closes(const std::vector<double>& values) {
  std::vector<Nanoseconds> time(values.size());
  for (std::size_t i = 0; i < time.size(); ++i) time[i] = static_cast<Nanoseconds>(i) * kNanosecondsPerDay;
  const auto column = [&](const char* name) { return Column::own(name, values); };
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime), column("open"), column("high"),
                            column("low"), column("close"), Column())
      .value();
}

TEST(StressWindows, ByHand) {
  // Falls: 100 -> 80 (-20 %), then from 110 -> 55 (-50 %) with a recovery to 70 in it, from 120 -> 114 (-5 %).
  const Bars bars = closes({100, 90, 80, 110, 66, 70, 55, 120, 114, 116});
  const auto worst = worst_windows(bars, 2);
  ASSERT_EQ(worst.size(), 2U);
  EXPECT_EQ(worst[0].from, 4 * kNanosecondsPerDay);
  EXPECT_EQ(worst[0].to, 6 * kNanosecondsPerDay);
  EXPECT_EQ(worst[1].to, 2 * kNanosecondsPerDay);
  Bits entries(10);
  Bits exits(10);
  entries.set(3);  // at the close of bar 3, 110; out at the close of bar 5, 70
  exits.set(5);
  BacktestOptions options;
  options.broker.fill = FillTiming::kSameClose;
  const BacktestResult run = backtest_signals(bars, {entries.view(), exits.view(), {}, {}}, options).value();
  const auto results = stress_windows(run, worst).value();
  EXPECT_EQ(results[0].bars, 3U);
  EXPECT_NEAR(results[0].total_return, 70.0 / 110.0 - 1.0, 1e-12);
  EXPECT_NEAR(results[0].max_drawdown, 66.0 / 110.0 - 1.0, 1e-12);
  EXPECT_NEAR(results[0].market_return, -0.5, 1e-12);
  EXPECT_NEAR(results[0].market_drawdown, -0.5, 1e-12);
  EXPECT_NEAR(results[0].exposure, 1.0 / 3.0, 1e-12);
  EXPECT_EQ(results[1].total_return, 0);
  EXPECT_NEAR(results[1].market_return, -0.2, 1e-12);
  EXPECT_FALSE(stress_windows(run, {{"backwards", 5, 4}}).ok());
  const auto outside = stress_windows(run, {{"later", 1000 * kNanosecondsPerDay, 2000 * kNanosecondsPerDay}}).value();
  EXPECT_EQ(outside[0].bars, 0U);
  EXPECT_TRUE(std::isnan(outside[0].total_return));
  EXPECT_TRUE(worst_windows(closes({1, 2, 3})).empty());
}

}  // namespace
}  // namespace peak
