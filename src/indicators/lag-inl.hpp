// The kernel of Ema: the lag of the average behind the values, over one run. MACD's signal line is another use of it.
// Included once for each Highway target.
#if defined(PEAK_INDICATORS_LAG_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_INDICATORS_LAG_INL_
#undef PEAK_INDICATORS_LAG_INL_
#else
#define PEAK_INDICATORS_LAG_INL_
#endif

#include "indicators/recurrence-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

/// beta of an exponential average.
HWY_INLINE double lag_beta(std::size_t window) {
  return (static_cast<double>(window) - 1.0) / (static_cast<double>(window) + 1.0);
}

/// The lag at the last of `window` values: that value less their mean, taken as ema.hpp says.
HWY_INLINE double seed_lag(const double* x, std::size_t window) {
  double sum = 0.0;
  for (std::size_t i = 0; i < window; ++i) sum += x[i] - x[0];
  return x[window - 1] - (x[0] + sum / static_cast<double>(window));
}

/// Output 0 is the average; with kOutputCount 2, output 1 is the lag.
template <std::size_t kOutputCount>
struct LagKernel {
  static constexpr std::size_t kInputs = 1;
  static constexpr std::size_t kOutputs = kOutputCount;
  static constexpr std::size_t kStates = 1;

  LagKernel(const double* values, std::size_t length)
      : x(values), window(length), state{QuadRecurrence(lag_beta(length))} {}
  [[nodiscard]] std::size_t lead() const { return window; }
  void seed(std::size_t first) {
    state[0].start();
    seed_value = seed_lag(x + first, window);
  }
  template <bool kSeed, bool kChecked>
  HWY_INLINE void step(const Place<kInputs, kOutputs>& place, QuadRecurrence& lag) const {
    const Quad now = load_quad(place.in[0]);
    Quad p = lag.beta * (now - load_quad(place.in[0] - 1));
    if constexpr (kSeed) p = with_first(p, seed_value);
    const Quad f = lag.step(p);
    store_quad(checked_result<kChecked>(now - f), place.out[0]);
    if constexpr (kOutputs == 2) store_quad(checked_result<kChecked>(f), place.out[1]);
  }

  const double* x;
  std::size_t window;
  QuadRecurrence state[kStates];
  double seed_value = 0;
};

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
