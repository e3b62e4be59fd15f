#include "market/bar_scan.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "market/bar_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "peak/base/simd.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Word = hn::ScalableTag<std::int64_t>;

// Calls each(tag, i) so that all of [first, size) is covered: the last vector overlaps the one before it, and where
// there are fewer bars than lanes they go one by one. For tests that may see a bar twice.
template <class Each>
HWY_INLINE void cover(std::size_t first, std::size_t size, Each each) {
  const Word d;
  const hn::CappedTag<std::int64_t, 1> single;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = first;
  for (; i + lanes <= size; i += lanes) each(d, i);
  if (i == size) return;
  if (size - first >= lanes) return each(d, size - lanes);
  for (; i < size; ++i) each(single, i);
}

// Whether one of the lanes is negative.
template <class D, class V = hn::Vec<D>>
HWY_INLINE bool any_negative(D d, V value) {
  return !hn::AllFalse(d, hn::Lt(value, hn::Zero(d)));
}

bool rises_kernel(const Nanoseconds* time, std::size_t size) {
  const Word wide;
  auto good = hn::Eq(hn::Zero(wide), hn::Zero(wide));
  bool all = true;
  cover(1, size, [&](auto d, std::size_t i) HWY_ATTR {
    const auto above = hn::Gt(hn::LoadU(d, time + i), hn::LoadU(d, time + i - 1));
    if constexpr (hn::MaxLanes(d) == 1) {
      all = all && hn::AllTrue(d, above);
    } else {
      good = hn::And(good, above);
    }
  });
  return all && hn::AllTrue(wide, good);
}

// A double is positive and finite if its bits, as an integer, are at least 1 and at most those of the largest double;
// integers of positive doubles are ordered as the doubles are. Every test ends in a sign bit.
bool prices_kernel(const PriceColumns& prices) {
  const Word wide;
  auto faults = hn::Zero(wide);
  bool all = true;
  cover(0, prices.size, [&](auto d, std::size_t i) HWY_ATTR {
    const hn::RebindToFloat<decltype(d)> df;
    const auto bits = [&](const double* column) HWY_ATTR { return hn::BitCast(d, hn::LoadU(df, column + i)); };
    const auto open = bits(prices.open), high = bits(prices.high), low = bits(prices.low), close = bits(prices.close);
    const auto one = hn::Set(d, 1);
    const auto to_infinity = hn::Set(d, std::int64_t{1} << 52);  // lifts infinity and NaN to the sign bit
    const auto not_positive = hn::Or(hn::Sub(open, one), hn::Or(hn::Sub(close, one), hn::Sub(low, one)));
    const auto not_finite =
        hn::Or(hn::Add(open, to_infinity), hn::Or(hn::Add(close, to_infinity), hn::Add(high, to_infinity)));
    const auto fault = hn::Or(hn::Or(not_positive, not_finite), hn::Sub(high, low));
    if constexpr (hn::MaxLanes(d) == 1) {
      all = all && !any_negative(d, fault);
    } else {
      faults = hn::Or(faults, fault);
    }
  });
  return all && !any_negative(wide, faults);
}

// Without its sign an infinity is one pattern of bits.
bool has_infinite_kernel(const double* values, std::size_t size) {
  const Word wide;
  auto found = hn::Zero(wide);
  bool any = false;
  cover(0, size, [&](auto d, std::size_t i) HWY_ATTR {
    const hn::RebindToFloat<decltype(d)> df;
    const auto infinite = hn::Eq(hn::Abs(hn::LoadU(df, values + i)), hn::Inf(df));
    if constexpr (hn::MaxLanes(d) == 1) {
      any = any || !hn::AllFalse(df, infinite);
    } else {
      found = hn::Or(found, hn::VecFromMask(d, hn::RebindMask(d, infinite)));
    }
  });
  return any || any_negative(wide, found);
}

std::size_t count_steps_kernel(const Nanoseconds* time, std::size_t size, Nanoseconds step) {
  const Word d;
  const std::size_t lanes = hn::Lanes(d);
  const auto wanted = hn::Set(d, step);
  auto counts = hn::Zero(d);  // equal lanes are -1
  std::size_t i = 1;
  for (; i + lanes <= size; i += lanes) {
    const auto distance = hn::Sub(hn::LoadU(d, time + i), hn::LoadU(d, time + i - 1));
    counts = hn::Sub(counts, hn::VecFromMask(d, hn::Eq(distance, wanted)));
  }
  HWY_ALIGN std::int64_t lane[HWY_MAX_BYTES / sizeof(std::int64_t)];
  hn::Store(counts, d, lane);
  std::size_t total = 0;
  for (std::size_t k = 0; k < lanes; ++k) total += static_cast<std::size_t>(lane[k]);
  for (; i < size; ++i) {
    const auto distance = static_cast<std::uint64_t>(time[i]) - static_cast<std::uint64_t>(time[i - 1]);
    total += distance == static_cast<std::uint64_t>(step) ? 1U : 0U;
  }
  return total;
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak {

HWY_EXPORT(rises_kernel);
HWY_EXPORT(prices_kernel);
HWY_EXPORT(has_infinite_kernel);
HWY_EXPORT(count_steps_kernel);

bool rises(std::span<const Nanoseconds> time) noexcept {
  return HWY_DYNAMIC_DISPATCH(rises_kernel)(time.data(), time.size());
}
bool prices_are_sound(const PriceColumns& prices) noexcept { return HWY_DYNAMIC_DISPATCH(prices_kernel)(prices); }
bool has_infinite(std::span<const double> values) noexcept {
  return HWY_DYNAMIC_DISPATCH(has_infinite_kernel)(values.data(), values.size());
}
std::size_t count_steps(std::span<const Nanoseconds> time, Nanoseconds step) noexcept {
  return HWY_DYNAMIC_DISPATCH(count_steps_kernel)(time.data(), time.size(), step);
}

}  // namespace peak
#endif
