// Sweep: one strategy with many parameters, on one or many markets; a row of metrics for each combination.
//
//     PEAK_ASSIGN_OR_RETURN(auto fast, GridAxis::parse("fast=5:50:5"));
//     PEAK_ASSIGN_OR_RETURN(auto slow, GridAxis::parse("slow=20:200:10"));
//     PEAK_ASSIGN_OR_RETURN(Grid grid, Grid::make({fast, slow}, {.where = "fast < slow"}));
//     PEAK_ASSIGN_OR_RETURN(SweepResult result, sweep(bars, strategy, grid, {.run = {.broker = {.commission =
//     0.001}}})); std::uint64_t row = *result.best(Metric::kSharpe);
//
// Axes      are parameters of the strategy and options of the broker (sweep_axis_names()): commission, slippage, cash,
//           size, size_step and what else BrokerOverrides holds, also those that are words, such as fill or the kinds
//           of stops; a strategy's parameter hides a broker's option.
// Rows      markets in the order given, in each the grid's rows in theirs; all metrics that were asked for.
// Equal     a row is what backtest() gives for its combination: trades and money to the bit, statistics as rule 16
// says;
//           with any number of threads, any block size and any SIMD level, computed, resumed or reused: the same bytes.
// Failure   of a combination (a window of 0, a commission of 2) is kept as a row of NaN with its reason. What is wrong
//           with the whole sweep is an error.
// Memory    8 bytes for each row and metric, and for each row 16 bytes for each of 8 to 16 blocks of time (sums of
//           returns and of squares, which the statistics on luck read), and 512 bytes for each of the first 10,000 rows
//           when there are no more; nothing else grows with the number of rows.
// Threads   runs on ThreadPool::shared(); progress is called by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/metrics/metrics.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/strategy/definition.hpp"
#include "peak/study/grid.hpp"
#include "peak/study/trial_periods.hpp"

namespace peak {

/// One set of data to sweep over: a symbol, or a window of its time.
struct SweepMarket {
  Bars bars;
  std::string symbol;  ///< shown in the rows when there are several markets
  std::string window;  ///< likewise: "2010-2014"; empty: all of the data
};

/// How combinations are computed. All give the same bytes; the planner's choice is the fastest that holds.
enum class SweepKernel : unsigned char {
  kPlanned,
  kGeneral,  ///< each combination as a run of its own
  kNone,     ///< nothing is computed: rows that were kept, all others not finished
};

struct SweepProgress {
  std::uint64_t done = 0;    ///< rows finished, reused ones among them
  std::uint64_t reused = 0;  ///< rows that were not computed again
  std::uint64_t total = 0;
  double elapsed_s = 0;
  [[nodiscard]] double rows_per_second() const noexcept {
    return elapsed_s > 0 ? static_cast<double>(done - reused) / elapsed_s : 0;
  }
};

struct SweepResult;
struct PanelRuns;

/// Rows that have been finished together.
struct SweepBatch {
  const SweepResult& result;  ///< rows not finished are not there yet; `failures` are in the order in which they came
  std::span<const std::uint64_t> rows;
};

struct SweepOptions {
  /// Columns of the result after the parameters, in this order.
  std::vector<Metric> metrics = {Metric::kTotalReturn, Metric::kSharpe, Metric::kMaxDrawdown, Metric::kTrades};
  BacktestOptions run;   ///< what all combinations share; axes of the grid stand over it
  unsigned threads = 0;  ///< at most so many; 0: every core that may be used
  SweepKernel kernel = SweepKernel::kPlanned;
  /// Parts of time for the statistics on luck (SweepResult::blocks); 0: 16, or 8 for more than 100,000 rows. Part of
  /// the key under which rows are kept: whoever sweeps a part of a larger sweep gives the larger one's.
  std::size_t blocks = 0;
  /// Up to so many rows SweepResult::periods are kept, 512 bytes for each.
  std::uint64_t most_periods = 10'000;
  /// A folder in which results are kept and looked for, so that a repeated, wider or interrupted sweep computes only
  /// what is new (default_sweep_store() is the user's); empty: nothing is kept.
  std::string store{};
  StopToken stop = {};  ///< asked between combinations; rows that are finished are kept
  std::function<void(const SweepProgress&)> progress = {};  ///< called about ten times a second
  /// Partial results: told of every row once, after it is finished and kept; reused rows come first. Called by the
  /// thread that sweeps, which waits for it.
  std::function<void(const SweepBatch&)> batch = {};
};

struct SweepFailure {
  std::uint64_t row = 0;
  std::string reason;  ///< what backtest() says to this combination
};

struct SweepResult {
  Grid grid;
  StrategyDefinition strategy;
  BacktestOptions run;
  std::vector<SweepMarket> markets;
  /// Of a sweep over a panel (panel_sweep.hpp) its symbols and options; null: each row is a run on its market.
  std::shared_ptr<const PanelRuns> over;
  std::vector<double> periods_per_year;  ///< of each market (rule 10)
  std::vector<Metric> metrics;
  std::vector<double> values;  ///< rows * metrics, row by row; NaN where undefined or not finished
  /// Sums for statistics on luck: of the returns and of their squares in each of `blocks` equal parts of a market's
  /// bars, block b from bar size * b / blocks on; rows * blocks * 2 numbers. Exact sums, each rounded once.
  std::vector<double> block_sums;
  std::size_t blocks = 0;
  /// For reality check and SPA: of each market its rows' returns in periods. None of a market of which rows were
  /// reused, and none at all beyond SweepOptions::most_periods rows: the tests then make them for the rows they see.
  std::vector<TrialPeriods> periods;
  std::vector<SweepFailure> failures;  ///< in ascending order of rows
  std::vector<std::uint8_t> finished;  ///< of each row; empty when all are
  std::uint64_t computed = 0;
  std::uint64_t reused = 0;
  double elapsed_s = 0;
  std::string plan;  ///< how it was computed, for people
  /// SweepOptions::store: the folder in which rows, and what is made of them all, are kept; empty: nothing is.
  std::string store;
  std::vector<Hash128> families;  ///< of each market: the key under which its rows are kept; empty without a store
  std::string note;               ///< why results were not kept, if they should have been and were not; else empty

