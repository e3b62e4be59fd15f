// Limit: one division for each vector of bars; the sums are some twenty other operations that run beside it.
#include "study/stride_prices.hpp"

#include <cmath>
#include <vector>

#include "peak/base/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "study/stride_prices.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef PEAK_STUDY_STRIDE_PRICES_LIMITS
#define PEAK_STUDY_STRIDE_PRICES_LIMITS
namespace peak::study {
namespace {
// As PriceSums: far enough from the ends of double's range; a return whose square fits the sums.
constexpr double kLowestStridePrice = 1e-100, kHighestStridePrice = 1e100, kLargestStrideReturn = 4;
}  // namespace
}  // namespace peak::study
#endif

HWY_BEFORE_NAMESPACE();
namespace peak::study::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::ScalableTag<double>;
using Units = hn::RebindToSigned<Lanes>;

// to_fixed, lane by lane: sums of the integers' high and low parts. Additions wrap around, and what each rounder adds
// to them is taken off at the end, so that a stretch of up to 2^12 bars fits.
struct FixedSum {
  hn::Vec<Units> high, low;

  HWY_INLINE void add(hn::Vec<Lanes> value) {
    const Lanes d;
    const Units units;
    const auto high_rounder = hn::Set(d, kFixedHighRounder);
    const auto rounded = hn::Add(value, high_rounder);
    const auto rest = hn::Add(hn::Sub(value, hn::Sub(rounded, high_rounder)), hn::Set(d, kFixedLowRounder));
    high = hn::Add(high, hn::BitCast(units, rounded));
    low = hn::Add(low, hn::BitCast(units, rest));
  }
  [[nodiscard]] HWY_INLINE Int128 take(std::uint64_t added) const {
    const Units units;
    HWY_ALIGN std::int64_t parts[HWY_MAX_BYTES / sizeof(std::int64_t)];
    std::uint64_t high_units = 0, low_units = 0;
    hn::Store(high, units, parts);
    for (std::size_t i = 0; i < hn::Lanes(units); ++i) high_units += static_cast<std::uint64_t>(parts[i]);
    hn::Store(low, units, parts);
    for (std::size_t i = 0; i < hn::Lanes(units); ++i) low_units += static_cast<std::uint64_t>(parts[i]);
    high_units -= added * std::bit_cast<std::uint64_t>(kFixedHighRounder);
    low_units -= added * std::bit_cast<std::uint64_t>(kFixedLowRounder);
    return static_cast<std::int64_t>(high_units) * kFixedHighWeight + static_cast<std::int64_t>(low_units);
  }
};

struct StretchSums {
  FixedSum returns, squares, downside;
  hn::Vec<Lanes> highest, lowest;
  hn::Mask<Lanes> bad;

  HWY_INLINE void add(const double* close, bool with_downside) {
    const Lanes d;
    const auto zero = hn::Zero(d);
    const auto now = hn::LoadU(d, close);
    const auto value = hn::Sub(hn::Div(now, hn::LoadU(d, close - 1)), hn::Set(d, 1.0));
    returns.add(value);
    squares.add(hn::Mul(value, value));
    if (with_downside) {
      const auto loss = hn::IfThenElseZero(hn::Lt(value, zero), value);
      downside.add(hn::Mul(loss, loss));
    }
    highest = hn::Max(highest, now);
    lowest = hn::Min(lowest, now);
    const auto in_range =
        hn::And(hn::And(hn::Ge(now, hn::Set(d, kLowestStridePrice)), hn::Le(now, hn::Set(d, kHighestStridePrice))),
                hn::Lt(hn::Abs(value), hn::Set(d, kLargestStrideReturn)));
    bad = hn::Or(bad, hn::Not(in_range));
  }
};

StridePrices::Stretch add_up_stretch(const double* close, std::size_t first, std::size_t last, bool with_downside) {
  const Lanes d;
  const std::size_t lanes = hn::Lanes(d);
  const Units units;
  const FixedSum none{hn::Zero(units), hn::Zero(units)};
  StretchSums sums{none, none, none, hn::Zero(d), hn::Set(d, kHighestStridePrice * 2), hn::FirstN(d, 0)};
  std::size_t t = first;
  for (; t + lanes <= last; t += lanes) sums.add(close + t, with_downside);
  StridePrices::Stretch stretch;
  const std::uint64_t added = t - first;
  stretch.sums = {sums.returns.take(added), sums.squares.take(added), with_downside ? sums.downside.take(added) : 0};
  stretch.range = {hn::GetLane(hn::MaxOfLanes(d, sums.highest)), hn::GetLane(hn::MinOfLanes(d, sums.lowest))};
  stretch.good = hn::AllFalse(d, sums.bad);
  for (; t < last; ++t) {
    const double now = close[t], value = now / close[t - 1] - 1;
    const double loss = with_downside && value < 0 ? value : 0.0;
    stretch.sums.returns += to_fixed(value);
    stretch.sums.squares += to_fixed(value * value);
    stretch.sums.downside += to_fixed(loss * loss);
    stretch.range = {std::max(stretch.range.high, now), std::min(stretch.range.low, now)};
    stretch.good &= now >= kLowestStridePrice && now <= kHighestStridePrice && std::fabs(value) < kLargestStrideReturn;
  }
  return stretch;
}

