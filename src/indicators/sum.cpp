#include "indicators/targets.hpp"
// First, since Highway's headers read it.
#include "indicators/batch.hpp"
#include "peak/indicators/sum.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/sum.cpp"
#include <hwy/foreach_target.h>

#include "indicators/binary_window-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

void sum_kernel(std::span<const double> values, std::size_t window, std::span<double> output) {
  const double count = static_cast<double>(window);
  double* out = output.data();
  for_windows<BinaryWindow::Second::kNone>(values, window,
                                           [=](auto d, std::size_t bar, auto oldest, auto sum, auto) HWY_ATTR {
                                             const auto total = hn::Add(hn::Mul(hn::Set(d, count), oldest), sum);
                                             hn::StoreU(finite_or_undefined(d, total), d, out + bar);
                                           });
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

double Sum::update(double value) {
  values_.push(value);
  return values_.full() ? finite_or_undefined(window_ * values_.oldest() + values_.sum()) : kUndefined;
}

HWY_EXPORT(sum_kernel);

void sum(std::span<const double> values, int window, std::span<double> output) {
  if (!begin_windows(window, output)) return;
  HWY_DYNAMIC_DISPATCH(sum_kernel)(values, static_cast<std::size_t>(window), output);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> sum(std::span<const double> values, int window) {
  std::vector<double> output(values.size());
  indicators::sum(values, window, output);
  return output;
}

}  // namespace peak
#endif
