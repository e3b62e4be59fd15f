#include "io/database_range.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <string_view>

#include "io/table_time.hpp"
#include "io/time_format.hpp"
#include "peak/base/time.hpp"

namespace peak::io {
namespace {

/// Zones and a clock in a column of its own move a time by less than this.
constexpr Nanoseconds kMargin = 2 * kNanosecondsPerDay;
constexpr std::size_t kDateLength = 10;  // "2020-01-02"
constexpr std::size_t kYearLength = 4;

Nanoseconds well_before(Nanoseconds time) {
  constexpr Nanoseconds kLeast = std::numeric_limits<Nanoseconds>::min();
  return time < kLeast + kMargin ? kLeast : time - kMargin;
}

Nanoseconds well_after(Nanoseconds time) {
  constexpr Nanoseconds kMost = std::numeric_limits<Nanoseconds>::max();
  return time > kMost - kMargin ? kMost : time + kMargin;
}

/// Whole numbers; texts, which are larger than any number, are kept, so that they are told as what they are.
std::string whole_numbers(const std::string& column, TimeUnit unit, const ReadOptions& options) {
  const Nanoseconds size = unit_nanoseconds(unit);
  std::string bounds;
  if (options.start) bounds += column + " >= " + std::to_string(well_before(*options.start) / size - 1);
  if (options.end) {
    bounds += (bounds.empty() ? "" : " AND ") + column + " <= " + std::to_string(well_after(*options.end) / size + 1);
  }
  return "(" + bounds + ") OR " + column + " >= ''";
}

/// Texts of the years in question that have no date in front are kept, so that their times are looked at. "~" comes
/// after all that a time is written with.
std::string texts(const std::string& column, const ReadOptions& options) {
  std::string years, days;
  if (options.start) {
    const std::string date = format_time(well_before(*options.start)).substr(0, kDateLength);
    years = column + " >= '" + date.substr(0, kYearLength) + "' AND ";
    days = column + " >= '" + date + "'";
  }
  if (options.end) {
    const std::string date = format_time(well_after(*options.end)).substr(0, kDateLength);
    years += column + " < '" + date.substr(0, kYearLength) + "~' AND ";
    days += (days.empty() ? "" : " AND ") + column + " < '" + date + "~'";
  }
  return years + "((" + days + ") OR " + column + " NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*')";
}

bool begins_with_date(std::string_view text) {
  if (text.size() < kDateLength) return false;
  for (std::size_t i = 0; i < kDateLength; ++i) {
    const bool is_dash = i == 4 || i == 7;
    if (is_dash ? text[i] != '-' : std::isdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

}  // namespace

std::string range_condition(const Column& samples, const std::string& column, const ReadOptions& options) {
  const TimeFormat format = time_format_of(samples, options);
  if (format.kind == TimeFormat::Kind::kEpoch && samples.type() == ColumnType::kInt64)
    return whole_numbers(column, format.unit, options);
  if (format.kind != TimeFormat::Kind::kText || samples.type() != ColumnType::kText) return {};
  const auto& known = *samples.dictionary();
  return std::all_of(known.begin(), known.end(), begins_with_date) ? texts(column, options) : std::string();
}

}  // namespace peak::io
