// Arrow IPC files out, a record batch at a time. Not compressed: such files can be mapped by whoever reads them.
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>

#include <memory>
#include <utility>

#include "io/arrow/columns.hpp"
#include "io/arrow/readers.hpp"
#include "io/arrow/written_file.hpp"

namespace peak::io {
namespace {

Status write(const std::string& path, const std::string& beside, std::uint64_t rows, const TablePart& part) {
  PEAK_ASSIGN_OR_RETURN(const auto file, open_beside(beside, path));
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer;
  PEAK_RETURN_IF_ERROR(for_each_part(rows, part, [&](const arrow::Table& table) -> Status {
    if (writer == nullptr) {
      auto opened = arrow::ipc::MakeFileWriter(file, table.schema());
      if (!opened.ok()) return arrow_error(opened.status(), path);
      writer = *std::move(opened);
    }
    const auto status = writer->WriteTable(table);
    return status.ok() ? Status() : Status(cannot_write(path, status.message()));
  }));
  if (const auto status = writer->Close(); !status.ok()) return cannot_write(path, status.message());
  if (const auto status = file->Close(); !status.ok()) return cannot_write(path, status.message());
  return {};
}

}  // namespace

Status write_arrow(const std::string& path, std::uint64_t rows, const TablePart& part) {
  return write_beside(path, [&](const std::string& beside) { return write(path, beside, rows, part); });
}

}  // namespace peak::io
