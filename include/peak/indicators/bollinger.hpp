// Bollinger bands: a moving average and bands at a number of standard deviations above and below it.
//
//     middle = sma(window);  upper, lower = middle +- deviations * stddev(window, ddof 0)
//
// The middle has sma's bits, the deviation stddev's. `deviations` is a finite number from 0.
// Undefined until `window` values have come, and while the window holds a value that is not finite.
// Source: J. Bollinger, Bollinger on Bollinger Bands (2001), chapter 7.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/binary_window.hpp"

namespace peak::indicators {

/// One bar's bands.
struct BollingerBands {
  double upper, middle, lower;
};

/// The definition, one value at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class Bollinger {
 public:
  explicit Bollinger(int window, double deviations = 2.0);
  BollingerBands update(double value);

 private:
  double window_;
  double deviations_;
  BinaryWindow values_;
};

/// All bars at once, the same bits. Outputs are as long as `values` and overlap neither it nor each other.
void bollinger(std::span<const double> values, int window, double deviations, std::span<double> upper,
               std::span<double> middle, std::span<double> lower);

}  // namespace peak::indicators

namespace peak {
/// The three bands of `values`; NaN where they are undefined.
struct BollingerColumns {
  std::vector<double> upper, middle, lower;
};
[[nodiscard]] BollingerColumns bollinger(std::span<const double> values, int window, double deviations = 2.0);
}  // namespace peak
