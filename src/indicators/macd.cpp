// Machine limit: three recurrences, 40 vector operations for four bars, 2.5 cycles a bar; two walks, since the signal
// starts at another bar than the line: 40 bytes a bar to and from memory. Measured on Zen 4: 1.3 ns in the
// caches, 1.9 ns from memory.
#include "indicators/targets.hpp"
// First, since Highway's headers read it.
#include <algorithm>
#include <cmath>

#include "indicators/batch.hpp"
#include "peak/indicators/macd.hpp"

#ifndef PEAK_INDICATORS_MACD_WINDOWS
#define PEAK_INDICATORS_MACD_WINDOWS
namespace peak::indicators {
namespace {
struct MacdWindows {
  std::size_t fast, slow, signal;  // fast <= slow
};
}  // namespace
}  // namespace peak::indicators
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "indicators/macd.cpp"
#include <hwy/foreach_target.h>

#include "indicators/lag-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

// The line, from the lags of both averages.
struct MacdLineKernel {
  static constexpr std::size_t kInputs = 1;
  static constexpr std::size_t kOutputs = 1;
  static constexpr std::size_t kStates = 2;  // fast, slow

  MacdLineKernel(const double* values, std::size_t fast_window, std::size_t slow_window)
      : x(values),
        fast_length(fast_window),
        slow_length(slow_window),
        state{QuadRecurrence(lag_beta(fast_window)), QuadRecurrence(lag_beta(slow_window))} {}
  [[nodiscard]] std::size_t lead() const { return slow_length; }
  void seed(std::size_t first) {
    for (QuadRecurrence& recurrence : state) recurrence.start();
    fast_seed = seed_lag(x + first + slow_length - fast_length, fast_length);
    slow_seed = seed_lag(x + first, slow_length);
  }
  template <bool kSeed, bool kChecked>
  HWY_INLINE void step(const Place<kInputs, kOutputs>& place, QuadRecurrence& fast, QuadRecurrence& slow) const {
    const Quad change = load_quad(place.in[0]) - load_quad(place.in[0] - 1);
    Quad fast_p = fast.beta * change;
    Quad slow_p = slow.beta * change;
    if constexpr (kSeed) {
      fast_p = with_first(fast_p, fast_seed);
      slow_p = with_first(slow_p, slow_seed);
    }
    const Quad fast_lag = fast.step(fast_p);
    store_quad(checked_result<kChecked>(slow.step(slow_p) - fast_lag), place.out[0]);
  }

  const double* x;
  std::size_t fast_length, slow_length;
  QuadRecurrence state[kStates];
  double fast_seed = 0, slow_seed = 0;
};

// The signal is an average of the line; where it is undefined, so is the line.
struct MacdSignalKernel : LagKernel<2> {
  MacdSignalKernel(double* macd_line, std::size_t length) : LagKernel<2>(macd_line, length), line(macd_line) {}
  void undefined(std::size_t begin, std::size_t end) { std::fill(line + begin, line + end, kUndefined); }
  double* line;
};

void macd_kernel(std::span<const double> values, const MacdWindows& windows, double* line, double* signal,
                 double* histogram) {
  MacdLineKernel lines(values.data(), windows.fast, windows.slow);
  RunWalk<MacdLineKernel>(lines, {values.data()}, {line}, values.size()).walk();
  MacdSignalKernel signals(line, windows.signal);
  RunWalk<MacdSignalKernel>(signals, {line}, {signal, histogram}, values.size()).walk();
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::indicators {

Macd::Macd(int fast, int slow, int signal)
    : fast_(std::min(fast, slow)),
      slow_(std::max(fast, slow)),
      fast_average_(fast_),
      slow_average_(slow_),
      signal_(signal) {}

MacdValues Macd::update(double value) {
  constexpr MacdValues kNone{kUndefined, kUndefined, kUndefined};
  if (!std::isfinite(value)) {
    count_ = 0;
    static_cast<void>(fast_average_.update(value));
    static_cast<void>(slow_average_.update(value));
    static_cast<void>(signal_.update(value));
    return kNone;
  }
  if (count_ < slow_) ++count_;
  // The fast average begins so that its first value falls on the slow one's.
  if (count_ > slow_ - fast_) static_cast<void>(fast_average_.update(value));
  static_cast<void>(slow_average_.update(value));
  if (count_ < slow_ || !window_is_valid(fast_) || !window_is_valid(slow_)) return kNone;
  const double line = finite_or_undefined(slow_average_.lag() - fast_average_.lag());
  const double signal = signal_.update(line);
  if (!signal_.seeded()) return kNone;
  return {line, signal, finite_or_undefined(signal_.lag())};
}

HWY_EXPORT(macd_kernel);

void macd(std::span<const double> values, int fast, int slow, int signal, std::span<double> line,
          std::span<double> signal_line, std::span<double> histogram) {
  if (!window_is_valid(fast) || !window_is_valid(slow) || !window_is_valid(signal)) {
    for (const std::span<double> output : {line, signal_line, histogram}) fill_undefined(output);
    return;
  }
  const MacdWindows windows{static_cast<std::size_t>(std::min(fast, slow)),
                            static_cast<std::size_t>(std::max(fast, slow)), static_cast<std::size_t>(signal)};
  HWY_DYNAMIC_DISPATCH(macd_kernel)(values, windows, line.data(), signal_line.data(), histogram.data());
}

}  // namespace peak::indicators

namespace peak {

MacdColumns macd(std::span<const double> values, int fast, int slow, int signal) {
  const std::vector<double> empty(values.size());
  MacdColumns result{empty, empty, empty};
  indicators::macd(values, fast, slow, signal, result.line, result.signal, result.histogram);
  return result;
}

}  // namespace peak
#endif
