// PriceSums: what a walk over trades needs of a market, made once and read by every combination.
//
// While a position is held with all cash in it, a bar's return is p[t] / p[t-1] - 1 (rule 16), whatever the strategy.
// So the sum of returns over bars (f, x) is a difference of prefix sums, exact because sums are whole numbers. The
// highest and lowest close of any stretch come from a table of maxima and minima over 1, 2, 4, ... bars from each bar.
//
// Memory    32 bytes a bar for sums, 16 more for the downside, 16 for each of kLevels levels. Threads: constant after
// make().
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "peak/base/buffer.hpp"
#include "peak/base/exact_sum.hpp"
#include "peak/market/bars.hpp"

namespace peak::study {

struct PriceRange {
  double high, low;
};

/// Sums over bars on which all cash is held, in units of 2^-90: of returns, their squares, and min(return, 0)^2 (0
/// where it was not asked for).
struct HeldSums {
  Int128 returns, squares, downside;
};

class PriceSums {
 public:
  static constexpr unsigned kLevels = 9;                                    // longest direct stretch: 2^9 bars
  static constexpr std::size_t kLongest = std::size_t{1} << (kLevels - 1);  // bars of the last level

  /// Sums over bars up to and with one bar, in units of 2^-90.
  struct Prefix {
    Int128 returns, squares;
  };
  using Range = PriceRange;

  /// None if the data are outside of what the walk holds for: every open and close finite, above 0 and far from the
  /// ends of double's range, every return under 4.
  static std::optional<PriceSums> make(const Bars& bars, bool with_downside);

  [[nodiscard]] std::size_t size() const noexcept { return close_.size(); }
  [[nodiscard]] const double* open() const noexcept { return open_.data(); }
  [[nodiscard]] const double* close() const noexcept { return close_.data(); }
  /// Sums over bars [first, last), at least one and first >= 1; mark(first, last, range of closes) is called once.
  template <class Mark>
  HeldSums held(std::size_t first, std::size_t last, Mark mark) const {
    const Prefix &before = prefix_[first - 1], &after = prefix_[last - 1];
    const Int128 downside = downside_.empty() ? 0 : downside_[last - 1] - downside_[first - 1];
    mark(first, last, range(first, last));
    return {after.returns - before.returns, after.squares - before.squares, downside};
  }

  /// Highest and lowest close of bars [first, last), at least one.
  [[nodiscard]] Range range(std::size_t first, std::size_t last) const noexcept {
    const std::size_t length = last - first;
    if (length > kLongest * 2) return long_range(first, last);
    const unsigned level = std::min<unsigned>(static_cast<unsigned>(std::bit_width(length)) - 1, kLevels - 1);
    const Range a = at(level, first), b = at(level, last - (std::size_t{1} << level));
    return {a.high > b.high ? a.high : b.high, a.low < b.low ? a.low : b.low};
  }
  /// Lowest close after the last bar of [first, last) whose close is `high`, the highest of them; `high` if none comes
  /// after it.
  [[nodiscard]] double lowest_after_high(std::size_t first, std::size_t last, double high) const noexcept;

 private:
  [[nodiscard]] Range at(unsigned level, std::size_t bar) const noexcept { return levels_[level][bar]; }
  [[nodiscard]] Range long_range(std::size_t first, std::size_t last) const noexcept;

  std::span<const double> open_, close_;
  Buffer<Prefix> prefix_;
  Buffer<Int128> downside_;
  std::vector<Buffer<Range>> levels_;
};

}  // namespace peak::study
