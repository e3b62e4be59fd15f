// Parquet files out, a row group at a time, through parquet::arrow.
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <memory>
#include <utility>

#include "io/arrow/columns.hpp"
#include "io/arrow/readers.hpp"
#include "io/arrow/written_file.hpp"

namespace peak::io {
namespace {

Status write(const std::string& path, const std::string& beside, std::uint64_t rows, const TablePart& part) {
  auto file = arrow::io::FileOutputStream::Open(beside);
  if (!file.ok()) return cannot_write(path, file.status().message());
  std::unique_ptr<parquet::arrow::FileWriter> writer;
  PEAK_RETURN_IF_ERROR(for_each_part(rows, part, [&](const arrow::Table& table) -> Status {
    if (writer == nullptr) {
      const auto properties = parquet::WriterProperties::Builder()
                                  .compression(parquet::Compression::SNAPPY)
                                  ->enable_write_page_index()
                                  ->enable_page_checksum()
                                  ->build();
      auto opened = parquet::arrow::FileWriter::Open(*table.schema(), arrow::system_memory_pool(), *file, properties);
      if (!opened.ok()) return arrow_error(opened.status(), path);
      writer = *std::move(opened);
    }
    const auto status = writer->WriteTable(table, static_cast<std::int64_t>(kRowsAtOnce));
    return status.ok() ? Status() : Status(cannot_write(path, status.message()));
  }));
  if (const auto status = writer->Close(); !status.ok()) return cannot_write(path, status.message());
  if (const auto status = (*file)->Close(); !status.ok()) return cannot_write(path, status.message());
  return {};
}

}  // namespace

Status write_parquet(const std::string& path, std::uint64_t rows, const TablePart& part) {
  return write_beside(path, [&](const std::string& beside) { return write(path, beside, rows, part); });
}

}  // namespace peak::io
