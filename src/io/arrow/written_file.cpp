#include "io/arrow/written_file.hpp"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "io/arrow/columns.hpp"

namespace peak::io {
namespace {

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
    default: return unsupported("column '" + column.name() + "' is of a type that is not written");
  }
}

}  // namespace

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

Error cannot_write(const std::string& path, const std::string& reason) {
  return io_error("cannot write '" + path + "': " + reason);
}

Status for_each_part(std::uint64_t rows, const TablePart& part,
                     const std::function<Status(const arrow::Table& table)>& add) {
  std::uint64_t first = 0;
  do {
    PEAK_ASSIGN_OR_RETURN(const Table table, part(first, std::min(kRowsAtOnce, rows - first)));
    PEAK_ASSIGN_OR_RETURN(const auto made, arrow_table_of(table));
    PEAK_RETURN_IF_ERROR(add(*made));
    if (table.rows() == 0 && first < rows) return internal_error("a part of the rows came without rows");
    first += table.rows();
  } while (first < rows);
  return {};
}

std::string name_beside(const std::string& path) {
  static std::atomic<unsigned> number{0};
  return path + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

Result<std::shared_ptr<arrow::io::FileOutputStream>> open_beside(const std::string& beside, const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) {
    return cannot_write(path, "it is a folder; give the name of a file in it");
  }
  auto file = arrow::io::FileOutputStream::Open(beside);
  if (file.ok()) return *std::move(file);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::exists(folder, unknown)) {
    return cannot_write(path, "its folder does not exist");
  }
  const auto& detail = file.status().detail();
  return cannot_write(path, detail != nullptr ? detail->ToString() : file.status().message());
}

Status move_there(const std::string& beside, const std::string& path) {
  if (std::rename(beside.c_str(), path.c_str()) == 0) return {};
  return cannot_write(path, std::strerror(errno));
}

Status write_beside(const std::string& path, const std::function<Status(const std::string& beside)>& write) {
  const std::string beside = name_beside(path);
  Status done;
  try {
    done = write(beside);
  } catch (const std::exception& exception) {
    done = cannot_write(path, exception.what());
  }
  if (done.ok()) done = move_there(beside, path);
  if (!done.ok()) std::remove(beside.c_str());
  return done;
}

}  // namespace peak::io
