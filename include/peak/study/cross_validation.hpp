// Combinatorial purged cross-validation: many histories out of sample from one.
//
// Time is cut into N groups; each choice of k groups is a test, the rest is training: C(N, k) splits, of which k / N *
// C(N, k) whole paths through time are put together. In each split the best combination in training trades the test
// groups. Purge and embargo: next to a test group, training loses its last `purge` bars before it and its first
// `embargo` bars after.
//
// Source: Lopez de Prado, "Advances in Financial Machine Learning", Wiley 2018, chapters 7 and 12.
// A combination runs once over all bars; splits are scored by its Sharpe ratio from sums of returns, so that nothing is
// run twice and no matrix of returns is kept. Positions may be open across the border of two groups. Threads: runs on
// ThreadPool::shared(); the same bytes for any number of threads.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/panel.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/definition.hpp"
#include "peak/study/grid.hpp"

namespace peak {

struct CrossValidationOptions {
  std::size_t groups = 10;      ///< N, 3 to 20
  std::size_t test_groups = 2;  ///< k, 1 to N / 2
  std::size_t purge = 0;        ///< bars
  std::size_t embargo = 0;      ///< bars
  BacktestOptions run = {};
  unsigned threads = 0;
  StopToken stop = {};
};

struct CrossValidationSplit {
  std::vector<std::size_t> test;  ///< numbers of the test groups
  std::size_t row = 0;            ///< of the grid: best in training
  double train_sharpe = 0;        ///< annual
  double test_sharpe = 0;         ///< annual, over all test groups of the split
};

struct CrossValidationPath {
  std::vector<std::size_t> rows;  ///< of the grid, by group
  double sharpe = 0;              ///< annual
  double total_return = 0;
  double max_drawdown = 0;
};

struct CrossValidation {
  std::vector<CrossValidationSplit> splits;
  std::vector<CrossValidationPath> paths;
  std::size_t combinations = 0;  ///< of the grid, less those that failed
  double periods_per_year = 0;
  double mean_sharpe = 0;        ///< of the paths
  double deviation_sharpe = 0;   ///< of the paths, ddof 1
  double negative_share = 0;     ///< of the paths with a Sharpe ratio of 0 or less
  double mean_train_sharpe = 0;  ///< of the splits
};

/// Fails on options out of range, groups of fewer than two bars after purge and embargo, a grid of which nothing runs,
/// and when it is stopped.
[[nodiscard]] Result<CrossValidation> cross_validation(const Bars& bars, const StrategyDefinition& strategy,
                                                       const Grid& grid, const CrossValidationOptions& options = {});

/// The same over a panel, whose stamps take the place of bars. `runs` says what all runs share: options.run is not
/// looked at.
[[nodiscard]] Result<CrossValidation> cross_validation(const std::shared_ptr<const Panel>& panel,
                                                       const StrategyDefinition& strategy, const Grid& grid,
                                                       const PanelOptions& runs,
                                                       const CrossValidationOptions& options = {});

}  // namespace peak
