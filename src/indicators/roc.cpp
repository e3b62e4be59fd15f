#include "peak/indicators/roc.hpp"

#include "indicators/batch.hpp"

namespace peak::indicators {
namespace {

double percent_change(double value, double past) { return finite_or_undefined((value / past - 1.0) * 100.0); }

}  // namespace

double Roc::update(double value) { return percent_change(value, past_.exchange(value)); }

void roc(std::span<const double> values, int bars, std::span<double> output) {
  if (!begin_change(bars, output)) return;
  const std::size_t ago = static_cast<std::size_t>(bars);
  for (std::size_t i = ago; i < values.size(); ++i) output[i] = percent_change(values[i], values[i - ago]);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> roc(std::span<const double> values, int bars) {
  std::vector<double> output(values.size());
  indicators::roc(values, bars, output);
  return output;
}

}  // namespace peak
