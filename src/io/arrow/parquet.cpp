// Parquet files, through parquet::arrow.
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include "io/arrow/columns.hpp"
#include "io/arrow/readers.hpp"

namespace peak::io {
namespace {

/// Bytes after unpacking, as the file says; negative sizes in a damaged file count as endless.
std::uint64_t unpacked_bytes(const parquet::FileMetaData& metadata) {
  std::uint64_t total = 0;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const std::int64_t bytes = metadata.RowGroup(i)->total_byte_size();
    if (bytes < 0) return ~std::uint64_t{0};
    total += static_cast<std::uint64_t>(bytes);
  }
  return total;
}

/// The compression of the first column, in lower case; "none" for a file without rows.
std::string compression_of(const parquet::FileMetaData& metadata) {
  if (metadata.num_row_groups() == 0 || metadata.num_columns() == 0) return "none";
  std::string name = arrow::util::Codec::GetCodecAsString(metadata.RowGroup(0)->ColumnChunk(0)->compression());
  return name == "uncompressed" ? "none" : name;
}

Result<LoadedTable> read(std::shared_ptr<arrow::io::RandomAccessFile> file, const std::string& name,
                         const ReadOptions& options) {
  arrow::MemoryPool* pool = arrow::system_memory_pool();
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(false);
  parquet::arrow::FileReaderBuilder builder;
  if (auto status = builder.Open(std::move(file), parquet::ReaderProperties(pool)); !status.ok()) {
    return arrow_error(status, name);
  }
  builder.memory_pool(pool)->properties(properties);
  auto reader = builder.Build();
  if (!reader.ok()) return arrow_error(reader.status(), name);

  const std::shared_ptr<parquet::FileMetaData> metadata = (*reader)->parquet_reader()->metadata();
  if (unpacked_bytes(*metadata) > options.max_bytes) {
    return bad_data(name + ": would unpack to more than max_bytes = " + std::to_string(options.max_bytes) +
                    " bytes; set a larger max_bytes if it is meant");
  }
  auto table = (*reader)->ReadTable();
  if (!table.ok()) return arrow_error(table.status(), name);
  if (auto status = (*table)->Validate(); !status.ok()) return arrow_error(status, name);
  PEAK_ASSIGN_OR_RETURN(LoadedTable loaded, load_columns(*std::move(table), name));
  loaded.detected.format = Format::kParquet;
  loaded.detected.compression = compression_of(*metadata);
  return loaded;
}

/// Parquet C++ throws for some kinds of damage.
Result<LoadedTable> read_guarded(std::shared_ptr<arrow::io::RandomAccessFile> file, const std::string& name,
                                 const ReadOptions& options) {
  try {
    return read(std::move(file), name, options);
  } catch (const std::bad_alloc&) {
    return io_error(name + ": not enough memory to read it");
  } catch (const std::exception& exception) {
    return bad_data(name + ": damaged Parquet (" + exception.what() + ")");
  }
}

}  // namespace

Result<LoadedTable> read_parquet(const std::string& path, const ReadOptions& options) {
  auto file = arrow::io::ReadableFile::Open(path, arrow::system_memory_pool());
  if (!file.ok()) return io_error(path + ": " + file.status().message());
  return read_guarded(*std::move(file), path, options);
}

Result<LoadedTable> read_parquet_bytes(std::string_view bytes, const std::string& name, const ReadOptions& options) {
  return read_guarded(std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(bytes)), name, options);
}

}  // namespace peak::io
