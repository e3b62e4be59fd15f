// Lane's stochastic oscillator, from 0 to 100: where the close stands between the lowest low and the highest high.
//
//     fast = 100 * ((close - lowest) / (highest - lowest))     over `window` bars; 0 if highest = lowest, as in TA-Lib
//     k    = sma(fast, smooth_k)
//     d    = sma(k, smooth_d)
//
// smooth_k = 3 is the slow stochastic (TA-Lib's STOCH), smooth_k = 1 the fast one (STOCHF). As there, k is defined only
// where d is. Undefined where one of the values needed is not finite.
// Source: G. C. Lane, "Lane's Stochastics", Technical Analysis of Stocks & Commodities (May/June 1984).
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/highest.hpp"
#include "peak/indicators/lowest.hpp"
#include "peak/indicators/sma.hpp"

namespace peak::indicators {

/// One bar's values.
struct StochasticValues {
  double k, d;
};

/// The definition, one bar at a time; windows from 1 to kLongestWindow, else every value is undefined.
class Stochastic {
 public:
  explicit Stochastic(int window = 14, int smooth_k = 3, int smooth_d = 3)
      : high_(window), low_(window), k_(smooth_k), d_(smooth_d) {}
  StochasticValues update(double high, double low, double close);

 private:
  Highest high_;
  Lowest low_;
  Sma k_, d_;
};

/// All bars at once, the same bits. All spans are of one length; outputs overlap neither inputs nor each other.
void stochastic(std::span<const double> high, std::span<const double> low, std::span<const double> close, int window,
                int smooth_k, int smooth_d, std::span<double> k, std::span<double> d);

}  // namespace peak::indicators

namespace peak {
/// The oscillator of bars; NaN where it is undefined. Inputs of one length (the shortest counts).
struct StochasticColumns {
  std::vector<double> k, d;
};
[[nodiscard]] StochasticColumns stochastic(std::span<const double> high, std::span<const double> low,
                                           std::span<const double> close, int window = 14, int smooth_k = 3,
                                           int smooth_d = 3);
}  // namespace peak
