// Machine limit: as it is usually written an EMA waits 6 to 8 cycles for each bar; recurrence.hpp removes that chain, and
// what is left is the memory's 16 bytes and about 2 cycles of vector work a bar. See bench/indicators.
#include "peak/indicators/ema.hpp"

#include "peak/indicators/undefined.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/ema.cpp"
#include <hwy/foreach_target.h>

#include "indicators/recurrence-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

// One run of finite values from its seed (the mean of the first values) to its end.
void ema_of_run(const double* HWY_RESTRICT x, Run run, std::size_t window, RecurrenceRows& lag, double* HWY_RESTRICT out) {
  const double first = x[run.begin];
  double seed_sum = 0.0;
  for (std::size_t i = run.begin; i < run.begin + window; ++i) seed_sum += x[i] - first;
  const double beta = static_cast<double>(window - 1) / static_cast<double>(window + 1);
  const std::size_t seed_bar = run.begin + window - 1;
  lag.start();
  for_chunks(seed_bar, run.end, [&](std::size_t bar, std::size_t count) HWY_ATTR {
    double* p = lag.input();
    const std::size_t skipped = bar == seed_bar ? 1 : 0;  // the seed has no value before it in this sense
    if (skipped != 0) p[0] = x[seed_bar] - (first + seed_sum / static_cast<double>(window));
    const double* now = x + bar + skipped;
    for_lanes(count - skipped, [=](auto d, std::size_t i) HWY_ATTR {
      const auto step = hn::Sub(hn::LoadU(d, now + i), hn::LoadU(d, now + i - 1));
      hn::StoreU(hn::Mul(hn::Set(d, beta), step), d, p + skipped + i);
    });
    lag.advance(count);
    const double* f = lag.values();
    for_lanes(count, [=](auto d, std::size_t i) HWY_ATTR {
      const auto average = hn::Sub(hn::LoadU(d, x + bar + i), hn::LoadU(d, f + i));
      hn::StoreU(finite_or_undefined(d, average), d, out + bar + i);
    });
    lag.carry(count);
  });
}

void ema_kernel(std::span<const double> values, int window, std::span<double> output) {
  const std::size_t size = values.size();
  const std::size_t length = window_is_valid(window) ? static_cast<std::size_t>(window) : size + 1;
  RecurrenceRows lag(static_cast<double>(length - 1) / static_cast<double>(length + 1));
  for (std::size_t done = 0; done < size;) {
    const double* const inputs[] = {values.data()};
    const Run run = next_run(inputs, done, size);
    const std::size_t begin = run.end - run.begin < length ? run.end : run.begin + length - 1;
    std::fill(output.data() + done, output.data() + begin, kUndefined);
    if (begin < run.end) ema_of_run(values.data(), run, length, lag, output.data());
    done = run.end;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

Ema::Ema(int window)
    : window_(window), beta_((static_cast<double>(window) - 1.0) / (static_cast<double>(window) + 1.0)), lag_(beta_) {}

double Ema::update(double value) {
  if (!std::isfinite(value) || !window_is_valid(window_)) {
    *this = Ema(window_);
    return kUndefined;
  }
  const double step = value - previous_;
  previous_ = value;
  if (count_ == window_) return finite_or_undefined(value - lag_.update(beta_ * step));
  if (count_ == 0) first_ = value;
  seed_sum_ += value - first_;
  if (++count_ < window_) return kUndefined;
  const double mean = first_ + seed_sum_ / static_cast<double>(window_);
  return finite_or_undefined(value - lag_.update(value - mean));
}

HWY_EXPORT(ema_kernel);

void ema(std::span<const double> values, int window, std::span<double> output) {
  HWY_DYNAMIC_DISPATCH(ema_kernel)(values, window, output);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> ema(std::span<const double> values, int window) {
  std::vector<double> output(values.size());
  indicators::ema(values, window, output);
  return output;
}

}  // namespace peak
#endif
