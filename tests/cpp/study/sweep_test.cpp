#include "peak/study/sweep.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "peak/strategy/builtin.hpp"
#include "peak/trading/settings.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

using testing::swept_market;

/// A folder of this process's own, empty.
std::string empty_folder(const char* name) {
  const std::string folder = ::testing::TempDir() + name + "_" + std::to_string(::getpid());
  std::filesystem::remove_all(folder);
  return folder;
}

GridAxis axis(const char* text) { return GridAxis::parse(text).value(); }

std::string error_of(const Grid& grid, const SweepOptions& options) {
  const auto result = sweep(swept_market(1, 50), find_strategy("sma_cross").value(), grid, options);
  return result.ok() ? "" : result.error().message;
}

TEST(Sweep, RowsAreTheRunsOfTheirCombinations) {
  const Bars bars = swept_market(1, 700);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = Grid::make({axis("fast=2:6:2"), axis("slow=8,12,20"), axis("commission=0,0.001")}).value();
  const SweepResult result = sweep(bars, strategy, grid).value();
  ASSERT_EQ(result.rows(), 18U);
  EXPECT_TRUE(result.complete());
  EXPECT_EQ(result.computed, 18U);
  for (std::uint64_t row = 0; row < result.rows(); ++row) {
    const BacktestResult run = backtest(bars, strategy, result.options_of(row).value()).value();
    EXPECT_EQ(run.parameters.at("fast"), result.parameter(row, 0));
    EXPECT_EQ(run.broker.commission, result.parameter(row, 2));
    for (std::size_t column = 0; column < result.metrics.size(); ++column) {
      EXPECT_EQ(run.metrics[result.metrics[column]], result.value(row, column)) << row << " " << column;
    }
  }
}

TEST(Sweep, BestAndTopFollowTheMetric) {
  const Grid grid = Grid::make({axis("fast=2:6:1"), axis("slow=8:30:2")}).value();
  SweepOptions options;
  options.metrics = {Metric::kSharpe, Metric::kVolatility};
  const SweepResult result = sweep(swept_market(2, 400), find_strategy("sma_cross").value(), grid, options).value();
  const std::uint64_t best = result.best(Metric::kSharpe).value(), calm = result.best(Metric::kVolatility).value();
  for (std::uint64_t row = 0; row < result.rows(); ++row) {
    EXPECT_GE(result.value(best, 0), result.value(row, 0));
    EXPECT_LE(result.value(calm, 1), result.value(row, 1));
  }
  const auto top = result.top(7, Metric::kSharpe).value();
  ASSERT_EQ(top.size(), 7U);
  EXPECT_EQ(top.front(), best);
  for (std::size_t i = 1; i < top.size(); ++i) EXPECT_GE(result.value(top[i - 1], 0), result.value(top[i], 0));
  EXPECT_NE(result.best(Metric::kTrades).error().message.find("did not compute trades"), std::string::npos);
}

TEST(Sweep, FailedCombinationsAreRowsWithTheirReason) {
  const Grid grid = Grid::make({axis("fast=0,5,2.5"), axis("commission=0,2")}).value();
  const SweepResult result = sweep(swept_market(3, 100), find_strategy("sma_cross").value(), grid).value();
  ASSERT_EQ(result.failures.size(), 5U);
  EXPECT_EQ(result.failures[0].row, 0U);
  EXPECT_NE(result.failures[0].reason.find("fast"), std::string::npos) << result.failures[0].reason;
  EXPECT_TRUE(std::isnan(result.value(0, 0)));
  EXPECT_FALSE(std::isnan(result.value(2, 0)));
  EXPECT_EQ(result.failures[2].row, 3U);
  EXPECT_NE(result.failures[2].reason.find("commission"), std::string::npos) << result.failures[2].reason;
}

