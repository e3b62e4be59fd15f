// Metrics of the list of trades (rule 9).
#pragma once

#include "peak/metrics/metrics.hpp"

namespace peak {

/// Sets every metric from kTrades to kKelly. Sums run in the order of the list, so equal lists give equal bits.
void set_trade_metrics(std::span<const Trade> trades, Metrics& metrics);

}  // namespace peak
