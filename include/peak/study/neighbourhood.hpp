// Neighbourhood of the best cell of a grid: a plateau is worth more than a peak.
//
// Neighbours are the cells one step away along one axis. Threads: pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace peak {

struct Neighbourhood {
  std::size_t neighbours = 0;  ///< cells with a value
  double value = 0;            ///< of the cell itself
  double mean = 0;             ///< of the neighbours; NaN without any
  double lowest = 0;
  double highest = 0;
  /// Mean / value, for values above 0: 1 is a plateau, 0 a peak. NaN where it says nothing.
  double stability = 0;
};

/// `cell` has an index on each axis of `sizes` values; `value_at(indices)` is NaN where there is none.
[[nodiscard]] Neighbourhood neighbourhood(std::span<const std::uint64_t> sizes, std::span<const std::uint64_t> cell,
                                          const std::function<double(std::span<const std::uint64_t>)>& value_at);

}  // namespace peak
