// Value scan: the passes over all values of a column from which a narrow form is chosen, as wide as the CPU allows.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace peak {

/// Of whole numbers; the smallest one stands for none where `may_miss` says so, and is not counted among low and high.
struct WholeRange {
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();
  std::int64_t least_delta = std::numeric_limits<std::int64_t>::max();  ///< of neighbours, modulo 2^64
  std::int64_t most_delta = std::numeric_limits<std::int64_t>::min();
  std::size_t equal_neighbours = 0;
  bool has_missing = false;
};

[[nodiscard]] WholeRange range_of(std::span<const std::int64_t> values, bool may_miss) noexcept;

/// Values times `power` as whole numbers; false if one of them is not a multiple that the division by `power` gives
/// back with the same bits. The numbers of such values may be any.
bool scale(std::span<const double> values, double power, std::int64_t* whole) noexcept;

}  // namespace peak
