// Market inputs: the bars as the broker takes them, with the average true range and the volatility where they are asked
// for. Both executors of signals use these columns, so that their stops and sizes are equal.
#pragma once

#include <cstddef>
#include <vector>

#include "peak/market/bars.hpp"
#include "peak/sim/broker.hpp"
#include "peak/trading/broker.hpp"

namespace peak::sim {

class MarketInputs {
 public:
  /// `splits` are taken out of what is computed (decided case 8.5), not of the prices.
  MarketInputs(const Bars& bars, const BrokerOptions& options, std::vector<Split> splits = {});

  [[nodiscard]] BarPrices at(std::size_t t) const {
    BarPrices prices{bars_.open()[t], bars_.high()[t], bars_.low()[t], bars_.close()[t]};
    if (bars_.has_volume()) prices.volume = bars_.volume()[t];
    if (!atr_.empty()) prices.atr = atr_[t];
    if (!volatility_.empty()) prices.volatility = volatility_[t];
    return prices;
  }
  /// NaN where it is undefined or not asked for.
  [[nodiscard]] double atr_at(std::size_t t) const { return atr_.empty() ? kMissingPrice : atr_[t]; }
  [[nodiscard]] double volatility_at(std::size_t t) const {
    return volatility_.empty() ? kMissingPrice : volatility_[t];
  }

 private:
  const Bars& bars_;
  std::vector<double> atr_, volatility_;
};

}  // namespace peak::sim
