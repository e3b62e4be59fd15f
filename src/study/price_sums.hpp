// PriceSums: what a walk over trades needs of a market, made once and read by every combination.
//
// While a position is held with all cash in it, a bar's return is p[t] / p[t-1] - 1 (rule 16), whatever the strategy.
// So the sum of returns over bars (f, x) is a difference of prefix sums, exact because sums are whole numbers. The
// highest and lowest close of any stretch come from a table of maxima and minima over 1, 2, 4, ... bars from each bar.
//
// make() only adds up pieces of time; each piece's rows and ranges can then be filled in by any thread, beside other
// work, for they depend on nothing but the sums before the piece.
//
//     row of a bar    | returns | squares | downside | ticks | close |     one cache line: what a fill reads of it
//
// Memory    64 bytes a bar for rows, 16 for each of kLevels levels. Threads: pieces may be filled side by side;
// constant
//           after that.
#pragma once

#include <algorithm>
#include <array>
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

/// A sum in units of 2^-90 as two words, high * 2^50 + low, that can be added up without carries: of a difference of
/// two rows |low| < 2^50, so that thousands of them fit.
struct SplitSum {
  std::uint64_t high, low;  // wrap around

  SplitSum& operator+=(const SplitSum& other) noexcept {
    high += other.high;
    low += other.low;
    return *this;
  }
  SplitSum& operator-=(const SplitSum& other) noexcept {
    high -= other.high;
    low -= other.low;
    return *this;
  }
  [[nodiscard]] static SplitSum of(Int128 units) noexcept {
    return {static_cast<std::uint64_t>(static_cast<std::int64_t>(units >> 50)),
            static_cast<std::uint64_t>(units & (kFixedHighWeight - 1))};
  }
  [[nodiscard]] Int128 units() const noexcept {
    return static_cast<std::int64_t>(high) * kFixedHighWeight + static_cast<std::int64_t>(low);
  }
};

/// Sums over bars up to and with one bar.
struct alignas(64) MarketRow {
  SplitSum returns, squares, downside;
  std::uint64_t ticks;  ///< of the returns (period_ticks.hpp)
  double close;
};

class PriceSums {
 public:
  static constexpr unsigned kLevels = 9;                                    // longest direct stretch: 2^9 bars
  static constexpr std::size_t kLongest = std::size_t{1} << (kLevels - 1);  // bars of the last level

  using Range = PriceRange;

  /// None if the data are outside of what the walk holds for: every open and close finite, above 0 and far from the
  /// ends of double's range, every return under 4 and the sum of their magnitudes certainly under 2^20. Sums of losses
  /// are made if asked for.
  static std::optional<PriceSums> make(const Bars& bars, bool with_downside);

  /// Nothing may be read before each of so many pieces has been filled, once.
  [[nodiscard]] std::size_t pieces() const noexcept { return before_.size(); }
  void fill(std::size_t piece);

  [[nodiscard]] std::size_t size() const noexcept { return close_.size(); }
  [[nodiscard]] const double* open() const noexcept { return open_.data(); }
  [[nodiscard]] const double* close() const noexcept { return close_.data(); }
  [[nodiscard]] const MarketRow* rows() const noexcept { return rows_.data(); }

  /// Highest and lowest close of bars [first, last), at least one.
  [[nodiscard]] Range range(std::size_t first, std::size_t last) const noexcept {
    const std::size_t length = last - first;
    if (length > kLongest * 2) return long_range(first, last);
    const unsigned level = std::min<unsigned>(static_cast<unsigned>(std::bit_width(length)) - 1, kLevels - 1);
    const Range a = at(level, first), b = at(level, last - (std::size_t{1} << level));
    return {a.high > b.high ? a.high : b.high, a.low < b.low ? a.low : b.low};
  }
  /// Asks for the memory that range() of bars [first, last) will read.
  void prefetch_range(std::size_t first, std::size_t last) const noexcept {
    const std::size_t length = last - first;
    const unsigned level = std::min<unsigned>(static_cast<unsigned>(std::bit_width(length)) - 1, kLevels - 1);
    __builtin_prefetch(tables_[level] + first);
    __builtin_prefetch(tables_[level] + last - (std::size_t{1} << level));
  }

 private:
  struct Sums {
    Int128 returns = 0, squares = 0, downside = 0;
    std::uint64_t ticks = 0;
  };
  void fill_rows(std::size_t begin, std::size_t end, Sums sums);
  void fill_ranges(std::size_t begin, std::size_t end);
  [[nodiscard]] Range at(unsigned level, std::size_t bar) const noexcept { return tables_[level][bar]; }
  [[nodiscard]] Range long_range(std::size_t first, std::size_t last) const noexcept;

  std::span<const double> open_, close_;
  bool with_downside_ = false;
  std::vector<Sums> before_;  // each piece
  Buffer<MarketRow> rows_;
  std::vector<Buffer<Range>> levels_;
  std::array<const Range*, kLevels> tables_{};  // where they lie
};

}  // namespace peak::study
