// Directional movement of Wilder: the directional indicators and the average directional index.
//
//     up = high[t] - high[t-1], down = low[t-1] - low[t]
//     plus  = up if up > down and up > 0, else 0;   minus = down if down > up and down > 0, else 0
//     P, M, R = plus, minus and true range, each faded: s[t] = x[t] + beta * s[t-1], beta = (window - 1) / window,
//               seeded at bar window - 1 by the plain sum of the bars before and it, oldest first
//     plus_di = 100 * P / R,  minus_di = 100 * M / R          from bar `window` on; 0 where R is 0
//     dx = 100 * |P - M| / (P + M)                            0 where P + M is 0
//     adx = Wilder's average of dx, seeded by the mean of the first `window`: from bar 2 * window - 1 on
//
// The fading sums are recurrence.hpp's. A bar with a value that is not finite is undefined and all starts afresh.
//
// Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978), section IV; seeding as TA-Lib, except that
// TA-Lib keeps the last adx over a bar without any movement.
// Threads: value types without shared state.
#pragma once

#include <span>
#include <vector>

#include "peak/indicators/recurrence.hpp"
#include "peak/indicators/undefined.hpp"

namespace peak::indicators {

struct DirectionalValues {
  double plus_di = kUndefined;   ///< percent
  double minus_di = kUndefined;  ///< percent
  double dx = kUndefined;        ///< percent
};

/// The directional indicators, one bar at a time; `window` from 1 to kLongestWindow, else every value is undefined.
class DirectionalMovement {
 public:
  explicit DirectionalMovement(int window);
  DirectionalValues update(double high, double low, double close);

 private:
  struct Parts {
    double plus = 0, minus = 0, range = 0;
  };
  [[nodiscard]] Parts parts_of(double high, double low) const;
  DirectionalValues values_of(const Parts& now);

  int window_;
  int bars_ = 0;  // bars seen in this run, up to window_
  double high_ = 0, low_ = 0, close_ = 0;
  Parts seed_;
  Recurrence plus_, minus_, range_;
};

/// The average directional index, one bar at a time.
class Adx {
 public:
  explicit Adx(int window);
  double update(double high, double low, double close);

 private:
  int window_;
  int values_ = 0;  // dx seen in this run, up to window_
  double dx_sum_ = 0;
  DirectionalMovement movement_;
  Recurrence average_;
};

/// All bars at once, the same bits. All spans are of one length; `output` does not overlap the inputs.
void adx(std::span<const double> high, std::span<const double> low, std::span<const double> close, int window,
         std::span<double> output);
void plus_di(std::span<const double> high, std::span<const double> low, std::span<const double> close, int window,
             std::span<double> output);
void minus_di(std::span<const double> high, std::span<const double> low, std::span<const double> close, int window,
              std::span<double> output);

}  // namespace peak::indicators

namespace peak {
/// Wilder's average directional index of bars, in percent; NaN where it is undefined. The shortest input counts.
[[nodiscard]] std::vector<double> adx(std::span<const double> high, std::span<const double> low,
                                      std::span<const double> close, int window);
/// Wilder's directional indicator of rises, in percent.
[[nodiscard]] std::vector<double> plus_di(std::span<const double> high, std::span<const double> low,
                                          std::span<const double> close, int window);
/// Wilder's directional indicator of falls, in percent.
[[nodiscard]] std::vector<double> minus_di(std::span<const double> high, std::span<const double> low,
                                           std::span<const double> close, int window);
}  // namespace peak
