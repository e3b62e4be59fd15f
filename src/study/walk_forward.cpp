#include "peak/study/walk_forward.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "peak/study/sweep.hpp"
#include "study/combination.hpp"
#include "study/subject.hpp"

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Growth a year of a total return over `bars` bars.
double yearly(double total_return, std::size_t bars, double periods) {
  return std::pow(1.0 + total_return, periods / static_cast<double>(bars)) - 1.0;
}

/// What the stitched run is made of.
struct Stitched {
  Bits in_position;
  double fees = 0;
  double traded_value = 0;
  std::vector<double> closes;
};

class WalkForwardRun {
 public:
  WalkForwardRun(const study::Subject& subject, const StrategyDefinition& strategy, const Grid& grid,
                 const WalkForwardOptions& options, WalkForward& result)
      : subject_(subject),
        bars_(subject.line()),
        strategy_(strategy),
        grid_(grid),
        options_(options),
        result_(result) {}

  Status run() {
    PEAK_ASSIGN_OR_RETURN(const auto ranges, walk_forward_ranges(bars_.size(), options_));
    run_ = options_.run;
    result_.metric = options_.metric;
    result_.periods = periods_per_year(bars_.time(), run_.periods_per_year);
    run_.periods_per_year = result_.periods.value;  // of all bars, the same for each window
    const BrokerOptions broker = run_.broker.applied_to(strategy_.broker.applied_to(BrokerOptions{}));
    result_.cash = broker.cash;
    PEAK_ASSIGN_OR_RETURN(benchmark_, subject_.benchmark(run_, broker.instrument));
    result_.first_bar = ranges.front().test_begin;
    stitched_.in_position = Bits(ranges.back().test_end - result_.first_bar);
    cash_ = result_.cash;
    for (const WalkForwardRange& range : ranges) {
      PEAK_RETURN_IF_ERROR(run_window(range));
      if (options_.progress) options_.progress(result_.windows.size(), ranges.size());
    }
    result_.metrics =
        metrics_of(0, stitched_.in_position, result_.trades, result_.cash, stitched_.fees, stitched_.traded_value);
    finish();
    return {};
  }

 private:
  Status run_window(const WalkForwardRange& range) {
    WalkForwardWindow& window = result_.windows.emplace_back();
    window.range = range;
    PEAK_ASSIGN_OR_RETURN(BacktestOptions chosen, choose(range, window));
    chosen.broker.finalize = true;
    chosen.broker.cash = cash_;
    if (!window.reason.empty() || !(cash_ > 0)) {
      if (window.reason.empty()) window.reason = "the account was ruined before";
      stay_out(window);
      return {};
    }
    const std::size_t open = std::min(range.test_begin + options_.embargo, range.test_end);
    PEAK_ASSIGN_OR_RETURN(const BacktestResult test, subject_.run_gated(strategy_, chosen, open, range.test_end));
    ++result_.runs;
    append(test, window);
    return {};
  }

  /// The options of the best combination in training; a reason in `window` when there is none.
  Result<BacktestOptions> choose(const WalkForwardRange& range, WalkForwardWindow& window) {
    window.train_value = window.train_return = kNaN;
    SweepOptions sweep_options;
    sweep_options.run = run_;
    sweep_options.threads = options_.threads;
    sweep_options.stop = options_.stop;
    sweep_options.metrics = {options_.metric};
    if (options_.metric != Metric::kTotalReturn) sweep_options.metrics.push_back(Metric::kTotalReturn);
    PEAK_ASSIGN_OR_RETURN(const SweepResult swept,
                          subject_.sweep_between(range.train_begin, range.train_end, strategy_, grid_, sweep_options));
    result_.runs += swept.computed;
    if (!swept.complete()) {
      return Error{ErrorCode::kCancelled,
                   "walk-forward stopped after " + std::to_string(result_.windows.size() - 1) + " windows"};
    }
    const auto row = swept.best(options_.metric);
    if (!row.ok()) {
      window.reason = row.error().message;
      return run_;
    }
    window.train_value = swept.value(*row, 0);
    window.train_return = swept.value(*row, swept.column_of(Metric::kTotalReturn));
    for (std::size_t axis = 0; axis < grid_.axes().size(); ++axis) {
      const GridAxis& values = grid_.axes()[axis];
      if (values.is_text()) {
        window.words[values.name()] = swept.parameter_text(*row, axis);
      } else {
        window.parameters[values.name()] = swept.parameter(*row, axis);
      }
    }
    PEAK_ASSIGN_OR_RETURN(const auto roles, study::AxisRoles::make(strategy_, grid_));
    return roles.options_at(grid_, grid_.place(*row), run_);
  }

  void stay_out(WalkForwardWindow& window) {
    const std::size_t first = result_.equity.size();
    const std::size_t bars = window.range.test_end - window.range.test_begin;
    result_.equity.insert(result_.equity.end(), bars, cash_);
    result_.returns.insert(result_.returns.end(), bars, 0.0);
    append_closes(window.range);
    window.metrics = metrics_of(first, Bits(bars), {}, cash_, 0, 0);
  }

  void append_closes(const WalkForwardRange& range) {
    const std::span<const double> all = benchmark_.empty() ? bars_.close() : std::span<const double>(benchmark_);
    const auto closes = all.subspan(range.test_begin, range.test_end - range.test_begin);
    stitched_.closes.insert(stitched_.closes.end(), closes.begin(), closes.end());
  }

