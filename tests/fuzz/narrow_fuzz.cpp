// Any bytes as columns: in narrow form they come back with the same bits, whole and from any row on.
//
// The first byte chooses the type and how the bytes become values, the second where to cut; the rest are the values.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "peak/table/narrow_column.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Whole numbers of one, two or eight bytes each, so that small and repeated ones are found soon; sums of them on wish.
std::vector<std::int64_t> values_of(const std::uint8_t* data, std::size_t size, unsigned choice) {
  const std::size_t width = (choice & 4U) != 0 ? 1 : (choice & 8U) != 0 ? 2 : 8;
  std::vector<std::int64_t> values(size / width);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t value = 0;
    std::memcpy(&value, data + i * width, width);
    sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(value));
    values[i] = (choice & 16U) != 0 ? sum : value;
  }
  return values;
}

peak::Column column_of(const std::uint8_t* data, std::size_t size, unsigned choice) {
  std::vector<std::int64_t> values = values_of(data, size, choice);
  switch (choice & 3U) {
    case 0: return peak::Column::own("x", std::move(values));
    case 1: return peak::Column::own("x", std::move(values), peak::ColumnType::kTime);
    default: break;
  }
  std::vector<double> numbers(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if ((choice & 3U) == 2) {
      std::memcpy(&numbers[i], &values[i], sizeof(double));
    } else {
      numbers[i] = static_cast<double>(values[i]) / ((choice & 32U) != 0 ? 100.0 : 7.0);
    }
  }
  return peak::Column::own("x", std::move(numbers));
}

void require_same(const peak::Column& a, const peak::Column& b) {
  require(a.type() == b.type() && a.size() == b.size());
  const void* const left = a.type() == peak::ColumnType::kFloat64 ? static_cast<const void*>(a.float64s().data())
                                                                  : static_cast<const void*>(a.int64s().data());
  const void* const right = b.type() == peak::ColumnType::kFloat64 ? static_cast<const void*>(b.float64s().data())
                                                                   : static_cast<const void*>(b.int64s().data());
  require(a.size() == 0 || std::memcmp(left, right, a.size_bytes()) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const peak::Column column = column_of(data + 2, size - 2, data[0]);
  const peak::NarrowColumn narrow(column);
  require_same(narrow.widen(), column);
  require(narrow.size_bytes() <= std::max<std::size_t>(column.size_bytes(), 16) + 16);
  const std::size_t first = column.size() * data[1] / 256, count = (column.size() - first) / 2;
  require_same(narrow.widen(first, count), column.slice(first, count));
  if (column.type() == peak::ColumnType::kFloat64) {
    const auto found = peak::summary(narrow);
    require(found.ok() && found->present + found->missing == column.size());
  }
  return 0;
}
