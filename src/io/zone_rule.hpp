// Zone rule: the last line of a zone file, "EST5EDT,M3.2.0,M11.1.0", which tells all years after its table (POSIX TZ).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace peak::io {

/// When a year's clocks change: the n-th weekday of a month (the form that all zone files in use have), or a day
/// number.
struct ZoneChange {
  enum class Kind : unsigned char { kWeekday, kDayWithoutLeap, kDay } kind = Kind::kWeekday;
  unsigned month = 1, week = 1, weekday = 0;  ///< weekday 0 is Sunday, week 5 the last
  std::int64_t day = 0;
  std::int64_t second = 7200;  ///< local time of day
};

struct ZoneRule {
  std::int64_t standard_offset = 0;  ///< seconds east of UTC
  std::int64_t summer_offset = 0;
  bool has_summer = false;
  ZoneChange to_summer, to_standard;
};

/// Nothing if the text is not of that form.
std::optional<ZoneRule> parse_zone_rule(std::string_view text);

/// Local second since 1970 (by the clock before the change) at which the change happens in `year`.
std::int64_t change_second(const ZoneChange& change, std::int64_t year);

}  // namespace peak::io
