#include "peak/study/sweep_overfitting.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "peak/base/suggest.hpp"
#include "study/general_kernel.hpp"
#include "study/luck_store.hpp"
#include "study/period_run.hpp"

namespace peak {
namespace {

constexpr std::uint64_t kTestedWhole = 10'000;  // trials up to here all go into reality check and SPA,
constexpr std::size_t kTestedBest = 1'000;      // of more so many of the best

// The best cell and its neighbours, by place in the grid.
Neighbourhood neighbourhood_of(const SweepResult& result, std::uint64_t best, std::size_t column) {
  const Grid& grid = result.grid;
  std::vector<std::uint64_t> sizes, cell(grid.axes().size());
  for (const GridAxis& axis : grid.axes()) sizes.push_back(axis.size());
  grid.indices_at(grid.place(best % grid.size()), cell);
  const std::uint64_t first = best / grid.size() * grid.size();
  return neighbourhood(sizes, cell, [&](std::span<const std::uint64_t> indices) {
    std::uint64_t place = 0;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) place = place * sizes[axis] + indices[axis];
    const std::uint64_t row = grid.row_at(place);
    return row < grid.size() ? result.value(first + row, column) : std::numeric_limits<double>::quiet_NaN();
  });
}

// Rows of the grid whose returns the two tests see.
std::vector<std::uint64_t> tested_rows(const SweepResult& result, std::uint64_t first, Metric metric,
                                       OverfittingEffort effort) {
  std::vector<std::uint64_t> rows(result.grid.size());
  std::iota(rows.begin(), rows.end(), std::uint64_t{0});
  if (effort == OverfittingEffort::kFull || rows.size() <= kTestedWhole) return rows;
  const std::size_t column = result.column_of(metric);
  const auto defined = [&](std::uint64_t row) { return !std::isnan(result.value(first + row, column)); };
  rows.erase(std::partition(rows.begin(), rows.end(), defined), rows.end());
  const bool lower = lower_is_better(metric);
  const auto better = [&](std::uint64_t a, std::uint64_t b) {
    const double x = result.value(first + a, column), y = result.value(first + b, column);
    return x != y ? (lower ? x < y : x > y) : a < b;
  };
  if (rows.size() > kTestedBest) {
    std::nth_element(rows.begin(), rows.begin() + kTestedBest, rows.end(), better);
    rows.resize(kTestedBest);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

Result<BacktestResult> run_of(const SweepResult& result, std::uint64_t row) {
  PEAK_ASSIGN_OR_RETURN(const BacktestOptions options, result.options_of(row));
  return study::run_combination(result, result.market_of(row), options);
}

// Pieces of the square root of the bars on average, but at least of two periods, so that their lengths vary.
double mean_piece(std::size_t bars, std::size_t periods) {
  const auto count = static_cast<double>(periods);
  return std::max(2.0, count / std::sqrt(static_cast<double>(bars)));
}

Result<Overfitting> computed_luck(const SweepResult& result, std::uint64_t best, Metric metric,
                                  OverfittingEffort effort, const StopToken& stop) {
  const std::size_t market = result.market_of(best);
  const std::uint64_t first = market * result.grid.size();
  const std::size_t bars = result.markets[market].bars.size();
  const std::size_t numbers = 2 * result.blocks;
  OverfittingInput input;
  input.blocks = {std::span(result.block_sums).subspan(first * numbers, result.grid.size() * numbers),
                  block_bars(bars, result.blocks)};
  input.best = best - first;
  // Runs that the caller made (SweepRecorder) have a strategy that is only a name.
  const bool can_run =
      result.over != nullptr || result.strategy.entry.has_value() || result.strategy.short_entry.has_value();
  BacktestResult run;
  if (can_run) {
    PEAK_ASSIGN_OR_RETURN(run, run_of(result, best));
    input.best_returns = run.simulation.returns;
  }
  input.periods_per_year = result.periods_per_year[market];
  input.neighbourhood = neighbourhood_of(result, best, result.column_of(metric));
  input.stop = stop;
  if (effort == OverfittingEffort::kSums) return overfitting(input);

  const TrialPeriods* periods = result.periods.empty() ? nullptr : &result.periods[market];
  TrialPeriods made;
  if (periods == nullptr || periods->empty()) {
    if (!can_run) return overfitting(input);
    const std::vector<std::uint64_t> rows = tested_rows(result, first, metric, effort);
    PEAK_ASSIGN_OR_RETURN(made, study::run_for_periods(result, market, rows, stop));
    periods = &made;
  }
  input.periods = periods;
  input.ability.mean_length = mean_piece(bars, periods->periods());
  input.ability.stop = stop;
  return overfitting(input);
}

}  // namespace

Result<OverfittingEffort> parse_overfitting_effort(std::string_view text) {
  static const std::vector<std::string> names = {"sums", "default", "full"};
  const auto at = std::find(names.begin(), names.end(), text);
  if (at != names.end()) return static_cast<OverfittingEffort>(at - names.begin());
  return invalid_argument("unknown effort '" + std::string(text) + "'" + suggestion(text, names));
}

Result<Overfitting> sweep_overfitting(const SweepResult& result, Metric metric, OverfittingEffort effort,
                                      const StopToken& stop) {
  PEAK_ASSIGN_OR_RETURN(const std::uint64_t best, result.best(metric));
  const study::LuckStore store(result, result.market_of(best), metric, effort);
  if (auto kept = store.find()) return std::move(*kept);
  auto made = computed_luck(result, best, metric, effort, stop);
  if (made.ok()) store.keep(*made);
  return made;
}

}  // namespace peak
