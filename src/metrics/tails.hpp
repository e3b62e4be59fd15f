// Tails of a distribution: quantiles and the mean of the worst values, without sorting everything.
#pragma once

#include <span>

namespace peak {

/// Of n >= 1 finite values. Quantiles interpolate linearly between order statistics (Hyndman and Fan's type 7).
struct Tails {
  double lower = 0;       ///< 5 % quantile
  double upper = 0;       ///< 95 % quantile
  double lower_mean = 0;  ///< mean of the floor((n - 1) * 0.05) + 1 smallest values
};
[[nodiscard]] Tails find_tails(std::span<const double> values);

}  // namespace peak
