// Third and fourth standardised moments.
#pragma once

#include <span>

namespace peak {

/// Means of z^3 and z^4 over all values, z = (x - mean) / deviation with the population deviation (ddof 0) > 0.
struct StandardMoments {
  double third = 0;
  double fourth = 0;
};
[[nodiscard]] StandardMoments standard_moments(std::span<const double> values, double mean, double deviation);

}  // namespace peak
