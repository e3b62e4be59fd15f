// Reading: files of prices in, columns out.
//
// Formats    CSV in its many shapes, JSON candles, Parquet, Arrow IPC/feather; each also inside gzip, zstd or zip. The
// first
//            bytes decide which it is; a wrong extension does no harm.
// Values     numbers are the double nearest to the text (as strtod); an empty cell, nan, na, n/a, null, none or - is
//            missing (NaN). Text becomes a dictionary column, times become Nanoseconds UTC.
// Errors     kNotFound for a path that does not exist; kIo for what the system refuses; kBadData for damaged files, for
//            a cell that is not what its column is (with file, line, column name and the text) and for bars that break
//            a rule (with the count and the first lines); kInvalidArgument for an option that does not fit the file;
//            kUnsupported for Parquet and Arrow without libpeak_io (module.hpp).
// Threads    functions may run beside each other. Reads the whole file; nothing stays open.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/io/detected.hpp"
#include "peak/io/options.hpp"
#include "peak/market/bars.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

/// A file's columns in the file's order and under its names, and how they were read. Two time columns become one,
/// under the name of the first. A table need not be bars: any columns will do, in any order of rows.
struct LoadedTable {
  Table table;
  Detected detected;
};

/// A file's bars. Besides the prices all further numeric columns are there by lower-case name ("adj close").
/// Quote bars (bid and ask) get their middle as open, high, low, close and keep bid_open ... ask_close beside them.
struct LoadedBars {
  Bars bars;
  Detected detected;
  BarRepairReport repairs;
};

/// A file's rows under the names of bars, as they stand: unsorted, unchecked, nothing dropped. For looking at what is
/// wrong with them (quality/check.hpp).
struct LoadedRows {
  Table table;  ///< time, then open, high, low, close, volume where found, then all other columns
  Detected detected;
  /// Words for a row, such as "line 7: 2020-01-02,1,2,3,4"; empty where the format has no lines. Slow: for a few rows.
  std::function<std::string(std::size_t)> describe_row;
};

/// As read_bars, without its checks; a table without prices (quotes, trades) comes as it is.
Result<LoadedRows> read_rows(const std::string& path, const ReadOptions& options = {});

Result<LoadedTable> read_table(const std::string& path, const ReadOptions& options = {});
Result<LoadedBars> read_bars(const std::string& path, const ReadOptions& options = {});

/// The same from bytes in memory. `name` stands for the path in messages, and for the date and symbol that a path
/// tells. The bytes are not needed after the call.
Result<LoadedTable> read_table_from_memory(std::string_view bytes, const std::string& name,
                                           const ReadOptions& options = {});
Result<LoadedBars> read_bars_from_memory(std::string_view bytes, const std::string& name,
                                         const ReadOptions& options = {});

}  // namespace peak::io
