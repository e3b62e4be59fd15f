// Rows: where kernels put what they compute. Each row is written by one thread.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "peak/metrics/metrics.hpp"

namespace peak::study {

/// One market's part of a result.
struct Rows {
  double* values = nullptr;      ///< rows * metrics
  double* block_sums = nullptr;  ///< rows * blocks * 2
  std::span<const Metric> metrics;
  std::size_t blocks = 0;

  [[nodiscard]] std::span<double> values_of(std::uint64_t row) const {
    return {values + row * metrics.size(), metrics.size()};
  }
  [[nodiscard]] std::span<double> sums_of(std::uint64_t row) const {
    return {block_sums + row * 2 * blocks, 2 * blocks};
  }
};

/// NaN for what has no value; -0 and 0 are one value.
inline double shown_value(const Metrics& metrics, Metric metric) {
  return metrics.defined(metric) ? metrics[metric] : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace peak::study
