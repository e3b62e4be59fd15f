// The true range of four bars. Included once for each Highway target.
#if defined(PEAK_INDICATORS_TRUE_RANGE_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_INDICATORS_TRUE_RANGE_INL_
#undef PEAK_INDICATORS_TRUE_RANGE_INL_
#else
#define PEAK_INDICATORS_TRUE_RANGE_INL_
#endif

#include "indicators/quad-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

/// As true_range_of(); NaN where high or low is not finite (but not for every such close).
HWY_INLINE Quad true_range_of(Quad high, Quad low, Quad previous_close) {
  const Quad range = larger(high - low, absolute(high - previous_close));
  return larger(range, absolute(low - previous_close));
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
