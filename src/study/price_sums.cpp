#include "study/price_sums.hpp"

#include <algorithm>
#include <cmath>

namespace peak::study {
namespace {

// Far enough from the ends of double's range that cash * ratio of prices neither overflows nor loses digits.
constexpr double kSmallestPrice = 1e-100, kLargestPrice = 1e100;
constexpr double kLargestReturn = 4;  // its square fits the fixed-point sums

bool all_in_range(std::span<const double> prices) {
  bool good = true;
  for (const double price : prices) good &= price >= kSmallestPrice && price <= kLargestPrice;
  return good;
}

}  // namespace

std::optional<PriceSums> PriceSums::make(const Bars& bars, bool with_downside) {
  const std::size_t size = bars.size();
  if (size == 0 || !all_in_range(bars.open()) || !all_in_range(bars.close())) return std::nullopt;
  PriceSums made;
  made.open_ = bars.open();
  made.close_ = bars.close();
  const double* close = made.close_.data();

  made.prefix_ = Buffer<Prefix>(size);
  if (with_downside) made.downside_ = Buffer<Int128>(size);
  Prefix sums{};
  Int128 downside = 0;
  made.prefix_[0] = sums;
  if (with_downside) made.downside_[0] = 0;
  for (std::size_t t = 1; t < size; ++t) {
    const double r = close[t] / close[t - 1] - 1;
    if (!(std::fabs(r) < kLargestReturn)) return std::nullopt;
    sums.returns += to_fixed(r);
    sums.squares += to_fixed(r * r);
    made.prefix_[t] = sums;
    if (!with_downside) continue;
    const double loss = std::min(r, 0.0);
    made.downside_[t] = downside += to_fixed(loss * loss);
  }

  made.levels_.resize(kLevels);
  made.levels_[0] = Buffer<Range>(size);
  for (std::size_t t = 0; t < size; ++t) made.levels_[0][t] = {close[t], close[t]};
  for (unsigned level = 1; level < kLevels; ++level) {
    const std::size_t half = std::size_t{1} << (level - 1);
    if (size < 2 * half) break;
    const Range* below = made.levels_[level - 1].data();
    made.levels_[level] = Buffer<Range>(size - 2 * half + 1);
    Range* out = made.levels_[level].data();
    for (std::size_t t = 0; t + 2 * half <= size; ++t) {
      const Range a = below[t], b = below[t + half];
      out[t] = {a.high > b.high ? a.high : b.high, a.low < b.low ? a.low : b.low};
    }
  }
  return made;
}

PriceSums::Range PriceSums::long_range(std::size_t first, std::size_t last) const noexcept {
  Range range = at(kLevels - 1, last - kLongest);
  for (; first + kLongest < last; first += kLongest) {
    const Range next = at(kLevels - 1, first);
    range = {std::max(range.high, next.high), std::min(range.low, next.low)};
  }
  return range;
}

double PriceSums::lowest_after_high(std::size_t first, std::size_t last, double high) const noexcept {
  double lowest = high;
  for (unsigned level = kLevels; level-- > 0;) {
    const std::size_t length = std::size_t{1} << level;
    while (last - first > length) {
      const Range before = at(level, last - length);
      if (before.high >= high) break;
      lowest = std::min(lowest, before.low);
      last -= length;
    }
  }
  return lowest;
}

}  // namespace peak::study
