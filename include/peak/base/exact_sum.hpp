// Exact sums: addition of doubles whose result does not depend on order, blocks, lanes or threads (rule 16).
//
// Each value x with |x| < 64 becomes the integer nearest to x * 2^90 (ties to even), and integers add exactly in 128
// bits: 2^31 such values cannot overflow. Values with 64 <= |x| < infinity go to a slow exact path (a superaccumulator
// over the whole range of double); values that are not finite are counted and make the sum NaN. So the sum is a function of
// the multiset of values alone. value() rounds once, to nearest even.
//
// Error against the true sum: n * 2^-91, far under a double's own rounding for anything summed here.
// Threads: a value; join partial sums with add(const ExactSum&).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace peak {

/// Two's complement 128-bit integer (a GCC and Clang extension, on every 64-bit platform that Peak Trade supports).
__extension__ typedef __int128 Int128;

class ExactSum {
 public:
  ExactSum() = default;
  ExactSum(const ExactSum& other);
  ExactSum& operator=(const ExactSum& other);
  ExactSum(ExactSum&&) noexcept = default;
  ExactSum& operator=(ExactSum&&) noexcept = default;

  void add(double value);
  void add(const ExactSum& other);
  /// An amount already in units of 2^-90, made by a kernel from values that are all smaller than 64.
  void add_fixed(Int128 units) noexcept { fixed_ += units; }
  /// The sum rounded once to double; NaN if a value was not finite.
  [[nodiscard]] double value() const;

 private:
  struct Wide;
  Int128 fixed_ = 0;
  std::int64_t not_finite_ = 0;
  std::shared_ptr<Wide> wide_;  // null until a large value comes; never shared between two sums
};

/// The exact sum of a run of values; the plain twin of the vector kernels.
[[nodiscard]] ExactSum exact_sum(std::span<const double> values);

/// The integer nearest to x * 2^90 for |x| < 64, ties to even: the definition that every kernel meets.
[[nodiscard]] Int128 to_fixed(double x) noexcept;

}  // namespace peak
