// Walk-forward, cross-validation and sensitivity over panels.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "peak/market/other_symbols.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/study/cross_validation.hpp"
#include "peak/study/panel_sweep.hpp"
#include "peak/study/sensitivity.hpp"
#include "peak/study/walk_forward.hpp"
#include "study/subject.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

std::shared_ptr<const Panel> panel_of(std::vector<Bars> series) {
  return std::make_shared<const Panel>(Panel::create(std::move(series)).value());
}

Bars named_market(std::uint64_t seed, std::size_t size) {
  Bars bars = testing::swept_market(seed, size);
  bars.set_symbol("S" + std::to_string(seed));
  return bars;
}

/// Three symbols; the second begins later (after the first training), the third ends earlier.
std::shared_ptr<const Panel> studied_panel(std::size_t size = 600) {
  return panel_of({named_market(1, size), named_market(2, size).slice(size / 3, size - size / 3),
                   named_market(3, size).slice(0, size - size / 4)});
}

Grid studied_grid(const std::vector<const char*>& texts) {
  std::vector<GridAxis> axes;
  for (const char* text : texts) axes.push_back(GridAxis::parse(text).value());
  return Grid::make(std::move(axes)).value();
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

WalkForwardOptions hundreds() { return {.train_bars = 200, .test_bars = 100}; }

TEST(PanelWalkForward, OfOneSymbolIsThatOfItsMarket) {
  const Bars bars = named_market(5, 700);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = studied_grid({"fast=2:6:2", "slow=8,12,20"});
  PanelOptions runs;
  runs.run.broker.commission = 0.001;
  WalkForwardOptions options{.train_bars = 200, .test_bars = 100, .purge = 3, .embargo = 5, .run = runs.run};
  const auto market = walk_forward(bars, strategy, grid, options);
  const auto panel = walk_forward(panel_of({bars}), strategy, grid, runs, options);
  ASSERT_TRUE(market.ok()) << market.error().message;
  ASSERT_TRUE(panel.ok()) << panel.error().message;
  EXPECT_TRUE(same_bits(panel->equity, market->equity));
  EXPECT_TRUE(same_bits(panel->returns, market->returns));
  ASSERT_EQ(panel->windows.size(), market->windows.size());
  for (std::size_t i = 0; i < market->windows.size(); ++i) {
    EXPECT_EQ(panel->windows[i].parameters, market->windows[i].parameters) << i;
  }
  ASSERT_EQ(panel->trades.size(), market->trades.size());
  EXPECT_GT(panel->trades.size(), 4U);
  EXPECT_EQ(panel->symbols, std::vector<std::string>{"S5"});
}

TEST(PanelWalkForward, ChoosesAsASweepOverTheTrainingStampsDoes) {
  const auto panel = studied_panel();
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = studied_grid({"fast=2:6:2", "slow=8,12,20"});
  for (const bool sharing : {true, false}) {
    PanelOptions runs;
    runs.run.broker.commission = 0.0005;
    runs.cash_sharing = sharing;
    const auto result = walk_forward(panel, strategy, grid, runs, hundreds());
    ASSERT_TRUE(result.ok()) << result.error().message;
    ASSERT_EQ(result->windows.size(), 4U);
    for (const WalkForwardWindow& window : result->windows) {
      std::vector<Bars> training;  // by time alone, whatever the panel's rows are
      for (std::size_t s = 0; s < panel->symbols(); ++s) {
        const Bars& bars = panel->series(s);
        std::size_t first = 0, last = 0;
        while (first < bars.size() && bars.time()[first] < panel->time()[window.range.train_begin]) ++first;
        while (last < bars.size() && bars.time()[last] <= panel->time()[window.range.train_end - 1]) ++last;
        if (last > first) training.push_back(bars.slice(first, last - first));
      }
      PanelOptions alike = runs;  // the account is split among all symbols, also those that come later
      if (!sharing) alike.run.broker.cash = 10'000.0 * static_cast<double>(training.size()) / 3;
      SweepOptions swept;
      swept.metrics = {Metric::kSharpe};
      if (!sharing && training.size() < 3) continue;  // a symbol without bars keeps its cash, which changes the ratio
      const auto rows = sweep_panel(panel_of(std::move(training)), strategy, grid, alike, swept);
      ASSERT_TRUE(rows.ok()) << rows.error().message;
      const auto best = rows->best(Metric::kSharpe).value();
      EXPECT_EQ(window.parameters.at("fast"), rows->parameter(best, 0));
      EXPECT_EQ(window.parameters.at("slow"), rows->parameter(best, 1));
    }
  }
}

TEST(PanelWalkForward, WhatComesLaterChangesNoEarlierWindow) {
  const auto whole = studied_panel();
  std::vector<Bars> series;
  for (std::size_t s = 0; s < whole->symbols(); ++s) {
    const auto rows = static_cast<std::size_t>(whole->row(s, 499) + 1);
    series.push_back(whole->series(s).slice(0, rows));
  }
  const auto part = panel_of(std::move(series));
  for (const char* name : {"momentum", "inverse_volatility", "rank_momentum"}) {
    const auto recipe = allocation(name);
    const StrategyDefinition strategy = recipe.ok() ? *recipe : find_strategy(name).value();
    const Grid own = studied_grid({(strategy.parameters.front().name + "=5,20,40").c_str()});
    PanelOptions runs;
    runs.rebalance = strategy.weight ? std::optional(parse_rebalance("bars:15").value()) : std::nullopt;
    runs.run.periods_per_year = 252;
    const auto all = walk_forward(whole, strategy, own, runs, hundreds());
    const auto earlier = walk_forward(part, strategy, own, runs, hundreds());
    ASSERT_TRUE(all.ok()) << name << ": " << all.error().message;
    ASSERT_TRUE(earlier.ok()) << name << ": " << earlier.error().message;
    ASSERT_EQ(earlier->windows.size() + 1, all->windows.size());
    const std::vector<double> same(all->equity.begin(),
                                   all->equity.begin() + static_cast<std::ptrdiff_t>(earlier->equity.size()));
    EXPECT_TRUE(same_bits(same, earlier->equity)) << name;
    for (std::size_t i = 0; i < earlier->windows.size(); ++i) {
      EXPECT_EQ(all->windows[i].parameters, earlier->windows[i].parameters) << name << " " << i;
    }
  }
}

TEST(PanelWalkForward, TradesAreOfTheirTestsAndTellTheirSymbol) {
  const auto panel = studied_panel();
  PanelOptions runs;
  WalkForwardOptions options = hundreds();
  options.embargo = 10;
  const auto result =
      walk_forward(panel, find_strategy("sma_cross").value(), studied_grid({"fast=2,4", "slow=8,12"}), runs, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  ASSERT_EQ(result->symbols, (std::vector<std::string>{"S1", "S2", "S3"}));
  std::vector<int> count(3);
  for (const Trade& trade : result->trades) {
    ++count.at(trade.symbol);
    const auto from_start = static_cast<std::size_t>(trade.entry_bar) - result->first_bar;
    EXPECT_GT(from_start % 100, 10U);  // decided after the embargo, filled at the next open
    EXPECT_EQ(from_start / 100, (static_cast<std::size_t>(trade.exit_bar) - result->first_bar) / 100);
    EXPECT_TRUE(panel->has_bar(trade.symbol, static_cast<std::size_t>(trade.entry_bar)));
  }
  for (const int trades : count) EXPECT_GT(trades, 3);
  double equity = result->cash;
  for (std::size_t i = 0; i < result->equity.size(); ++i) {
    equity *= 1 + result->returns[i];
    EXPECT_NEAR(equity, result->equity[i], 1e-9 * equity) << i;  // no test loses or finds money on the way
  }
}

// Equal weights of two symbols, 10,000 of cash, no costs. Schedule: stamps 0, 15, 30, ...; a test that begins at 40
// takes the weights of stamp 30 at its own first close and fills at open 41, where S1 costs 20 and S2 costs 50:
// 5,000 / 20 = 250 and 5,000 / 50 = 100 units, at the prices of the decision, which are the same.
TEST(PanelWalkForward, WeightsBeginWithTheLastOnesBefore) {
  const auto flat = [](const char* symbol, double price) {
    std::vector<std::int64_t> time(60);
    for (std::size_t i = 0; i < time.size(); ++i) time[i] = static_cast<std::int64_t>(i) * kNanosecondsPerDay;
    const auto column = [&](const char* name) { return Column::own(name, std::vector<double>(time.size(), price)); };
    Bars bars = Bars::from_columns(Column::own("time", std::move(time)), column("open"), column("high"), column("low"),
                                   column("close"), {})
                    .value();
    bars.set_symbol(symbol);
    return bars;
  };
  const auto panel = panel_of({flat("S1", 20), flat("S2", 50)});
  PanelOptions runs;
  runs.rebalance = parse_rebalance("bars:15").value();
  const auto subject = study::PanelSubject::make(panel, runs).value();
  const StrategyDefinition equal = allocation("equal_weight").value();
  const auto run = subject.run_gated(equal, runs.run, 40, 60);
  ASSERT_TRUE(run.ok()) << run.error().message;
  ASSERT_EQ(run->simulation.holdings.size(), 2U);
  EXPECT_EQ(run->simulation.holdings[0].bar, 41);
  EXPECT_EQ(run->simulation.holdings[0].units, 250);
  EXPECT_EQ(run->simulation.holdings[1].bar, 41);
  EXPECT_EQ(run->simulation.holdings[1].units, 100);
  const auto at_once = subject.run_gated(equal, runs.run, 45, 60);  // stamp 45 decides by itself
  ASSERT_TRUE(at_once.ok()) << at_once.error().message;
  ASSERT_FALSE(at_once->simulation.holdings.empty());
  EXPECT_EQ(at_once->simulation.holdings[0].bar, 46);
}

TEST(PanelCrossValidation, OfOneSymbolIsThatOfItsMarket) {
  const Bars bars = named_market(7, 500);
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = studied_grid({"fast=2:6:2", "slow=8,12,20"});
  CrossValidationOptions options{.groups = 6, .test_groups = 2, .purge = 2, .embargo = 2};
  const auto market = cross_validation(bars, strategy, grid, options);
  const auto panel = cross_validation(panel_of({bars}), strategy, grid, {}, options);
  ASSERT_TRUE(market.ok()) << market.error().message;
  ASSERT_TRUE(panel.ok()) << panel.error().message;
  ASSERT_EQ(panel->splits.size(), 15U);  // C(6, 2)
  ASSERT_EQ(panel->paths.size(), 5U);
  for (std::size_t i = 0; i < market->splits.size(); ++i) {
    EXPECT_EQ(panel->splits[i].row, market->splits[i].row);
    EXPECT_EQ(panel->splits[i].test_sharpe, market->splits[i].test_sharpe);
  }
  for (std::size_t i = 0; i < market->paths.size(); ++i) {
    EXPECT_EQ(panel->paths[i].total_return, market->paths[i].total_return);
  }
}

TEST(PanelCrossValidation, RunsWeightsAndSignalsOverAllSymbols) {
  const auto panel = studied_panel();
  const auto weights = cross_validation(panel, allocation("inverse_volatility").value(),
                                        studied_grid({"window=10,20,40"}), {}, {.groups = 5});
  ASSERT_TRUE(weights.ok()) << weights.error().message;
  EXPECT_EQ(weights->splits.size(), 10U);
  EXPECT_EQ(weights->combinations, 3U);
}

TEST(PanelSensitivity, MovesEachParameterOfRunsOverAllSymbols) {
  const auto panel = studied_panel();
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  PanelOptions runs;
  runs.run.parameters = {{"fast", 4}, {"slow", 12}};
  const auto moved = parameter_sensitivity(panel, strategy, runs, Metric::kSharpe, 2, 0.25);
  ASSERT_TRUE(moved.ok()) << moved.error().message;
  ASSERT_EQ(moved->size(), 2U);
  for (const ParameterSensitivity& parameter : *moved) {
    for (std::size_t i = 0; i < parameter.values.size(); ++i) {
      PanelOptions one = runs;
      one.run.parameters[parameter.parameter] = parameter.values[i];
      EXPECT_EQ(parameter.metric[i], backtest_panel(panel, strategy, one)->metrics[Metric::kSharpe]);
    }
  }
  const auto costs = cost_sensitivity(panel, strategy, runs, 3);
  ASSERT_TRUE(costs.ok()) << costs.error().message;
  PanelOptions dearest = runs;
  dearest.run.broker.commission = costs->points.back().commission;
  EXPECT_EQ(costs->points.back().total_return, backtest_panel(panel, strategy, dearest)->metrics[Metric::kTotalReturn]);
}

TEST(PanelStudies, WithoutAPanelIsRefused) {
  const StrategyDefinition strategy = find_strategy("sma_cross").value();
  const Grid grid = studied_grid({"fast=2,4"});
  EXPECT_FALSE(walk_forward(nullptr, strategy, grid, PanelOptions{}).ok());
  EXPECT_FALSE(cross_validation(nullptr, strategy, grid, PanelOptions{}).ok());
  EXPECT_FALSE(parameter_sensitivity(nullptr, strategy, PanelOptions{}).ok());
  EXPECT_FALSE(cost_sensitivity(nullptr, strategy, PanelOptions{}).ok());
}

}  // namespace
}  // namespace peak
