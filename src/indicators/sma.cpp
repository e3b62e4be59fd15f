// Machine limit: the memory's, 16 bytes a bar; next the division, vectorised, 2 cycles a bar. See bench/indicators.
#include "peak/indicators/sma.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/sma.cpp"
#include <hwy/foreach_target.h>

#include "indicators/binary_window-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

void sma_kernel(std::span<const double> values, int window, std::span<double> output) {
  const std::size_t size = static_cast<std::size_t>(std::max(window, 1));
  if (!begin_output(output, window, size - 1)) return;
  for_windows<BinaryWindow::Second::kNone>(
      values, size, [&](const auto& rows, const double* oldest, std::size_t bar, std::size_t count) HWY_ATTR {
        const double* HWY_RESTRICT sum = rows.sum();
        double* HWY_RESTRICT out = output.data() + bar;
        for_lanes(count, [=](auto d, std::size_t i) HWY_ATTR {
          const auto mean = hn::Div(hn::LoadU(d, sum + i), hn::Set(d, static_cast<double>(window)));
          hn::StoreU(finite_or_undefined(d, hn::Add(hn::LoadU(d, oldest + i), mean)), d, out + i);
        });
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
  HWY_DYNAMIC_DISPATCH(sma_kernel)(values, window, output);
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
