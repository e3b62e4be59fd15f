#include "peak/indicators/momentum.hpp"

#include "indicators/batch.hpp"

namespace peak::indicators {
namespace {

double difference(double value, double past) { return finite_or_undefined(value - past); }

}  // namespace

double Momentum::update(double value) { return difference(value, past_.exchange(value)); }

void momentum(std::span<const double> values, int bars, std::span<double> output) {
  if (!begin_change(bars, output)) return;
  const std::size_t ago = static_cast<std::size_t>(bars);
  for (std::size_t i = ago; i < values.size(); ++i) output[i] = difference(values[i], values[i - ago]);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> momentum(std::span<const double> values, int bars) {
  std::vector<double> output(values.size());
  indicators::momentum(values, bars, output);
  return output;
}

}  // namespace peak
