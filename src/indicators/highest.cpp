#include "indicators/targets.hpp"
// First, since Highway's headers read it.
#include "indicators/batch.hpp"
#include "peak/indicators/highest.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/highest.cpp"
#include <hwy/foreach_target.h>

#include "indicators/extreme-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

void highest_kernel(std::span<const double> values, std::size_t window, double* output) {
  extremes<true>(values, window, output);
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

double Highest::update(double value) { return finite_or_undefined(values_.update(value)); }

HWY_EXPORT(highest_kernel);

void highest(std::span<const double> values, int window, std::span<double> output) {
  if (!begin_windows(window, output)) return;
  HWY_DYNAMIC_DISPATCH(highest_kernel)(values, static_cast<std::size_t>(window), output.data());
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> highest(std::span<const double> values, int window) {
  std::vector<double> output(values.size());
  indicators::highest(values, window, output);
  return output;
}

}  // namespace peak
#endif
