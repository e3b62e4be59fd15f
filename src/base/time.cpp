#include "peak/base/time.hpp"

#include <cstdio>

namespace peak {
namespace {

struct Clock {
  Date date;
  int hour, minute, second;
  int nanosecond;
};

Clock split(Nanoseconds time) noexcept {
  std::int64_t days = time / kNanosecondsPerDay;
  Nanoseconds rest = time % kNanosecondsPerDay;
  if (rest < 0) {
    rest += kNanosecondsPerDay;
    --days;
  }
  Clock clock{};
  clock.date = date_from_days(days);
  clock.hour = static_cast<int>(rest / kNanosecondsPerHour);
  clock.minute = static_cast<int>(rest / kNanosecondsPerMinute % 60);
  clock.second = static_cast<int>(rest / kNanosecondsPerSecond % 60);
  clock.nanosecond = static_cast<int>(rest % kNanosecondsPerSecond);
  return clock;
}

}  // namespace

std::int64_t days_from_date(std::int64_t year, unsigned month, unsigned day) noexcept {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

Date date_from_days(std::int64_t days) noexcept {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  Date date;
  date.day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  date.month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  date.year = static_cast<std::int64_t>(year_of_era) + era * 400 + (date.month <= 2);
  return date;
}

bool is_valid_date(std::int64_t year, unsigned month, unsigned day) noexcept {
  if (month < 1 || month > 12 || day < 1) return false;
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (leap && month == 2 ? 1U : 0U);
}

int weekday_from_days(std::int64_t days) noexcept {
  const std::int64_t weekday = (days + 3) % 7;  // 1970-01-01 was a Thursday
  return static_cast<int>(weekday < 0 ? weekday + 7 : weekday);
}

std::string format_time(Nanoseconds time) {
  if (time == kNoTime) return "NaT";
  const Clock clock = split(time);
  char text[64];
  int length =
      std::snprintf(text, sizeof text, "%04lld-%02u-%02uT%02d:%02d:%02d", static_cast<long long>(clock.date.year),
                    clock.date.month, clock.date.day, clock.hour, clock.minute, clock.second);
  char* end = text + length;
  const auto room = sizeof text - static_cast<std::size_t>(length);
  if (clock.nanosecond % 1'000 != 0) {
    length += std::snprintf(end, room, ".%09d", clock.nanosecond);
  } else if (clock.nanosecond % 1'000'000 != 0) {
    length += std::snprintf(end, room, ".%06d", clock.nanosecond / 1'000);
  } else if (clock.nanosecond != 0) {
    length += std::snprintf(end, room, ".%03d", clock.nanosecond / 1'000'000);
  }
  return std::string(text, static_cast<std::size_t>(length)) + "Z";
}

std::string format_time_short(Nanoseconds time) {
  if (time == kNoTime) return "NaT";
  const std::string full = format_time(time);
  if (time % kNanosecondsPerDay == 0) return full.substr(0, 10);
  std::string text = full.substr(0, full.size() - 1);
  text[10] = ' ';
  return time % kNanosecondsPerMinute == 0 ? text.substr(0, 16) : text;
}

}  // namespace peak
