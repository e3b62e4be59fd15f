#include "market/nyse_holidays.hpp"

#include <algorithm>
#include <array>

#include "peak/base/time.hpp"

namespace peak {
namespace {

constexpr int kMonday = 0, kWednesday = 2, kThursday = 3, kFriday = 4, kSaturday = 5, kSunday = 6;

/// Easter Sunday of the Gregorian calendar. Source: J. Meeus, Astronomical Algorithms (1991), chapter 8.
std::int64_t easter(std::int64_t year) noexcept {
  const std::int64_t a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25;
  const std::int64_t g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
  const std::int64_t l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
  const std::int64_t month = (h + l - 7 * m + 114) / 31, day = (h + l - 7 * m + 114) % 31 + 1;
  return days_from_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

/// A holiday with a fixed date: of a Saturday the Friday before, of a Sunday the Monday after.
std::int64_t observed(std::int64_t day) noexcept {
  const int weekday = weekday_from_days(day);
  return weekday == kSaturday ? day - 1 : weekday == kSunday ? day + 1 : day;
}

bool is_fixed_holiday(std::int64_t day, std::int64_t year) noexcept {
  const std::int64_t new_year = days_from_date(year, 1, 1);
  // A New Year's Day on a Saturday is not kept on the last day of the old year, which closes the books.
  if (day == (weekday_from_days(new_year) == kSunday ? new_year + 1 : new_year)) return true;
  if (day == observed(days_from_date(year, 7, 4)) || day == observed(days_from_date(year, 12, 25))) return true;
  return year >= 2022 && day == observed(days_from_date(year, 6, 19));
}

bool is_moving_holiday(std::int64_t day, std::int64_t year) noexcept {
  return day == nth_weekday(year, 2, kMonday, 3) || day == nth_weekday(year, 5, kMonday, 5) ||
         day == nth_weekday(year, 9, kMonday, 1) || day == nth_weekday(year, 11, kThursday, 4) ||
         day == easter(year) - 2 || (year >= 1998 && day == nth_weekday(year, 1, kMonday, 3));
}

/// Mourning, terror and storms.
bool is_unplanned_closure(std::int64_t day) noexcept {
  static const std::array<std::int64_t, 12> kDays = {
      days_from_date(1994, 4, 27), days_from_date(2001, 9, 11),  days_from_date(2001, 9, 12),
      days_from_date(2001, 9, 13), days_from_date(2001, 9, 14),  days_from_date(2004, 6, 11),
      days_from_date(2007, 1, 2),  days_from_date(2012, 10, 29), days_from_date(2012, 10, 30),
      days_from_date(2018, 12, 5), days_from_date(2025, 1, 9),   days_from_date(1985, 9, 27)};
  return std::find(kDays.begin(), kDays.end(), day) != kDays.end();
}

}  // namespace

std::int64_t nth_weekday(std::int64_t year, unsigned month, int weekday, int n) noexcept {
  if (n == 5) {  // the last: one week before the first of the next month's
    const std::int64_t next =
        month == 12 ? nth_weekday(year + 1, 1, weekday, 1) : nth_weekday(year, month + 1, weekday, 1);
    return next - 7;
  }
  const std::int64_t first = days_from_date(year, month, 1);
  return first + (weekday - weekday_from_days(first) + 7) % 7 + 7 * (n - 1);
}

bool is_nyse_session(std::int64_t day) noexcept {
  if (weekday_from_days(day) >= kSaturday) return false;
  const std::int64_t year = date_from_days(day).year;
  return !is_fixed_holiday(day, year) && !is_moving_holiday(day, year) && !is_unplanned_closure(day);
}

int nyse_close_hour(std::int64_t day) noexcept {
  const Date date = date_from_days(day);
  const int weekday = weekday_from_days(day);
  const int early = date.year < 1993 ? 14 : 13;
  const bool after_thanksgiving =
      date.month == 11 && date.year >= 1992 && day == nth_weekday(date.year, 11, kThursday, 4) + 1;
  if (after_thanksgiving) return early;
  // On a Friday, Christmas Eve is the holiday of a Christmas on Saturday.
  if (date.month == 12 && date.day == 24 && date.year >= 1990 && weekday < kFriday) return early;
  if (date.month == 12 && date.day == 26 && (date.year == 1997 || date.year == 2003)) return early;
  if (date.month == 12 && date.day == 31 && date.year == 1999) return early;
  if (date.month != 7 || date.year < 1995) return 16;
  const bool thursdays_holiday_before = date.year < 2013 && weekday == kFriday;  // then the day after was short
  if (date.day == 5 && thursdays_holiday_before) return early;
  const bool wednesday_counts = date.year >= 2013;
  return date.day == 3 && weekday < kFriday && (weekday != kWednesday || wednesday_counts) ? early : 16;
}

}  // namespace peak
