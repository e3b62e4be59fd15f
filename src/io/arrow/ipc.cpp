// Arrow IPC: the file format (feather version 2) and the stream format.
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "io/arrow/columns.hpp"
#include "io/arrow/readers.hpp"
#include "io/arrow/reading_pool.hpp"

namespace peak::io {
namespace {

constexpr std::string_view kFileMagic = "ARROW1";

arrow::ipc::IpcReadOptions ipc_options() {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = reading_pool();
  options.use_threads = false;
  return options;
}

std::int64_t buffer_bytes(const arrow::ArrayData& data) {
  std::int64_t total = 0;
  for (const auto& buffer : data.buffers) total += buffer ? buffer->size() : 0;
  for (const auto& child : data.child_data) total += buffer_bytes(*child);
  return total;
}

/// Record batches one by one, so that a file that unpacks to too much stops early.
class Batches {
 public:
  Batches(const std::string& name, const ReadOptions& options) : name_(name), max_bytes_(options.max_bytes) {}

  Status add(std::shared_ptr<arrow::RecordBatch> batch) {
    // Offsets, dictionary codes and lengths of a damaged file may point anywhere; nothing is touched before this.
    if (auto status = batch->ValidateFull(); !status.ok()) return arrow_error(status, name_);
    for (const auto& column : batch->column_data()) {
      unpacked_bytes_ += static_cast<std::uint64_t>(buffer_bytes(*column));
    }
    if (unpacked_bytes_ > max_bytes_) {
      return bad_data(name_ + ": unpacks to more than max_bytes = " + std::to_string(max_bytes_) +
                      " bytes; set a larger max_bytes if it is meant");
    }
    batches_.push_back(std::move(batch));
    return {};
  }

  Result<LoadedTable> finish(const std::shared_ptr<arrow::Schema>& schema) {
    auto table = arrow::Table::FromRecordBatches(schema, std::move(batches_));
    if (!table.ok()) return arrow_error(table.status(), name_);
    PEAK_ASSIGN_OR_RETURN(LoadedTable loaded, load_columns(*std::move(table), name_));
    loaded.detected.format = Format::kArrowIpc;
    loaded.detected.compression.clear();  // Arrow does not tell which codec the buffers had
    return loaded;
  }

 private:
  std::string name_;
  std::uint64_t max_bytes_;
  std::uint64_t unpacked_bytes_ = 0;
  arrow::RecordBatchVector batches_;
};

/// Options that leave out the columns that are not chosen.
Result<arrow::ipc::IpcReadOptions> options_for(const arrow::Schema& schema, const ChooseColumns& choose) {
  auto options = ipc_options();
  PEAK_ASSIGN_OR_RETURN(const ChosenColumns chosen, choose(schema.field_names()));
  if (chosen.columns.size() == static_cast<std::size_t>(schema.num_fields())) return options;
  for (const std::size_t column : chosen.columns) options.included_fields.push_back(static_cast<int>(column));
  return options;
}

Result<std::shared_ptr<arrow::ipc::RecordBatchFileReader>> open_file_format(
    const std::shared_ptr<arrow::io::RandomAccessFile>& source, const std::string& name, const ChooseColumns& choose) {
  auto reader = arrow::ipc::RecordBatchFileReader::Open(source, ipc_options());
  if (!reader.ok()) return arrow_error(reader.status(), name);
  PEAK_ASSIGN_OR_RETURN(const auto chosen, options_for(*(*reader)->schema(), choose));
  if (!chosen.included_fields.empty()) {
    reader = arrow::ipc::RecordBatchFileReader::Open(source, chosen);
    if (!reader.ok()) return arrow_error(reader.status(), name);
  }
  return *std::move(reader);
}

Result<LoadedTable> read_file_format(const std::shared_ptr<arrow::io::RandomAccessFile>& source,
                                     const std::string& name, const ReadOptions& options, const ChooseColumns& choose) {
  PEAK_ASSIGN_OR_RETURN(const auto reader, open_file_format(source, name, choose));
  Batches batches(name, options);
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    auto batch = reader->ReadRecordBatch(i);
    if (!batch.ok()) return arrow_error(batch.status(), name);
    if (Status status = batches.add(*std::move(batch)); !status.ok()) return std::move(status).error();
  }
  return batches.finish(reader->schema());
}

Result<LoadedTable> read_stream_format(const std::shared_ptr<arrow::io::RandomAccessFile>& source,
                                       const std::string& name, const ReadOptions& options,
                                       const ChooseColumns& choose) {
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(source, ipc_options());
  if (!reader.ok()) return arrow_error(reader.status(), name);
  PEAK_ASSIGN_OR_RETURN(const auto chosen, options_for(*(*reader)->schema(), choose));
  if (!chosen.included_fields.empty()) {
    if (auto status = source->Seek(0); !status.ok()) return arrow_error(status, name);
    reader = arrow::ipc::RecordBatchStreamReader::Open(source, chosen);
    if (!reader.ok()) return arrow_error(reader.status(), name);
  }
  Batches batches(name, options);
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    if (auto status = (*reader)->ReadNext(&batch); !status.ok()) return arrow_error(status, name);
    if (!batch) return batches.finish((*reader)->schema());
    if (Status status = batches.add(std::move(batch)); !status.ok()) return std::move(status).error();
  }
}