  [[nodiscard]] std::uint64_t rows() const noexcept { return grid.size() * markets.size(); }
  /// Whether every row is there; false after a stop.
  [[nodiscard]] bool complete() const noexcept { return finished.empty(); }
  [[nodiscard]] bool is_finished(std::uint64_t row) const noexcept { return finished.empty() || finished[row] != 0; }
  [[nodiscard]] std::size_t market_of(std::uint64_t row) const noexcept { return row / grid.size(); }
  /// Of an axis of words the place of the word.
  [[nodiscard]] double parameter(std::uint64_t row, std::size_t axis) const {
    return grid.value(row % grid.size(), axis);
  }
  [[nodiscard]] std::string parameter_text(std::uint64_t row, std::size_t axis) const {
    return grid.axes()[axis].text(grid.index(row % grid.size(), axis));
  }
  /// The place of `metric` among the columns; metrics.size() if it was not asked for.
  [[nodiscard]] std::size_t column_of(Metric metric) const noexcept;
  [[nodiscard]] double value(std::uint64_t row, std::size_t column) const noexcept {
    return values[row * metrics.size() + column];
  }
  /// Bars of block b of `market`: [first, last).
  [[nodiscard]] std::size_t block_begin(std::size_t market, std::size_t block) const noexcept {
    return markets[market].bars.size() * block / blocks;
  }
  /// The row whose metric is best (lowest for those of which less is better, such as volatility); of equal rows the
  /// first. Fails if the metric was not asked for, or no row has it.
  [[nodiscard]] Result<std::uint64_t> best(Metric metric) const;
  /// The `count` best rows, best first.
  [[nodiscard]] Result<std::vector<std::uint64_t>> top(std::size_t count, Metric metric) const;
  /// The options with which backtest() gives row `row` again; over a panel those in PanelOptions::run.
  [[nodiscard]] Result<BacktestOptions> options_of(std::uint64_t row) const;
};

/// Sweeps the grid over all markets. Fails on an axis that is no parameter (naming the nearest), on options out of
/// range, and if there is not enough memory for the rows.
[[nodiscard]] Result<SweepResult> sweep(std::span<const SweepMarket> markets, const StrategyDefinition& strategy,
                                        const Grid& grid, const SweepOptions& options = {});
/// The same for one market.
[[nodiscard]] Result<SweepResult> sweep(const Bars& bars, const StrategyDefinition& strategy, const Grid& grid,
                                        const SweepOptions& options = {});

/// Where the command and Python keep results: PEAK_SWEEP_STORE if it is set ("off": nowhere), else a folder of the
/// user's cache. Empty if there is no such folder.
[[nodiscard]] std::string default_sweep_store();

/// SweepResult::blocks of a sweep of so many rows.
[[nodiscard]] std::size_t sweep_blocks(std::uint64_t rows, const SweepOptions& options) noexcept;

/// Adds rows that another process kept, as the bytes of a file of its store, to the file of that name in `store`. What
/// is not whole or was changed on the way is an error, and nothing is added.
[[nodiscard]] Status add_to_sweep_store(const std::string& store, const std::string& file, std::string_view bytes);

/// Names that an axis may have: the strategy's parameters, then the broker's options.
[[nodiscard]] std::vector<std::string> sweep_axis_names(const StrategyDefinition& strategy);

/// Whether less of it is better: volatility, fees, length of drawdowns.
[[nodiscard]] bool lower_is_better(Metric metric) noexcept;

}  // namespace peak
