// Machine limit: the memory's, 16 bytes a bar. Measured on Zen 4: 0.9 ns a bar and window, most of it the passes
// over the pieces, which several windows share.
#include "indicators/targets.hpp"
// First, since Highway's headers read it.
#include "indicators/batch.hpp"
#include "peak/indicators/sma.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/sma.cpp"
#include <hwy/foreach_target.h>

#include "base/division-inl.hpp"
#include "indicators/binary_window-inl.hpp"

#ifndef PEAK_INDICATORS_MEAN_OF
#define PEAK_INDICATORS_MEAN_OF
namespace peak::indicators {
struct MeanOf {
  Divisor count;
  double* output;
};
}  // namespace peak::indicators
#endif

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

void sma_kernel(std::span<const double> values, std::span<const std::size_t> windows, const MeanOf* means) {
  for_several_windows<BinaryWindow::Second::kNone>(
      values, windows, [means](std::size_t which, auto d, std::size_t bar, auto oldest, auto sum, auto) HWY_ATTR {
        const auto mean = hn::Add(oldest, peak::HWY_NAMESPACE::divide_by_whole(d, sum, means[which].count));
        hn::StoreU(finite_or_undefined(d, mean), d, means[which].output + bar);
      });
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

double Sma::update(double value) {
  values_.push(value);
  return values_.full() ? finite_or_undefined(values_.oldest() + values_.sum() / window_) : kUndefined;
}

HWY_EXPORT(sma_kernel);

void sma(std::span<const double> values, int window, std::span<double> output) {
  sma(values, {&window, 1}, {&output, 1});
}

void sma(std::span<const double> values, std::span<const int> windows, std::span<const std::span<double>> outputs) {
  std::vector<std::size_t> valid;
  std::vector<MeanOf> means;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (!begin_windows(windows[i], outputs[i])) continue;
    valid.push_back(static_cast<std::size_t>(windows[i]));
    means.push_back({Divisor(windows[i]), outputs[i].data()});
  }
  if (!valid.empty()) HWY_DYNAMIC_DISPATCH(sma_kernel)(values, valid, means.data());
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> sma(std::span<const double> values, int window) {
  std::vector<double> output(values.size());
  indicators::sma(values, window, output);
  return output;
}

}  // namespace peak
#endif