bool all_prices_in_range(const double* prices, std::size_t size) {
  const Lanes d;
  const std::size_t lanes = hn::Lanes(d);
  const auto lowest = hn::Set(d, kLowestStridePrice), highest = hn::Set(d, kHighestStridePrice);
  auto bad = hn::FirstN(d, 0);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto price = hn::LoadU(d, prices + i);
    bad = hn::Or(bad, hn::Not(hn::And(hn::Ge(price, lowest), hn::Le(price, highest))));
  }
  bool good = hn::AllFalse(d, bad);
  for (; i < size; ++i) good &= prices[i] >= kLowestStridePrice && prices[i] <= kHighestStridePrice;
  return good;
}

}  // namespace peak::study::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::study {

HWY_EXPORT(add_up_stretch);
HWY_EXPORT(all_prices_in_range);

namespace {

constexpr std::size_t kStridesInPiece = 1024;  // of work for one thread at a time

bool is_price(double price) { return price >= kLowestStridePrice && price <= kHighestStridePrice; }

}  // namespace

StridePrices::Stretch StridePrices::add_up(const double* close, std::size_t first, std::size_t last,
                                           bool with_downside) {
  return HWY_DYNAMIC_DISPATCH(add_up_stretch)(close, first, last, with_downside);
}

bool StridePrices::in_range(std::span<const double> prices) {
  return HWY_DYNAMIC_DISPATCH(all_prices_in_range)(prices.data(), prices.size());
}

// Bar 0 has no bar before it: its return belongs to no sum.
void StridePrices::fill_strides(std::size_t begin, std::size_t end, bool fills_at_open, bool& good) {
  for (std::size_t stride = begin; stride < end; ++stride) {
    const std::size_t first = stride * kStride, last = std::min(first + kStride, size());
    Stretch stretch{{}, {close_[0], close_[0]}, is_price(close_[0])};
    if (first != 0) {
      stretch = stretch_of(first, last);
    } else if (last > 1) {
      stretch = stretch_of(1, last);
      stretch.range = {std::max(stretch.range.high, close_[0]), std::min(stretch.range.low, close_[0])};
      stretch.good &= is_price(close_[0]);
    }
    before_[stride + 1] = stretch.sums;
    ranges_[stride] = stretch.range;
    good &= stretch.good;
  }
  if (!fills_at_open) return;
  const std::size_t first = begin * kStride, last = std::min(end * kStride, size());
  good &= in_range(open_.subspan(first, last - first));
}

Result<std::optional<StridePrices>> StridePrices::make(const Bars& bars, bool fills_at_open, bool with_downside,
                                                       const ParallelOptions& parallel) {
  const std::size_t size = bars.size(), strides = (size + kStride - 1) / kStride;
  if (size == 0) return std::optional<StridePrices>();
  StridePrices made;
  made.open_ = bars.open();
  made.close_ = bars.close();
  made.with_downside_ = with_downside;
  made.before_ = Buffer<HeldSums>(strides + 1);
  made.ranges_ = Buffer<PriceRange>(strides);
  const std::size_t pieces = (strides + kStridesInPiece - 1) / kStridesInPiece;
  std::vector<std::uint8_t> good(pieces);
  ParallelOptions one_by_one = parallel;
  one_by_one.grain = 1;
  PEAK_RETURN_IF_ERROR(parallel_for(
      pieces,
      [&](std::size_t piece) {
        bool fine = true;
        const std::size_t begin = piece * kStridesInPiece;
        made.fill_strides(begin, std::min(begin + kStridesInPiece, strides), fills_at_open, fine);
        good[piece] = fine;
      },
      one_by_one));
  if (std::find(good.begin(), good.end(), 0) != good.end()) return std::optional<StridePrices>();
  HeldSums sum{};
  made.before_[0] = sum;
  for (std::size_t stride = 1; stride <= strides; ++stride) {
    HeldSums& next = made.before_[stride];
    sum = {sum.returns + next.returns, sum.squares + next.squares, sum.downside + next.downside};
    next = sum;
  }
  return std::optional<StridePrices>(std::move(made));
}

}  // namespace peak::study
#endif
