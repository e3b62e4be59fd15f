// Rows: where kernels put what they compute. Each row is written by one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "peak/metrics/metrics.hpp"
#include "peak/study/trial_periods.hpp"

namespace peak::study {

/// One market's part of a result.
struct Rows {
  double* values = nullptr;      ///< rows * metrics
  double* block_sums = nullptr;  ///< rows * blocks * 2
  std::span<const Metric> metrics;
  std::size_t blocks = 0;
  TrialPeriods* periods = nullptr;             ///< of one market; null: not asked for
  std::uint64_t periods_first = 0;             ///< the row of its first trial
  std::span<const std::uint64_t> chosen = {};  ///< there is room for these rows alone, ascending; empty: for all

  /// Where a row's numbers go.
  [[nodiscard]] std::uint64_t place_of(std::uint64_t row) const {
    if (chosen.empty()) return row;
    return static_cast<std::uint64_t>(std::lower_bound(chosen.begin(), chosen.end(), row) - chosen.begin());
  }
  [[nodiscard]] std::size_t trial_of(std::uint64_t row) const { return place_of(row) - periods_first; }
  [[nodiscard]] std::span<double> values_of(std::uint64_t row) const {
    return {values + place_of(row) * metrics.size(), metrics.size()};
  }
  [[nodiscard]] std::span<double> sums_of(std::uint64_t row) const {
    return {block_sums + place_of(row) * 2 * blocks, 2 * blocks};
  }
};

/// NaN for what has no value; -0 and 0 are one value.
inline double shown_value(const Metrics& metrics, Metric metric) {
  return metrics.defined(metric) ? metrics[metric] : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace peak::study
