#include "peak/study/grid.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "study/constraint.hpp"
#include "study/number_text.hpp"
#include "study/random.hpp"

namespace peak {
namespace {

using study::Constraint;
using study::grouped;

constexpr std::uint64_t kTestedAtOnce = 1 << 14;  // combinations: their columns stay in the second-level cache
constexpr std::uint64_t kEnumerated = 1 << 22;    // a product up to here is gone through for a random sample
constexpr std::uint64_t kMostTries = 200;         // rounds of draws of which fewer than half pass
constexpr double kLargestProduct = 9e18;          // of all axes: places are 64-bit numbers

Status check_axes(const std::vector<GridAxis>& axes) {
  if (axes.empty()) {
    return invalid_argument("the grid is empty: give at least one parameter with values, such as fast=5:50:5");
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (axes[i].name() == axes[j].name()) {
        return invalid_argument("grid: '" + axes[i].name() + "' is given twice; put its values into one list");
      }
    }
  }
  return {};
}

Error too_large(double product, const std::vector<GridAxis>& axes) {
  std::string sizes;
  for (const GridAxis& axis : axes) {
    sizes += (sizes.empty() ? "" : " x ") + axis.name() + " " + grouped(axis.size());
  }
  const std::string count = product < kLargestProduct ? grouped(static_cast<std::uint64_t>(product)) : "over 10^18";
  return invalid_argument("the grid has " + count + " combinations (" + sizes + "), more than " +
                          grouped(kMostCombinations) +
                          "; take larger steps, or a random or latin sample of it (such as 10,000)");
}

// Tests places and keeps those that pass, in the order given.
class Filter {
 public:
  Filter(const std::vector<GridAxis>& axes, const Grid& grid, Constraint constraint)
      : axes_(axes), grid_(grid), constraint_(std::move(constraint)), columns_(axes.size()), indices_(axes.size()) {}

  Status keep_passing(std::span<const std::uint64_t> places, std::vector<std::uint64_t>& kept) {
    if (constraint_.is_empty()) {
      kept.insert(kept.end(), places.begin(), places.end());
      return {};
    }
    if (places.empty()) return {};
    for (auto& column : columns_) column.resize(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      grid_.indices_at(places[i], indices_);
      for (std::size_t axis = 0; axis < axes_.size(); ++axis) columns_[axis][i] = axes_[axis][indices_[axis]];
    }
    PEAK_ASSIGN_OR_RETURN(const BitView passing, constraint_.passing(columns_));
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (passing[i]) kept.push_back(places[i]);
    }
    return {};
  }

 private:
  const std::vector<GridAxis>& axes_;
  const Grid& grid_;
  Constraint constraint_;
  std::vector<std::vector<double>> columns_;
  std::vector<std::uint64_t> indices_;
};

Status keep_all(std::uint64_t product, Filter& filter, std::vector<std::uint64_t>& kept) {
  std::vector<std::uint64_t> places;
  for (std::uint64_t begin = 0; begin < product; begin += kTestedAtOnce) {
    places.resize(std::min(kTestedAtOnce, product - begin));
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = begin + i;
    PEAK_RETURN_IF_ERROR(filter.keep_passing(places, kept));
  }
  return {};
}

// Different places, each as likely as any other. A small product is gone through; of a large one places are drawn until
// there are enough, or until draws stay fruitless.
Status keep_random(std::uint64_t product, const GridOptions& options, Filter& filter,
                   std::vector<std::uint64_t>& kept) {
  study::Random random(options.seed);
  if (product <= kEnumerated) {
    PEAK_RETURN_IF_ERROR(keep_all(product, filter, kept));
    const std::uint64_t wanted = std::min<std::uint64_t>(options.samples, kept.size());
    for (std::uint64_t i = 0; i < wanted; ++i) std::swap(kept[i], kept[i + random.below(kept.size() - i)]);
    kept.resize(wanted);
    return {};
  }
  std::unordered_set<std::uint64_t> seen;
  std::vector<std::uint64_t> places;
  for (std::uint64_t tries = 0; kept.size() < options.samples && tries < kMostTries;) {
    const std::uint64_t missing = options.samples - kept.size();
    places.clear();
    for (std::uint64_t i = 0; i < missing + missing / 8 + 8; ++i) {
      const std::uint64_t place = random.below(product);
      if (seen.insert(place).second) places.push_back(place);
    }
    const std::size_t before = kept.size();
    PEAK_RETURN_IF_ERROR(filter.keep_passing(places, kept));
    if (kept.size() - before <= missing / 2) ++tries;
  }
  if (kept.size() > options.samples) kept.resize(options.samples);
  return {};
}

