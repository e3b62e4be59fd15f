// Bars for tests of runs: a walk on a grid of cents with many equal neighbours, so that crossings, touches and ties
// occur.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "peak/market/bars.hpp"

namespace peak::testing {

inline Bars walk(std::size_t size, std::uint64_t seed, std::vector<Column> extra = {}) {
  std::mt19937_64 random(seed);
  std::vector<Nanoseconds> time(size);
  std::vector<double> open(size), high(size), low(size), close(size), volume(size);
  std::int64_t cents = 5'000;
  for (std::size_t i = 0; i < size; ++i) {
    time[i] = static_cast<Nanoseconds>(i) * kNanosecondsPerHour;
    open[i] = static_cast<double>(cents) / 100;
    cents = std::max<std::int64_t>(100, cents + static_cast<std::int64_t>(random() % 41) - 20);
    close[i] = static_cast<double>(cents) / 100;
    high[i] = std::fmax(open[i], close[i]) + static_cast<double>(random() % 10) / 100;
    low[i] = std::fmin(open[i], close[i]) - static_cast<double>(random() % 10) / 100;
    volume[i] = static_cast<double>(random() % 1'000);
  }
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                            Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                            Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                            Column::own("volume", std::move(volume)), std::move(extra))
      .value();
}

}  // namespace peak::testing
