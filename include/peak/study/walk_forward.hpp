// Walk-forward: parameters are chosen on past bars and traded on the bars that follow, again and again.
//
//     WalkForwardOptions options{.windows = 8};
//     Result<WalkForward> result = walk_forward(bars, strategy, grid, options);
//     result->metrics[Metric::kSharpe];          // of what was never seen when parameters were chosen
//
// Windows   test windows follow each other without a gap to the end of the data; before each lie its training bars: as
// many
//           as `train_bars` (rolling), or all from the first (anchored).
// Purge     that many bars are cut off the end of each training window, so that what is measured there does not reach
// into
//           the test. Embargo: no position is opened on that many first bars of a test.
// Test      indicators are warm: they have seen all earlier bars; the account is flat at the start, begins with the
// cash that
//           the test before left, and closes what is open at the last close, fee included.
// Stitched  equity, returns and trades of all tests in a row are one run; bars count in the whole data.
// Without   a combination that has the metric (no trades in training, say), the test stays out of the market; it says
// so.
// Panel     stamps of its time line take the place of bars. Weights: a test begins with those that were decided last
// before it, at its first stamp, and goes on with the schedule.
// Threads   sweeps run on ThreadPool::shared(); the same bytes for any number of threads.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/panel.hpp"
#include "peak/market/periods.hpp"
#include "peak/metrics/metrics.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/definition.hpp"
#include "peak/study/grid.hpp"

namespace peak {

enum class TrainingWindow : unsigned char { kRolling, kAnchored };

struct WalkForwardOptions {
  TrainingWindow training = TrainingWindow::kRolling;
  std::size_t windows = 8;          ///< tests; ignored when test_bars is given
  std::size_t train_bars = 0;       ///< 0: three times test_bars
  std::size_t test_bars = 0;        ///< 0: so that `windows` of them fit
  std::size_t purge = 0;            ///< bars
  std::size_t embargo = 0;          ///< bars
  Metric metric = Metric::kSharpe;  ///< by which parameters are chosen
  BacktestOptions run = {};         ///< what all runs share
  unsigned threads = 0;             ///< at most so many; 0: every core that may be used
  StopToken stop = {};
  std::function<void(std::size_t done, std::size_t total)> progress = {};  ///< after each window
};

/// Bars [train_begin, train_end) choose, bars [test_begin, test_end) are traded.
struct WalkForwardRange {
  std::size_t train_begin = 0, train_end = 0, test_begin = 0, test_end = 0;
};

struct WalkForwardWindow {
  WalkForwardRange range;
  std::map<std::string, double> parameters;  ///< of the grid's axes, as chosen; empty if none was
  std::map<std::string, std::string> words;  ///< likewise, of axes of words
  double train_value = 0;                    ///< of the chosen metric in training; NaN if none was chosen
  double train_return = 0;                   ///< total return in training
  Metrics metrics;                           ///< of the test
  std::string reason;                        ///< why nothing was chosen; empty when something was
};

struct WalkForward {
  std::vector<WalkForwardWindow> windows;
  Metric metric = Metric::kSharpe;
  std::size_t first_bar = 0;              ///< of the first test; element i below belongs to bar first_bar + i
  std::vector<double> equity;             ///< stitched, at each close
  std::vector<double> returns;            ///< of each bar
  std::vector<Trade> trades;              ///< bars count in the whole data
  std::vector<std::string> symbols = {};  ///< of a panel, by the numbers that trades have; empty for one market
  Metrics metrics;                        ///< of the stitched run
  PeriodsPerYear periods;
  double cash = 0;  ///< at the start
  /// Compound growth a year in the tests / in training, on average over windows: 1 keeps all of it, 0 nothing. NaN if
  /// training made no gain.
  double efficiency = 0;
  std::size_t profitable_windows = 0;
  std::size_t runs = 0;  ///< backtests made
};

/// The windows that the options ask of `bars` bars, or why they do not fit.
[[nodiscard]] Result<std::vector<WalkForwardRange>> walk_forward_ranges(std::size_t bars,
                                                                        const WalkForwardOptions& options);

/// Fails if the windows do not fit, on what sweep() and backtest() refuse, and when it is stopped.
[[nodiscard]] Result<WalkForward> walk_forward(const Bars& bars, const StrategyDefinition& strategy, const Grid& grid,
                                               const WalkForwardOptions& options = {});

/// The same over a panel, with one account or one for each symbol; signals or weights. `runs` says what all runs share:
/// options.run is not looked at.
[[nodiscard]] Result<WalkForward> walk_forward(const std::shared_ptr<const Panel>& panel,
                                               const StrategyDefinition& strategy, const Grid& grid,
                                               const PanelOptions& runs, const WalkForwardOptions& options = {});

}  // namespace peak
