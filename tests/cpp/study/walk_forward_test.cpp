#include "peak/study/walk_forward.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "peak/expression/program.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/study/cross_validation.hpp"
#include "study/gated_run.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

using testing::swept_market;

Grid small_grid() {
  return Grid::make({GridAxis::parse("fast=2:6:2").value(), GridAxis::parse("slow=8,12,20").value()}).value();
}

BacktestOptions with_commission(double commission) {
  BacktestOptions options;
  options.broker.commission = commission;
  return options;
}

TEST(WalkForwardRanges, FollowEachOtherToTheEnd) {
  const auto ranges = walk_forward_ranges(1103, {.windows = 8, .purge = 5}).value();
  ASSERT_EQ(ranges.size(), 8U);  // tests of 1103 / 11 = 100 bars, training of 300; 3 bars are left at the beginning
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(ranges[i].test_begin, 303 + i * 100);
    EXPECT_EQ(ranges[i].test_end, 403 + i * 100);
    EXPECT_EQ(ranges[i].train_begin, 3 + i * 100);
    EXPECT_EQ(ranges[i].train_end, ranges[i].test_begin - 5);
  }
  const auto anchored =
      walk_forward_ranges(1000, {.training = TrainingWindow::kAnchored, .train_bars = 400, .test_bars = 200}).value();
  ASSERT_EQ(anchored.size(), 3U);
  for (const WalkForwardRange& range : anchored) EXPECT_EQ(range.train_begin, 0U);
  EXPECT_EQ(anchored.back().train_end, 800U);
}

TEST(WalkForwardRanges, WhatDoesNotFitIsSaid) {
  const auto error = [](std::size_t bars, const WalkForwardOptions& options) {
    const auto ranges = walk_forward_ranges(bars, options);
    return ranges.ok() ? std::string() : ranges.error().message;
  };
  EXPECT_NE(error(1000, {.windows = 0}).find("at least one window"), std::string::npos);
  EXPECT_NE(error(10, {.windows = 8}).find("too few for 8 windows"), std::string::npos);
  EXPECT_NE(error(100, {.train_bars = 100}).find("only 100 bars"), std::string::npos);
  EXPECT_NE(error(100, {.train_bars = 90, .test_bars = 20}).find("do not fit"), std::string::npos);
  EXPECT_NE(error(100, {.train_bars = 20, .test_bars = 10, .purge = 19}).find("leaves nothing"), std::string::npos);
  EXPECT_NE(error(100, {.train_bars = 20, .test_bars = 10, .embargo = 10}).find("leaves nothing"), std::string::npos);
  EXPECT_NE(error(0, {}), "");
}

// Signals of the whole past, cut to the test: what a gated run must be equal to.
BacktestResult cut_signals(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& options,
                           std::size_t begin, std::size_t open, std::size_t end) {
  const auto program = expression::Program::compile(std::vector{*strategy.entry, *strategy.exit}).value();
  expression::Workspace workspace;
  const auto outputs =
      program.evaluate(bars.slice(0, end), strategy.resolve(options.parameters).value(), workspace).value();
  Bits entries(end - begin);
  Bits exits(end - begin);
  for (std::size_t bar = begin; bar < end; ++bar) {
    if (bar >= open && outputs[0].truth[bar]) entries.set(bar - begin);
    if (outputs[1].truth[bar]) exits.set(bar - begin);
  }
  BacktestOptions run = options;
  run.parameters.clear();
  return backtest_signals(bars.slice(begin, end - begin), {entries.view(), exits.view(), {}, {}}, run).value();
}

