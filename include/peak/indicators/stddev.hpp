// Rolling standard deviation of the last `window` values.
//
//     squares = sum of squared deviations from the mean (binary_window.hpp): never negative, 0 for equal values
//     stddev[t] = sqrt(squares / (window - ddof))
//
// ddof 0 is the population's (as TA-Lib), 1 the sample's. Undefined where window <= ddof; otherwise
// undefined until `window` values have come, and while the window holds a value that is not finite.
// Known difference: TA-Lib subtracts squared sums and calls a variance below 1e-14 zero; at a high price with a small
// spread its result is noise.
// Source: standard; merging of parts as Chan, Golub, LeVeque (1979).
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/binary_window.hpp"

namespace peak::indicators {

/// The definition, one value at a time; `window` from 1 to kLongestWindow and `ddof` from 0, else every value is
/// undefined.
class Stddev {
 public:
  explicit Stddev(int window, int ddof = 0);
  double update(double value);

 private:
  double divisor_;  // 0: undefined
  BinaryWindow values_;
};

/// All bars at once, the same bits. `output` is as long as `values` and does not overlap it.
void stddev(std::span<const double> values, int window, int ddof, std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// The rolling standard deviation of `values`; NaN where it is undefined.
[[nodiscard]] std::vector<double> stddev(std::span<const double> values, int window, int ddof = 0);
}  // namespace peak