TEST(Sweep, RefusesWhatNoCombinationCouldDo) {
  SweepOptions options;
  EXPECT_NE(error_of(Grid::make({axis("fst=1,2")}).value(), options).find("'fast'"), std::string::npos);
  EXPECT_NE(error_of(Grid::make({axis("comission=1,2")}).value(), options).find("'commission'"), std::string::npos);
  options.metrics = {};
  EXPECT_NE(error_of(Grid::make({axis("fast=1,2")}).value(), options).find("metric"), std::string::npos);
  options = {};
  options.run.parameters["fast"] = 3;
  EXPECT_NE(error_of(Grid::make({axis("fast=1,2")}).value(), options).find("both fixed"), std::string::npos);
  options.run.parameters = {{"slwo", 3.0}};
  EXPECT_NE(error_of(Grid::make({axis("fast=1,2")}).value(), options).find("'slow'"), std::string::npos);
}

TEST(Sweep, SeveralMarketsComeOneAfterAnother) {
  const std::vector<SweepMarket> markets = {{swept_market(4, 300), "A", ""}, {swept_market(5, 200), "B", ""}};
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = Grid::make({axis("fast=2:5:1")}).value();
  const SweepResult both = sweep(markets, strategy, grid).value();
  ASSERT_EQ(both.rows(), 8U);
  const SweepResult second = sweep(markets[1].bars, strategy, grid).value();
  for (std::uint64_t row = 0; row < 4; ++row) {
    EXPECT_EQ(both.market_of(row + 4), 1U);
    EXPECT_EQ(both.parameter(row + 4, 0), second.parameter(row, 0));
    for (std::size_t column = 0; column < 4; ++column)
      EXPECT_EQ(both.value(row + 4, column), second.value(row, column));
  }
}

// The parts' sums together are the sums of the whole run, from which the Sharpe ratio follows.
TEST(Sweep, BlockSumsAddUpToTheRun) {
  const Bars bars = swept_market(6, 500);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const SweepResult result = sweep(bars, strategy, Grid::make({axis("fast=3,4")}).value()).value();
  ASSERT_EQ(result.blocks, 16U);
  for (std::uint64_t row = 0; row < 2; ++row) {
    const BacktestResult run = backtest(bars, strategy, result.options_of(row).value()).value();
    for (std::size_t block = 0; block < 16; ++block) {
      long double sum = 0, squares = 0;
      for (std::size_t t = result.block_begin(0, block); t < result.block_begin(0, block + 1); ++t) {
        sum += run.simulation.returns[t];
        squares += static_cast<long double>(run.simulation.returns[t]) * run.simulation.returns[t];
      }
      EXPECT_NEAR(result.block_sums[row * 32 + 2 * block], static_cast<double>(sum), 1e-15);
      EXPECT_NEAR(result.block_sums[row * 32 + 2 * block + 1], static_cast<double>(squares), 1e-15);
    }
  }
}