TEST(WalkForward, EqualsAPlainLoop) {
  const Bars bars = swept_market(3, 900);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = small_grid();
  for (const TrainingWindow training : {TrainingWindow::kRolling, TrainingWindow::kAnchored}) {
    const WalkForwardOptions options{
        .training = training, .windows = 5, .purge = 4, .embargo = 3, .run = with_commission(0.001)};
    const WalkForward found = walk_forward(bars, strategy, grid, options).value();
    ASSERT_EQ(found.windows.size(), 5U);
    double cash = 10'000;
    std::size_t place = 0;
    std::size_t trades = 0;
    for (const WalkForwardWindow& window : found.windows) {
      const WalkForwardRange& range = window.range;
      BacktestOptions best = with_commission(0.001);
      double best_sharpe = -1e9;
      const Bars train = bars.slice(range.train_begin, range.train_end - range.train_begin);
      for (std::uint64_t row = 0; row < grid.size(); ++row) {
        BacktestOptions candidate = with_commission(0.001);
        candidate.parameters = {{"fast", grid.value(row, 0)}, {"slow", grid.value(row, 1)}};
        candidate.periods_per_year = found.periods.value;
        const BacktestResult run = backtest(train, strategy, candidate).value();
        if (!run.metrics.defined(Metric::kSharpe) || run.metrics[Metric::kSharpe] <= best_sharpe) continue;
        best_sharpe = run.metrics[Metric::kSharpe];
        best = candidate;
      }
      EXPECT_EQ(window.train_value, best_sharpe);
      EXPECT_EQ(window.parameters.at("fast"), best.parameters.at("fast"));
      EXPECT_EQ(window.parameters.at("slow"), best.parameters.at("slow"));
      best.broker.cash = cash;
      best.broker.finalize = true;
      const BacktestResult test =
          cut_signals(bars, strategy, best, range.test_begin, range.test_begin + 3, range.test_end);
      for (std::size_t i = 0; i < test.bars.size(); ++i, ++place) {
        ASSERT_EQ(found.equity[place], test.simulation.equity[i]);
        ASSERT_EQ(found.returns[place], test.simulation.returns[i]);
      }
      for (const Trade& trade : test.simulation.trades) {
        ASSERT_EQ(found.trades[trades].entry_bar, trade.entry_bar + static_cast<std::int64_t>(range.test_begin));
        ASSERT_EQ(found.trades[trades].pnl, trade.pnl);
        ++trades;
      }
      for (const Metric metric : {Metric::kTotalReturn, Metric::kSharpe, Metric::kMaxDrawdown, Metric::kTrades,
                                  Metric::kExposure, Metric::kFees, Metric::kExcessReturn}) {
        EXPECT_EQ(window.metrics.defined(metric), test.metrics.defined(metric));
        if (!test.metrics.defined(metric)) continue;
        EXPECT_NEAR(window.metrics[metric], test.metrics[metric], 1e-12);
      }
      cash = test.simulation.equity.back();
    }
    EXPECT_EQ(found.equity.size(), place);
    EXPECT_EQ(found.trades.size(), trades);
    EXPECT_EQ(found.first_bar + found.equity.size(), bars.size());
    EXPECT_NEAR(found.metrics[Metric::kTotalReturn], cash / 10'000 - 1, 1e-12);
    EXPECT_EQ(found.runs, 5U * 9U + 5U);
  }
}

TEST(WalkForward, AnyNumberOfThreadsAndAStop) {
  const Bars bars = swept_market(5, 600);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const WalkForward one = walk_forward(bars, strategy, small_grid(), {.windows = 3, .threads = 1}).value();
  std::size_t calls = 0;
  WalkForwardOptions options{.windows = 3};
  options.progress = [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(done, ++calls);
    EXPECT_EQ(total, 3U);
  };
  EXPECT_EQ(walk_forward(bars, strategy, small_grid(), options).value().equity, one.equity);
  EXPECT_EQ(calls, 3U);
  StopSource stop;
  stop.request_stop();
  const auto stopped = walk_forward(bars, strategy, small_grid(), {.windows = 3, .stop = stop.token()});
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

TEST(WalkForward, WithoutAChoiceItStaysOut) {
  const Bars bars = swept_market(5, 300);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  // Averages over more bars than training has: no trades, so no Sharpe ratio.
  const Grid grid = Grid::make({GridAxis::parse("slow=200,220").value()}).value();
  const WalkForward found = walk_forward(bars, strategy, grid, {.windows = 4, .metric = Metric::kProfitFactor}).value();
  for (const WalkForwardWindow& window : found.windows) {
    EXPECT_FALSE(window.reason.empty());
    EXPECT_TRUE(window.parameters.empty());
  }
  for (const double equity : found.equity) EXPECT_EQ(equity, 10'000);
  EXPECT_TRUE(std::isnan(found.efficiency));
}

TEST(CrossValidation, CountsSplitsAndPaths) {
  const Bars bars = swept_market(7, 800);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const CrossValidation found = cross_validation(bars, strategy, small_grid(), {.groups = 6, .test_groups = 2}).value();
  EXPECT_EQ(found.splits.size(), 15U);  // C(6, 2)
  EXPECT_EQ(found.paths.size(), 5U);    // C(6, 2) * 2 / 6
  EXPECT_EQ(found.combinations, 9U);
  for (const CrossValidationPath& path : found.paths) EXPECT_EQ(path.rows.size(), 6U);
}

double sharpe_of(const std::vector<double>& returns, double periods) {
  const double n = static_cast<double>(returns.size());
  const double mean = std::accumulate(returns.begin(), returns.end(), 0.0) / n;
  double squares = 0;
  for (const double r : returns) squares += (r - mean) * (r - mean);
  return mean / std::sqrt(squares / (n - 1)) * std::sqrt(periods);
}

TEST(CrossValidation, EqualsAPlainLoopWithPurgeAndEmbargo) {
  const Bars bars = swept_market(8, 700);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = small_grid();
  const std::size_t groups = 5, purge = 7, embargo = 11;
  const CrossValidation found =
      cross_validation(bars, strategy, grid, {.groups = groups, .test_groups = 2, .purge = purge, .embargo = embargo})
          .value();
  std::vector<BacktestResult> runs;
  for (std::uint64_t row = 0; row < grid.size(); ++row) {
    BacktestOptions options;
    options.parameters = {{"fast", grid.value(row, 0)}, {"slow", grid.value(row, 1)}};
    runs.push_back(backtest(bars, strategy, options).value());
  }
  const std::size_t size = bars.size() / groups;
  for (const CrossValidationSplit& split : found.splits) {
    std::vector<bool> train(bars.size(), true);
    for (const std::size_t group : split.test) {
      const std::size_t first = group * size - std::min(purge, group * size);
      const std::size_t last = std::min((group + 1) * size + embargo, bars.size());
      for (std::size_t bar = first; bar < last; ++bar) train[bar] = false;
    }
    double best = -1e9;
    std::size_t best_row = 0;
    for (std::size_t row = 0; row < runs.size(); ++row) {
      std::vector<double> returns;
      for (std::size_t bar = 0; bar < bars.size(); ++bar) {
        if (train[bar]) returns.push_back(runs[row].simulation.returns[bar]);
      }
      const double sharpe = sharpe_of(returns, found.periods_per_year);
      if (sharpe > best) {
        best = sharpe;
        best_row = row;
      }
    }
    EXPECT_EQ(split.row, best_row);
    EXPECT_NEAR(split.train_sharpe, best, 1e-10);
  }
  // Every group of every path is traded by the choice of a split that tests this group, each split once.
  std::vector<std::vector<std::size_t>> offered(groups), used(groups);
  for (const CrossValidationSplit& split : found.splits) {
    for (const std::size_t group : split.test) offered[group].push_back(split.row);
  }
  for (const CrossValidationPath& path : found.paths) {
    std::vector<double> returns;
    double equity = 1;
    for (std::size_t group = 0; group < groups; ++group) {
      used[group].push_back(path.rows[group]);
      for (std::size_t bar = group * size; bar < (group + 1) * size; ++bar) {
        returns.push_back(runs[path.rows[group]].simulation.returns[bar]);
        equity *= 1 + returns.back();
      }
    }
    EXPECT_NEAR(path.sharpe, sharpe_of(returns, found.periods_per_year), 1e-10);
    EXPECT_NEAR(path.total_return, equity - 1, 1e-12);
    EXPECT_LE(path.max_drawdown, 0);
  }
  EXPECT_EQ(offered, used);
}

TEST(CrossValidation, BadInput) {
  const Bars bars = swept_market(8, 100);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const auto fails = [&](const CrossValidationOptions& options) {
    return !cross_validation(bars, strategy, small_grid(), options).ok();
  };
  EXPECT_TRUE(fails({.groups = 2}));
  EXPECT_TRUE(fails({.groups = 21}));
  EXPECT_TRUE(fails({.groups = 6, .test_groups = 4}));
  EXPECT_TRUE(fails({.groups = 6, .test_groups = 0}));
  EXPECT_TRUE(fails({.groups = 10, .purge = 6, .embargo = 6}));
  EXPECT_FALSE(fails({.groups = 10}));
  const Grid nothing = Grid::make({GridAxis::parse("fast=0,-1").value()}).value();
  EXPECT_FALSE(cross_validation(bars, strategy, nothing).ok());
}

}  // namespace
}  // namespace peak
