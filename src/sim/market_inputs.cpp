#include "sim/market_inputs.hpp"

#include "peak/indicators/atr.hpp"
#include "peak/market/periods.hpp"
#include "sim/volatility.hpp"

namespace peak::sim {
namespace {

std::vector<double> volatility_of(const Bars& bars, std::size_t lookback, double periods) {
  std::vector<double> volatility(bars.size());
  for (std::size_t t = 0; t < bars.size(); ++t) volatility[t] = volatility_at(bars.close(), t, lookback, periods);
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
