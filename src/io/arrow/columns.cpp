#include "io/arrow/columns.hpp"

#include <arrow/api.h>
#include <arrow/c/bridge.h>

#include <utility>

#include "peak/table/arrow.hpp"

namespace peak::io {

Error arrow_error(const arrow::Status& status, const std::string& source) {
  if (status.IsOutOfMemory()) return io_error(source + ": not enough memory to read it (" + status.message() + ")");
  if (status.IsCapacityError()) return bad_data(source + ": " + status.message());
  if (status.IsNotImplemented()) return unsupported(source + ": " + status.message());
  if (status.IsIOError())
    return bad_data(source + ": cannot be read, is it cut or damaged? (" + status.message() + ")");
  return bad_data(source + ": damaged (" + status.message() + ")");
}

Result<LoadedTable> load_columns(std::shared_ptr<arrow::Table> table, const std::string& source) {
  LoadedTable loaded;
  loaded.detected.rows = static_cast<std::size_t>(table->num_rows());
  ArrowArrayStream stream{};
  const auto reader = std::make_shared<arrow::TableBatchReader>(std::move(table));
  if (auto status = arrow::ExportRecordBatchReader(reader, &stream); !status.ok()) return arrow_error(status, source);
  Result<ArrowTable> columns = table_from_arrow(stream);
  if (!columns.ok()) return std::move(columns).error().within(source);
  loaded.table = std::move(columns->table);
  loaded.detected.notes = std::move(columns->notes);
  if (!columns->time_zone.empty()) loaded.detected.time_zone = columns->time_zone;
  return loaded;
}

}  // namespace peak::io
