// Synthetic bars for benchmarks: an hourly random walk on a tick grid, the same on every machine for one seed.
#pragma once

#include <cstddef>

#include "peak/market/bars.hpp"

namespace peak::bench {

/// `size` hourly bars from 2020-01-01 UTC around a price of 100 with steps of about 1 %, prices in whole cents.
Bars tick_market(std::size_t size);

}  // namespace peak::bench
