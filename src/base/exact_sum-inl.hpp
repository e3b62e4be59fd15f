// The vector form of peak::to_fixed, for kernels compiled once per Highway target. No include guard of the usual kind:
// foreach_target includes it again for each target.
#if defined(PEAK_BASE_EXACT_SUM_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_BASE_EXACT_SUM_INL_HPP
#undef PEAK_BASE_EXACT_SUM_INL_HPP
#else
#define PEAK_BASE_EXACT_SUM_INL_HPP
#endif

#include <hwy/highway.h>

#include "peak/base/exact_sum.hpp"
#include "peak/base/simd.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Values (lanes together) that fixed_add may take between two calls of fixed_units: then neither part's 64-bit total
/// can overflow (|low| <= 2^49 and 2^49 * 2^12 < 2^63).
inline constexpr std::size_t kFixedBlock = 4096;

/// Bit patterns of the rounded high and low parts of values, rounders included: what is summed, as whole numbers.
/// fixed_units takes the rounders off again, all of them at once.
template <class U>
struct FixedBits {
  U high, low;
};

/// The parts of the lanes of `x`, all smaller than 64.
template <class D, class V = hn::Vec<D>, class U = hn::Vec<hn::RebindToUnsigned<D>>>
HWY_INLINE FixedBits<U> fixed_bits(D d, V x) {
  const hn::RebindToUnsigned<D> du;
  const V high = hn::Add(x, hn::Set(d, kFixedHighRounder));
  const V rest = hn::Sub(x, hn::Sub(high, hn::Set(d, kFixedHighRounder)));
  const V low = hn::Add(rest, hn::Set(d, kFixedLowRounder));
  return {hn::BitCast(du, high), hn::BitCast(du, low)};
}

/// The same where the mask is set, and the parts of 0 elsewhere. For sums over a choice of values whose parts are there
/// already this costs no floating addition.
template <class D, class M, class U = hn::Vec<hn::RebindToUnsigned<D>>>
HWY_INLINE FixedBits<U> fixed_bits_where(D d, M mask, const FixedBits<U>& bits) {
  const hn::RebindToUnsigned<D> du;
  const auto chosen = hn::RebindMask(du, mask);
  return {hn::IfThenElse(chosen, bits.high, hn::BitCast(du, hn::Set(d, kFixedHighRounder))),
          hn::IfThenElse(chosen, bits.low, hn::BitCast(du, hn::Set(d, kFixedLowRounder)))};
}

template <class D, class U = hn::Vec<hn::RebindToUnsigned<D>>>
HWY_INLINE void fixed_add_bits(D, const FixedBits<U>& bits, U& high_total, U& low_total) {
  high_total = hn::Add(high_total, bits.high);
  low_total = hn::Add(low_total, bits.low);
}

/// Adds the lanes of `x`, all smaller than 64, to the totals of high and low parts.
template <class D, class V = hn::Vec<D>, class U = hn::Vec<hn::RebindToUnsigned<D>>>
HWY_INLINE void fixed_add(D d, V x, U& high_total, U& low_total) {
  fixed_add_bits(d, fixed_bits(d, x), high_total, low_total);
}

/// The sum of all lanes modulo 2^64: whole numbers, so the order cannot matter.
template <class DU, class U = hn::Vec<DU>>
HWY_INLINE std::uint64_t lane_total(DU du, U bits) {
  HWY_ALIGN std::uint64_t lanes[HWY_MAX_BYTES / sizeof(std::uint64_t)];
  hn::Store(bits, du, lanes);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < hn::Lanes(du); ++i) total += lanes[i];
  return total;
}

/// What `values` values (a multiple of the lanes) have put into the totals, in units of 2^-90.
template <class DU, class U = hn::Vec<DU>>
HWY_INLINE Int128 fixed_units(DU du, U high_bits, U low_bits, std::size_t values) {
  const std::uint64_t high = lane_total(du, high_bits) - values * std::bit_cast<std::uint64_t>(kFixedHighRounder);
  const std::uint64_t low = lane_total(du, low_bits) - values * std::bit_cast<std::uint64_t>(kFixedLowRounder);
  return static_cast<std::int64_t>(high) * kFixedHighWeight + static_cast<std::int64_t>(low);
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
