#include "peak/indicators/donchian.hpp"

#include <algorithm>

#include "indicators/batch.hpp"

namespace peak::indicators {
namespace {

double middle_of(double upper, double lower) { return finite_or_undefined((upper + lower) * 0.5); }

}  // namespace

DonchianChannel Donchian::update(double high, double low) {
  const double upper = high_.update(high);
  const double lower = low_.update(low);
  return {upper, middle_of(upper, lower), lower};
}

void donchian(std::span<const double> high, std::span<const double> low, int window, std::span<double> upper,
              std::span<double> middle, std::span<double> lower) {
  highest(high, window, upper);
  lowest(low, window, lower);
  for (std::size_t i = 0; i < middle.size(); ++i) middle[i] = middle_of(upper[i], lower[i]);
}

}  // namespace peak::indicators

namespace peak {

DonchianColumns donchian(std::span<const double> high, std::span<const double> low, int window) {
  const std::size_t size = std::min(high.size(), low.size());
  const std::vector<double> empty(size);
  DonchianColumns result{empty, empty, empty};
  indicators::donchian(high.first(size), low.first(size), window, result.upper, result.middle, result.lower);
  return result;
}

}  // namespace peak
