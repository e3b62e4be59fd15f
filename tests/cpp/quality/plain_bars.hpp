// Plain bars: a random walk without faults, whose columns a test can spoil.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "peak/table/column.hpp"

namespace peak::testing {

struct PlainBars {
  std::vector<std::int64_t> time;
  std::vector<double> open, high, low, close, volume;

  PlainBars(std::size_t size, Nanoseconds step, std::uint32_t seed = 1) {
    std::mt19937 random(seed);
    double price = 100;
    for (std::size_t i = 0; i < size; ++i) {
      // Moves between 0.1 and 1 % either way: no two bars alike, none out of the ordinary.
      const double move = 0.001 * (1 + static_cast<double>(random() % 10)) * (random() % 2 == 0 ? 1 : -1);
      const double before = price;
      price *= 1 + move;
      time.push_back(1'704'067'200'000'000'000 + static_cast<std::int64_t>(i) * step);  // from 2024-01-01
      open.push_back(before);
      close.push_back(price);
      high.push_back(std::max(before, price) * 1.001);
      low.push_back(std::min(before, price) * 0.999);
      volume.push_back(100 + static_cast<double>(random() % 50));
    }
  }
  void add(std::int64_t at, double price) {
    time.push_back(at);
    open.push_back(price);
    high.push_back(price + 1);
    low.push_back(price - 1);
    close.push_back(price);
    volume.push_back(10);
  }
  void divide_from(std::size_t first, double ratio) {
    for (auto* column : {&open, &high, &low, &close}) {
      for (std::size_t i = first; i < column->size(); ++i) (*column)[i] /= ratio;
    }
    for (std::size_t i = first; i < volume.size(); ++i) volume[i] *= ratio;
  }
  [[nodiscard]] PlainBars rows(std::size_t first, std::size_t count) const {
    PlainBars part(0, 1);
    const auto cut = [&](auto& to, const auto& from) {
      const auto begin = from.begin() + static_cast<std::ptrdiff_t>(first);
      to.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    };
    cut(part.time, time), cut(part.open, open), cut(part.high, high), cut(part.low, low);
    cut(part.close, close), cut(part.volume, volume);
    return part;
  }
  [[nodiscard]] Table table() const {
    Table table;
    table.columns.push_back(Column::own("time", time, ColumnType::kTime));
    table.columns.push_back(Column::own("open", open));
    table.columns.push_back(Column::own("high", high));
    table.columns.push_back(Column::own("low", low));
    table.columns.push_back(Column::own("close", close));
    table.columns.push_back(Column::own("volume", volume));
    return table;
  }
};

}  // namespace peak::testing
