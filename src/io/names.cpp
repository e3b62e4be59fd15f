#include "peak/io/detected.hpp"
#include "peak/io/options.hpp"

namespace peak::io {

const char* format_name(Format format) noexcept {
  switch (format) {
    case Format::kCsv: return "csv";
    case Format::kJson: return "json";
    case Format::kParquet: return "parquet";
    case Format::kArrowIpc: return "arrow_ipc";
    case Format::kSqlite: return "sqlite";
  }
  return "unknown";
}

const char* time_unit_name(TimeUnit unit) noexcept {
  switch (unit) {
    case TimeUnit::kSeconds: return "s";
    case TimeUnit::kMilliseconds: return "ms";
    case TimeUnit::kMicroseconds: return "us";
    case TimeUnit::kNanoseconds: return "ns";
  }
  return "unknown";
}

const char* date_order_name(DateOrder order) noexcept {
  switch (order) {
    case DateOrder::kYearMonthDay: return "year_month_day";
    case DateOrder::kMonthDayYear: return "month_day_year";
    case DateOrder::kDayMonthYear: return "day_month_year";
  }
  return "unknown";
}

const char* row_order_name(RowOrder order) noexcept {
  switch (order) {
    case RowOrder::kUnknown: return "unknown";
    case RowOrder::kOldestFirst: return "oldest_first";
    case RowOrder::kNewestFirst: return "newest_first";
    case RowOrder::kUnsorted: return "unsorted";
  }
  return "unknown";
}

}  // namespace peak::io
