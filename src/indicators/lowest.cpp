#include "indicators/targets.hpp"
// First, since Highway's headers read it.
#include "indicators/batch.hpp"
#include "peak/indicators/lowest.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/lowest.cpp"
#include <hwy/foreach_target.h>

#include "indicators/extreme-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

void lowest_kernel(std::span<const double> values, std::size_t window, double* output) {
  extremes<false>(values, window, output);
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

double Lowest::update(double value) { return finite_or_undefined(-values_.update(-value) + 0.0); }

HWY_EXPORT(lowest_kernel);

void lowest(std::span<const double> values, int window, std::span<double> output) {
  if (!begin_windows(window, output)) return;
  HWY_DYNAMIC_DISPATCH(lowest_kernel)(values, static_cast<std::size_t>(window), output.data());
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> lowest(std::span<const double> values, int window) {
  std::vector<double> output(values.size());
  indicators::lowest(values, window, output);
  return output;
}

}  // namespace peak
#endif
