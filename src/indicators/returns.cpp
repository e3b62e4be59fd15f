#include "peak/indicators/returns.hpp"

#include "indicators/batch.hpp"

namespace peak::indicators {
namespace {

double simple_change(double value, double past) { return finite_or_undefined(value / past - 1.0); }

}  // namespace

double Returns::update(double value) { return simple_change(value, past_.exchange(value)); }

void returns(std::span<const double> values, int bars, std::span<double> output) {
  if (!begin_change(bars, output)) return;
  const std::size_t ago = static_cast<std::size_t>(bars);
  for (std::size_t i = ago; i < values.size(); ++i) output[i] = simple_change(values[i], values[i - ago]);
}

}  // namespace peak::indicators

namespace peak {

std::vector<double> returns(std::span<const double> values, int bars) {
  std::vector<double> output(values.size());
  indicators::returns(values, bars, output);
  return output;
}

}  // namespace peak
