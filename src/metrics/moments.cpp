// The kernel behind moments.hpp. As the values are standardised, |z| <= sqrt(n) and z^4 <= n^2: a power of two brings
// all terms onto the exact sums' fast path, whose last place then weighs under 2^-50 of the result.
//
// Values of 0, the bars without a position, all have the same terms. Whole vectors of them are counted and added at the
// end by one multiplication of whole numbers.
#include "metrics/moments.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "peak/base/exact_sum.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "metrics/moments.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "base/exact_sum-inl.hpp"
#include "metrics/nonzero_vectors-inl.hpp"

#ifndef PEAK_METRICS_STANDARDISATION
#define PEAK_METRICS_STANDARDISATION
namespace peak {
// z = (x - mean) * inverse; terms are z * z * z * scale and (z * z) * (z * z) * scale.
struct Standardisation {
  double mean, inverse, scale;
};
struct MomentSums {
  ExactSum third, fourth;
};
inline constexpr std::size_t kMomentBlock = 2048;  // values summed at a time
}  // namespace peak
#endif

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {

// Adds a block; false, and nothing added, if a term is too large for the fast path.
bool add_moments(const double* values, std::size_t size, const Standardisation& standard, MomentSums& sums) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  auto third_high = hn::Zero(du), third_low = hn::Zero(du), fourth_high = hn::Zero(du), fourth_low = hn::Zero(du);
  auto small = hn::Eq(hn::Zero(d), hn::Zero(d));
  const auto mean = hn::Set(d, standard.mean), inverse = hn::Set(d, standard.inverse);
  const auto scale = hn::Set(d, standard.scale), limit = hn::Set(d, kFixedLimit);
  const auto add = [&](auto x) HWY_ATTR {
    const auto z = hn::Mul(hn::Sub(x, mean), inverse);
    const auto square = hn::Mul(z, z);
    const auto third = hn::Mul(hn::Mul(square, z), scale);
    const auto fourth = hn::Mul(hn::Mul(square, square), scale);
    small = hn::And(small, hn::And(hn::Lt(fourth, limit), hn::Lt(hn::Abs(third), limit)));
    fixed_add(d, third, third_high, third_low);
    fixed_add(d, fourth, fourth_high, fourth_low);
  };
  const NonzeroVectors<kMomentBlock> vectors(d, values, size);
  for (const std::size_t place : vectors) add(hn::LoadU(d, values + place));
  const std::size_t summed = vectors.values(), zeros = vectors.zeros();
  const double z = (0.0 - standard.mean) * standard.inverse;
  const double third_of_zero = z * z * z * standard.scale, fourth_of_zero = (z * z) * (z * z) * standard.scale;
  if (!hn::AllTrue(d, small)) return false;
  if (zeros != 0 && !(std::fabs(third_of_zero) < kFixedLimit && fourth_of_zero < kFixedLimit)) return false;
  sums.third.add_fixed(fixed_units(du, third_high, third_low, summed));
  sums.fourth.add_fixed(fixed_units(du, fourth_high, fourth_low, summed));
  if (zeros != 0) {
    sums.third.add_fixed(to_fixed(third_of_zero) * static_cast<Int128>(zeros));
    sums.fourth.add_fixed(to_fixed(fourth_of_zero) * static_cast<Int128>(zeros));
  }
  for (std::size_t i = vectors.whole(); i < size; ++i) {
    const double y = (values[i] - standard.mean) * standard.inverse;
    sums.third.add(y * y * y * standard.scale);
    sums.fourth.add((y * y) * (y * y) * standard.scale);
  }
  return true;
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak {

HWY_EXPORT(add_moments);

StandardMoments standard_moments(std::span<const double> values, double mean, double deviation) {
  const auto bits = static_cast<int>(std::bit_width(values.size()));
  const Standardisation standard{mean, 1.0 / deviation, std::ldexp(1.0, 5 - 2 * bits)};
  MomentSums sums;
  for (std::size_t begin = 0; begin < values.size(); begin += kMomentBlock) {
    const auto block = values.subspan(begin, std::min(kMomentBlock, values.size() - begin));
    if (HWY_DYNAMIC_DISPATCH(add_moments)(block.data(), block.size(), standard, sums)) continue;
    for (const double x : block) {
      const double y = (x - mean) * standard.inverse;
      sums.third.add(y * y * y * standard.scale);
      sums.fourth.add((y * y) * (y * y) * standard.scale);
    }
  }
  const double n = static_cast<double>(values.size());
  return {sums.third.value() / standard.scale / n, sums.fourth.value() / standard.scale / n};
}

}  // namespace peak
#endif
