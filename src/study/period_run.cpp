#include "study/period_run.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "peak/parallel/thread_pool.hpp"
#include "study/combination.hpp"
#include "study/general_kernel.hpp"
#include "study/rows.hpp"
#include "study/tiles.hpp"
#include "study/walk_sweep.hpp"

namespace peak::study {
namespace {

constexpr std::size_t kBlocks = 2;  // as few as there can be: their sums are not looked at

class PeriodRun {
 public:
  PeriodRun(const SweepResult& result, std::size_t market, std::span<const std::uint64_t> rows, const StopToken& stop)
      : result_(result),
        market_(market),
        wanted_(rows),
        stop_(stop),
        values_(rows.size()),
        sums_(rows.size() * 2 * kBlocks),
        periods_(rows.size(), TrialPeriods::count_for(bars().size())) {
    options_.metrics = {Metric::kTotalReturn};
    options_.run = result.run;
    options_.stop = stop;
  }

  Result<TrialPeriods> run() {
    PEAK_ASSIGN_OR_RETURN(roles_, AxisRoles::make(result_.strategy, result_.grid));
    if (result_.over != nullptr) {
      PEAK_RETURN_IF_ERROR(run_each(wanted_));
      return std::move(periods_);
    }
    std::string why;
    auto walk = WalkSweep::make(bars(), result_.strategy, result_.grid, roles_, options_,
                                result_.periods_per_year[market_], why);
    PEAK_RETURN_IF_ERROR(walk ? run_tiles(*walk) : run_each(wanted_));
    return std::move(periods_);
  }

 private:
  [[nodiscard]] const Bars& bars() const { return result_.markets[market_].bars; }
  [[nodiscard]] Rows rows() { return {values_.data(), sums_.data(), options_.metrics, kBlocks, &periods_, 0, wanted_}; }

  Status run_tiles(WalkSweep& walk) {
    Tiles tiles(result_.grid, walk.tile_sizes());
    std::vector<std::uint64_t> rows_of_tile;
    while (tiles.next(rows_of_tile)) {
      std::erase_if(rows_of_tile,
                    [&](std::uint64_t row) { return !std::binary_search(wanted_.begin(), wanted_.end(), row); });
      if (rows_of_tile.empty()) continue;
      WalkSweep::Outcome outcome;
      const auto ignore = [](std::size_t) {};
      PEAK_RETURN_IF_ERROR(walk.run(rows_of_tile, rows(), 0, {.stop = stop_}, ignore, outcome));
      PEAK_RETURN_IF_ERROR(run_each(outcome.left));
    }
    return {};
  }

  Status run_each(std::span<const std::uint64_t> grid_rows) {
    const auto one = [&](std::size_t i) {
      const auto run = roles_.options_at(result_.grid, result_.grid.place(grid_rows[i]), options_.run);
      // A combination that fails failed in the sweep, too, where its reason is told.
      if (run.ok()) static_cast<void>(run_general(result_, market_, *run, grid_rows[i], rows()));
    };
    return parallel_for(grid_rows.size(), one, {.grain = 1, .stop = stop_});
  }

  const SweepResult& result_;
  std::size_t market_;
  std::span<const std::uint64_t> wanted_;
  StopToken stop_;
  AxisRoles roles_;
  SweepOptions options_;
  std::vector<double> values_, sums_;
  TrialPeriods periods_;
};

}  // namespace

Result<TrialPeriods> run_for_periods(const SweepResult& result, std::size_t market,
                                     std::span<const std::uint64_t> grid_rows, const StopToken& stop) {
  return PeriodRun(result, market, grid_rows, stop).run();
}

}  // namespace peak::study
