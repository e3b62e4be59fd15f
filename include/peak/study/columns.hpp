// Columns: many columns of given signals over one market, each a run of its own; a row of metrics for each.
//
//     std::vector<SignalViews> columns = ...;            // entries and exits by decision bar (rule 1), each column's
//     PEAK_ASSIGN_OR_RETURN(ColumnsResult result, backtest_columns(bars, columns, {.run = {.broker = ...}}));
//     double sharpe = result.value(3, result.column_of(Metric::kSharpe));
//
// Equal     a row is what backtest_signals() gives for its column: trades and money to the bit, statistics as rule 16
//           says; with any number of threads and any SIMD level the same bytes.
// Speed     columns of long signals, all in or flat, with commission and slippage as fractions, cost a walk over their
//           trades, or, where they trade often, the lanes of vectors, a column in each. All others are runs of their
//           own, on all cores.
// Threads   runs on ThreadPool::shared().
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/metrics/metrics.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/sim/backtest.hpp"

namespace peak {

/// total_return, sharpe, max_drawdown, trades.
[[nodiscard]] std::vector<Metric> default_column_metrics();

struct ColumnsOptions {
  /// What to compute of each column, in this order.
  std::vector<Metric> metrics = default_column_metrics();
  BacktestOptions run;   ///< what all columns share; no parameters
  unsigned threads = 0;  ///< at most so many; 0: every core that may be used
  StopToken stop = {};   ///< asked between columns; a stop is an error of the kind kCancelled
};

struct ColumnsResult {
  std::size_t columns = 0;
  std::vector<Metric> metrics;
  std::vector<double> values;  ///< columns * metrics, column by column; NaN where undefined
  PeriodsPerYear periods;      ///< rule 10
  std::string plan;            ///< how it was computed, for people

  [[nodiscard]] double value(std::size_t column, std::size_t metric) const noexcept {
    return values[column * metrics.size() + metric];
  }
  /// The place of `metric` among the metrics; metrics.size() if it was not asked for.
  [[nodiscard]] std::size_t column_of(Metric metric) const noexcept;
};

/// Runs each of `columns` on `bars`. Fails where backtest_signals() does for any of them (naming the column, counted
/// from 0), without columns, and without metrics.
[[nodiscard]] Result<ColumnsResult> backtest_columns(const Bars& bars, std::span<const SignalViews> columns,
                                                     const ColumnsOptions& options = {});

}  // namespace peak
