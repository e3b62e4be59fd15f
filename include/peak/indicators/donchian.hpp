// Donchian channel: the highest high and the lowest low of the last `window` bars, this bar included.
//
//     upper = highest(high, window);  lower = lowest(low, window);  middle = (upper + lower) * 0.5
//
// A breakout compares the close with the channel of the bar before: close > donchian(high, low, 20).upper[1].
// Each side is undefined as highest and lowest are; the middle where one of them is.
//
// Source: R. Donchian's four-week rule, after J. J. Murphy, Technical Analysis of the Financial Markets (1999), ch. 9.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/highest.hpp"
#include "peak/indicators/lowest.hpp"

namespace peak::indicators {

/// One bar's channel.
struct DonchianChannel {
  double upper, middle, lower;
};

/// The definition, one bar at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class Donchian {
 public:
  explicit Donchian(int window) : high_(window), low_(window) {}
  DonchianChannel update(double high, double low);

 private:
  Highest high_;
  Lowest low_;
};

/// All bars at once, the same bits. All spans are of one length; outputs overlap neither inputs nor each other.
void donchian(std::span<const double> high, std::span<const double> low, int window, std::span<double> upper,
              std::span<double> middle, std::span<double> lower);

}  // namespace peak::indicators

namespace peak {
/// The channel of bars; NaN where it is undefined. Inputs of one length (the shorter counts).
struct DonchianColumns {
  std::vector<double> upper, middle, lower;
};
[[nodiscard]] DonchianColumns donchian(std::span<const double> high, std::span<const double> low, int window);
}  // namespace peak