Result<LoadedTable> read(const std::shared_ptr<arrow::io::RandomAccessFile>& source, bool is_file_format,
                         const std::string& name, const ReadOptions& options, const ChooseColumns& choose) {
  const MemoryBound bound(options.max_bytes);
  try {
    return is_file_format ? read_file_format(source, name, options, choose)
                          : read_stream_format(source, name, options, choose);
  } catch (const std::bad_alloc&) {
    return io_error(name + ": not enough memory to read it");
  } catch (const std::exception& exception) {
    return bad_data(name + ": damaged Arrow file (" + exception.what() + ")");
  }
}

/// A batch is a piece; libpeak cuts it where it has too many rows.
Status read_pieces(const std::shared_ptr<arrow::io::RandomAccessFile>& source, const std::string& name,
                   const ReadOptions& options, const ChooseColumns& choose,
                   const std::function<Status(LoadedTable piece)>& take) {
  MemoryBound bound(options.max_bytes);
  PEAK_ASSIGN_OR_RETURN(const auto reader, open_file_format(source, name, choose));
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    bound.renew();
    auto batch = reader->ReadRecordBatch(i);
    if (!batch.ok()) return arrow_error(batch.status(), name);
    Batches one(name, options);
    PEAK_RETURN_IF_ERROR(one.add(*std::move(batch)));
    PEAK_ASSIGN_OR_RETURN(LoadedTable piece, one.finish(reader->schema()));
    if (piece.table.rows() != 0) PEAK_RETURN_IF_ERROR(take(std::move(piece)));
  }
  return {};
}

}  // namespace

Result<LoadedTable> read_ipc(const std::string& path, const ReadOptions& options, const ChooseColumns& choose) {
  // Read rather than mapped: a mapped file that somebody cuts short kills the process, and one that somebody rewrites
  // changes columns that are taken to be constant.
  auto file = arrow::io::ReadableFile::Open(path, reading_pool());
  if (!file.ok()) return io_error(path + ": " + file.status().message());
  const auto head = (*file)->ReadAt(0, static_cast<std::int64_t>(kFileMagic.size()));
  if (!head.ok()) return io_error(path + ": " + head.status().message());
  const bool is_file_format = std::string_view(**head) == kFileMagic;
  // Of the file format only what is selected is read; a whole file is read in one piece, which takes less time.
  if (is_file_format && !options.select.empty()) return read(*file, true, path, options, choose);
  const auto size = (*file)->GetSize();
  if (!size.ok()) return io_error(path + ": " + size.status().message());
  if (static_cast<std::uint64_t>(*size) > options.max_bytes) {
    return bad_data(path + ": holds more than max_bytes = " + std::to_string(options.max_bytes) +
                    " bytes; set a larger max_bytes if it is meant");
  }
  auto buffer = (*file)->ReadAt(0, *size);
  if (!buffer.ok()) return io_error(path + ": " + buffer.status().message());
  return read(std::make_shared<arrow::io::BufferReader>(*std::move(buffer)), is_file_format, path, options, choose);
}

Status read_ipc_pieces(const std::string& path, std::size_t, const ReadOptions& options, const ChooseColumns& choose,
                       const std::function<Status(LoadedTable piece)>& take) {
  auto file = arrow::io::ReadableFile::Open(path, reading_pool());
  if (!file.ok()) return io_error(path + ": " + file.status().message());
  try {
    return read_pieces(*std::move(file), path, options, choose, take);
  } catch (const std::bad_alloc&) {
    return io_error(path + ": not enough memory to read it");
  } catch (const std::exception& exception) {
    return bad_data(path + ": damaged Arrow file (" + exception.what() + ")");
  }
}

Result<LoadedTable> read_ipc_bytes(std::string_view bytes, const std::string& name, const ReadOptions& options,
                                   const ChooseColumns& choose) {
  // Columns may point into the buffer, which must therefore outlive the caller's bytes.
  const auto source = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::string(bytes)));
  return read(source, bytes.starts_with(kFileMagic), name, options, choose);
}

}  // namespace peak::io
