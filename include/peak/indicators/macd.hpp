// Moving average convergence divergence of Appel.
//
//     line = ema(fast) - ema(slow);  signal = ema(line, signal);  histogram = line - signal
//
// Seeded as TA-Lib: both averages start at the slow window's last value, the fast one with the mean of the last `fast`
// of them; all three outputs are defined once the signal is. If fast > slow the two change places. The averages go
// through their lags (ema.hpp), so that nothing is lost where they are close to each other:
//     line = lag(slow) - lag(fast);  histogram = lag of the signal behind the line;  signal = line - histogram
//
// A value that is not finite makes its bar undefined and everything starts afresh after it.
// Source: G. Appel, The Moving Average Convergence-Divergence Trading Method (1979).
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/ema.hpp"

namespace peak::indicators {

/// One bar's values.
struct MacdValues {
  double line, signal, histogram;
};

/// The definition, one value at a time; windows from 1 to kLongestWindow, else every value is undefined.
class Macd {
 public:
  explicit Macd(int fast = 12, int slow = 26, int signal = 9);
  MacdValues update(double value);

 private:
  int fast_, slow_;
  int count_ = 0;  // values of this run, up to slow_
  Ema fast_average_, slow_average_, signal_;
};

/// All bars at once, the same bits. Outputs are as long as `values` and overlap neither it nor each other.
void macd(std::span<const double> values, int fast, int slow, int signal, std::span<double> line,
          std::span<double> signal_line, std::span<double> histogram);

}  // namespace peak::indicators

namespace peak {
/// The three columns of `values`; NaN where they are undefined.
struct MacdColumns {
  std::vector<double> line, signal, histogram;
};
[[nodiscard]] MacdColumns macd(std::span<const double> values, int fast = 12, int slow = 26, int signal = 9);
}  // namespace peak
