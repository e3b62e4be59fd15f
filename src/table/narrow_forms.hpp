// Narrow forms: what the maker of a narrow column and its reader agree on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "peak/base/time.hpp"

namespace peak {

/// Rows between the full values of deltas; what is read at a time.
inline constexpr std::size_t kDeltaBlock = 1024;
/// A missing value among whole numbers: kNoTime for times, NaN for scaled numbers.
inline constexpr std::int64_t kMissingWhole = kNoTime;
/// Decimals beyond nine places are not looked for.
inline constexpr double kPowersOfTen[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

}  // namespace peak
