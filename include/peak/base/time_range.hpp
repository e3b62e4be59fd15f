// Time range: the stamps on which dates can be computed without leaving the range of Nanoseconds, 1678 to 2261.
// Readers take other stamps for faults of the file.
#pragma once

#include "peak/base/time.hpp"

namespace peak {

inline constexpr Nanoseconds kEarliestStamp = -106'650 * kNanosecondsPerDay;  ///< 1678-01-01
inline constexpr Nanoseconds kStampLimit = 106'651 * kNanosecondsPerDay;      ///< 2262-01-01, not in it

[[nodiscard]] constexpr bool is_in_time_range(Nanoseconds time) noexcept {
  return time >= kEarliestStamp && time < kStampLimit;
}

}  // namespace peak
