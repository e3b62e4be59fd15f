// What the walk over trades (trade_walk.hpp) holds for, and what given signals decide in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "peak/base/bits.hpp"
#include "peak/metrics/metrics.hpp"
#include "peak/sim/backtest.hpp"

namespace peak::study {

/// Why a run of long signals must be made by backtest(), as the end of a sentence; empty if the walk does it. A stop
/// loss and a target are taken for known where they are fractions of the entry's price.
[[nodiscard]] std::string walk_obstacle(const BrokerOptions& broker, const BacktestOptions& run,
                                        std::span<const Metric> metrics);

/// A distance that the walk knows: none, or a fraction of the entry's price.
[[nodiscard]] inline bool walk_knows(const StopLevel& level) {
  return !level.is_set() || level.kind == StopKind::kFraction;
}

struct LongSignals {
  BitView entry, exit;
};

/// The bars of [begin, end) on which a position is opened or closed in turn, given whether one is held (rules 4 and 5);
/// how many. `out` has room for each of the bars.
std::size_t find_decisions(const LongSignals& signals, std::size_t begin, std::size_t end, bool held,
                           std::uint32_t* out);

}  // namespace peak::study
