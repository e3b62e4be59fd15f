// Value survey: what a column's values are, found before a narrow form is chosen for them.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace peak {

/// Values that are looked at where a few tell enough.
inline constexpr std::size_t kSamples = 1'000;

/// From `low` up to `high`, modulo 2^64.
inline std::uint64_t distance(std::int64_t low, std::int64_t high) noexcept {
  return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
}

/// What one pass over whole numbers finds.
struct ValueSurvey {
  std::int64_t low = 0, high = 0;  ///< of what is present
  std::int64_t least_delta = 0, most_delta = 0;
  std::size_t runs = 1;
  bool has_missing = false, has_present = false;
  bool deltas_fit = true;  ///< no row is missing and no delta overflows
};

/// `may_miss`: kMissingWhole stands for a missing value. There must be a value.
ValueSurvey survey_of(std::span<const std::int64_t> values, bool may_miss);

/// The largest unit of time whose multiples the distances from `base` are.
std::int64_t unit_of(std::span<const std::int64_t> values, std::int64_t base);

/// The value that a sample has most often, and how many values the sample has.
std::int64_t most_frequent(std::span<const std::int64_t> values, std::size_t& distinct);

/// Decimals as whole numbers, into as many places of `whole`: how many places they need, and none of the values
/// changes.
std::optional<int> places_of(std::span<const double> values, std::span<std::int64_t> whole, bool& has_missing);

/// True if float32 keeps the bits of each.
bool are_float32(std::span<const double> values);

}  // namespace peak
