#include "peak/indicators/true_range.hpp"

#include <algorithm>
#include <cmath>

#include "indicators/batch.hpp"

namespace peak::indicators {
namespace {

double larger(double a, double b) { return b > a ? b : a; }

// The close is tested by itself: a comparison with NaN is false and would pass it over.
double checked_range(double high, double low, double previous_close) {
  return finite_or_undefined(true_range_of(high, low, previous_close) + (previous_close - previous_close));
}

}  // namespace

double true_range_of(double high, double low, double previous_close) noexcept {
  return larger(larger(high - low, std::fabs(high - previous_close)), std::fabs(low - previous_close));
}

double TrueRange::update(double high, double low, double close) {
  const double range = checked_range(high, low, previous_close_);
  previous_close_ = close;
  return range;
}

void true_range(std::span<const double> high, std::span<const double> low, std::span<const double> close,
                std::span<double> output) {
  if (!begin_output(true, 1, output)) return;
  for (std::size_t i = 1; i < output.size(); ++i) output[i] = checked_range(high[i], low[i], close[i - 1]);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> true_range(std::span<const double> high, std::span<const double> low,
                               std::span<const double> close) {
  const std::size_t size = std::min({high.size(), low.size(), close.size()});
  std::vector<double> output(size);
  indicators::true_range(high.first(size), low.first(size), close.first(size), output);
  return output;
}

}  // namespace peak
