// Division by a number that many values share, to the bit as IEEE division gives it, at a third of its time.
//
// With the reciprocal in two parts, zh = 1/b rounded and zl = what rounding took away, a * zh + a * zl is within 2^-105
// of a / b before its one rounding (N. Brisebarre, J.-M. Muller, S. Raina, "Accelerating correctly rounded
// floating-point division when the divisor is known in advance", 2004). A quotient of a double by a whole number below
// 2^40 lies further than that from every midpoint between two doubles, so the rounding is right. For any other divisor
// the remainder r = a - b * q, which is exact, corrects it: q + r * zh is a / b correctly rounded (P. Markstein,
// "Computation of elementary functions on the IBM RISC System/6000", 1990).
// Both need fused multiplication and addition; where a target lacks it, and near the ends of the range of a double,
// the division itself is used. So results do not depend on the target (rule 16).
// Included once for each Highway target.
#if defined(PEAK_BASE_DIVISION_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_BASE_DIVISION_INL_
#undef PEAK_BASE_DIVISION_INL_
#else
#define PEAK_BASE_DIVISION_INL_
#endif

#include <hwy/highway.h>

#include <cmath>
#include <cstdint>

#ifndef PEAK_BASE_DIVISOR
#define PEAK_BASE_DIVISOR
namespace peak {
struct Divisor {
  explicit Divisor(double divisor)
      : value(divisor), inverse(1.0 / divisor), rest(std::fma(-divisor, inverse, 1.0) * inverse) {}
  double value, inverse, rest;
};

/// Whether divide_by may be used with a divisor.
inline bool is_usual_divisor(double divisor) { return divisor > 0x1p-100 && divisor < 0x1p100; }
}  // namespace peak
#endif

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A lane of its own gains nothing and would need the same care.
template <class D>
inline constexpr bool kDividesFused =
    (HWY_ARCH_X86 ? HWY_TARGET <= HWY_AVX2 : HWY_ARCH_ARM_A64 != 0) && hn::MaxLanes(D()) > 1;

/// a / b for a whole number b from 1 to 2^40. Where the quotient is not finite, some value that is not finite.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V divide_by_whole(D d, V a, const Divisor& b) {
  if constexpr (kDividesFused<D>) {
    const hn::RebindToSigned<D> di;
    // Smaller values would lose digits of a * zl, and the sum would turn -0 into 0.
    const auto enough = hn::Ge(hn::Abs(a), hn::Set(d, 0x1p-900));
    const auto zero = hn::RebindMask(d, hn::Eq(hn::BitCast(di, a), hn::Zero(di)));
    if (HWY_LIKELY(hn::AllTrue(d, hn::Or(enough, zero)))) {
      return hn::MulAdd(a, hn::Set(d, b.inverse), hn::Mul(a, hn::Set(d, b.rest)));
    }
  }
  return hn::Div(a, hn::Set(d, b.value));
}

/// a / b for a usual divisor. Quotients below 2^-800 in magnitude are exact only to about 2^-900.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V divide_by(D d, V a, const Divisor& b) {
  if constexpr (kDividesFused<D>) {
    const auto inverse = hn::Set(d, b.inverse);
    const auto near = hn::MulAdd(a, inverse, hn::Mul(a, hn::Set(d, b.rest)));
    return hn::MulAdd(hn::NegMulAdd(near, hn::Set(d, b.value), a), inverse, near);
  } else {
    return hn::Div(a, hn::Set(d, b.value));
  }
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
