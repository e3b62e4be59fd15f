// Bars for the tests of sweeps: a random walk on a tick grid, so that ties are common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "peak/market/bars.hpp"

namespace peak::testing {

inline Bars swept_market(std::uint64_t seed, std::size_t size, double tick = 0.25, std::int64_t most_ticks = 3) {
  std::mt19937_64 random(seed);
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  std::vector<Nanoseconds> time(size);
  std::vector<double> open(size), high(size), low(size), close(size), volume(size, 1.0);
  std::int64_t level = 400;
  for (std::size_t t = 0; t < size; ++t) {
    time[t] = static_cast<Nanoseconds>(t) * kNanosecondsPerDay;
    level = std::max<std::int64_t>(level + draw(-most_ticks, most_ticks), 40);
    open[t] = static_cast<double>(level) * tick;
    if (draw(0, 3) != 0) level = std::max<std::int64_t>(level + draw(-most_ticks, most_ticks), 40);
    close[t] = static_cast<double>(level) * tick;
    high[t] = std::max(open[t], close[t]) + static_cast<double>(draw(0, 2)) * tick;
    low[t] = std::min(open[t], close[t]) - static_cast<double>(draw(0, 2)) * tick;
  }
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                            Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                            Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                            Column::own("volume", std::move(volume)))
      .value();
}

}  // namespace peak::testing
