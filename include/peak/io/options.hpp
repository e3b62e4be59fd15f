// Read options: what a reader of market data is told instead of finding out for itself.
//
// Every default means "detect"; what was detected is in Detected (detected.hpp) in the same words, so that it can be
// looked at and set by hand. Options that a format has no use for (a delimiter for Parquet) are ignored.
//
// Threads: a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "peak/market/bars.hpp"

namespace peak::io {

enum class Format : unsigned char {
  kCsv,       ///< delimited text
  kJson,      ///< candles: an array of objects or of arrays, or {"columns": [...], "data": [...]}
  kParquet,   ///< by libpeak_io
  kArrowIpc,  ///< Arrow IPC file or stream, feather version 2; by libpeak_io
  kSqlite,    ///< a table or query of a SQLite database; by whoever brings SQLite (io/database.hpp)
};

/// "csv", "json", "parquet", "arrow_ipc", "sqlite".
const char* format_name(Format format) noexcept;

/// The unit of times that are given as whole numbers since 1970 (or since midnight).
enum class TimeUnit : unsigned char { kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };

/// "s", "ms", "us", "ns".
const char* time_unit_name(TimeUnit unit) noexcept;

/// Order of day and month in dates such as 03/04/2020 whose numbers do not tell.
enum class DateOrder : unsigned char {
  kYearMonthDay,  ///< 2020-04-03
  kMonthDayYear,  ///< 4/3/2020, as in the United States
  kDayMonthYear,  ///< 03.04.2020 or 03/04/2020, as in most of the world
};

/// "year_month_day", "month_day_year", "day_month_year".
const char* date_order_name(DateOrder order) noexcept;

/// Which column plays which part. A name (case ignored), or "#3" for the third column counted from 1; empty: found by
/// the usual names (date, datetime, time, timestamp, time period, start, ...; o/open; vol, volume, volume_btc, ...).
struct ColumnRoles {
  std::string time;
  std::string time_of_day;  ///< a second column with the clock, when `time` holds only the date
  std::string open, high, low, close, volume;
};

struct ReadOptions {
  std::optional<Format> format;                  ///< else by the first bytes, not by the file's name
  std::string member;                            ///< the file to read inside a zip with several
  std::size_t max_bytes = std::size_t{4} << 30;  ///< refuse to unpack to more than this (default 4 GiB)
  /// Of delimited text: a longer line is refused (default 16 MiB). No table has such lines; a file of something else,
  /// or one whose line ends were lost, does.
  std::size_t max_line_bytes = std::size_t{16} << 20;

  std::optional<char> delimiter;  ///< one of , ; tab | space, or any other character
  std::optional<bool> header;     ///< whether names come before the rows
  std::optional<std::size_t>
      skip_lines;  ///< lines above the header (or first row) to leave out; else comments are found
  std::vector<std::string> column_names;  ///< names for the columns from the left, instead of those in the file

  ColumnRoles roles;
  std::optional<DateOrder> date_order;
  std::optional<TimeUnit> time_unit;
  /// Zone of times that carry none: "UTC" (default), "+05:30", or an IANA name ("America/New_York"). Times are
  /// converted to UTC. Pure dates are not: they stay midnight UTC of that date. A local time that the clocks show twice
  /// is the first of the two unless the row before says otherwise; one that they skip moves forward by the gap.
  std::string time_zone;
  /// Date ("2017-09-03") of a file whose times count from midnight; else taken from the file's name.
  std::string date;

  /// Of a SQLite database: a table or view, or a query that begins with SELECT or WITH. May be empty where there is one
  /// table only.
  std::string table;

  /// Columns to read, by name (case ignored); empty: all. Those of times are read anyway, and where bars are made those
  /// of prices and volume. Parquet, Arrow and SQLite leave the others on the disk, CSV does not parse them.
  std::vector<std::string> select;
  /// Rows at or after `start` and at or before `end`. Row groups of Parquet files whose statistics, and files of a
  /// dataset whose dates lie outside are not read, nor most of such rows of SQLite tables (whole numbers since 1970 and
  /// texts that begin with the date). kInvalidArgument for a table without times.
  std::optional<Nanoseconds> start, end;
  /// Of a dataset (dataset.hpp): only these symbols; files that are another's by their name are not opened.
  std::vector<std::string> symbols;

  /// Prices are multiplied by this: 0.001 or 0.00001 for the points of MetaTrader (a power of ten divides, so that the
  /// price is the double nearest to its decimals). Finite and above 0.
  std::optional<double> price_scale;

  std::string symbol;  ///< name of the instrument; else taken from the file's name
  BarChecks checks;    ///< for read_bars
};

}  // namespace peak::io
