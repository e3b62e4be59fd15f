#include "peak/study/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <new>
#include <utility>

#include "peak/parallel/thread_pool.hpp"
#include "peak/study/panel_sweep.hpp"
#include "study/combination.hpp"
#include "study/general_kernel.hpp"
#include "study/number_text.hpp"
#include "study/progress_teller.hpp"
#include "study/result_store.hpp"
#include "study/rows.hpp"
#include "study/sweep_run.hpp"
#include "study/tiles.hpp"
#include "study/walk_sweep.hpp"

namespace peak {
namespace {

using study::AxisRoles;
using study::Rows;
using study::Tiles;
using study::WalkSweep;

constexpr std::uint64_t kFewRows = 100'000;  // up to here 16 blocks are kept, beyond 8: 128 bytes a row
constexpr std::size_t kManyBlocks = 16, kFewBlocks = 8;
// Of single runs between two writes to the store: about a second. A bar of a panel's symbol costs more.
constexpr double kBarsInSlice = 2e8, kPanelBarsInSlice = 2e7;

class Sweep {
 public:
  Sweep(const SweepOptions& options, SweepResult& result)
      : options_(options), result_(result), progress_(options.progress) {}

  Status run() {
    PEAK_ASSIGN_OR_RETURN(roles_, AxisRoles::make(result_.strategy, result_.grid));
    PEAK_RETURN_IF_ERROR(check_common());
    PEAK_RETURN_IF_ERROR(make_room());
    for (std::size_t market = 0; market < result_.markets.size(); ++market) {
      if (Status done = run_market(market); !done.ok()) {
        if (done.error().code != ErrorCode::kCancelled) return done;
        break;
      }
    }
    finish();
    return {};
  }

 private:
  Status check_common() {
    const bool allocates = result_.over != nullptr && result_.strategy.weight;
    PEAK_RETURN_IF_ERROR(allocates ? result_.strategy.validate_allocation() : result_.strategy.validate());
    PEAK_RETURN_IF_ERROR(study::check_common(result_.strategy, result_.grid, options_.run, options_.metrics));
    if (options_.blocks > kManyBlocks || options_.blocks % 2 != 0) {
      return invalid_argument("a sweep's blocks must be an even number up to 16, not " +
                              std::to_string(options_.blocks));
    }
    if (result_.markets.empty()) return invalid_argument("a sweep needs data: no market was given");
    return {};
  }

  Status make_room() {
    const std::uint64_t rows = result_.rows();
    result_.metrics = options_.metrics;
    result_.blocks = sweep_blocks(rows, options_);
    try {
      result_.values.assign(rows * result_.metrics.size(), std::numeric_limits<double>::quiet_NaN());
      result_.block_sums.assign(rows * result_.blocks * 2, std::numeric_limits<double>::quiet_NaN());
      result_.finished.assign(rows, 0);
      if (rows <= options_.most_periods) result_.periods.resize(result_.markets.size());
    } catch (const std::bad_alloc&) {
      return invalid_argument("there is not enough memory for the results of " + study::grouped(rows) +
                              " combinations; take larger steps, fewer metrics, or a sample of the grid");
    }
    return {};
  }

  Status run_market(std::size_t market) {
    const Bars& bars = result_.markets[market].bars;
    const double periods = periods_per_year(bars.time(), options_.run.periods_per_year).value;
    result_.periods_per_year.push_back(periods);
    const std::uint64_t first = market * result_.grid.size();
    market_ = market;
    study::ResultStore store(options_.store, result_, market);
    if (!result_.store.empty()) result_.families.push_back(store.family());
    const std::uint64_t reused = store.reuse(rows_of(), first, result_.finished, result_.failures);
    result_.reused += reused;
    kept_failures_ = result_.failures.size();
    done_ += reused;
    if (reused == 0 && !result_.periods.empty()) {
      result_.periods[market] = TrialPeriods(result_.grid.size(), TrialPeriods::count_for(bars.size()));
    }
    if (reused > 0) announce_reused(first);
    const Status done = reused == result_.grid.size() ? Status() : compute_market(market, periods, first, store);
    if (result_.note.empty()) result_.note = store.note();
    return done;
  }

