// Exact sums: addition of doubles whose result does not depend on order, blocks, lanes or threads (rule 16).
//
// Each value x with |x| < 64 becomes the integer nearest to x * 2^90 (ties to even), and integers add exactly in 128
// bits: 2^31 such values cannot overflow. Values with 64 <= |x| < infinity go to a slow exact path (a superaccumulator
// over the whole range of double); values that are not finite are counted and make the sum NaN. So the sum is a
// function of the multiset of values alone. value() rounds once, to nearest even.
//
// Error against the true sum: n * 2^-91, far under a double's own rounding for anything summed here.
// Threads: a value; join partial sums with add(const ExactSum&).
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace peak {

/// Two's complement 128-bit integer (a GCC and Clang extension, on every 64-bit platform that Peak Trade supports).
__extension__ typedef __int128 Int128;

/// Values below this magnitude have the fast fixed-point path.
inline constexpr double kFixedLimit = 64.0;
/// One in fixed point is 2^90; the high part of a value counts 2^-40, so it weighs 2^50 of the low part's 2^-90.
inline constexpr int kFixedBits = 90;
inline constexpr Int128 kFixedHighWeight = Int128{1} << 50;
/// Adding one of these rounds to its last place, as the nearest-even rounding of IEEE addition does all work:
/// 1.5 * 2^12 has a last place of 2^-40, 1.5 * 2^-38 one of 2^-90.
inline constexpr double kFixedHighRounder = 6144.0;
inline constexpr double kFixedLowRounder = 0x1.8p-38;

/// The integer nearest to x * 2^90 for |x| < 64, ties to even: the definition that every kernel meets. In steps:
/// high = nearest multiple of 2^-40; the rest is exact (a multiple of x's last place, under 2^-40) and rounds to 2^-90.
[[nodiscard]] inline Int128 to_fixed(double x) noexcept {
  const double high = x + kFixedHighRounder;
  const double low = (x - (high - kFixedHighRounder)) + kFixedLowRounder;
  const std::int64_t high_units = std::bit_cast<std::int64_t>(high) - std::bit_cast<std::int64_t>(kFixedHighRounder);
  const std::int64_t low_units = std::bit_cast<std::int64_t>(low) - std::bit_cast<std::int64_t>(kFixedLowRounder);
  return high_units * kFixedHighWeight + low_units;
}

class ExactSum {
 public:
  ExactSum() = default;
  ExactSum(const ExactSum& other);
  ExactSum& operator=(const ExactSum& other);
  ExactSum(ExactSum&&) noexcept = default;
  ExactSum& operator=(ExactSum&&) noexcept = default;
  ~ExactSum() = default;

  void add(double value) {
    if (std::fabs(value) < kFixedLimit) {
      fixed_ += to_fixed(value);
    } else {
      add_large(value);
    }
  }
  void add(const ExactSum& other);
  /// The sum of the same values with their signs turned.
  [[nodiscard]] ExactSum negated() const;
  /// An amount already in units of 2^-90, made by a kernel from values that are all smaller than 64.
  void add_fixed(Int128 units) noexcept { fixed_ += units; }
  /// The sum rounded once to double; NaN if a value was not finite, an infinity if the sum lies outside double's range.
  [[nodiscard]] double value() const;
  /// True if no value was infinite or NaN.
  [[nodiscard]] bool finite() const noexcept { return not_finite_ == 0; }
  /// True if every value was smaller than 64 in magnitude, so that fixed_units() is the whole sum.
  [[nodiscard]] bool is_fixed() const noexcept { return not_finite_ == 0 && wide_ == nullptr; }
  /// The sum of the values smaller than 64, in units of 2^-90.
  [[nodiscard]] Int128 fixed_units() const noexcept { return fixed_; }

 private:
  struct Wide;
  void add_large(double value);

  Int128 fixed_ = 0;
  std::int64_t not_finite_ = 0;
  std::shared_ptr<Wide> wide_;  // null until a large value comes; never shared between two sums
};

/// The exact sum of value * scale over a run of values: vectorised, and equal to adding the products one by one. With a
/// power of two as scale, values of any magnitude are brought onto the fast path without rounding.
[[nodiscard]] ExactSum exact_sum(std::span<const double> values, double scale = 1.0);

/// Sum of (x - mean of x) * (y - mean of y) over n pairs, from the sums of x, y and x * y: sum_xy - sum_x * sum_y / n.
/// The difference is taken in whole numbers of 256 bits, so nothing cancels but what is in the sums themselves; when a
/// value was 64 or more it is taken in doubles. n >= 1. With x = y it may be negative by rounding of the products.
[[nodiscard]] double centred_sum(std::int64_t n, const ExactSum& sum_x, const ExactSum& sum_y, const ExactSum& sum_xy);

}  // namespace peak
