#include "io/time_format.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "io/number.hpp"
#include "peak/base/time_range.hpp"

namespace peak::io {
namespace {

bool digit(char c) noexcept { return static_cast<unsigned char>(c - '0') < 10; }
unsigned two(const char* p) noexcept {
  return static_cast<unsigned>(p[0] - '0') * 10 + static_cast<unsigned>(p[1] - '0');
}

double share(std::size_t part, std::size_t whole) noexcept {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// How a column of time texts looks under one order of day and month.
TimeFormat try_text(std::span<const std::string_view> samples, DateOrder order) {
  TimeFormat format;
  format.kind = TimeFormat::Kind::kText;
  format.order = order;
  format.pure_dates = true;
  std::size_t fits = 0;
  for (const std::string_view sample : samples) {
    TimeText time;
    if (!parse_time_text(sample, order, time)) continue;
    if (fits++ == 0) format.description = describe_time_text(sample, order);
    format.pure_dates &= !time.has_clock;
    format.has_zone |= time.has_zone;
    format.short_years |= time.short_year;
  }
  format.matched = share(fits, samples.size());
  return format;
}

/// Samples of which the first is the usual case; ties go to the earlier.
TimeFormat best_text(std::span<const std::string_view> samples, const ReadOptions& options) {
  if (options.date_order) return try_text(samples, *options.date_order);
  TimeFormat best = try_text(samples, DateOrder::kYearMonthDay);
  if (best.matched == 1) return best;
  TimeFormat month_first = try_text(samples, DateOrder::kMonthDayYear);
  TimeFormat day_first = try_text(samples, DateOrder::kDayMonthYear);
  const bool open = month_first.matched == day_first.matched;
  const bool dots = !samples.empty() && samples[0].find('.') < samples[0].find(' ');
  // 01.02.2020 is written where the day comes first; 1/2/2020 most often in the United States.
  TimeFormat& other = (open && dots) || day_first.matched > month_first.matched ? day_first : month_first;
  if (other.matched <= best.matched) return best;
  other.order_is_open = open;
  return other;
}

bool is_time_text(std::string_view text) noexcept {
  TimeText time;
  return parse_time_text(text, DateOrder::kYearMonthDay, time);
}

TimeFormat numbers(std::span<const std::string_view> samples, const ReadOptions& options) {
  TimeFormat format;
  std::size_t fits = 0;
  std::array<std::size_t, 4> votes{};
  for (const std::string_view sample : samples) {
    double value = 0;
    if (!parse_whole_number(sample, value) || !std::isfinite(value)) continue;
    const auto unit = options.time_unit ? options.time_unit : epoch_unit(value);
    if (!unit) continue;
    ++votes[static_cast<std::size_t>(*unit)];
    ++fits;
  }
  if (fits == 0) return format;
  const auto most = std::max_element(votes.begin(), votes.end());
  format.kind = TimeFormat::Kind::kEpoch;
  format.unit = static_cast<TimeUnit>(most - votes.begin());
  format.matched = share(*most, samples.size());
  format.has_zone = true;
  format.description = std::string("epoch ") + time_unit_name(format.unit);
  return format;
}

}  // namespace

Nanoseconds unit_nanoseconds(TimeUnit unit) noexcept {
  constexpr Nanoseconds kUnits[] = {1'000'000'000, 1'000'000, 1'000, 1};
  return kUnits[static_cast<std::size_t>(unit)];
}

std::optional<TimeUnit> epoch_unit(double value) noexcept {
  const double size = std::fabs(value);
  if (size < 1e8 || size >= 1e20) return std::nullopt;
  if (size < 1e11) return TimeUnit::kSeconds;
  if (size < 1e14) return TimeUnit::kMilliseconds;
  if (size < 1e17) return TimeUnit::kMicroseconds;
  return TimeUnit::kNanoseconds;
}

bool epoch_time(std::int64_t count, TimeUnit unit, Nanoseconds origin, Nanoseconds& result) noexcept {
  Nanoseconds scaled = 0;
  return !__builtin_mul_overflow(count, unit_nanoseconds(unit), &scaled) &&
         !__builtin_add_overflow(scaled, origin, &result) && is_in_time_range(result);
}

TimeFormat detect_time_format(std::span<const std::string_view> samples, const ReadOptions& options,
                              bool numbers_may_be_times) {
  TimeFormat none;
  if (samples.empty()) return none;
  double number = 0;
  const bool numeric = parse_whole_number(samples[0], number);
  // 20200102 and 20200102093000 are dates when all of them are; other numbers count from 1970.
  const bool dates = !numeric || (numbers_may_be_times && !options.time_unit &&
                                  std::all_of(samples.begin(), samples.end(), is_time_text));
  TimeFormat format = dates ? best_text(samples, options) : none;
  if (format.matched < 0.5 && numbers_may_be_times) format = numbers(samples, options);
  return format.matched < 0.5 ? none : format;
}

bool TimeParser::parse_number_text(std::string_view text, Nanoseconds& result) const noexcept {
  const Nanoseconds origin = format_.kind == TimeFormat::Kind::kMidnight ? format_.midnight : 0;
  std::int64_t count = 0;
  const std::size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  if (text.find_first_of("eE") != std::string_view::npos || !parse_integer(whole, count)) {
    // 1.6e9 and the like: exact as far as a double is.
    double value = 0;
    if (!parse_whole_number(text, value) || !(std::fabs(value) < 9e18) || value != std::floor(value)) return false;
    return epoch_time(static_cast<std::int64_t>(value), format_.unit, origin, result);
  }
  if (!epoch_time(count, format_.unit, origin, result)) return false;
  if (point == std::string_view::npos) return true;
  Nanoseconds place = unit_nanoseconds(format_.unit), fraction = 0;
  for (const char c : text.substr(point + 1)) {
    if (!digit(c)) return false;
    place /= 10;
    fraction += place * (c - '0');
  }
  return !__builtin_add_overflow(result, text.starts_with('-') ? -fraction : fraction, &result);
}

/// "YYYY-MM-DD HH:MM" and "YYYY-MM-DD HH:MM:SS", which most files have.
bool TimeParser::parse_common(std::string_view text, Nanoseconds& result) noexcept {
  if (text.size() != 19 && text.size() != 16 && text.size() != 10) return false;
  const char* p = text.data();
  if (!has_day_ || std::memcmp(p, day_text_, 10) != 0) {
    TimeText date;
    if (p[4] != '-' || p[7] != '-' || !parse_time_text(text.substr(0, 10), DateOrder::kYearMonthDay, date))
      return false;
    std::memcpy(day_text_, p, 10);
    day_ = date.time;
    has_day_ = true;
  }
  if (text.size() == 10) {
    result = day_;
    return true;
  }
  if ((p[10] != ' ' && p[10] != 'T') || p[13] != ':' || !digit(p[11]) || !digit(p[12]) || !digit(p[14]) ||
      !digit(p[15])) {
    return false;
  }
  const unsigned hour = two(p + 11), minute = two(p + 14);
  unsigned second = 0;
  if (text.size() == 19) {
    if (p[16] != ':' || !digit(p[17]) || !digit(p[18])) return false;
    second = two(p + 17);
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  result = day_ + hour * kNanosecondsPerHour + minute * kNanosecondsPerMinute + second * kNanosecondsPerSecond;
  result = zoned(result);
  return true;
}

bool TimeParser::parse(std::string_view text, Nanoseconds& result) noexcept {
  if (format_.kind == TimeFormat::Kind::kEpoch || format_.kind == TimeFormat::Kind::kMidnight) {
    if (!parse_number_text(text, result)) return false;
    if (format_.kind == TimeFormat::Kind::kMidnight) result = zoned(result);
    return true;
  }
  if (parse_common(text, result)) return true;
  TimeText time;
  if (!parse_time_text(text, format_.order, time)) return false;
  result = time.has_zone || !time.has_clock ? time.time : zoned(time.time);
  return true;
}

bool TimeParser::parse(std::string_view date, std::string_view clock, Nanoseconds& result) noexcept {
  TimeText day;
  Nanoseconds since_midnight = 0;
  if (!parse_time_text(date, format_.order, day) || !parse_clock_text(clock, since_midnight)) return false;
  result = zoned(day.time + since_midnight);
  return true;
}

}  // namespace peak::io
