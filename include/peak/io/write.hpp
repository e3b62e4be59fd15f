// Writing: columns to files that other programs read.
//
// Failure    the file appears whole or not at all; kIo for what the system refuses, kUnsupported without libpeak_io
//            (module.hpp) and for columns other than numbers, text and times.
// Threads    functions may run beside each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/table/arrow.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

/// Rows [first, first + count) of a table; every call gives columns of the same names and types.
using TablePart = std::function<Result<Table>(std::uint64_t first, std::uint64_t count)>;

/// Writes `rows` rows as Parquet (snappy), asking for one row group after the other: memory does not grow with the
/// rows. Every page has a checksum and its place and range in an index.
[[nodiscard]] Status write_parquet(const std::string& path, std::uint64_t rows, const TablePart& part);

/// A Parquet file that grows by row groups, packed as write_parquet packs. It is there under its name after commit()
/// and not before; without one nothing stays.
class ParquetFile {
 public:
  /// Opens a file beside `path`, so that what cannot be written is known at once.
  [[nodiscard]] static Result<std::unique_ptr<ParquetFile>> create(const std::string& path);
  ParquetFile() = default;
  ParquetFile(const ParquetFile&) = delete;
  ParquetFile& operator=(const ParquetFile&) = delete;
  virtual ~ParquetFile() = default;

  /// A row group; every one has columns of the same names and types. A table without rows gives the columns alone.
  [[nodiscard]] virtual Status append(const Table& rows) = 0;
  /// After one append() at least.
  [[nodiscard]] virtual Status commit() = 0;
};

/// How the columns of a frame are packed; write_parquet decides this for bars by itself.
struct ParquetPacking {
  std::string compression = "snappy";  ///< snappy, zstd, lz4, gzip, brotli or none
  std::uint64_t rows_of_a_group = 1 << 17;
  std::vector<std::string> dictionaries;  ///< columns whose values are written by number, each value once in a group
  /// Of other columns: BYTE_STREAM_SPLIT or DELTA_BINARY_PACKED; plain where there is none.
  std::vector<std::pair<std::string, std::string>> encodings;
  bool decimals_as_integers = false;  ///< decimals of up to 18 digits in four or eight bytes
};

/// Writes a stream of Arrow's record batches with its schema's metadata; columns are packed on all cores at once. The
/// stream is used up. Further kinds of columns than the above are written as Arrow writes them.
[[nodiscard]] Status write_parquet(const std::string& path, ArrowArrayStream& stream, const ParquetPacking& packing);

/// The same as an Arrow IPC file (feather version 2), not compressed, so that others can map it.
[[nodiscard]] Status write_arrow(const std::string& path, std::uint64_t rows, const TablePart& part);

}  // namespace peak::io
