#include "sim/market_inputs.hpp"

#include <cmath>

#include "peak/indicators/atr.hpp"
#include "peak/market/periods.hpp"

namespace peak::sim {
namespace {

// Decided case 3.4: the standard deviation (ddof 1) of the last `lookback` returns, times the root of the bars a year.
std::vector<double> volatility_of(const Bars& bars, std::size_t lookback, double periods) {
  std::vector<double> volatility(bars.size(), kMissingPrice);
  const auto close = bars.close();
  for (std::size_t t = lookback; t < bars.size(); ++t) {
    double sum = 0, squares = 0;
    for (std::size_t i = t - lookback + 1; i <= t; ++i) sum += close[i] / close[i - 1] - 1;
    const double mean = sum / static_cast<double>(lookback);
    for (std::size_t i = t - lookback + 1; i <= t; ++i) {
      const double from_mean = close[i] / close[i - 1] - 1 - mean;
      squares += from_mean * from_mean;
    }
    volatility[t] = std::sqrt(squares / static_cast<double>(lookback - 1)) * std::sqrt(periods);
  }
  return volatility;
}

}  // namespace

MarketInputs::MarketInputs(const Bars& bars, const BrokerOptions& options) : bars_(bars) {
  if (options.stops.needs_atr()) atr_ = peak::atr(bars.high(), bars.low(), bars.close(), options.stops.atr_period);
  if (options.size.kind == SizingKind::kVolatility) {
    const double periods =
        options.periods_per_year > 0 ? options.periods_per_year : periods_per_year(bars.time()).value;
    volatility_ = volatility_of(bars, static_cast<std::size_t>(options.size_lookback), periods);
  }
}

}  // namespace peak::sim
