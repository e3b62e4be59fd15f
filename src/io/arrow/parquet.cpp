// Parquet files, through parquet::arrow.
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "io/arrow/columns.hpp"
#include "io/arrow/readers.hpp"
#include "io/arrow/reading_pool.hpp"

namespace peak::io {
namespace {

/// What of a file is read.
struct Part {
  std::vector<int> groups, columns;
};

/// Where pages carry checksums they are checked: a flipped bit must not become another price.
parquet::ReaderProperties reader_properties(arrow::MemoryPool* pool) {
  parquet::ReaderProperties properties(pool);
  properties.set_page_checksum_verification(true);
  return properties;
}

/// Whether what the file says of its sizes after unpacking stays within `most`; a damaged file may tell negative ones,
/// or such as no sum holds.
bool unpacks_within(std::uint64_t most, const parquet::FileMetaData& metadata, const Part& part) {
  std::uint64_t left = most;
  const auto take = [&](std::int64_t bytes) {
    if (bytes < 0 || static_cast<std::uint64_t>(bytes) > left) return false;
    left -= static_cast<std::uint64_t>(bytes);
    return true;
  };
  const bool all = static_cast<int>(part.columns.size()) == metadata.num_columns();
  for (const int group : part.groups) {
    const auto chunks = metadata.RowGroup(group);
    if (all && !take(chunks->total_byte_size())) return false;
    for (std::size_t i = 0; !all && i < part.columns.size(); ++i) {
      if (!take(chunks->ColumnChunk(part.columns[i])->total_uncompressed_size())) return false;
    }
  }
  return true;
}

/// The first and last time of a column's chunk by its statistics, in nanoseconds; false where they do not tell.
bool time_range(const parquet::ColumnChunkMetaData& chunk, const arrow::DataType& type, Nanoseconds& first,
                Nanoseconds& last) {
  const auto statistics = chunk.statistics();
  if (statistics == nullptr || !statistics->HasMinMax()) return false;
  std::int64_t low = 0, high = 0, unit = 0;
  if (type.id() == arrow::Type::TIMESTAMP && statistics->physical_type() == parquet::Type::INT64) {
    const auto& typed = static_cast<const parquet::Int64Statistics&>(*statistics);
    low = typed.min();
    high = typed.max();
    switch (static_cast<const arrow::TimestampType&>(type).unit()) {
      case arrow::TimeUnit::SECOND: return false;  // Parquet has no seconds: the numbers are in another unit
      case arrow::TimeUnit::MILLI: unit = 1'000'000; break;
      case arrow::TimeUnit::MICRO: unit = 1'000; break;
      case arrow::TimeUnit::NANO: unit = 1; break;
    }
  } else if (type.id() == arrow::Type::DATE32 && statistics->physical_type() == parquet::Type::INT32) {
    const auto& typed = static_cast<const parquet::Int32Statistics&>(*statistics);
    low = typed.min();
    high = typed.max();
    unit = kNanosecondsPerDay;
  } else {
    return false;
  }
  // A damaged footer tells a lowest value above the highest, or times that nanoseconds cannot hold.
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() / unit;
  if (low > high || low < -most || high > most) return false;
  first = low * unit;
  last = high * unit;
  return true;
}

/// All row groups but those that lie outside the time asked for.
std::vector<int> groups_in_range(const parquet::FileMetaData& metadata, const arrow::Schema& schema, int time,
                                 const ReadOptions& options) {
  std::vector<int> groups;
  for (int group = 0; group < metadata.num_row_groups(); ++group) {
    Nanoseconds first = 0, last = 0;
    if ((options.start || options.end) && time >= 0 &&
        time_range(*metadata.RowGroup(group)->ColumnChunk(time), *schema.field(time)->type(), first, last) &&
        ((options.start && last < *options.start) || (options.end && first > *options.end))) {
      continue;
    }
    groups.push_back(group);
  }
  return groups;
}

Result<Part> choose_part(const parquet::FileMetaData& metadata, const arrow::Schema& schema, const ReadOptions& options,
                         const ChooseColumns& choose) {
  Part part;
  PEAK_ASSIGN_OR_RETURN(const ChosenColumns chosen, choose(schema.field_names()));
  // Nested columns have several chunks each, so that places in the file are not places in the schema.
  const bool flat = schema.num_fields() == metadata.num_columns();
  for (int column = 0; column < metadata.num_columns(); ++column) {
    const auto place = static_cast<std::size_t>(column);
    if (!flat || std::find(chosen.columns.begin(), chosen.columns.end(), place) != chosen.columns.end())
      part.columns.push_back(column);
  }
  part.groups = groups_in_range(metadata, schema, flat && chosen.time ? static_cast<int>(*chosen.time) : -1, options);
  return part;
}

/// The compression of the first column, in lower case; "none" for a file without rows.
std::string compression_of(const parquet::FileMetaData& metadata) {
  if (metadata.num_row_groups() == 0 || metadata.num_columns() == 0) return "none";
  std::string name = arrow::util::Codec::GetCodecAsString(metadata.RowGroup(0)->ColumnChunk(0)->compression());
  return name == "uncompressed" ? "none" : name;
}

Result<LoadedTable> read(std::shared_ptr<arrow::io::RandomAccessFile> file, const std::string& name,
                         const ReadOptions& options, const ChooseColumns& choose) {
  arrow::MemoryPool* pool = reading_pool();
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(false);
  parquet::arrow::FileReaderBuilder builder;
  if (auto status = builder.Open(std::move(file), reader_properties(pool)); !status.ok()) {
    return arrow_error(status, name);
  }
  builder.memory_pool(pool)->properties(properties);
  auto reader = builder.Build();
  if (!reader.ok()) return arrow_error(reader.status(), name);

  const std::shared_ptr<parquet::FileMetaData> metadata = (*reader)->parquet_reader()->metadata();
  std::shared_ptr<arrow::Schema> schema;
  if (auto status = (*reader)->GetSchema(&schema); !status.ok()) return arrow_error(status, name);
  PEAK_ASSIGN_OR_RETURN(const Part part, choose_part(*metadata, *schema, options, choose));
  if (!unpacks_within(options.max_bytes, *metadata, part)) {
    return bad_data(name + ": would unpack to more than max_bytes = " + std::to_string(options.max_bytes) +
                    " bytes; set a larger max_bytes if it is meant");
  }
  auto table = (*reader)->ReadRowGroups(part.groups, part.columns);
  if (!table.ok()) return arrow_error(table.status(), name);
  if (auto status = (*table)->Validate(); !status.ok()) return arrow_error(status, name);
  PEAK_ASSIGN_OR_RETURN(LoadedTable loaded, load_columns(*std::move(table), name));
  loaded.detected.format = Format::kParquet;
  loaded.detected.compression = compression_of(*metadata);
  return loaded;
}

/// Parquet C++ throws for some kinds of damage.
Result<LoadedTable> read_guarded(std::shared_ptr<arrow::io::RandomAccessFile> file, const std::string& name,
                                 const ReadOptions& options, const ChooseColumns& choose) {
  const MemoryBound bound(options.max_bytes);
  try {
    return read(std::move(file), name, options, choose);
  } catch (const std::bad_alloc&) {
    return io_error(name + ": not enough memory to read it");
  } catch (const std::exception& exception) {
    return bad_data(name + ": damaged Parquet (" + exception.what() + ")");
  }
}

Status read_pieces(std::shared_ptr<arrow::io::RandomAccessFile> file, const std::string& name, std::size_t rows,
                   const ReadOptions& options, const ChooseColumns& choose,
                   const std::function<Status(LoadedTable piece)>& take) {
  MemoryBound bound(options.max_bytes);
  arrow::MemoryPool* pool = reading_pool();
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(false);
  properties.set_batch_size(static_cast<std::int64_t>(std::min<std::size_t>(rows, std::size_t{1} << 20)));
  parquet::arrow::FileReaderBuilder builder;
  if (auto status = builder.Open(std::move(file), reader_properties(pool)); !status.ok())
    return arrow_error(status, name);
  builder.memory_pool(pool)->properties(properties);
  auto reader = builder.Build();
  if (!reader.ok()) return arrow_error(reader.status(), name);
  std::shared_ptr<arrow::Schema> schema;
  if (auto status = (*reader)->GetSchema(&schema); !status.ok()) return arrow_error(status, name);
  PEAK_ASSIGN_OR_RETURN(const Part part,
                        choose_part(*(*reader)->parquet_reader()->metadata(), *schema, options, choose));
  auto batches = (*reader)->GetRecordBatchReader(part.groups, part.columns);
  if (!batches.ok()) return arrow_error(batches.status(), name);
  while (true) {
    bound.renew();
    auto batch = (*batches)->Next();
    if (!batch.ok()) return arrow_error(batch.status(), name);
    if (*batch == nullptr) return {};
    if (auto status = (*batch)->Validate(); !status.ok()) return arrow_error(status, name);
    auto table = arrow::Table::FromRecordBatches({*batch});
    if (!table.ok()) return arrow_error(table.status(), name);
    PEAK_ASSIGN_OR_RETURN(LoadedTable piece, load_columns(*std::move(table), name));
    piece.detected.format = Format::kParquet;
    if (piece.table.rows() != 0) PEAK_RETURN_IF_ERROR(take(std::move(piece)));
  }
}

}  // namespace

Result<LoadedTable> read_parquet(const std::string& path, const ReadOptions& options, const ChooseColumns& choose) {
  auto file = arrow::io::ReadableFile::Open(path, reading_pool());
  if (!file.ok()) return io_error(path + ": " + file.status().message());
  return read_guarded(*std::move(file), path, options, choose);
}

Status read_parquet_pieces(const std::string& path, std::size_t rows, const ReadOptions& options,
                           const ChooseColumns& choose, const std::function<Status(LoadedTable piece)>& take) {
  auto file = arrow::io::ReadableFile::Open(path, reading_pool());
  if (!file.ok()) return io_error(path + ": " + file.status().message());
  try {
    return read_pieces(*std::move(file), path, rows, options, choose, take);
  } catch (const std::bad_alloc&) {
    return io_error(path + ": not enough memory to read it");
  } catch (const std::exception& exception) {
    return bad_data(path + ": damaged Parquet (" + exception.what() + ")");
  }
}

Result<LoadedTable> read_parquet_bytes(std::string_view bytes, const std::string& name, const ReadOptions& options,
                                       const ChooseColumns& choose) {
  return read_guarded(std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(bytes)), name, options,
                      choose);
}

}  // namespace peak::io
