// Machine limit: the usual form waits for a division in each bar; recurrence.hpp removes the chain. Left are two
// recurrences of about 2 cycles a bar and one vectorised division. See bench/indicators.
#include "peak/indicators/rsi.hpp"

#include "peak/indicators/undefined.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/rsi.cpp"
#include <hwy/foreach_target.h>

#include "indicators/recurrence-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

struct RsiRows {
  explicit RsiRows(double window) : alpha(1.0 / window), gains((window - 1.0) / window), losses((window - 1.0) / window) {}
  double alpha;
  RecurrenceRows gains, losses;
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE V above_zero(D d, V value) {
  return hn::IfThenElseZero(hn::Gt(value, hn::Zero(d)), value);
}

// The first averages: means of the run's first `window` gains and losses.
void seed_rsi(const double* x, Run run, std::size_t window, RsiRows& rows) {
  double gain_sum = 0.0, loss_sum = 0.0;
  for (std::size_t i = run.begin + 1; i <= run.begin + window; ++i) {
    const double change = x[i] - x[i - 1];
    gain_sum += change > 0.0 ? change : 0.0;
    loss_sum += -change > 0.0 ? -change : 0.0;
  }
  rows.gains.start();
  rows.losses.start();
  rows.gains.input()[0] = gain_sum / static_cast<double>(window);
  rows.losses.input()[0] = loss_sum / static_cast<double>(window);
}

void rsi_of_run(const double* HWY_RESTRICT x, Run run, std::size_t window, RsiRows& rows, double* HWY_RESTRICT out) {
  const std::size_t seed_bar = run.begin + window;
  seed_rsi(x, run, window, rows);
  for_chunks(seed_bar, run.end, [&](std::size_t bar, std::size_t count) HWY_ATTR {
    const std::size_t skipped = bar == seed_bar ? 1 : 0;
    const double* now = x + bar + skipped;
    const double alpha = rows.alpha;
    double* HWY_RESTRICT gain = rows.gains.input() + skipped;
    double* HWY_RESTRICT loss = rows.losses.input() + skipped;
    for_lanes(count - skipped, [=](auto d, std::size_t i) HWY_ATTR {
      const auto change = hn::Sub(hn::LoadU(d, now + i), hn::LoadU(d, now + i - 1));
      hn::StoreU(hn::Mul(above_zero(d, change), hn::Set(d, alpha)), d, gain + i);
      hn::StoreU(hn::Mul(above_zero(d, hn::Neg(change)), hn::Set(d, alpha)), d, loss + i);
    });
    rows.gains.advance(count);
    rows.losses.advance(count);
    const double* HWY_RESTRICT gains = rows.gains.values();
    const double* HWY_RESTRICT losses = rows.losses.values();
    for_lanes(count, [=](auto d, std::size_t i) HWY_ATTR {
      const auto up = hn::LoadU(d, gains + i);
      const auto both = hn::Add(up, hn::LoadU(d, losses + i));
      const auto index = finite_or_undefined(d, hn::Mul(hn::Set(d, 100.0), hn::Div(up, both)));
      hn::StoreU(hn::IfThenZeroElse(hn::Eq(both, hn::Zero(d)), index), d, out + bar + i);
    });
    rows.gains.carry(count);
    rows.losses.carry(count);
  });
}

void rsi_kernel(std::span<const double> values, int window, std::span<double> output) {
  const std::size_t size = values.size();
  const std::size_t length = window_is_valid(window) ? static_cast<std::size_t>(window) : size + 1;
  RsiRows rows(static_cast<double>(length));
  for (std::size_t done = 0; done < size;) {
    const double* const inputs[] = {values.data()};
    const Run run = next_run(inputs, done, size);
    const std::size_t begin = run.end - run.begin <= length ? run.end : run.begin + length;
    std::fill(output.data() + done, output.data() + begin, kUndefined);
    if (begin < run.end) rsi_of_run(values.data(), run, length, rows, output.data());
    done = run.end;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

Rsi::Rsi(int window)
    : window_(window),
      alpha_(1.0 / static_cast<double>(window)),
      gains_((static_cast<double>(window) - 1.0) / static_cast<double>(window)),
      losses_(gains_) {}

double Rsi::update(double value) {
  if (!std::isfinite(value) || !window_is_valid(window_)) {
    *this = Rsi(window_);
    return kUndefined;
  }
  const double change = value - previous_;
  previous_ = value;
  double gain = change > 0.0 ? change : 0.0;
  double loss = -change > 0.0 ? -change : 0.0;
  if (changes_ < window_) {
    if (++changes_ == 0) return kUndefined;  // the first value has no change
    gain_sum_ += gain;
    loss_sum_ += loss;
    if (changes_ < window_) return kUndefined;
    gain = gain_sum_ / static_cast<double>(window_);
    loss = loss_sum_ / static_cast<double>(window_);
  } else {
    gain = gain * alpha_;
    loss = loss * alpha_;
  }
  const double up = gains_.update(gain);
  const double both = up + losses_.update(loss);
  return both == 0.0 ? 0.0 : finite_or_undefined(100.0 * (up / both));
}

HWY_EXPORT(rsi_kernel);

void rsi(std::span<const double> values, int window, std::span<double> output) {
  HWY_DYNAMIC_DISPATCH(rsi_kernel)(values, window, output);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> rsi(std::span<const double> values, int window) {
  std::vector<double> output(values.size());
  indicators::rsi(values, window, output);
  return output;
}

}  // namespace peak
#endif
