// Writing: columns to files that other programs read.
//
// Failure    the file appears whole or not at all; kIo for what the system refuses, kUnsupported without libpeak_io
//            (module.hpp) and for columns other than numbers, text and times.
// Threads    functions may run beside each other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "peak/base/status.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

/// Rows [first, first + count) of a table; every call gives columns of the same names and types.
using TablePart = std::function<Result<Table>(std::uint64_t first, std::uint64_t count)>;

/// Writes `rows` rows as Parquet (snappy), asking for one row group after the other: memory does not grow with the
/// rows. Every page has a checksum and its place and range in an index.
[[nodiscard]] Status write_parquet(const std::string& path, std::uint64_t rows, const TablePart& part);

/// The same as an Arrow IPC file (feather version 2), not compressed, so that others can map it.
[[nodiscard]] Status write_arrow(const std::string& path, std::uint64_t rows, const TablePart& part);

}  // namespace peak::io
