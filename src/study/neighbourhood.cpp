#include "peak/study/neighbourhood.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace peak {

Neighbourhood neighbourhood(std::span<const std::uint64_t> sizes, std::span<const std::uint64_t> cell,
                            const std::function<double(std::span<const std::uint64_t>)>& value_at) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  Neighbourhood found{.value = value_at(cell), .mean = kNaN, .lowest = kNaN, .highest = kNaN, .stability = kNaN};
  std::vector<std::uint64_t> place(cell.begin(), cell.end());
  double sum = 0;
  const auto look = [&] {
    const double value = value_at(place);
    if (std::isnan(value)) return;
    ++found.neighbours;
    sum += value;
    found.lowest = std::fmin(found.lowest, value);
    found.highest = std::fmax(found.highest, value);
  };
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (cell[axis] > 0) {
      place[axis] = cell[axis] - 1;
      look();
    }
    if (cell[axis] + 1 < sizes[axis]) {
      place[axis] = cell[axis] + 1;
      look();
    }
    place[axis] = cell[axis];
  }
  if (found.neighbours == 0) return found;
  found.mean = sum / static_cast<double>(found.neighbours);
  if (found.value > 0) found.stability = found.mean / found.value;
  return found;
}

}  // namespace peak
