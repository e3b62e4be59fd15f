// What the batch functions share outside the kernels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "peak/indicators/undefined.hpp"

namespace peak::indicators {

inline void fill_undefined(std::span<double> output) { std::fill(output.begin(), output.end(), kUndefined); }

/// Makes the bars before the first defined one undefined, or every bar if the window is not valid or longer than the
/// data; whether there is more to compute.
inline bool begin_output(bool valid, std::size_t warm_up, std::span<double> output) {
  valid = valid && warm_up < output.size();
  std::fill_n(output.begin(), valid ? warm_up : output.size(), kUndefined);
  return valid;
}

/// As begin_output, for an indicator whose first defined bar is the first full window.
inline bool begin_windows(int window, std::span<double> output) {
  const bool valid = window_is_valid(window);
  return begin_output(valid, valid ? static_cast<std::size_t>(window) - 1 : 0, output);
}

/// What the sum of squares is divided by; 0 where the result is undefined.
inline double squares_divisor(int window, int ddof) {
  return window_is_valid(window) && ddof >= 0 && ddof < window ? static_cast<double>(window - ddof) : 0.0;
}

/// As begin_output, for an indicator that looks `bars` bars back.
inline bool begin_change(int bars, std::span<double> output) {
  const bool valid = window_is_valid(bars);
  return begin_output(valid, valid ? static_cast<std::size_t>(bars) : 0, output);
}

}  // namespace peak::indicators
