#include "sim/market_inputs.hpp"

#include <cstddef>
#include <utility>

#include "peak/indicators/atr.hpp"
#include "peak/market/adjust.hpp"
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

MarketInputs::MarketInputs(const Bars& bars, const BrokerOptions& options, std::vector<Split> splits) : bars_(bars) {
  const bool needs_volatility = options.size.kind == SizingKind::kVolatility;
  if ((!options.stops.needs_atr() && !needs_volatility) || bars.size() == 0) return;
  const double periods = options.periods_per_year > 0 ? options.periods_per_year : periods_per_year(bars.time()).value;
  Bars as_traded = bars;
  as_traded.set_splits(std::move(splits));
  for (const SplitPeriod& period : split_periods(as_traded)) {
    const Bars& history = period.bars;
    const auto put = [&](const std::vector<double>& values, std::vector<double>& to) {
      to.insert(to.end(), values.begin() + static_cast<std::ptrdiff_t>(period.first), values.end());
    };
    if (options.stops.needs_atr()) {
      put(peak::atr(history.high(), history.low(), history.close(), options.stops.atr_period), atr_);
    }
    if (needs_volatility) {
      put(volatility_of(history, static_cast<std::size_t>(options.size_lookback), periods), volatility_);
    }
  }
}

}  // namespace peak::sim
