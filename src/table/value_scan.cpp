#include "table/value_scan.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "table/value_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "peak/base/simd.hpp"
#include "peak/base/time.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Whole = hn::ScalableTag<std::int64_t>;

WholeRange range_kernel(const std::int64_t* values, std::size_t size, bool may_miss) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const Whole d;
  const std::size_t lanes = hn::Lanes(d);
  const auto none = hn::Set(d, kNoTime), may = hn::Set(d, may_miss ? -1 : 0), most_of_all = hn::Set(d, kMost);
  auto low = most_of_all, high = hn::Set(d, kLeast), least = most_of_all, most = high;
  auto missing = hn::Zero(d), equal = hn::Zero(d);
  std::size_t i = 1;
  for (; i + lanes <= size; i += lanes) {
    const auto value = hn::LoadU(d, values + i);
    const auto delta = hn::Sub(value, hn::LoadU(d, values + i - 1));
    const auto is_none = hn::And(hn::VecFromMask(d, hn::Eq(value, none)), may);
    missing = hn::Or(missing, is_none);
    low = hn::Min(low, hn::IfThenElse(hn::MaskFromVec(is_none), most_of_all, value));
    high = hn::Max(high, value);
    least = hn::Min(least, delta);
    most = hn::Max(most, delta);
    equal = hn::Sub(equal, hn::VecFromMask(d, hn::Eq(delta, hn::Zero(d))));  // equal lanes are -1
  }
  WholeRange range;
  HWY_ALIGN std::int64_t lane[HWY_MAX_BYTES / sizeof(std::int64_t)];
  const auto each_lane = [&](auto vector, auto take) HWY_ATTR {
    hn::Store(vector, d, lane);
    for (std::size_t k = 0; k < lanes; ++k) take(lane[k]);
  };
  each_lane(low, [&](std::int64_t value) { range.low = std::min(range.low, value); });
  each_lane(high, [&](std::int64_t value) { range.high = std::max(range.high, value); });
  each_lane(least, [&](std::int64_t delta) { range.least_delta = std::min(range.least_delta, delta); });
  each_lane(most, [&](std::int64_t delta) { range.most_delta = std::max(range.most_delta, delta); });
  each_lane(missing, [&](std::int64_t found) { range.has_missing = range.has_missing || found != 0; });
  each_lane(equal, [&](std::int64_t count) { range.equal_neighbours += static_cast<std::size_t>(count); });
  const auto take_value = [&](std::int64_t value) {
    const bool is_none = may_miss && value == kNoTime;
    range.has_missing = range.has_missing || is_none;
    range.low = is_none ? range.low : std::min(range.low, value);
    range.high = std::max(range.high, value);
  };
  if (size != 0) take_value(values[0]);
  for (; i < size; ++i) {
    take_value(values[i]);
    const auto delta =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(values[i - 1]));
    range.least_delta = std::min(range.least_delta, delta);
    range.most_delta = std::max(range.most_delta, delta);
    range.equal_neighbours += delta == 0 ? 1U : 0U;
  }
  return range;
}

// Adding and subtracting 1.5 * 2^52 rounds to a whole number, to nearest even, below 2^51; the low bits of the sum are
// that number in two's complement.
template <class D>
HWY_INLINE bool scale_some(D d, const double* values, double power, std::int64_t* whole) {
  const hn::RebindToFloat<D> df;
  const auto rounder = hn::Set(df, 0x1.8p52), exact = hn::Set(df, 0x1p51), times = hn::Set(df, power);
  const auto value = hn::LoadU(df, values);
  const auto scaled = hn::Mul(value, times);
  const auto sum = hn::Add(scaled, rounder);
  hn::StoreU(hn::Sub(hn::BitCast(d, sum), hn::BitCast(d, rounder)), d, whole);
  const auto back = hn::Div(hn::Sub(sum, rounder), times);
  const auto same = hn::Eq(hn::BitCast(d, back), hn::BitCast(d, value));
  const auto fits = hn::RebindMask(d, hn::Lt(hn::Abs(scaled), exact));
  return hn::AllTrue(d, hn::And(same, fits));
}

bool scale_kernel(const double* values, std::size_t size, double power, std::int64_t* whole) {
  const Whole d;
  const std::size_t lanes = hn::Lanes(d);
  bool good = true;
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) good &= scale_some(d, values + i, power, whole + i);
  for (; i < size; ++i) good &= scale_some(hn::CappedTag<std::int64_t, 1>(), values + i, power, whole + i);
  return good;
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak {

HWY_EXPORT(range_kernel);
HWY_EXPORT(scale_kernel);

WholeRange range_of(std::span<const std::int64_t> values, bool may_miss) noexcept {
  return HWY_DYNAMIC_DISPATCH(range_kernel)(values.data(), values.size(), may_miss);
}
bool scale(std::span<const double> values, double power, std::int64_t* whole) noexcept {
  return HWY_DYNAMIC_DISPATCH(scale_kernel)(values.data(), values.size(), power, whole);
}

}  // namespace peak
#endif
