// Parquet files out, a row group at a time, through parquet::arrow.
#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/api.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "io/arrow/columns.hpp"
#include "io/arrow/readers.hpp"
#include "io/arrow/written_file.hpp"

namespace peak::io {
namespace {

/// The file beside the one that is to be, and the writer of its row groups.
class RowGroups {
 public:
  /// `path` is for messages.
  explicit RowGroups(std::string path) : path_(std::move(path)) {}

  Status open(const std::string& beside) {
    PEAK_ASSIGN_OR_RETURN(file_, open_beside(beside, path_));
    return {};
  }

  Status add(const arrow::Table& table) {
    if (writer_ == nullptr) {
      const auto properties = parquet::WriterProperties::Builder()
                                  .compression(parquet::Compression::SNAPPY)
                                  ->enable_write_page_index()
                                  ->enable_page_checksum()
                                  ->build();
      auto opened = parquet::arrow::FileWriter::Open(*table.schema(), arrow::system_memory_pool(), file_, properties);
      if (!opened.ok()) return arrow_error(opened.status(), path_);
      writer_ = *std::move(opened);
    }
    const auto status = writer_->WriteTable(table, static_cast<std::int64_t>(kRowsAtOnce));
    return status.ok() ? Status() : Status(cannot_write(path_, status.message()));
  }

  Status close() {
    if (writer_ == nullptr) return internal_error("a Parquet file was given no columns");
    if (const auto status = writer_->Close(); !status.ok()) return cannot_write(path_, status.message());
    if (const auto status = file_->Close(); !status.ok()) return cannot_write(path_, status.message());
    return {};
  }

 private:
  std::string path_;
  std::shared_ptr<arrow::io::FileOutputStream> file_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

Status write(const std::string& path, const std::string& beside, std::uint64_t rows, const TablePart& part) {
  RowGroups groups(path);
  PEAK_RETURN_IF_ERROR(groups.open(beside));
  PEAK_RETURN_IF_ERROR(for_each_part(rows, part, [&](const arrow::Table& table) { return groups.add(table); }));
  return groups.close();
}

class GrowingParquet final : public ParquetFile {
 public:
  explicit GrowingParquet(const std::string& path) : path_(path), beside_(name_beside(path)), groups_(path) {}
  ~GrowingParquet() override {
    if (!committed_) std::remove(beside_.c_str());
  }
  GrowingParquet(const GrowingParquet&) = delete;
  GrowingParquet& operator=(const GrowingParquet&) = delete;

  Status open() {
    return guarded([&] { return groups_.open(beside_); });
  }
  Status append(const Table& rows) override {
    return guarded([&]() -> Status {
      PEAK_ASSIGN_OR_RETURN(const auto table, arrow_table_of(rows));
      return groups_.add(*table);
    });
  }
  Status commit() override {
    PEAK_RETURN_IF_ERROR(guarded([&] { return groups_.close(); }));
    PEAK_RETURN_IF_ERROR(move_there(beside_, path_));
    committed_ = true;
    return {};
  }

 private:
  /// What Arrow throws becomes an error.
  template <typename Write>
  Status guarded(const Write& write) {
    try {
      return write();
    } catch (const std::exception& exception) {
      return cannot_write(path_, exception.what());
    }
  }

  std::string path_, beside_;
  RowGroups groups_;
  bool committed_ = false;
};

/// Older Arrow keeps decimals as bytes.
template <typename Builder>
void keep_decimals_as_integers(Builder& builder) {
  if constexpr (requires { builder.enable_store_decimal_as_integer(); }) builder.enable_store_decimal_as_integer();
}

Result<parquet::Compression::type> codec_of(const std::string& name) {
  if (name == "none") return parquet::Compression::UNCOMPRESSED;
  // Arrow's "lz4" is the frame format, which Parquet has not.
  const auto codec = arrow::util::Codec::GetCompressionType(name == "lz4" ? "lz4_raw" : name);
  if (!codec.ok()) return invalid_argument("compression '" + name + "' is not known");
  return *codec;
}

Result<std::shared_ptr<parquet::WriterProperties>> properties_of(const ParquetPacking& packing) {
  constexpr std::int64_t kLargestDictionary = std::int64_t{4} << 20;
  parquet::WriterProperties::Builder builder;
  PEAK_ASSIGN_OR_RETURN(const auto codec, codec_of(packing.compression));
  builder.compression(codec)
      ->enable_write_page_index()
      ->enable_page_checksum()
      ->dictionary_pagesize_limit(kLargestDictionary)
      ->max_row_group_length(static_cast<std::int64_t>(packing.rows_of_a_group))
      ->disable_dictionary();
  for (const std::string& name : packing.dictionaries) builder.enable_dictionary(name);
  for (const auto& [name, encoding] : packing.encodings) {
    const bool split = encoding == "BYTE_STREAM_SPLIT";
    if (!split && encoding != "DELTA_BINARY_PACKED") return invalid_argument("no encoding '" + encoding + "' is known");
    builder.encoding(name, split ? parquet::Encoding::BYTE_STREAM_SPLIT : parquet::Encoding::DELTA_BINARY_PACKED);
  }
  if (packing.decimals_as_integers) keep_decimals_as_integers(builder);
  return builder.build();
}

/// Batches of a row group each, whose columns are packed at once.
arrow::Status write_groups(const arrow::Table& table, std::int64_t rows, parquet::arrow::FileWriter& writer) {
  if (table.num_rows() == 0) return writer.WriteTable(table, rows);
  arrow::TableBatchReader batches(table);
  batches.set_chunksize(rows);
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(batches.ReadNext(&batch));
    if (batch == nullptr) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(writer.WriteRecordBatch(*batch));
  }
}

Status write_stream(const std::string& path, const std::string& beside, const arrow::Table& table,
                    const ParquetPacking& packing) {
  PEAK_ASSIGN_OR_RETURN(const auto properties, properties_of(packing));
  PEAK_ASSIGN_OR_RETURN(const auto file, open_beside(beside, path));
  auto writer = parquet::arrow::FileWriter::Open(
      *table.schema(), arrow::system_memory_pool(), file, properties,
      parquet::ArrowWriterProperties::Builder().store_schema()->set_use_threads(true)->build());
  if (!writer.ok()) return arrow_error(writer.status(), path);
  auto status = write_groups(table, static_cast<std::int64_t>(packing.rows_of_a_group), **writer);
  if (status.IsNotImplemented() || status.IsInvalid()) return arrow_error(status, path);
  if (status.ok()) status = (*writer)->Close();
  if (status.ok()) status = file->Close();
  return status.ok() ? Status() : Status(cannot_write(path, status.message()));
}

}  // namespace

Status write_parquet_stream(const std::string& path, ArrowArrayStream& stream, const ParquetPacking& packing) {
  auto reader = arrow::ImportRecordBatchReader(&stream);
  if (!reader.ok()) return arrow_error(reader.status(), path);
  const auto table = (*reader)->ToTable();
  if (!table.ok()) return arrow_error(table.status(), path);
  return write_beside(path, [&](const std::string& beside) { return write_stream(path, beside, **table, packing); });
}

Result<std::unique_ptr<ParquetFile>> create_parquet(const std::string& path) {
  auto made = std::make_unique<GrowingParquet>(path);
  PEAK_RETURN_IF_ERROR(made->open());
  return std::unique_ptr<ParquetFile>(std::move(made));
}

Status write_parquet(const std::string& path, std::uint64_t rows, const TablePart& part) {
  return write_beside(path, [&](const std::string& beside) { return write(path, beside, rows, part); });
}

}  // namespace peak::io
