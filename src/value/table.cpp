// The engine's columns as Arrow columns, and back by the one door through which Arrow's columns come in.
#include <algorithm>
#include <cstring>
#include <utility>

#include "peak/base/buffer.hpp"
#include "peak/value/arrow.hpp"
#include "peak/value/value.hpp"

namespace peak::value {
namespace {

constexpr std::int64_t kNullable = 2;  // ARROW_FLAG_NULLABLE

/// A run over a Buffer that it takes over.
template <typename T>
ByteRun run_of(Buffer<T> buffer) {
  auto memory = std::make_shared<const Buffer<T>>(std::move(buffer));
  const auto* const data = reinterpret_cast<const std::byte*>(memory->data());
  const std::size_t size = memory->size() * sizeof(T);
  return {data, size, std::move(memory)};
}

/// One bit for each row for which `is_set` holds.
template <typename IsSet>
ByteRun bits_of(std::size_t rows, IsSet is_set) {
  Buffer<std::uint8_t> bits((rows + 7) / 8, 0);
  for (std::size_t row = 0; row < rows; ++row) {
    if (is_set(row)) bits[row / 8] = static_cast<std::uint8_t>(bits[row / 8] | 1U << (row % 8));
  }
  return run_of(std::move(bits));
}

class TableWriter {
 public:
  Columns columns;

  void add(const Column& column) {
    ArrowNode node;
    node.name = column.name();
    node.flags = kNullable;
    node.length = static_cast<std::int64_t>(column.size());
    switch (column.type()) {
      case ColumnType::kFloat64:
        node.format = "g";
        node.buffers = {-1, keep(column.float64s(), column)};
        break;
      case ColumnType::kInt64:
        node.format = "l";
        node.buffers = {-1, keep(column.int64s(), column)};
        break;
      case ColumnType::kTime:
        node.format = "tsn:UTC";
        node.buffers = {-1, keep(column.int64s(), column)};
        break;
      case ColumnType::kBool:
        node.format = "b";
        node.buffers = {-1, keep(bits_of(column.size(), [&](std::size_t row) { return column.bools()[row] != 0; }))};
        break;
      case ColumnType::kText: add_text(node, column); break;
    }
    columns.parts.columns.push_back(std::move(node));
  }

 private:
  std::int64_t keep(ByteRun run) {
    columns.buffers.push_back(std::move(run));
    return static_cast<std::int64_t>(columns.buffers.size()) - 1;
  }

  template <typename T>
  std::int64_t keep(std::span<const T> values, const Column& column) {
    return keep(ByteRun{reinterpret_cast<const std::byte*>(values.data()), values.size_bytes(), column.owner()});
  }

  void add_text(ArrowNode& node, const Column& column) {
    node.format = "i";
    const auto codes = column.codes();
    node.null_count = std::count(codes.begin(), codes.end(), -1);
    if (node.null_count == 0) {
      node.buffers = {-1, keep(codes, column)};
    } else {
      Buffer<std::int32_t> indices(codes);
      std::replace(indices.begin(), indices.end(), -1, 0);
      const std::int64_t validity = keep(bits_of(codes.size(), [&](std::size_t row) { return codes[row] != -1; }));
      node.buffers = {validity, keep(run_of(std::move(indices)))};
    }
    node.dictionary.push_back(dictionary(*column.dictionary()));
  }

  ArrowNode dictionary(const std::vector<std::string>& texts) {
    ArrowNode node;
    node.format = "U";
    node.flags = kNullable;
    node.length = static_cast<std::int64_t>(texts.size());
    Buffer<std::int64_t> offsets(texts.size() + 1, 0);
    std::string joined;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      joined += texts[i];
      offsets[i + 1] = static_cast<std::int64_t>(joined.size());
    }
    const std::int64_t first = keep(run_of(std::move(offsets)));
    node.buffers = {-1, first, keep(ByteRun::own(std::move(joined)))};
    return node;
  }
};

}  // namespace

Value value_of_table(const Table& table) {
  TableWriter writer;
  writer.columns.parts.rows = static_cast<std::int64_t>(table.rows());
  for (const Column& column : table.columns) writer.add(column);
  return std::move(writer.columns);
}

Result<Table> table_of_value(const Value& value) {
  const auto* const columns = value.as<Columns>();
  if (columns == nullptr) return bad_data("the value is no table");
  ArrowSchema schema{};
  ArrowArray array{};
  PEAK_RETURN_IF_ERROR(arrow_of_table(columns->parts, columns->buffers, schema, array));
  PEAK_ASSIGN_OR_RETURN(ArrowTable table, table_from_arrow(schema, array));
  if (!table.notes.empty())
    return bad_data("the table has a column of a type that the engine has not: " + table.notes[0]);
  return std::move(table.table);
}

}  // namespace peak::value
