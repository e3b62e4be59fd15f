#include <algorithm>
#include <cmath>

#include "peak/study/sweep.hpp"
#include "study/combination.hpp"

namespace peak {
namespace {

// The place of a metric among the columns, or an error that says which there are.
Result<std::size_t> column_or_error(const SweepResult& result, Metric metric) {
  const std::size_t column = result.column_of(metric);
  if (column < result.metrics.size()) return column;
  std::string known;
  for (const Metric there : result.metrics) known += (known.empty() ? "" : ", ") + std::string(metric_info(there).name);
  return invalid_argument(std::string("the sweep did not compute ") + metric_info(metric).name + "; it has " + known +
                          "; name it among the metrics");
}

}  // namespace

bool lower_is_better(Metric metric) noexcept {
  switch (metric) {
    case Metric::kVolatility:
    case Metric::kDownsideRisk:
    case Metric::kMaxDrawdownBars:
    case Metric::kAverageDrawdownBars:
    case Metric::kUlcerIndex:
    case Metric::kMaxConsecutiveLosses:
    case Metric::kTurnover:
    case Metric::kFees:
    case Metric::kFeeShare:
    case Metric::kTrackingError: return true;
    default: return false;
  }
}

std::size_t SweepResult::column_of(Metric metric) const noexcept {
  return static_cast<std::size_t>(std::find(metrics.begin(), metrics.end(), metric) - metrics.begin());
}

Result<std::vector<std::uint64_t>> SweepResult::top(std::size_t count, Metric metric) const {
  PEAK_ASSIGN_OR_RETURN(const std::size_t column, column_or_error(*this, metric));
  const bool lower = lower_is_better(metric);
  // Better first; of equal ones the earlier row, so that the order is one for all platforms.
  const auto better = [&](std::uint64_t a, std::uint64_t b) {
    const double x = value(a, column), y = value(b, column);
    if (x != y) return lower ? x < y : x > y;
    return a < b;
  };
  std::vector<std::uint64_t> best_rows;  // a heap whose front is the worst of those kept
  for (std::uint64_t row = 0; row < rows(); ++row) {
    if (count == 0 || std::isnan(value(row, column))) continue;
    if (best_rows.size() == count) {
      if (!better(row, best_rows.front())) continue;
      std::pop_heap(best_rows.begin(), best_rows.end(), better);
      best_rows.back() = row;
    } else {
      best_rows.push_back(row);
    }
    std::push_heap(best_rows.begin(), best_rows.end(), better);
  }
  std::sort_heap(best_rows.begin(), best_rows.end(), better);
  return best_rows;
}

Result<std::uint64_t> SweepResult::best(Metric metric) const {
  PEAK_ASSIGN_OR_RETURN(const auto rows_found, top(1, metric));
  if (!rows_found.empty()) return rows_found.front();
  const std::string why = failures.empty() ? "" : "; the first failure: " + failures.front().reason;
  return bad_data(std::string("no combination has a value of ") + metric_info(metric).name + why);
}

Result<BacktestOptions> SweepResult::options_of(std::uint64_t row) const {
  PEAK_ASSIGN_OR_RETURN(const auto roles, study::AxisRoles::make(strategy, grid));
  return roles.options_at(grid, grid.place(row % grid.size()), run);
}

}  // namespace peak
