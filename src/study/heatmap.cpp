#include "peak/study/heatmap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "peak/base/suggest.hpp"

namespace peak {
namespace {

constexpr double kMostCells = 1e6;

Result<std::size_t> axis_index(const SweepResult& result, const std::string& name) {
  std::vector<std::string> names;
  for (const GridAxis& axis : result.grid.axes()) {
    if (axis.name() == name) return names.size();
    names.push_back(axis.name());
  }
  return invalid_argument("heatmap: the grid has no parameter '" + name + "'" + suggestion(name, names));
}

// Rows by cell: counted, then put behind one another, so that memory is one index for each row.
struct Cells {
  std::vector<std::size_t> begin;  // of each cell among `rows`, and the end
  std::vector<double> values;
};

double reduced(std::vector<double>& values, Reduction reduction, bool lower) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const bool smallest = (reduction == Reduction::kBest) == lower;
  switch (reduction) {
    case Reduction::kMean: {
      double sum = 0;
      for (const double value : values) sum += value;
      return sum / static_cast<double>(values.size());
    }
    case Reduction::kMedian: {
      std::sort(values.begin(), values.end());
      const std::size_t middle = values.size() / 2;
      return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
    default:
      return smallest ? *std::min_element(values.begin(), values.end())
                      : *std::max_element(values.begin(), values.end());
  }
}

}  // namespace

Result<Reduction> parse_reduction(std::string_view text) {
  static const std::vector<std::string> names = {"mean", "median", "best", "worst"};
  const auto at = std::find(names.begin(), names.end(), text);
  if (at != names.end()) return static_cast<Reduction>(at - names.begin());
  return invalid_argument("unknown statistic '" + std::string(text) + "'" + suggestion(text, names));
}

Result<Heatmap> heatmap(const SweepResult& result, const std::string& x, const std::string& y, Metric metric,
                        Reduction reduction) {
  PEAK_ASSIGN_OR_RETURN(const std::size_t x_axis, axis_index(result, x));
  PEAK_ASSIGN_OR_RETURN(const std::size_t y_axis, axis_index(result, y));
  if (x_axis == y_axis) return invalid_argument("heatmap: x and y are both '" + x + "'; name two parameters");
  const std::size_t column = result.column_of(metric);
  if (column == result.metrics.size()) {
    return invalid_argument(std::string("heatmap: the sweep did not compute ") + metric_info(metric).name +
                            "; name it among the metrics");
  }
  const std::vector<GridAxis>& axes = result.grid.axes();
  const auto width = static_cast<std::size_t>(axes[x_axis].size()),
             height = static_cast<std::size_t>(axes[y_axis].size());
  if (static_cast<double>(width) * static_cast<double>(height) > kMostCells) {
    return invalid_argument("heatmap: " + std::to_string(width) + " x " + std::to_string(height) +
                            " cells are more than a million");
  }
  Heatmap map{x, y, metric, {}, {}, {}};
  for (std::size_t i = 0; i < width; ++i) map.x_values.push_back(axes[x_axis][i]);
  for (std::size_t i = 0; i < height; ++i) map.y_values.push_back(axes[y_axis][i]);

  std::vector<std::uint64_t> indices(axes.size());
  const auto for_each_value = [&](const auto& use) {
    for (std::uint64_t row = 0; row < result.rows(); ++row) {
      const double value = result.value(row, column);
      if (std::isnan(value)) continue;
      result.grid.indices_at(result.grid.place(row % result.grid.size()), indices);
      use(indices[y_axis] * width + indices[x_axis], value);
    }
  };
  Cells cells;
  cells.begin.assign(width * height + 1, 0);
  for_each_value([&](std::size_t cell, double) { ++cells.begin[cell + 1]; });
  for (std::size_t cell = 0; cell < width * height; ++cell) cells.begin[cell + 1] += cells.begin[cell];
  cells.values.resize(cells.begin.back());
  std::vector<std::size_t> next(cells.begin.begin(), cells.begin.end() - 1);
  for_each_value([&](std::size_t cell, double value) { cells.values[next[cell]++] = value; });
  std::vector<double> values;
  for (std::size_t cell = 0; cell < width * height; ++cell) {
    const auto at = [&](std::size_t i) { return cells.values.begin() + static_cast<std::ptrdiff_t>(i); };
    values.assign(at(cells.begin[cell]), at(cells.begin[cell + 1]));
    map.cells.push_back(reduced(values, reduction, lower_is_better(metric)));
  }
  return map;
}

}  // namespace peak