  void append(const BacktestResult& test, WalkForwardWindow& window) {
    const WalkForwardRange& range = window.range;
    const Simulation& run = test.simulation;
    const std::size_t first = result_.equity.size();
    result_.equity.insert(result_.equity.end(), run.equity.begin() + range.test_begin, run.equity.end());
    result_.returns.insert(result_.returns.end(), run.returns.begin() + range.test_begin, run.returns.end());
    append_closes(range);
    Bits in_position(range.test_end - range.test_begin);
    for (std::size_t bar = range.test_begin; bar < range.test_end; ++bar) {
      if (!run.in_position[bar]) continue;
      in_position.set(bar - range.test_begin);
      stitched_.in_position.set(bar - result_.first_bar);
    }
    const std::size_t trades = result_.trades.size();
    result_.trades.insert(result_.trades.end(), run.trades.begin(), run.trades.end());
    window.metrics = metrics_of(first, in_position, {result_.trades.data() + trades, run.trades.size()}, cash_,
                                run.fees, run.traded_value);
    stitched_.fees += run.fees;
    stitched_.traded_value += run.traded_value;
    cash_ = result_.equity.back();
  }

  /// Of the stitched run from element `first` on.
  [[nodiscard]] Metrics metrics_of(std::size_t first, const Bits& in_position, std::span<const Trade> trades,
                                   double cash, double fees, double traded_value) const {
    MetricsInput input;
    input.cash = cash;
    input.equity = std::span<const double>(result_.equity).subspan(first);
    input.returns = std::span<const double>(result_.returns).subspan(first);
    input.in_position = in_position.view();
    input.trades = trades;
    input.fees = fees;
    input.traded_value = traded_value;
    input.periods_per_year = result_.periods.value;
    input.risk_free = run_.risk_free;
    input.benchmark_close = std::span<const double>(stitched_.closes).subspan(first);
    return compute_metrics(input);
  }

  void finish() {
    double train = 0;
    double test = 0;
    for (const WalkForwardWindow& window : result_.windows) {
      const double gained = window.metrics[Metric::kTotalReturn];
      result_.profitable_windows += gained > 0 ? 1U : 0U;
      if (!window.reason.empty()) continue;
      const WalkForwardRange& range = window.range;
      train += yearly(window.train_return, range.train_end - range.train_begin, result_.periods.value);
      test += yearly(gained, range.test_end - range.test_begin, result_.periods.value);
    }
    result_.efficiency = train > 0 ? test / train : kNaN;
  }

  const study::Subject& subject_;
  const Bars& bars_;  // the line of the subject
  const StrategyDefinition& strategy_;
  const Grid& grid_;
  const WalkForwardOptions& options_;
  WalkForward& result_;
  BacktestOptions run_;
  Buffer<double> benchmark_;  // empty: the bars' own closes
  Stitched stitched_;
  double cash_ = 0;
};

std::string bars_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " bar" : " bars"); }

}  // namespace

Result<std::vector<WalkForwardRange>> walk_forward_ranges(std::size_t bars, const WalkForwardOptions& options) {
  constexpr std::size_t kTrainShare = 3;
  std::size_t test = options.test_bars;
  std::size_t train = options.train_bars;
  if (test == 0) {
    if (options.windows == 0) return invalid_argument("walk-forward needs at least one window");
    if (train >= bars) {
      return invalid_argument("training takes " + bars_text(train) + ", but the data have only " + bars_text(bars));
    }
    test = train != 0 ? (bars - train) / options.windows : bars / (options.windows + kTrainShare);
  }
  if (train == 0) train = kTrainShare * test;
  if (test < 2) {
    return invalid_argument("the data have " + bars_text(bars) + ": too few for " + std::to_string(options.windows) +
                            " windows of at least two bars; ask for fewer windows");
  }
  if (train <= options.purge + 1) {
    return invalid_argument("a purge of " + bars_text(options.purge) + " leaves nothing of " + bars_text(train) +
                            " of training");
  }
  if (options.embargo >= test) {
    return invalid_argument("an embargo of " + bars_text(options.embargo) + " leaves nothing of tests of " +
                            bars_text(test));
  }
  if (bars < train || bars - train < test) {
    return invalid_argument(bars_text(train) + " of training and " + bars_text(test) +
                            " of test do not fit into the data, which have " + bars_text(bars));
  }
  const std::size_t windows = (bars - train) / test;
  std::vector<WalkForwardRange> ranges;
  for (std::size_t i = 0; i < windows; ++i) {
    // The tests end with the data: what does not divide is left out at the beginning.
    const std::size_t begin = bars - (windows - i) * test;
    const std::size_t from = options.training == TrainingWindow::kAnchored ? 0 : begin - train;
    ranges.push_back({from, begin - options.purge, begin, begin + test});
  }
  return ranges;
}

Result<WalkForward> walk_forward(const Bars& bars, const StrategyDefinition& strategy, const Grid& grid,
                                 const WalkForwardOptions& options) {
  WalkForward result;
  PEAK_RETURN_IF_ERROR(WalkForwardRun(study::MarketSubject(bars), strategy, grid, options, result).run());
  return result;
}

Result<WalkForward> walk_forward(const std::shared_ptr<const Panel>& panel, const StrategyDefinition& strategy,
                                 const Grid& grid, const PanelOptions& runs, const WalkForwardOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const auto subject, study::PanelSubject::make(panel, runs));
  WalkForwardOptions shared = options;
  shared.run = runs.run;
  WalkForward result;
  result.symbols = panel->symbol_names();
  PEAK_RETURN_IF_ERROR(WalkForwardRun(subject, strategy, grid, shared, result).run());
  return result;
}

}  // namespace peak
