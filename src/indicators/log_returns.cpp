#include "peak/indicators/log_returns.hpp"

#include <cmath>

#include "indicators/batch.hpp"

namespace peak::indicators {
namespace {

double log_change(double value, double past) { return finite_or_undefined(std::log(value / past)); }

}  // namespace

double LogReturns::update(double value) { return log_change(value, past_.exchange(value)); }

void log_returns(std::span<const double> values, int bars, std::span<double> output) {
  if (!begin_change(bars, output)) return;
  const std::size_t ago = static_cast<std::size_t>(bars);
  for (std::size_t i = ago; i < values.size(); ++i) output[i] = log_change(values[i], values[i - ago]);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> log_returns(std::span<const double> values, int bars) {
  std::vector<double> output(values.size());
  indicators::log_returns(values, bars, output);
  return output;
}

}  // namespace peak