// Each axis is cut into as many parts as there are samples, and each part is used once (McKay, Beckman, Conover 1979).
Status keep_latin(const std::vector<GridAxis>& axes, const GridOptions& options, Filter& filter,
                  std::vector<std::uint64_t>& kept) {
  study::Random random(options.seed);
  std::vector<std::uint64_t> places(options.samples, 0), parts(options.samples);
  for (const GridAxis& axis : axes) {
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = i;
    for (std::size_t i = parts.size(); i > 1; --i) std::swap(parts[i - 1], parts[random.below(i)]);
    for (std::size_t i = 0; i < places.size(); ++i) {
      const double at = (static_cast<double>(parts[i]) + random.uniform()) / static_cast<double>(options.samples);
      const auto index = static_cast<std::uint64_t>(at * static_cast<double>(axis.size()));
      places[i] = places[i] * axis.size() + std::min(index, axis.size() - 1);
    }
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  for (std::size_t begin = 0; begin < places.size(); begin += kTestedAtOnce) {
    const std::size_t count = std::min<std::size_t>(kTestedAtOnce, places.size() - begin);
    PEAK_RETURN_IF_ERROR(filter.keep_passing({places.data() + begin, count}, kept));
  }
  return {};
}

Status keep_places(const GridOptions& options, std::uint64_t product, Filter& filter,
                   std::vector<std::uint64_t>& kept) {
  std::vector<std::uint64_t> places = options.places;
  std::sort(places.begin(), places.end());
  const bool twice = std::adjacent_find(places.begin(), places.end()) != places.end();
  if (places.empty() || twice || places.back() >= product) {
    return invalid_argument("grid: places must be different numbers below " + grouped(product) + ", at least one");
  }
  for (std::size_t begin = 0; begin < places.size(); begin += kTestedAtOnce) {
    const std::size_t count = std::min<std::size_t>(kTestedAtOnce, places.size() - begin);
    PEAK_RETURN_IF_ERROR(filter.keep_passing({places.data() + begin, count}, kept));
  }
  return {};
}

}  // namespace

Result<Grid> Grid::make(std::vector<GridAxis> axes, const GridOptions& options) {
  PEAK_RETURN_IF_ERROR(check_axes(axes));
  double product = 1;
  for (const GridAxis& axis : axes) product *= static_cast<double>(axis.size());
  const bool sampled = options.sampling != Sampling::kAll;
  if (product > kLargestProduct || (!sampled && product > static_cast<double>(kMostCombinations))) {
    return too_large(product, axes);
  }
  const bool drawn = sampled && options.sampling != Sampling::kPlaces;
  if (drawn && (options.samples == 0 || options.samples > kMostCombinations)) {
    return invalid_argument("grid: a sample needs a number of combinations from 1 to " + grouped(kMostCombinations) +
                            ", not " + grouped(options.samples));
  }
  Grid grid;
  grid.axes_ = std::move(axes);
  grid.options_ = options;
  grid.product_ = 1;
  for (const GridAxis& axis : grid.axes_) grid.product_ *= axis.size();
  if (!sampled && options.where.empty()) return grid;
  PEAK_ASSIGN_OR_RETURN(Constraint constraint, Constraint::make(options.where, grid.axes_));
  Filter filter(grid.axes_, grid, std::move(constraint));
  std::vector<std::uint64_t> kept;
  switch (options.sampling) {
    case Sampling::kAll: PEAK_RETURN_IF_ERROR(keep_all(grid.product_, filter, kept)); break;
    case Sampling::kRandom: PEAK_RETURN_IF_ERROR(keep_random(grid.product_, options, filter, kept)); break;
    case Sampling::kPlaces: PEAK_RETURN_IF_ERROR(keep_places(options, grid.product_, filter, kept)); break;
    case Sampling::kLatinHypercube: PEAK_RETURN_IF_ERROR(keep_latin(grid.axes_, options, filter, kept)); break;
  }
  if (kept.empty()) {
    return invalid_argument("where: '" + options.where + "' leaves none of the " + grouped(grid.product_) +
                            " combinations; loosen it, or widen the ranges");
  }
  std::sort(kept.begin(), kept.end());
  if (kept.size() < grid.product_) grid.chosen_ = std::move(kept);
  return grid;
}

std::uint64_t Grid::row_at(std::uint64_t place) const noexcept {
  if (is_product()) return place;
  const auto at = std::lower_bound(chosen_.begin(), chosen_.end(), place);
  return at != chosen_.end() && *at == place ? static_cast<std::uint64_t>(at - chosen_.begin()) : chosen_.size();
}

void Grid::indices_at(std::uint64_t place, std::span<std::uint64_t> indices) const noexcept {
  for (std::size_t i = axes_.size(); i-- > 0;) {
    indices[i] = place % axes_[i].size();
    place /= axes_[i].size();
  }
}

std::uint64_t Grid::index(std::uint64_t row, std::size_t axis) const noexcept {
  std::uint64_t stride = 1;
  for (std::size_t i = axes_.size(); i-- > axis + 1;) stride *= axes_[i].size();
  return place(row) / stride % axes_[axis].size();
}

double Grid::value(std::uint64_t row, std::size_t axis) const { return axes_[axis][index(row, axis)]; }

}  // namespace peak