void expect_a_stop_keeps_what_is_finished(SweepKernel kernel) {
  StopSource source;
  SweepOptions options;
  options.threads = 1;
  options.kernel = kernel;
  options.stop = source.token();
  options.progress = [&](const SweepProgress&) { source.request_stop(); };
  const Grid grid = Grid::make({axis("fast=2:101:1"), axis("slow=102:301:1")}).value();
  const SweepResult result = sweep(swept_market(7, 20'000), find_strategy("sma_cross").value(), grid, options).value();
  EXPECT_FALSE(result.complete());
  EXPECT_GT(result.computed, 0U);
  EXPECT_LT(result.computed, result.rows());
  std::uint64_t finished = 0;
  for (std::uint64_t row = 0; row < result.rows(); ++row) {
    finished += result.is_finished(row);
    EXPECT_EQ(result.is_finished(row), !std::isnan(result.value(row, 0)));
  }
  EXPECT_EQ(finished, result.computed);
}

TEST(Sweep, AStopKeepsWhatIsFinished) {
  expect_a_stop_keeps_what_is_finished(SweepKernel::kPlanned);
  expect_a_stop_keeps_what_is_finished(SweepKernel::kGeneral);
}

// Words as axes: each row is the run whose options say the word, also where the planner's kernel knows it, and results
// are kept under the word, whatever its place in the list.
TEST(Sweep, OptionsThatAreWordsAreAxes) {
  const Bars bars = swept_market(8, 500);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  SweepOptions options;
  options.store = empty_folder("peak_sweep_words");
  const Grid grid = Grid::make({axis("fast=2:5:1"), axis("fill=next_open,same_close")}).value();
  const SweepResult fills = sweep(bars, strategy, grid, options).value();
  EXPECT_NE(fills.plan.find("walk over trades"), std::string::npos) << fills.plan;
  for (std::uint64_t row = 0; row < fills.rows(); ++row) {
    BacktestOptions alone;
    alone.parameters["fast"] = fills.parameter(row, 0);
    alone.broker.fill = row % 2 == 0 ? FillTiming::kNextOpen : FillTiming::kSameClose;
    EXPECT_EQ(fills.parameter_text(row, 1), row % 2 == 0 ? "next_open" : "same_close");
    EXPECT_EQ(backtest(bars, strategy, alone)->metrics[Metric::kTotalReturn], fills.value(row, 0)) << row;
  }
  const Grid turned = Grid::make({axis("fast=2:5:1"), axis("fill=same_close,next_open")}).value();
  const SweepResult again = sweep(bars, strategy, turned, options).value();
  EXPECT_EQ(again.reused, 8U);
  EXPECT_EQ(again.value(0, 0), fills.value(1, 0));
  EXPECT_EQ(again.value(1, 0), fills.value(0, 0));
  std::filesystem::remove_all(options.store);

  const Grid stops = Grid::make({axis("stop_loss=0.05,atr:2"), axis("size=all,risk:0.01")}).value();
  const SweepResult mixed = sweep(bars, strategy, stops).value();
  ASSERT_EQ(mixed.rows(), 4U);
  BacktestOptions last;
  last.broker.size = Sizing::risk(0.01);
  ASSERT_TRUE(set_override(last.broker, *find_broker_setting("stop_loss"), "atr:2").ok());
  EXPECT_EQ(backtest(bars, strategy, last)->metrics[Metric::kTotalReturn], mixed.value(3, 0));
}

TEST(Sweep, WordsThatMeanNothingAreToldOf) {
  EXPECT_NE(GridAxis::parse("fast=1,next_open").error().message.find("is not a number"), std::string::npos);
  EXPECT_NE(GridAxis::parse("fill=next_open,next_open").error().message.find("twice"), std::string::npos);
  const GridAxis words = GridAxis::texts("fast", {"none", "two"}).value();
  EXPECT_NE(error_of(Grid::make({words}).value(), {}).find("'none' is not a number"), std::string::npos);
  // A word that the option does not know fails its rows.
  const Grid grid = Grid::make({axis("fill=next_open,same_day")}).value();
  const SweepResult result = sweep(swept_market(1, 60), find_strategy("sma_cross").value(), grid).value();
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].row, 1U);
  EXPECT_NE(result.failures[0].reason.find("same_close"), std::string::npos) << result.failures[0].reason;
}

TEST(Sweep, EveryRowIsToldOfOnce) {
  SweepOptions options;
  options.store = empty_folder("peak_sweep_batches");
  const std::vector<SweepMarket> markets = {{swept_market(4, 300), "A", ""}, {swept_market(5, 200), "B", ""}};
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  static_cast<void>(sweep(markets, strategy, Grid::make({axis("fast=2:5:1")}).value(), options));
  std::vector<int> told(40);
  std::size_t values = 0;
  options.batch = [&](const SweepBatch& batch) {
    for (const std::uint64_t row : batch.rows) {
      ++told[row];
      values += !std::isnan(batch.result.value(row, 0));
    }
  };
  const SweepResult result = sweep(markets, strategy, Grid::make({axis("fast=1:20:1")}).value(), options).value();
  EXPECT_EQ(result.reused, 8U);
  for (std::size_t row = 0; row < told.size(); ++row) EXPECT_EQ(told[row], 1) << row;
  EXPECT_EQ(values, 40U - result.failures.size());
  std::filesystem::remove_all(options.store);
}

}  // namespace
}  // namespace peak
