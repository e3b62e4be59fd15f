// Generated inputs for property tests: tick prices, ties, flat stretches, jumps, values that are not finite.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace peak::test {

/// High, low and close of one generated series, and how they were made.
struct Series {
  std::vector<double> high, low, close;
};

/// Series number `seed`: its length (0 to 5000, short ones most often), tick, scale and gaps follow from the number.
inline Series generated_series(std::uint64_t seed) {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15ULL + 1);
  const auto below = [&](std::uint64_t n) { return static_cast<std::size_t>(random() % n); };
  constexpr double kTicks[] = {0.01, 0.25, 1e-5, 1e-8, 1.0, 0.05};
  constexpr double kLevels[] = {100.0, 1e5, 1.0, 0.01, 4000.0, 1e9};
  const double tick = kTicks[below(std::size(kTicks))];
  const double level = kLevels[below(std::size(kLevels))];
  const std::size_t size = below(10) == 0 ? below(5001) : (below(3) == 0 ? below(40) : below(700));
  const std::size_t gap_every = below(3) == 0 ? 5 + below(200) : 0;
  const bool flat_stretches = below(4) == 0, on_tick = below(4) != 0;
  Series series;
  double price = level;
  for (std::size_t i = 0; i < size; ++i) {
    const double move = static_cast<double>(below(9)) - 4.0;
    const bool still = flat_stretches && (i / 37) % 3 != 0;
    if (!still) price += on_tick ? move * tick : move * tick * 0.7310585786300049;
    if (!still && below(500) == 0) price *= below(2) == 0 ? 4.0 : 0.25;
    if (on_tick) price = std::round(price / tick) * tick;
    if (!(price > tick)) price = level;
    series.close.push_back(price);
    series.high.push_back(still ? price : price + static_cast<double>(below(4)) * tick);
    series.low.push_back(still ? price : price - static_cast<double>(below(4)) * tick);
    if (gap_every != 0 && below(gap_every) == 0) {
      constexpr double kInfinity = std::numeric_limits<double>::infinity();
      const double gap = below(4) != 0 ? std::nan("") : (below(2) == 0 ? kInfinity : -kInfinity);
      std::vector<double>* const columns[] = {&series.close, &series.high, &series.low};
      if (below(2) == 0) {
        columns[below(3)]->back() = gap;
      } else {
        for (std::vector<double>* column : columns) column->back() = gap;
      }
    }
  }
  return series;
}

/// A window for a series of that length: mostly short, sometimes longer than the series.
inline int generated_window(std::uint64_t seed, std::size_t size) {
  std::mt19937_64 random(seed ^ 0xD1B54A32D192ED03ULL);
  switch (random() % 6) {
    case 0: return static_cast<int>(1 + random() % 4);
    case 1: return static_cast<int>(1 + random() % (size + 10));
    case 2: return static_cast<int>(std::uint64_t{1} << (random() % 8));
    default: return static_cast<int>(1 + random() % 60);
  }
}

}  // namespace peak::test
