// Random: a small generator whose numbers are the same on every platform (the standard distributions' are not).
//
// SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014. Not for secrets.
// Threads: one thread each.
#pragma once

#include <cstdint>

namespace peak::study {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  /// A whole number under `bound` (> 0), each as likely as any other: draws that would favour small ones are redone.
  std::uint64_t below(std::uint64_t bound) noexcept {
    for (;;) {
      const std::uint64_t drawn = next();
      // The first 2^64 % bound numbers are too many. That is less than the bound, and hardly a draw is below it.
      if (drawn < bound && drawn < (0 - bound) % bound) continue;
      return (bound & (bound - 1)) == 0 ? drawn & (bound - 1) : drawn % bound;
    }
  }
  /// In [0, 1), a multiple of 2^-53.
  double uniform() noexcept { return uniform(next()); }
  /// What uniform() makes of a drawn number.
  static double uniform(std::uint64_t drawn) noexcept { return static_cast<double>(drawn >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace peak::study
