// What every kernel shares: a loop over whole vectors with single values at the end, and the test for finite values.
// Included once for each Highway target.
#if defined(PEAK_INDICATORS_LANES_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_INDICATORS_LANES_INL_
#undef PEAK_INDICATORS_LANES_INL_
#else
#define PEAK_INDICATORS_LANES_INL_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "peak/base/simd.hpp"
#include "peak/indicators/undefined.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Calls step(tag, index) for all of [0, count): by vectors of at most four, then one by one.
///
/// Four, also where vectors are wider: the kernels read the same rows at many offsets, and a 64-byte load that does not
/// start at a cache line costs two (measured on Zen 4: four lanes beat eight by a quarter).
template <class Step>
HWY_INLINE void for_lanes(std::size_t count, Step step) {
  const hn::CappedTag<double, 4> vector;
  const hn::CappedTag<double, 1> single;
  const std::size_t lanes = hn::Lanes(vector);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) step(vector, i);
  for (; i < count; ++i) step(single, i);
}

/// The value where it is finite, kUndefined elsewhere.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V finite_or_undefined(D d, V value) {
  const V zero = hn::Sub(value, value);  // NaN unless finite
  return hn::IfThenElse(hn::Eq(zero, zero), value, hn::Set(d, kUndefined));
}

/// The first index in [begin, end) whose value is not finite, or end.
HWY_INLINE std::size_t find_not_finite(const double* values, std::size_t begin, std::size_t end) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  // x - x is 0 for a finite x and NaN otherwise; four vectors are joined before the one test.
  std::size_t i = begin;
  for (; i + 4 * lanes <= end; i += 4 * lanes) {
    const auto a = hn::LoadU(d, values + i), b = hn::LoadU(d, values + i + lanes);
    const auto c = hn::LoadU(d, values + i + 2 * lanes), e = hn::LoadU(d, values + i + 3 * lanes);
    const auto zero = hn::Add(hn::Add(hn::Sub(a, a), hn::Sub(b, b)), hn::Add(hn::Sub(c, c), hn::Sub(e, e)));
    if (!hn::AllTrue(d, hn::Eq(zero, zero))) break;
  }
  while (i < end && values[i] - values[i] == 0.0) ++i;
  return i;
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
