#include "peak/study/panel_sweep.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "peak/strategy/allocation.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/study/sweep_overfitting.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

std::shared_ptr<const Panel> swept_panel(std::size_t size) {
  std::vector<Bars> series;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    // The second begins later, the third ends earlier.
    const Bars whole = testing::swept_market(seed, size);
    series.push_back(seed == 2 ? whole.slice(40, size) : seed == 3 ? whole.slice(0, size - 30) : whole);
    series.back().set_symbol("S" + std::to_string(seed));
  }
  return std::make_shared<const Panel>(Panel::create(std::move(series)).value());
}

Grid grid_of_axes(const std::vector<const char*>& texts, const GridOptions& options = {}) {
  std::vector<GridAxis> axes;
  for (const char* text : texts) axes.push_back(GridAxis::parse(text).value());
  return Grid::make(std::move(axes), options).value();
}

void expect_run(const SweepResult& result, std::uint64_t row, const Result<BacktestResult>& run) {
  ASSERT_TRUE(run.ok()) << run.error().message;
  for (std::size_t column = 0; column < result.metrics.size(); ++column) {
    EXPECT_EQ(result.value(row, column), run->metrics[result.metrics[column]]) << row << " " << column;
  }
}

TEST(PanelSweep, RowsAreRunsOverAllSymbols) {
  const auto panel = swept_panel(400);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = grid_of_axes({"fast=2:6:2", "slow=8,20", "commission=0,0.001"}, {.where = "fast < slow"});
  PanelOptions runs;
  runs.run.broker.slippage = 0.0005;
  for (const bool sharing : {true, false}) {
    runs.cash_sharing = sharing;
    SweepOptions options;
    options.metrics = {Metric::kFinalEquity, Metric::kSharpe, Metric::kTrades};
    const auto result = sweep_panel(panel, strategy, grid, runs, options);
    ASSERT_TRUE(result.ok()) << result.error().message;
    ASSERT_EQ(result->rows(), 12U);
    EXPECT_TRUE(result->complete());
    for (std::uint64_t row = 0; row < result->rows(); ++row) {
      PanelOptions one = runs;
      one.run.parameters = {{"fast", result->parameter(row, 0)}, {"slow", result->parameter(row, 1)}};
      one.run.broker.commission = result->parameter(row, 2);
      expect_run(*result, row, backtest_panel(panel, strategy, one));
    }
    options.threads = 1;
    const SweepResult again = sweep_panel(panel, strategy, grid, runs, options).value();
    EXPECT_EQ(std::memcmp(again.values.data(), result->values.data(), again.values.size() * sizeof(double)), 0);
    EXPECT_EQ(std::memcmp(again.block_sums.data(), result->block_sums.data(), again.block_sums.size() * sizeof(double)),
              0);
  }
}

TEST(PanelSweep, WeightsAndTheirSchedule) {
  const auto panel = swept_panel(300);
  const StrategyDefinition recipe = allocation("rank_momentum").value();
  PanelOptions runs;
  runs.rebalance = parse_rebalance("weekly").value();
  const SweepResult result = sweep_panel(panel, recipe, grid_of_axes({"count=1,2", "lookback=20,60"}), runs).value();
  for (std::uint64_t row = 0; row < result.rows(); ++row) {
    PanelOptions one = runs;
    one.run.parameters = {{"count", result.parameter(row, 0)}, {"lookback", result.parameter(row, 1)}};
    expect_run(result, row, backtest_allocation(panel, recipe, one));
  }
}

TEST(PanelSweep, WhatIsWrongWithEveryCombinationIsAnErrorOfTheSweep) {
  const auto panel = swept_panel(100);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const auto told = [&](const PanelOptions& runs, const SweepOptions& options = {}) {
    const auto result = sweep_panel(panel, strategy, grid_of_axes({"fast=2,3"}), runs, options);
    return result.ok() ? std::string() : result.error().message;
  };
  PanelOptions runs;
  runs.run.parameters = {{"fast", 4}};
  EXPECT_NE(told(runs).find("both fixed and an axis"), std::string::npos) << told(runs);
  runs.run.parameters = {{"slwo", 4}};
  EXPECT_NE(told(runs).find("slow"), std::string::npos) << told(runs);
  SweepOptions options;
  options.metrics = {};
  EXPECT_NE(told({}, options).find("at least one metric"), std::string::npos);
}

TEST(PanelSweep, ProgressIsToldAtOnceAndAtTheEnd) {
  const auto panel = swept_panel(100);
  std::vector<std::uint64_t> told;
  SweepOptions options;
  options.threads = 1;
  options.progress = [&](const SweepProgress& progress) { told.push_back(progress.done); };
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  ASSERT_TRUE(sweep_panel(panel, strategy, grid_of_axes({"fast=2,3,4"}), {}, options).ok());
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front(), 1U);
  EXPECT_EQ(told.back(), 3U);
}

TEST(PanelSweep, WhatCannotRunIsARowWithItsReason) {
  const auto panel = swept_panel(100);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const auto result = sweep_panel(panel, strategy, grid_of_axes({"fast=0,2", "slow=8"}));
  ASSERT_TRUE(result.ok()) << result.error().message;
  ASSERT_EQ(result->failures.size(), 1U);
  EXPECT_EQ(result->failures[0].row, 0U);
  EXPECT_NE(result->failures[0].reason.find("fast"), std::string::npos) << result->failures[0].reason;
  EXPECT_TRUE(std::isnan(result->value(0, 0)));
  const auto unknown = sweep_panel(panel, strategy, grid_of_axes({"fats=2"}));
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("did you mean 'fast'"), std::string::npos) << unknown.error().message;
  EXPECT_FALSE(sweep_panel(nullptr, strategy, grid_of_axes({"fast=2"})).ok());
}

