// Detected: what a reader found out about a file, in words and numbers that `peak data info` shows.
//
// Each finding can be set by hand through the member of ReadOptions with the same name.
// Threads: a value.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "peak/base/time.hpp"
#include "peak/io/options.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

/// Order of the rows as they stand in the file.
enum class RowOrder : unsigned char {
  kUnknown,      ///< no time column, or fewer than two rows
  kOldestFirst,  ///< times rise or repeat
  kNewestFirst,  ///< times fall or repeat
  kUnsorted,
};

/// "unknown", "oldest_first", "newest_first", "unsorted".
const char* row_order_name(RowOrder order) noexcept;

struct DetectedColumn {
  std::string name;
  ColumnType type = ColumnType::kFloat64;
  std::size_t missing = 0;  ///< empty or not-a-number cells
  std::string role;         ///< "time", "open", "high", "low", "close", "volume", or empty
};

struct Detected {
  std::string path;
  std::size_t size_bytes = 0;  ///< of the file as stored
  Format format = Format::kCsv;
  std::string compression;  ///< "none", "gzip", "zip"; inside Parquet and Arrow files: what the reader reports
  std::string member;       ///< name inside the zip; of a SQLite database the table, or the query

  char delimiter = ',';                    ///< CSV only
  bool header = true;                      ///< CSV only
  bool byte_order_mark = false;            ///< a UTF-8 mark before the first name
  std::vector<std::string> comment_lines;  ///< lines above the header that are not part of the table

  std::vector<std::string> time_columns;  ///< none, one, or two (date and clock) names as in the file
  std::string time_format;                ///< such as "YYYY-MM-DD HH:MM:SS", "epoch ms", "D.M.YYYY HH:MM"
  std::string time_zone = "UTC";          ///< zone in which the times were written
  RowOrder order = RowOrder::kUnknown;
  Nanoseconds first = kNoTime;  ///< earliest stamp
  Nanoseconds last = kNoTime;   ///< latest stamp

  std::size_t rows = 0;
  std::vector<DetectedColumn> columns;
  std::vector<std::string> notes;  ///< sentences for the user: what was assumed, and what to set if it is wrong
};

}  // namespace peak::io
