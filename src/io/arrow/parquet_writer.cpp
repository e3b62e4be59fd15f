// Parquet files out, a row group at a time, through parquet::arrow.
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "io/arrow/columns.hpp"
#include "io/arrow/readers.hpp"

namespace peak::io {
namespace {

constexpr std::uint64_t kRowsInGroup = 1 << 17;

/// Without a copy: the column's memory lives as long as the table that is being written.
std::shared_ptr<arrow::Buffer> buffer_of(const void* data, std::size_t bytes) {
  return std::make_shared<arrow::Buffer>(static_cast<const std::uint8_t*>(data), static_cast<std::int64_t>(bytes));
}

Result<std::shared_ptr<arrow::Array>> array_of(const Column& column) {
  const auto size = static_cast<std::int64_t>(column.size());
  const auto plain = [&](std::shared_ptr<arrow::DataType> type, const void* data) {
    return arrow::MakeArray(
        arrow::ArrayData::Make(std::move(type), size, {nullptr, buffer_of(data, column.size_bytes())}, 0));
  };
  switch (column.type()) {
    case ColumnType::kFloat64: return plain(arrow::float64(), column.float64s().data());
    case ColumnType::kInt64: return plain(arrow::int64(), column.int64s().data());
    case ColumnType::kTime: return plain(arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), column.int64s().data());
    case ColumnType::kText: {
      arrow::StringBuilder builder;
      for (const std::int32_t code : column.codes()) {
        const auto status =
            code < 0 ? builder.AppendNull() : builder.Append((*column.dictionary())[static_cast<std::size_t>(code)]);
        if (!status.ok()) return arrow_error(status, column.name());
      }
      auto made = builder.Finish();
      if (!made.ok()) return arrow_error(made.status(), column.name());
      return *std::move(made);
    }
    default: return unsupported("column '" + column.name() + "' is of a type that is not written to Parquet");
  }
}

Result<std::shared_ptr<arrow::Table>> arrow_table_of(const Table& table) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const Column& column : table.columns) {
    PEAK_ASSIGN_OR_RETURN(auto array, array_of(column));
    fields.push_back(arrow::field(column.name(), array->type()));
    arrays.push_back(std::move(array));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), std::move(arrays),
                            static_cast<std::int64_t>(table.rows()));
}

Status write(const std::string& path, std::uint64_t rows, const TablePart& part) {
  auto file = arrow::io::FileOutputStream::Open(path);
  if (!file.ok()) return io_error("cannot write '" + path + "': " + file.status().message());
  std::unique_ptr<parquet::arrow::FileWriter> writer;
  std::uint64_t first = 0;
  do {
    PEAK_ASSIGN_OR_RETURN(const Table table, part(first, std::min(kRowsInGroup, rows - first)));
    PEAK_ASSIGN_OR_RETURN(const auto made, arrow_table_of(table));
    if (writer == nullptr) {
      const auto properties = parquet::WriterProperties::Builder().compression(parquet::Compression::SNAPPY)->build();
      auto opened = parquet::arrow::FileWriter::Open(*made->schema(), arrow::system_memory_pool(), *file, properties);
      if (!opened.ok()) return arrow_error(opened.status(), path);
      writer = *std::move(opened);
    }
    const auto status = writer->WriteTable(*made, static_cast<std::int64_t>(kRowsInGroup));
    if (!status.ok()) return io_error("cannot write '" + path + "': " + status.message());
    first += table.rows();
  } while (first < rows);
  if (const auto status = writer->Close(); !status.ok())
    return io_error("cannot write '" + path + "': " + status.message());
  if (const auto status = (*file)->Close(); !status.ok())
    return io_error("cannot write '" + path + "': " + status.message());
  return {};
}

}  // namespace

Status write_parquet(const std::string& path, std::uint64_t rows, const TablePart& part) {
  const std::string beside = path + ".part-" + std::to_string(::getpid());
  Status done;
  try {
    done = write(beside, rows, part);
  } catch (const std::exception& exception) {
    done = io_error("cannot write '" + path + "': " + exception.what());
  }
  if (done.ok() && std::rename(beside.c_str(), path.c_str()) != 0) {
    done = io_error("cannot write '" + path + "': " + std::strerror(errno));
  }
  if (!done.ok()) std::remove(beside.c_str());
  return done;
}

}  // namespace peak::io
