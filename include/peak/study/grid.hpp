// Grid: the combinations of a sweep, counted and numbered but never held.
//
// A grid is the product of its axes, the first one slowest, less the combinations that the constraint refuses; or a
// sample of that. Rows are numbered in this order, and results come in it.
//
//     PEAK_ASSIGN_OR_RETURN(auto fast, GridAxis::range("fast", 5, 50, 5));
//     PEAK_ASSIGN_OR_RETURN(auto slow, GridAxis::range("slow", 20, 200, 10));
//     PEAK_ASSIGN_OR_RETURN(Grid grid, Grid::make({fast, slow}, {.where = "fast < slow"}));
//
// Memory    nothing for a plain product; 8 bytes a row with a constraint or a sample.
// Threads   immutable after make().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/study/grid_axis.hpp"

namespace peak {

/// Which combinations of the product are taken.
enum class Sampling : unsigned char {
  kAll,             ///< every one
  kRandom,          ///< `samples` different ones, each as likely as any other
  kLatinHypercube,  ///< `samples` points, each axis cut into as many equal parts of which each is used once
  kPlaces,          ///< those at the given places of the product
};

struct GridOptions {
  /// A condition on the parameters in the expression language, such as "fast < slow and slow <= 4 * fast".
  std::string where;
  Sampling sampling = Sampling::kAll;
  std::uint64_t samples = 0;
  std::uint64_t seed = 1;               ///< equal seeds give equal samples on every platform
  std::vector<std::uint64_t> places{};  ///< of kPlaces, in any order; each once
};

/// Grids of more combinations are refused unless they are sampled (a hundred million).
inline constexpr std::uint64_t kMostCombinations = 100'000'000;

class Grid {
 public:
  /// Fails on no axis, an axis given twice, a constraint that is not one (naming the nearest parameter) or that leaves
  /// nothing, and on a grid larger than kMostCombinations (with its size and what to do).
  [[nodiscard]] static Result<Grid> make(std::vector<GridAxis> axes, const GridOptions& options = {});

  [[nodiscard]] const std::vector<GridAxis>& axes() const noexcept { return axes_; }
  [[nodiscard]] const GridOptions& options() const noexcept { return options_; }
  /// Rows: combinations that a sweep runs.
  [[nodiscard]] std::uint64_t size() const noexcept { return is_product() ? product_ : chosen_.size(); }
  /// Combinations of the axes before constraint and sampling.
  [[nodiscard]] std::uint64_t product() const noexcept { return product_; }
  /// Whether rows are the whole product, so that a row's number is its place in it.
  [[nodiscard]] bool is_product() const noexcept { return chosen_.empty(); }
  /// Which place in the product row `row` is.
  [[nodiscard]] std::uint64_t place(std::uint64_t row) const noexcept { return is_product() ? row : chosen_[row]; }
  /// The row at a place in the product, or size() if the grid leaves it out.
  [[nodiscard]] std::uint64_t row_at(std::uint64_t place) const noexcept;
  /// Which value of each axis a place takes; `indices` has one element for each axis.
  void indices_at(std::uint64_t place, std::span<std::uint64_t> indices) const noexcept;
  /// The value of axis `axis` in row `row`.
  [[nodiscard]] double value(std::uint64_t row, std::size_t axis) const;
  /// Which value of axis `axis` row `row` takes.
  [[nodiscard]] std::uint64_t index(std::uint64_t row, std::size_t axis) const noexcept;

 private:
  std::vector<GridAxis> axes_;
  GridOptions options_;
  std::uint64_t product_ = 0;
  std::vector<std::uint64_t> chosen_;  // places in ascending order; empty for the whole product
};

}  // namespace peak
