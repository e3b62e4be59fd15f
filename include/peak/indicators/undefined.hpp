// The undefined value of an indicator: a quiet NaN, always the same bits.
//
// An indicator never hands out an infinity or another NaN: what is not a finite number is undefined.
#pragma once

#include <cmath>
#include <limits>

namespace peak::indicators {

inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// The value itself if it is finite, kUndefined otherwise.
[[nodiscard]] inline double finite_or_undefined(double value) noexcept {
  return std::isfinite(value) ? value : kUndefined;
}

/// Windows above this are refused: it bounds the memory of a streaming indicator.
inline constexpr int kLongestWindow = 10'000'000;

/// A window that an indicator can work with; with any other, every value is undefined.
[[nodiscard]] inline constexpr bool window_is_valid(int window) noexcept {
  return window >= 1 && window <= kLongestWindow;
}

}  // namespace peak::indicators