TEST(PanelSweep, AStopKeepsWhatIsFinished) {
  StopSource stop;
  SweepOptions options;
  options.threads = 1;
  options.stop = stop.token();
  stop.request_stop();
  const auto result = sweep_panel(swept_panel(100), find_strategy("sma_cross").value(),
                                  grid_of_axes({"fast=2:9:1", "slow=20"}), {}, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_FALSE(result->complete());
}

/// A folder for rows that are kept, of one test.
class KeptPanelSweep : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "peak_panel_sweep_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    options_.store = name;
  }
  void TearDown() override { std::filesystem::remove_all(options_.store); }
  SweepOptions options_;
};

TEST_F(KeptPanelSweep, WhatWasStoppedGoesOnAndNothingIsRunTwice) {
  const auto panel = swept_panel(200);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = grid_of_axes({"fast=2:31:1", "slow=40:49:1"});
  StopSource stop;
  SweepOptions options = options_;
  options.threads = 1;
  options.stop = stop.token();
  options.progress = [&stop](const SweepProgress&) { stop.request_stop(); };  // told of the first row at once
  std::uint64_t told = 0;
  options.batch = [&told](const SweepBatch& batch) { told += batch.rows.size(); };
  const SweepResult part = sweep_panel(panel, strategy, grid, {}, options).value();
  EXPECT_FALSE(part.complete());
  EXPECT_GT(part.computed, 0U);
  const SweepResult whole = sweep_panel(panel, strategy, grid, {}, options_).value();
  EXPECT_EQ(whole.reused, part.computed);
  EXPECT_EQ(told, part.computed);
  EXPECT_EQ(whole.computed + whole.reused, 300U);
  const SweepResult again = sweep_panel(panel, strategy, grid, {}, options_).value();
  EXPECT_EQ(again.reused, 300U);
  const SweepResult anew = sweep_panel(panel, strategy, grid).value();
  EXPECT_EQ(std::memcmp(again.values.data(), anew.values.data(), anew.values.size() * sizeof(double)), 0);
  EXPECT_EQ(std::memcmp(whole.block_sums.data(), anew.block_sums.data(), anew.block_sums.size() * sizeof(double)), 0);
}

TEST_F(KeptPanelSweep, LuckOfReusedRowsIsThatOfComputedOnes) {
  const auto panel = swept_panel(300);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = grid_of_axes({"fast=2:6:1", "slow=8,20"});
  const SweepResult first = sweep_panel(panel, strategy, grid).value();
  ASSERT_TRUE(sweep_panel(panel, strategy, grid_of_axes({"fast=2:4:1", "slow=8,20"}), {}, options_).ok());
  const SweepResult mixed = sweep_panel(panel, strategy, grid, {}, options_).value();
  ASSERT_EQ(mixed.reused, 6U);
  const Overfitting a = sweep_overfitting(first, Metric::kSharpe).value();
  const Overfitting b = sweep_overfitting(mixed, Metric::kSharpe).value();
  EXPECT_EQ(a.deflated_sharpe, b.deflated_sharpe);
  EXPECT_EQ(a.pbo, b.pbo);
  EXPECT_EQ(a.spa_p, b.spa_p);
  EXPECT_EQ(a.reality_check_p, b.reality_check_p);
  EXPECT_TRUE(std::isfinite(a.deflated_sharpe));
  EXPECT_EQ(a.text(), b.text());
}

TEST_F(KeptPanelSweep, OtherRunsHaveOtherKeys) {
  const auto panel = swept_panel(100);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = grid_of_axes({"fast=2,3", "slow=8"});
  const auto reused = [&](const PanelOptions& runs) {
    return sweep_panel(panel, strategy, grid, runs, options_).value().reused;
  };
  PanelOptions runs;
  EXPECT_EQ(reused(runs), 0U);
  EXPECT_EQ(reused(runs), 2U);
  runs.cash_sharing = false;
  EXPECT_EQ(reused(runs), 0U);
  runs.cash_sharing = true;
  // The same dividend of one symbol and of another.
  for (std::size_t paying = 0; paying < 3; ++paying) {
    runs.instruments.assign(3, Instrument{});
    for (std::size_t s = 0; s < 3; ++s) runs.instruments[s].symbol = panel->symbol(s);
    runs.instruments[paying].actions = {{panel->time()[60], CorporateActionKind::kDividend, 0.5}};
    EXPECT_EQ(reused(runs), 0U) << paying;
    EXPECT_EQ(reused(runs), 2U) << paying;
  }
  // A market of its own is not a panel of one symbol.
  const Bars& alone = panel->series(0);
  EXPECT_EQ(sweep(alone, strategy, grid, options_).value().reused, 0U);
  const auto single = std::make_shared<const Panel>(Panel::create({alone}).value());
  EXPECT_EQ(sweep_panel(single, strategy, grid, {}, options_).value().reused, 0U);
}

}  // namespace
}  // namespace peak