  Status compute_market(std::size_t market, double periods, std::uint64_t first, study::ResultStore& store) {
    if (options_.kernel == SweepKernel::kNone) return {};
    const Bars& bars = result_.markets[market].bars;
    std::string why;
    if (options_.kernel == SweepKernel::kPlanned && result_.over == nullptr) {
      auto walk = WalkSweep::make(bars, result_.strategy, result_.grid, roles_, options_, periods, why);
      if (walk) {
        if (market == 0) result_.plan = walk->describe();
        return run_tiles(*walk, first, store);
      }
    }
    if (market == 0) {
      result_.plan = "each combination as a run ";
      result_.plan += result_.over == nullptr ? "of its own" : "over all symbols of the panel";
      if (!why.empty()) result_.plan += ", because " + why;
      result_.plan += "\n";
    }
    return run_slices(first, store);
  }

  // Tile by tile; in each what combinations share is computed first.
  Status run_tiles(WalkSweep& walk, std::uint64_t first, study::ResultStore& store) {
    Tiles tiles(result_.grid, walk.tile_sizes());
    std::vector<std::uint64_t> rows;
    while (tiles.next(rows)) {
      leave_out_finished(rows, first);
      if (rows.empty()) continue;
      WalkSweep::Outcome outcome;
      const Status done = walk.run(
          rows, rows_of(), first, parallel(), [this](std::size_t count) { note(count); }, outcome);
      for (const std::uint64_t row : outcome.finished) result_.finished[first + row] = 1;
      std::sort(outcome.left.begin(), outcome.left.end());
      const Status rest = done.ok() ? run_each(outcome.left, first) : done;
      keep(rows, first, store);
      PEAK_RETURN_IF_ERROR(rest);
    }
    return {};
  }

  // Slices of rows small enough that what is finished is kept often.
  Status run_slices(std::uint64_t first, study::ResultStore& store) {
    const std::uint64_t slice = rows_in_slice();
    std::vector<std::uint64_t> rows;
    for (std::uint64_t begin = 0; begin < result_.grid.size(); begin += slice) {
      rows.clear();
      for (std::uint64_t row = begin; row < std::min(begin + slice, result_.grid.size()); ++row) rows.push_back(row);
      leave_out_finished(rows, first);
      const Status done = run_each(rows, first);
      keep(rows, first, store);
      PEAK_RETURN_IF_ERROR(done);
    }
    return {};
  }

  [[nodiscard]] std::uint64_t rows_in_slice() const {
    double bars = std::max<double>(1, static_cast<double>(result_.markets[market_].bars.size()));
    if (result_.over == nullptr) return static_cast<std::uint64_t>(std::clamp(kBarsInSlice / bars, 64.0, 1e6));
    bars *= static_cast<double>(result_.over->panel->symbols());
    return static_cast<std::uint64_t>(std::clamp(kPanelBarsInSlice / bars, 16.0, 1e6));
  }

  Status run_each(const std::vector<std::uint64_t>& rows, std::uint64_t first) {
    ParallelOptions one_by_one = parallel();
    one_by_one.grain = 1;
    return parallel_for(
        rows.size(), [&](std::size_t i) { note(first + rows[i], run_row(rows[i], first + rows[i], rows_of())); },
        one_by_one);
  }

  void leave_out_finished(std::vector<std::uint64_t>& rows, std::uint64_t first) const {
    if (result_.reused == 0) return;
    std::erase_if(rows, [&](std::uint64_t row) { return result_.finished[first + row] != 0; });
  }

  void announce_reused(std::uint64_t first) {
    if (!options_.batch) return;
    std::vector<std::uint64_t> rows;
    for (std::uint64_t row = first; row < first + result_.grid.size(); ++row) {
      if (result_.finished[row] != 0) rows.push_back(row);
    }
    options_.batch({result_, rows});
  }

