// Machine limit: as stddev, plus three stores a bar: with 32 bytes a bar the memory is the limit beyond the
// second-level cache. Measured on Zen 4: 2.8 ns in the caches.
#include "indicators/targets.hpp"
// First, since Highway's headers read it.
#include <cmath>

#include "indicators/batch.hpp"
#include "peak/indicators/bollinger.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/bollinger.cpp"
#include <hwy/foreach_target.h>

#include "indicators/binary_window-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

void bollinger_kernel(std::span<const double> values, std::size_t window, double deviations, double* HWY_RESTRICT upper,
                      double* HWY_RESTRICT middle, double* HWY_RESTRICT lower) {
  const double count = static_cast<double>(window);
  for_windows<BinaryWindow::Second::kSquares>(
      values, window, [=](auto d, std::size_t bar, auto oldest, auto sum, auto squares) HWY_ATTR {
        const auto n = hn::Set(d, count);
        const auto mean = hn::Add(oldest, hn::Div(sum, n));
        const auto width = hn::Mul(hn::Set(d, deviations), hn::Sqrt(hn::Div(squares, n)));
        hn::StoreU(finite_or_undefined(d, hn::Add(mean, width)), d, upper + bar);
        hn::StoreU(finite_or_undefined(d, mean), d, middle + bar);
        hn::StoreU(finite_or_undefined(d, hn::Sub(mean, width)), d, lower + bar);
      });
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

Bollinger::Bollinger(int window, double deviations)
    : window_(window), deviations_(deviations), values_(window, BinaryWindow::Second::kSquares) {}

BollingerBands Bollinger::update(double value) {
  values_.push(value);
  if (!values_.full()) return {kUndefined, kUndefined, kUndefined};
  const double mean = values_.oldest() + values_.sum() / window_;
  const double width = deviations_ * std::sqrt(values_.second() / window_);
  return {finite_or_undefined(mean + width), finite_or_undefined(mean), finite_or_undefined(mean - width)};
}

HWY_EXPORT(bollinger_kernel);

void bollinger(std::span<const double> values, int window, double deviations, std::span<double> upper,
               std::span<double> middle, std::span<double> lower) {
  bool more = false;
  for (const std::span<double> output : {upper, middle, lower}) more = begin_windows(window, output);
  if (!more) return;
  HWY_DYNAMIC_DISPATCH(bollinger_kernel)
  (values, static_cast<std::size_t>(window), deviations, upper.data(), middle.data(), lower.data());
}

}  // namespace peak::indicators

namespace peak {

BollingerColumns bollinger(std::span<const double> values, int window, double deviations) {
  const std::vector<double> empty(values.size());
  BollingerColumns result{empty, empty, empty};
  indicators::bollinger(values, window, deviations, result.upper, result.middle, result.lower);
  return result;
}

}  // namespace peak
#endif
