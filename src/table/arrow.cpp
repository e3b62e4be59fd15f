#include "peak/table/arrow.hpp"

#include <memory>
#include <utility>

#include "table/arrow_column.hpp"

namespace peak {
namespace {

void release(ArrowSchema* schema) {
  if (schema->release != nullptr) schema->release(schema);
  delete schema;
}

void release(ArrowArray* array) {
  if (array->release != nullptr) array->release(array);
  delete array;
}

/// The same struct in a place of our own; the given one is marked as moved from, as the specification asks.
template <typename Struct>
std::shared_ptr<Struct> take(Struct& given) {
  std::shared_ptr<Struct> own(new Struct(given), [](Struct* mine) { release(mine); });
  given.release = nullptr;
  return own;
}

using Batches = std::vector<std::shared_ptr<ArrowArray>>;

/// One run of column `child` for each batch that has rows; the column is the batch itself when child < 0.
std::vector<ArrowRun> runs_of(const Batches& batches, std::int64_t child) {
  std::vector<ArrowRun> runs;
  for (const auto& batch : batches) {
    if (batch->length == 0) continue;
    const ArrowArray* array = child < 0 ? batch.get() : batch->children[child];
    const std::int64_t first = child < 0 ? array->offset : array->offset + batch->offset;
    runs.push_back({array, first, batch->length, batch});
  }
  return runs;
}

Status add_column(ArrowTable& out, const ArrowSchema& type, const std::vector<ArrowRun>& runs) {
  const std::string name = type.name != nullptr ? type.name : "";
  Result<Column> column = column_from_arrow(name, type, runs);
  if (!column.ok()) {
    if (column.error().code != ErrorCode::kUnsupported) return std::move(column).error();
    out.notes.push_back("column '" + name + "' is left out: " + column.error().message);
    return {};
  }
  if (out.time_zone.empty()) out.time_zone = arrow_time_zone(type);
  out.table.columns.push_back(std::move(column).value());
  return {};
}

Result<ArrowTable> table_of(const ArrowSchema& schema, const Batches& batches) {
  ArrowTable out;
  if (std::string_view(schema.format) != "+s") {
    if (Status status = add_column(out, schema, runs_of(batches, -1)); !status.ok()) return std::move(status).error();
    return out;
  }
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    if (Status status = add_column(out, *schema.children[i], runs_of(batches, i)); !status.ok()) {
      return std::move(status).error();
    }
  }
  return out;
}

Error stream_error(ArrowArrayStream& stream) {
  const char* message = stream.get_last_error(&stream);
  return bad_data(message != nullptr ? message : "the producer of the Arrow stream failed without saying why");
}

Result<ArrowTable> read_stream(ArrowArrayStream& stream) {
  ArrowSchema empty_schema{};
  if (stream.get_schema(&stream, &empty_schema) != 0) return stream_error(stream);
  const std::shared_ptr<ArrowSchema> schema = take(empty_schema);
  Batches batches;
  while (true) {
    ArrowArray batch{};
    if (stream.get_next(&stream, &batch) != 0) return stream_error(stream);
    if (batch.release == nullptr) return table_of(*schema, batches);
    batches.push_back(take(batch));
  }
}

}  // namespace

Result<ArrowTable> table_from_arrow(ArrowArrayStream& stream) {
  Result<ArrowTable> table = read_stream(stream);
  if (stream.release != nullptr) stream.release(&stream);
  return table;
}

Result<ArrowTable> table_from_arrow(ArrowSchema& schema, ArrowArray& array) {
  const std::shared_ptr<ArrowSchema> own_schema = take(schema);
  return table_of(*own_schema, {take(array)});
}

}  // namespace peak
