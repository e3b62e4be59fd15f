#include "peak/table/narrowing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace peak {
namespace {

template <typename Narrow>
bool fits(std::int64_t low, std::int64_t high) {
  return low >= std::numeric_limits<Narrow>::min() && high <= std::numeric_limits<Narrow>::max();
}

std::uint64_t whole_number_width(std::int64_t low, std::int64_t high) {
  return fits<std::int8_t>(low, high) ? 1 : fits<std::int16_t>(low, high) ? 2 : fits<std::int32_t>(low, high) ? 4 : 8;
}

bool is_float32(double value) {
  // A value beyond float32 must not be converted: that is undefined.
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (!std::isfinite(value)) return true;
  return std::fabs(value) <= kLargest && static_cast<double>(static_cast<float>(value)) == value;
}

ColumnBytes text_bytes(const Column& column) {
  constexpr std::uint64_t kEnd = 8;
  std::vector<std::uint64_t> used(column.dictionary()->size());
  ColumnBytes bytes;
  for (const std::int32_t code : column.codes()) {
    bytes.plain += kEnd;
    if (code < 0) continue;
    bytes.plain += (*column.dictionary())[static_cast<std::size_t>(code)].size();
    ++used[static_cast<std::size_t>(code)];
  }
  std::int64_t distinct = 0;
  std::uint64_t dictionary = 0;
  for (std::size_t code = 0; code < used.size(); ++code) {
    if (used[code] == 0) continue;
    ++distinct;
    dictionary += (*column.dictionary())[code].size() + kEnd;
  }
  bytes.narrow = std::min(bytes.plain, column.size() * whole_number_width(0, distinct) + dictionary);
  return bytes;
}

}  // namespace

ColumnBytes column_bytes(const Column& column) {
  const std::uint64_t rows = column.size();
  switch (column.type()) {
    case ColumnType::kBool: return {rows, rows};
    case ColumnType::kTime: return {8 * rows, 8 * rows};
    case ColumnType::kText: return text_bytes(column);
    case ColumnType::kInt64: {
      const std::span<const std::int64_t> values = column.int64s();
      if (values.empty()) return {};
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      return {8 * rows, rows * whole_number_width(*low, *high)};
    }
    case ColumnType::kFloat64: {
      const std::span<const double> values = column.float64s();
      return {8 * rows, rows * (std::all_of(values.begin(), values.end(), is_float32) ? 4U : 8U)};
    }
  }
  return {};
}

}  // namespace peak
