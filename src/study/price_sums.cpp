// Limit of filling: a division and some sixty operations in turn for each row, 13 ns; ranges are two loads, three
// operations and two stores for each vector, from the first-level cache.
#include "study/price_sums.hpp"

#include <algorithm>
#include <cmath>

#include "peak/base/simd.hpp"
#include "study/period_ticks.hpp"
#include "study/stride_prices.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "study/price_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peak::study::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// ranges[t] = the range of it and ranges[t + half] together, for t < count. A high and a low lie side by side.
void join_ranges(PriceRange* ranges, std::size_t count, std::size_t half) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  auto* const numbers = reinterpret_cast<double*>(ranges);  // NOLINT: pairs of them
  std::size_t i = 0;
  for (; lanes % 2 == 0 && i + lanes <= 2 * count; i += lanes) {
    const auto a = hn::LoadU(d, numbers + i), b = hn::LoadU(d, numbers + i + 2 * half);
    hn::StoreU(hn::OddEven(hn::Min(a, b), hn::Max(a, b)), d, numbers + i);
  }
  for (std::size_t t = i / 2; t < count; ++t) {
    const PriceRange a = ranges[t], b = ranges[t + half];
    ranges[t] = {std::max(a.high, b.high), std::min(a.low, b.low)};
  }
}

}  // namespace peak::study::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::study {

HWY_EXPORT(join_ranges);

namespace {

constexpr std::size_t kPieceBars = 2048;
constexpr double kMostMoved = 0x1p20;  // by all returns together: then sums of squares, too, fit SplitSum's words

}  // namespace

std::optional<PriceSums> PriceSums::make(const Bars& bars, bool with_downside) {
  const std::size_t size = bars.size();
  if (size == 0 || !StridePrices::in_range(bars.open()) || !StridePrices::in_range(bars.close())) return std::nullopt;
  PriceSums made;
  made.open_ = bars.open();
  made.close_ = bars.close();
  made.with_downside_ = with_downside;
  const double* close = made.close_.data();
  Sums sums;
  for (std::size_t begin = 0; begin < size; begin += kPieceBars) {
    made.before_.push_back(sums);
    const std::size_t first = std::max<std::size_t>(begin, 1), last = std::min(begin + kPieceBars, size);
    if (first >= last) break;
    const StridePrices::Stretch piece = StridePrices::add_up(close, first, last, with_downside);
    if (!piece.good) return std::nullopt;
    sums.returns += piece.sums.returns;
    sums.squares += piece.sums.squares;
    sums.downside += piece.sums.downside;
    for (std::size_t t = first; t < last; ++t) sums.ticks += ticks_of(close[t] / close[t - 1] - 1);
  }
  // No sum of n magnitudes is above the root of n times their squares.
  ExactSum squares;
  squares.add_fixed(sums.squares);
  if (!(static_cast<double>(size) * squares.value() < kMostMoved * kMostMoved)) return std::nullopt;

  made.rows_ = Buffer<MarketRow>(size);
  made.levels_.resize(kLevels);
  for (unsigned level = 0; level < kLevels; ++level) {
    const std::size_t length = std::size_t{1} << level;
    if (size >= length) made.levels_[level] = Buffer<Range>(size - length + 1);
    made.tables_[level] = made.levels_[level].data();
  }
  return made;
}

void PriceSums::fill(std::size_t piece) {
  const std::size_t begin = piece * kPieceBars, end = std::min(begin + kPieceBars, size());
  fill_rows(begin, end, before_[piece]);
  fill_ranges(begin, end);
}

// The bar before the first has no return.
void PriceSums::fill_rows(std::size_t begin, std::size_t end, Sums sums) {
  const double* close = close_.data();
  for (std::size_t t = begin; t < end; ++t) {
    const double r = t > 0 ? close[t] / close[t - 1] - 1 : 0.0;
    sums.returns += to_fixed(r);
    sums.squares += to_fixed(r * r);
    if (with_downside_ && r < 0) sums.downside += to_fixed(r * r);
    sums.ticks += ticks_of(r);
    rows_[t] = {SplitSum::of(sums.returns), SplitSum::of(sums.squares), SplitSum::of(sums.downside), sums.ticks,
                close[t]};
  }
}

// Level by level in one place, for the bars of the piece and for those behind it that its longest stretches reach.
void PriceSums::fill_ranges(std::size_t begin, std::size_t end) {
  std::array<Range, kPieceBars + kLongest> ranges;
  std::size_t count = std::min(end + kLongest - 1, size()) - begin;
  for (std::size_t i = 0; i < count; ++i) ranges[i] = {close_[begin + i], close_[begin + i]};
  for (unsigned level = 0; level < kLevels && count > 0; ++level) {
    if (level > 0) HWY_DYNAMIC_DISPATCH(join_ranges)(ranges.data(), count, std::size_t{1} << (level - 1));
    std::copy_n(ranges.data(), std::min(count, end - begin), levels_[level].data() + begin);
    count -= std::min(count, std::size_t{1} << level);  // those whose next stretch would end behind what is here
  }
}

PriceSums::Range PriceSums::long_range(std::size_t first, std::size_t last) const noexcept {
  Range range = at(kLevels - 1, last - kLongest);
  for (; first + kLongest < last; first += kLongest) {
    const Range next = at(kLevels - 1, first);
    range = {std::max(range.high, next.high), std::min(range.low, next.low)};
  }
  return range;
}

}  // namespace peak::study
#endif
