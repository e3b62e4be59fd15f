// Recurrence: f[t] = p[t] + beta * f[t-1], written so that eight bars are computed at once.
//
// EMA and Wilder's averages are this recurrence. As it stands, each bar waits for the one before it: a multiplication
// and an addition, 6 to 8 cycles a bar, whatever the width of the vector unit. Putting the formula into itself three
// times gives the same function with a step of eight bars, its other terms free of any chain:
//
//     y[t] = p[t] + beta   * p[t-1]
//     z[t] = y[t] + beta^2 * y[t-2]
//     v[t] = z[t] + beta^4 * z[t-4]
//     f[t] = v[t] + beta^8 * f[t-8]
//
// This is the definition (rule 16), here and in the vector code; everything before the first bar is 0. The powers are
// beta2 = beta * beta, beta4 = beta2 * beta2, beta8 = beta4 * beta4. Rounding errors die away as beta^t, so nothing
// drifts and no anchor is needed. Before each kBlock-th bar after the first, those of the last eight f that are smaller
// than kSmallest in size are made 0: on flat prices they would end as denormal numbers, a hundred times slower.
//
// Threads: a value type without shared state.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace peak::indicators {

class Recurrence {
 public:
  static constexpr double kSmallest = 1e-250;
  static constexpr std::size_t kBlock = 1024;

  /// `beta` from 0 to below 1.
  explicit Recurrence(double beta) noexcept
      : beta_(beta), beta2_(beta * beta), beta4_(beta2_ * beta2_), beta8_(beta4_ * beta4_) {}

  /// Takes p[t], gives f[t]. The first p is the seed.
  double update(double input) noexcept {
    const std::size_t t = bar_++;
    if (t % kBlock == 0) drop_small();
    const double y = input + beta_ * input_;
    const double z = y + beta2_ * y_[t % 2];
    const double v = z + beta4_ * z_[t % 4];
    const double f = v + beta8_ * f_[t % 8];
    input_ = input;
    y_[t % 2] = y;
    z_[t % 4] = z;
    f_[t % 8] = f;
    return f;
  }

 private:
  void drop_small() noexcept {
    for (double& f : f_) f = std::fabs(f) < kSmallest ? 0.0 : f;
  }

  double beta_, beta2_, beta4_, beta8_;
  std::size_t bar_ = 0;
  double input_ = 0;
  std::array<double, 2> y_{};
  std::array<double, 4> z_{};
  std::array<double, 8> f_{};
};

}  // namespace peak::indicators
