// Four recurrences a bar, scalar: about 15 ns. They would go through RunWalk like ATR's if strategies came to wait for
// them.
#include "peak/indicators/adx.hpp"

#include <algorithm>
#include <cmath>

#include "peak/indicators/true_range.hpp"

namespace peak::indicators {
namespace {

double fading(int window) { return (static_cast<double>(window) - 1.0) / static_cast<double>(window); }

double percent(double part, double whole) { return whole == 0.0 ? 0.0 : finite_or_undefined(100.0 * part / whole); }

template <class Indicator, class Pick>
void each_bar(Indicator indicator, std::span<const double> high, std::span<const double> low,
              std::span<const double> close, std::span<double> output, Pick pick) {
  for (std::size_t i = 0; i < output.size(); ++i) output[i] = pick(indicator.update(high[i], low[i], close[i]));
}

}  // namespace

DirectionalMovement::DirectionalMovement(int window)
    : window_(window), plus_(fading(window)), minus_(fading(window)), range_(fading(window)) {}

DirectionalMovement::Parts DirectionalMovement::parts_of(double high, double low) const {
  const double up = high - high_;
  const double down = low_ - low;
  return {.plus = up > down && up > 0 ? up : 0.0,
          .minus = down > up && down > 0 ? down : 0.0,
          .range = true_range_of(high, low, close_)};
}

DirectionalValues DirectionalMovement::update(double high, double low, double close) {
  if (!std::isfinite(high) || !std::isfinite(low) || !std::isfinite(close) || !window_is_valid(window_)) {
    *this = DirectionalMovement(window_);
    return {};
  }
  const Parts now = bars_ == 0 ? Parts{} : parts_of(high, low);
  high_ = high;
  low_ = low;
  close_ = close;
  if (bars_ == window_) return values_of(now);
  seed_.plus += now.plus;
  seed_.minus += now.minus;
  seed_.range += now.range;
  if (++bars_ == window_) {
    plus_.update(seed_.plus);
    minus_.update(seed_.minus);
    range_.update(seed_.range);
  }
  return {};
}

DirectionalValues DirectionalMovement::values_of(const Parts& now) {
  const double plus = plus_.update(now.plus);
  const double minus = minus_.update(now.minus);
  const double range = range_.update(now.range);
  return {.plus_di = percent(plus, range),
          .minus_di = percent(minus, range),
          .dx = percent(std::fabs(plus - minus), plus + minus)};
}

Adx::Adx(int window) : window_(window), movement_(window), average_(fading(window)) {}

double Adx::update(double high, double low, double close) {
  const double dx = movement_.update(high, low, close).dx;
  if (std::isnan(dx)) {
    values_ = 0;
    dx_sum_ = 0;
    average_ = Recurrence(fading(window_));
    return kUndefined;
  }
  double next = dx;
  if (values_ < window_) {
    dx_sum_ += dx;
    if (++values_ < window_) return kUndefined;
    next = dx_sum_;
  }
  return finite_or_undefined(average_.update(next) / static_cast<double>(window_));
}

void adx(std::span<const double> high, std::span<const double> low, std::span<const double> close, int window,
         std::span<double> output) {
  each_bar(Adx(window), high, low, close, output, [](double value) { return value; });
}

void plus_di(std::span<const double> high, std::span<const double> low, std::span<const double> close, int window,
             std::span<double> output) {
  each_bar(DirectionalMovement(window), high, low, close, output,
           [](const DirectionalValues& values) { return values.plus_di; });
}

void minus_di(std::span<const double> high, std::span<const double> low, std::span<const double> close, int window,
              std::span<double> output) {
  each_bar(DirectionalMovement(window), high, low, close, output,
           [](const DirectionalValues& values) { return values.minus_di; });
}

}  // namespace peak::indicators

namespace peak {
namespace {

using OfBars = void(std::span<const double>, std::span<const double>, std::span<const double>, int, std::span<double>);

std::vector<double> of_bars(OfBars* compute, std::span<const double> high, std::span<const double> low,
                            std::span<const double> close, int window) {
  const std::size_t size = std::min({high.size(), low.size(), close.size()});
  std::vector<double> output(size);
  compute(high.first(size), low.first(size), close.first(size), window, output);
  return output;
}

}  // namespace

std::vector<double> adx(std::span<const double> high, std::span<const double> low, std::span<const double> close,
                        int window) {
  return of_bars(indicators::adx, high, low, close, window);
}

std::vector<double> plus_di(std::span<const double> high, std::span<const double> low, std::span<const double> close,
                            int window) {
  return of_bars(indicators::plus_di, high, low, close, window);
}

std::vector<double> minus_di(std::span<const double> high, std::span<const double> low, std::span<const double> close,
                             int window) {
  return of_bars(indicators::minus_di, high, low, close, window);
}

}  // namespace peak