  // Those of `rows` that have been finished, with their failures: kept, and told of.
  void keep(std::vector<std::uint64_t>& rows, std::uint64_t first, study::ResultStore& store) {
    if (options_.store.empty() && !options_.batch) return;
    std::erase_if(rows, [&](std::uint64_t row) { return result_.finished[first + row] == 0; });
    if (!options_.store.empty()) keep_finished(rows, first, store);
    if (!options_.batch || rows.empty()) return;
    for (std::uint64_t& row : rows) row += first;
    options_.batch({result_, rows});
  }

  void keep_finished(const std::vector<std::uint64_t>& rows, std::uint64_t first, study::ResultStore& store) {
    std::vector<SweepFailure> failed(result_.failures.begin() + static_cast<std::ptrdiff_t>(kept_failures_),
                                     result_.failures.end());
    kept_failures_ = result_.failures.size();
    store.keep(rows, rows_of(), first, failed);
  }

  [[nodiscard]] Rows rows_of() const {
    Rows rows{result_.values.data(), result_.block_sums.data(), result_.metrics, result_.blocks};
    if (!result_.periods.empty() && !result_.periods[market_].empty()) rows.periods = &result_.periods[market_];
    rows.periods_first = market_ * result_.grid.size();
    return rows;
  }
  [[nodiscard]] ParallelOptions parallel() const {
    return {.max_threads = options_.threads, .grain = 0, .stop = options_.stop};
  }

  Status run_row(std::uint64_t grid_row, std::uint64_t row, const Rows& rows) {
    PEAK_ASSIGN_OR_RETURN(const BacktestOptions run,
                          roles_.options_at(result_.grid, result_.grid.place(grid_row), options_.run));
    return study::run_general(result_, market_, run, row, rows);
  }

  // Progress of work whose rows are marked as finished later.
  void note(std::size_t count) {
    const std::lock_guard lock(mutex_);
    done_ += count;
    report(false);
  }

  void note(std::uint64_t row, const Status& status) {
    const std::lock_guard lock(mutex_);
    result_.finished[row] = 1;
    ++done_;
    if (!status.ok()) result_.failures.push_back({row, status.error().message});
    report(false);
  }

  void report(bool always) { progress_.tell(std::min(done_, result_.rows()), result_.reused, result_.rows(), always); }

  void finish() {
    std::sort(result_.failures.begin(), result_.failures.end(),
              [](const SweepFailure& a, const SweepFailure& b) { return a.row < b.row; });
    const auto finished = static_cast<std::uint64_t>(std::count(result_.finished.begin(), result_.finished.end(), 1));
    result_.computed = finished - result_.reused;
    const bool all = result_.computed + result_.reused == result_.rows();
    if (all) result_.finished.clear();
    result_.elapsed_s = progress_.elapsed_s();
    report(true);
  }

  const SweepOptions& options_;
  SweepResult& result_;
  AxisRoles roles_;
  study::ProgressTeller progress_;
  std::mutex mutex_;
  std::size_t market_ = 0;  // that is being swept
  std::size_t kept_failures_ = 0;
  std::uint64_t done_ = 0;  // rows for the progress; a little ahead of those that are finished
};

}  // namespace

Status study::run_sweep(const SweepOptions& options, SweepResult& result) { return Sweep(options, result).run(); }

std::size_t sweep_blocks(std::uint64_t rows, const SweepOptions& options) noexcept {
  if (options.blocks != 0) return options.blocks;
  return rows <= kFewRows ? kManyBlocks : kFewBlocks;
}

Result<SweepResult> sweep(std::span<const SweepMarket> markets, const StrategyDefinition& strategy, const Grid& grid,
                          const SweepOptions& options) {
  SweepResult result;
  result.grid = grid;
  result.strategy = strategy;
  result.run = options.run;
  result.store = options.store;
  result.markets.assign(markets.begin(), markets.end());
  result.plan = "every combination was there already\n";
  PEAK_RETURN_IF_ERROR(study::run_sweep(options, result));
  return result;
}

Result<SweepResult> sweep(const Bars& bars, const StrategyDefinition& strategy, const Grid& grid,
                          const SweepOptions& options) {
  const SweepMarket market{bars, bars.symbol(), ""};
  return sweep({&market, 1}, strategy, grid, options);
}

}  // namespace peak
