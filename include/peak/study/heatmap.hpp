// Heatmap: a metric of a sweep over two of its parameters; the others, and markets, are brought to one number by a
// statistic.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/study/sweep.hpp"

namespace peak {

/// How the combinations of one cell become one number; undefined values are left out.
enum class Reduction : unsigned char { kMean, kMedian, kBest, kWorst };
[[nodiscard]] Result<Reduction> parse_reduction(std::string_view text);  ///< "mean", "median", "best", "worst"

struct Heatmap {
  std::string x, y;
  Metric metric = Metric::kSharpe;
  std::vector<double> x_values, y_values;  ///< in the order of the axes
  std::vector<double> cells;               ///< row by row of y; NaN where no combination has a value

  [[nodiscard]] double at(std::size_t y_index, std::size_t x_index) const {
    return cells[y_index * x_values.size() + x_index];
  }
};

/// Fails on names that are no axes, on one axis twice, on a metric that was not computed, and on more than a million
/// cells.
[[nodiscard]] Result<Heatmap> heatmap(const SweepResult& result, const std::string& x, const std::string& y,
                                      Metric metric, Reduction reduction = Reduction::kMean);

}  // namespace peak
