#include "rows.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <utility>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "errors.hpp"
#include "peak/io/module.hpp"
#include "peak/io/read.hpp"
#include "peak/report/bars_file.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

Rows rows_of_file(const std::string& path, const io::ReadOptions& reading) {
  auto loaded = with_arrow(path, [&] { return io::read_rows(path, reading); });
  Rows rows;
  rows.table = std::move(loaded.table);
  rows.zone = loaded.detected.time_zone;
  rows.describe_row = std::move(loaded.describe_row);
  rows.notes = std::move(loaded.detected.notes);
  return rows;
}

/// Keeps what a view of numpy's needs: the column's owner.
nb::object keeper_of(const Column& column) {
  auto* kept = new Column::Owner(column.owner());
  return nb::capsule(kept, [](void* pointer) noexcept { delete static_cast<Column::Owner*>(pointer); });
}

nb::object array_of(const Column& column) {
  switch (column.type()) {
    case ColumnType::kFloat64: return numpy_view(column.float64s(), keeper_of(column));
    case ColumnType::kInt64: return numpy_view(column.int64s(), keeper_of(column));
    case ColumnType::kTime: return numpy_view(column.int64s(), keeper_of(column)).attr("view")("datetime64[ns]");
    case ColumnType::kBool: {
      const auto values = column.bools();
      return numpy_array(std::vector<std::uint8_t>(values.begin(), values.end()));
    }
    case ColumnType::kText: break;
  }
  const auto codes = column.codes();
  return nb::make_tuple(numpy_array(std::vector<std::int64_t>(codes.begin(), codes.end())),
                        nb::cast(*column.dictionary()));
}

}  // namespace

Rows make_rows(nb::handle data, const io::ReadOptions& reading) {
  if (is_path(data)) return rows_of_file(path_of(data), reading);
  Rows rows;
  if (const BarsObject* bars = bars_object(data)) {
    rows.table = peak::table_of(bars->bars);
    rows.zone = bars->bars.time_zone();
    return rows;
  }
  rows.table = frame_table(data, rows.zone, rows.notes);
  for (Column& column : rows.table.columns) {  // times given as whole numbers
    if (column.type() == ColumnType::kInt64 && column.name() == "time") {
      column = Column("time", column.int64s(), column.owner(), ColumnType::kTime);
    }
  }
  return rows;
}

nb::dict columns_of(const Table& table) {
  nb::dict columns;
  for (const Column& column : table.columns) columns[column.name().c_str()] = array_of(column);
  return columns;
}

}  // namespace peak::python
