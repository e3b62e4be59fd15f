// Time: nanoseconds since 1970-01-01T00:00:00Z, as a plain 64-bit integer.
//
// Columns hold this integer so that they cross to Arrow, numpy and SIMD code without conversion. The range is
// 1677-09-21 to 2262-04-11. Exchange dates without a zone are midnight UTC of that date.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace peak {

/// Nanoseconds since the Unix epoch, UTC.
using Nanoseconds = std::int64_t;

inline constexpr Nanoseconds kNanosecondsPerSecond = 1'000'000'000;
inline constexpr Nanoseconds kNanosecondsPerMinute = 60 * kNanosecondsPerSecond;
inline constexpr Nanoseconds kNanosecondsPerHour = 60 * kNanosecondsPerMinute;
inline constexpr Nanoseconds kNanosecondsPerDay = 24 * kNanosecondsPerHour;
/// A stamp that is not there (the same bits as numpy's and pandas' NaT).
inline constexpr Nanoseconds kNoTime = std::numeric_limits<std::int64_t>::min();

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar; month 1-12, day 1-31 (not checked here).
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
[[nodiscard]] std::int64_t days_from_date(std::int64_t year, unsigned month, unsigned day) noexcept;

/// A date of the proleptic Gregorian calendar.
struct Date {
  std::int64_t year = 1970;
  unsigned month = 1;  ///< 1-12
  unsigned day = 1;    ///< 1-31
};

/// The date of a day count; the inverse of days_from_date (same source, civil_from_days).
[[nodiscard]] Date date_from_days(std::int64_t days) noexcept;

/// True if the date exists: month 1-12 and day within that month, leap years heeded.
[[nodiscard]] bool is_valid_date(std::int64_t year, unsigned month, unsigned day) noexcept;

/// Weekday of a day count: 0 Monday to 6 Sunday.
[[nodiscard]] int weekday_from_days(std::int64_t days) noexcept;

/// ISO 8601 in UTC, as short as is exact: "2020-01-02" is never written, "2020-01-02T00:00:00Z" is; fractions of a
/// second have 3, 6 or 9 digits when needed. kNoTime gives "NaT".
[[nodiscard]] std::string format_time(Nanoseconds time);

/// "2020-01-02" for a stamp at midnight UTC, "2020-01-02 09:30" or with seconds otherwise: for tables read by people.
[[nodiscard]] std::string format_time_short(Nanoseconds time);

}  // namespace peak
