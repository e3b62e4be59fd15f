// Bars for tests: made from a run of closes, or generated with tick prices, ties, gaps and extremes.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "peak/market/bars.hpp"

namespace peak::testing {

inline Bars bars_of(std::vector<double> open, std::vector<double> high, std::vector<double> low,
                    std::vector<double> close, std::vector<Column> extra = {}) {
  std::vector<std::int64_t> time(close.size());
  for (std::size_t i = 0; i < time.size(); ++i) time[i] = static_cast<std::int64_t>(i) * kNanosecondsPerDay;
  std::vector<double> volume(close.size());
  for (std::size_t i = 0; i < volume.size(); ++i) volume[i] = 1000.0 + static_cast<double>(i % 7);
  auto bars = Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                                 Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                                 Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                                 Column::own("volume", std::move(volume)), std::move(extra));
  return bars.ok() ? *bars : Bars();
}

inline Bars bars_of(const std::vector<double>& close) { return bars_of(close, close, close, close); }

/// A walk on a grid of 0.25, so that equal values are common; with `rough` also NaN, infinities, zeros and values a
/// rounding apart.
inline Bars generated_bars(std::size_t size, std::mt19937_64& random, bool rough) {
  std::vector<double> columns[4];
  double price = 100;
  for (std::size_t t = 0; t < size; ++t) {
    for (auto& column : columns) {
      price += 0.25 * static_cast<double>(static_cast<int>(random() % 5) - 2);
      double value = price;
      if (rough) {
        switch (random() % 24) {
          case 0: value = std::numeric_limits<double>::quiet_NaN(); break;
          case 1: value = std::numeric_limits<double>::infinity(); break;
          case 2: value = -0.0; break;
          case 3: value = price * (1 + 1e-13); break;
          case 4: value = price * (1 + 1.5e-12); break;
          case 5: value = -price; break;
          default: break;
        }
      }
      column.push_back(value);
    }
  }
  return bars_of(columns[0], columns[1], columns[2], columns[3]);
}

}  // namespace peak::testing
