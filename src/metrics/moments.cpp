// The kernel behind moments.hpp. As the values are standardised, |z| <= sqrt(n) and z^4 <= n^2: a power of two brings
// all terms onto the exact sums' fast path, whose last place then weighs under 2^-50 of the result.
#include "metrics/moments.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "peak/base/exact_sum.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "metrics/moments.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "base/exact_sum-inl.hpp"

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
}  // namespace peak
#endif

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {

// Adds a block; false, and nothing added, if a term is too large for the fast path.
bool add_moments(const double* values, std::size_t size, const Standardisation& standard, MomentSums& sums) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  auto third_high = hn::Zero(du), third_low = hn::Zero(du), fourth_high = hn::Zero(du), fourth_low = hn::Zero(du);
  auto small = hn::Eq(hn::Zero(d), hn::Zero(d));
  const auto mean = hn::Set(d, standard.mean), inverse = hn::Set(d, standard.inverse);
  const auto scale = hn::Set(d, standard.scale), limit = hn::Set(d, kFixedLimit);
  std::size_t i = 0;
  const auto add = [&](auto x) HWY_ATTR {
    const auto z = hn::Mul(hn::Sub(x, mean), inverse);
    const auto square = hn::Mul(z, z);
    const auto third = hn::Mul(hn::Mul(square, z), scale);
    const auto fourth = hn::Mul(hn::Mul(square, square), scale);
    small = hn::And(small, hn::And(hn::Lt(fourth, limit), hn::Lt(hn::Abs(third), limit)));
    fixed_add(d, third, third_high, third_low);
    fixed_add(d, fourth, fourth_high, fourth_low);
  };
  for (; i + lanes <= size; i += lanes) add(hn::LoadU(d, values + i));
  const std::size_t whole = i;
  if (!hn::AllTrue(d, small)) return false;
  sums.third.add_fixed(fixed_units(du, third_high, third_low, whole));
  sums.fourth.add_fixed(fixed_units(du, fourth_high, fourth_low, whole));
  for (; i < size; ++i) {
    const double z = (values[i] - standard.mean) * standard.inverse;
    sums.third.add(z * z * z * standard.scale);
    sums.fourth.add((z * z) * (z * z) * standard.scale);
  }
  return true;
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak {

HWY_EXPORT(add_moments);

StandardMoments standard_moments(std::span<const double> values, double mean, double deviation) {
  constexpr std::size_t kBlock = 2048;
  const auto bits = static_cast<int>(std::bit_width(values.size()));
  const Standardisation standard{mean, 1.0 / deviation, std::ldexp(1.0, 5 - 2 * bits)};
  MomentSums sums;
  for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
    const auto block = values.subspan(begin, std::min(kBlock, values.size() - begin));
    if (HWY_DYNAMIC_DISPATCH(add_moments)(block.data(), block.size(), standard, sums)) continue;
    for (const double x : block) {
      const double z = (x - mean) * standard.inverse;
      sums.third.add(z * z * z * standard.scale);
      sums.fourth.add((z * z) * (z * z) * standard.scale);
    }
  }
  const double n = static_cast<double>(values.size());
  return {sums.third.value() / standard.scale / n, sums.fourth.value() / standard.scale / n};
}

}  // namespace peak
#endif
