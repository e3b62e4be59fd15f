#include "peak/study/sweep_recorder.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "study/general_kernel.hpp"
#include "study/period_ticks.hpp"
#include "study/rows.hpp"

namespace peak {
namespace {

constexpr std::size_t kBlocks = 16;
constexpr std::uint64_t kMostPeriods = 10'000;  // rows, as a sweep
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

SweepRecorder::SweepRecorder(std::vector<SweepMarket> markets, std::string strategy, Grid grid,
                             std::vector<Metric> metrics) {
  result_.markets = std::move(markets);
  result_.strategy.name = std::move(strategy);
  result_.grid = std::move(grid);
  result_.metrics = std::move(metrics);
  result_.blocks = kBlocks;
  result_.values.assign(rows() * result_.metrics.size(), kMissing);
  result_.block_sums.assign(rows() * kBlocks * 2, kMissing);
  result_.finished.assign(rows(), 0);
  for (const SweepMarket& market : result_.markets) {
    if (rows() > kMostPeriods) break;
    result_.periods.emplace_back(result_.grid.size(), TrialPeriods::count_for(market.bars.size()));
  }
  result_.periods_per_year.assign(result_.markets.size(), kMissing);
  result_.plan = "each combination as a run of its own, made by the caller\n";
}

void SweepRecorder::put(std::uint64_t row, const BacktestResult& run) {
  const study::Rows rows{result_.values.data(), result_.block_sums.data(), result_.metrics, kBlocks};
  const std::span<double> values = rows.values_of(row);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = study::shown_value(run.metrics, result_.metrics[i]);
  study::add_up_blocks(run.simulation.returns, rows.sums_of(row));
  if (!result_.periods.empty()) {
    study::add_up_periods(run.simulation.returns, row % result_.grid.size(), result_.periods[result_.market_of(row)]);
  }
  result_.periods_per_year[result_.market_of(row)] = run.periods.value;
  result_.finished[row] = 1;
}

void SweepRecorder::fail(std::uint64_t row, std::string reason) {
  result_.failures.push_back({row, std::move(reason)});
  result_.finished[row] = 1;
}

SweepResult SweepRecorder::take(double elapsed_s) {
  result_.computed = static_cast<std::uint64_t>(std::count(result_.finished.begin(), result_.finished.end(), 1));
  if (result_.computed == rows()) result_.finished.clear();
  result_.elapsed_s = elapsed_s;
  std::sort(result_.failures.begin(), result_.failures.end(),
            [](const SweepFailure& a, const SweepFailure& b) { return a.row < b.row; });
  return std::move(result_);
}

}  // namespace peak
