#include "peak/table/rows.hpp"

#include <limits>

namespace peak {
namespace {

template <typename T>
std::vector<T> taken(std::span<const T> values, std::span<const std::size_t> rows, T missing) {
  std::vector<T> result(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) result[i] = rows[i] == kNoRow ? missing : values[rows[i]];
  return result;
}

}  // namespace

Column take_rows(const Column& column, std::span<const std::size_t> rows) {
  switch (column.type()) {
    case ColumnType::kFloat64:
      return Column::own(column.name(), taken(column.float64s(), rows, std::numeric_limits<double>::quiet_NaN()));
    case ColumnType::kInt64:
      return Column::own(column.name(), taken<std::int64_t>(column.int64s(), rows, 0), ColumnType::kInt64);
    case ColumnType::kTime:
      return Column::own(column.name(), taken<std::int64_t>(column.int64s(), rows, kNoTime), ColumnType::kTime);
    case ColumnType::kBool: return Column::own(column.name(), taken<std::uint8_t>(column.bools(), rows, 0));
    case ColumnType::kText: break;
  }
  auto codes = std::make_shared<const std::vector<std::int32_t>>(taken<std::int32_t>(column.codes(), rows, -1));
  const std::span<const std::int32_t> view = *codes;
  return {column.name(), view, column.dictionary(), std::move(codes)};
}

std::vector<std::vector<std::size_t>> rows_by_text(const Column& texts) {
  std::vector<std::vector<std::size_t>> rows;
  std::vector<std::size_t> place(texts.dictionary()->size(), kNoRow);
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const std::int32_t code = texts.codes()[row];
    if (code < 0) continue;
    std::size_t& at = place[static_cast<std::size_t>(code)];
    if (at == kNoRow) {
      at = rows.size();
      rows.emplace_back();
    }
    rows[at].push_back(row);
  }
  return rows;
}

}  // namespace peak
