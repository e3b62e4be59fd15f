#include "indicators/targets.hpp"
// First, since Highway's headers read it.
#include "indicators/batch.hpp"
#include "peak/indicators/wma.hpp"

#ifndef PEAK_INDICATORS_WMA_WEIGHT
#define PEAK_INDICATORS_WMA_WEIGHT
namespace peak::indicators {
namespace {
// The sum of the weights 1 ... window.
inline double weight_of(double window) { return window * (window + 1.0) / 2.0; }
}  // namespace
}  // namespace peak::indicators
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/wma.cpp"
#include <hwy/foreach_target.h>

#include "indicators/binary_window-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

void wma_kernel(std::span<const double> values, std::size_t window, std::span<double> output) {
  const double weight = weight_of(static_cast<double>(window));
  double* out = output.data();
  for_windows<BinaryWindow::Second::kWeights>(
      values, window, [=](auto d, std::size_t bar, auto oldest, auto, auto weighted) HWY_ATTR {
        const auto mean = hn::Add(oldest, hn::Div(weighted, hn::Set(d, weight)));
        hn::StoreU(finite_or_undefined(d, mean), d, out + bar);
      });
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

Wma::Wma(int window)
    : weight_(weight_of(static_cast<double>(window))), values_(window, BinaryWindow::Second::kWeights) {}

double Wma::update(double value) {
  values_.push(value);
  return values_.full() ? finite_or_undefined(values_.oldest() + values_.second() / weight_) : kUndefined;
}

HWY_EXPORT(wma_kernel);

void wma(std::span<const double> values, int window, std::span<double> output) {
  if (!begin_windows(window, output)) return;
  HWY_DYNAMIC_DISPATCH(wma_kernel)(values, static_cast<std::size_t>(window), output);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> wma(std::span<const double> values, int window) {
  std::vector<double> output(values.size());
  indicators::wma(values, window, output);
  return output;
}

}  // namespace peak
#endif
