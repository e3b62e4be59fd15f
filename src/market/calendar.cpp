#include "peak/market/calendar.hpp"

#include <algorithm>
#include <cctype>

#include "market/nyse_holidays.hpp"
#include "peak/base/suggest.hpp"

namespace peak {
namespace {

constexpr std::int64_t kMostSessions = 200'000;
/// A century: no market is closed so long; such gaps are not looked at day by day.
constexpr std::uint64_t kLongestGap = 36'524 * static_cast<std::uint64_t>(kNanosecondsPerDay);
constexpr int kClockChangeDay = 6;                         // Sunday, counted from Monday
constexpr Nanoseconds kFxHour = 17 * kNanosecondsPerHour;  // New York
constexpr Nanoseconds kNyseOpen = 9 * kNanosecondsPerHour + 30 * kNanosecondsPerMinute;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/// Places after + k * step, k >= 1, that lie in [first, end).
std::size_t places(Nanoseconds after, Nanoseconds step, Nanoseconds first, Nanoseconds end) noexcept {
  if (end <= first || end - 1 <= after) return 0;
  const Nanoseconds lowest = std::max<Nanoseconds>(1, first <= after ? 1 : (first - after + step - 1) / step);
  const Nanoseconds highest = (end - 1 - after) / step;
  return highest < lowest ? 0 : static_cast<std::size_t>(highest - lowest + 1);
}

bool by_day(const Session& session, std::int64_t day) noexcept { return session.day < day; }

}  // namespace

Nanoseconds new_york_behind_utc(std::int64_t day) noexcept {
  const std::int64_t year = date_from_days(day).year;
  std::int64_t first = 0, end = 0;
  if (year >= 2007) {  // Energy Policy Act of 2005
    first = nth_weekday(year, 3, kClockChangeDay, 2), end = nth_weekday(year, 11, kClockChangeDay, 1);
  } else if (year >= 1987) {
    first = nth_weekday(year, 4, kClockChangeDay, 1), end = nth_weekday(year, 10, kClockChangeDay, 5);
  } else {  // Uniform Time Act of 1966; the early summers of 1974 and 1975 are left out
    first = nth_weekday(year, 4, kClockChangeDay, 5), end = nth_weekday(year, 10, kClockChangeDay, 5);
  }
  return (day >= first && day < end ? 4 : 5) * kNanosecondsPerHour;
}

Result<Calendar> Calendar::named(std::string_view name) {
  const std::string lower = lower_case(name);
  Calendar calendar;
  calendar.name_ = lower;
  if (lower == "24/7") {
    calendar.kind_ = Kind::kAlways;
  } else if (lower == "weekdays") {
    calendar.kind_ = Kind::kWeekdays;
  } else if (lower == "fx") {
    calendar.kind_ = Kind::kFx;
  } else if (lower == "nyse" || lower == "xnys") {
    calendar.kind_ = Kind::kNyse;
    calendar.name_ = "nyse";
  } else {
    const std::vector<std::string> known = {"24/7", "weekdays", "fx", "nyse"};
    return invalid_argument("there is no calendar '" + std::string(name) + "'" + suggestion(name, known));
  }
  return calendar;
}

Result<Calendar> Calendar::of_sessions(std::string name, std::vector<Session> sessions) {
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const bool rises = i == 0 || (sessions[i].day > sessions[i - 1].day && sessions[i].open >= sessions[i - 1].close);
    if (!rises || sessions[i].close <= sessions[i].open) {
      return invalid_argument("calendar '" + name + "': session " + std::to_string(i) +
                              " does not come after the one before, or closes before it opens");
    }
  }
  Calendar calendar;
  calendar.kind_ = Kind::kListed;
  calendar.name_ = std::move(name);
  calendar.listed_ = std::make_shared<const std::vector<Session>>(std::move(sessions));
  return calendar;
}

bool Calendar::is_session(std::int64_t day) const noexcept {
  switch (kind_) {
    case Kind::kAlways: return true;
    case Kind::kWeekdays:
    case Kind::kFx: return weekday_from_days(day) < 5;
    case Kind::kNyse: return is_nyse_session(day);
    case Kind::kListed: break;
  }
  const auto found = std::lower_bound(listed_->begin(), listed_->end(), day, by_day);
  return found != listed_->end() && found->day == day;
}

Session Calendar::session(std::int64_t day) const noexcept {
  const Nanoseconds midnight = day * kNanosecondsPerDay;
  switch (kind_) {
    case Kind::kAlways:
    case Kind::kWeekdays: return {day, midnight, midnight + kNanosecondsPerDay};
    case Kind::kFx:
      return {day, midnight - kNanosecondsPerDay + kFxHour + new_york_behind_utc(day - 1),
              midnight + kFxHour + new_york_behind_utc(day)};
    case Kind::kNyse: {
      const Nanoseconds behind = new_york_behind_utc(day);
      return {day, midnight + kNyseOpen + behind, midnight + nyse_close_hour(day) * kNanosecondsPerHour + behind};
    }
    case Kind::kListed: break;
  }
  const auto found = std::lower_bound(listed_->begin(), listed_->end(), day, by_day);
  return found != listed_->end() ? *found : Session{day, midnight, midnight};
}

std::vector<Session> Calendar::sessions(std::int64_t first, std::int64_t last) const {
  std::vector<Session> found;
  if (kind_ == Kind::kListed && !listed_->empty()) {
    first = std::max(first, listed_->front().day);
    last = std::min(last, listed_->back().day);
  }
  last = std::min(last, first + kMostSessions - 1);
  for (std::int64_t day = first; day <= last; ++day) {
    if (is_session(day)) found.push_back(session(day));
  }
  return found;
}

bool Calendar::is_open(Nanoseconds time) const noexcept {
  // A session may begin on the day before the one it is named by, or end on the day after.
  for (std::int64_t day = calendar_day(time) - 1; day <= calendar_day(time) + 1; ++day) {
    if (!is_session(day)) continue;
    const Session found = session(day);
    if (time >= found.open && time < found.close) return true;
  }
  return false;
}

std::size_t Calendar::missing_bars(Nanoseconds after, Nanoseconds before, Nanoseconds step) const noexcept {
  if (step <= 0 || before <= after) return 0;
  const auto distance = static_cast<std::uint64_t>(before) - static_cast<std::uint64_t>(after);
  if (distance <= static_cast<std::uint64_t>(step)) return 0;
  if (distance > kLongestGap) return static_cast<std::size_t>(distance / static_cast<std::uint64_t>(step));
  if (step > kNanosecondsPerDay) return static_cast<std::size_t>((before - after + step / 2) / step - 1);
  if (kind_ == Kind::kAlways) return places(after, step, after, before);
  std::size_t count = 0;
  std::int64_t first = calendar_day(after), last = calendar_day(before);
  if (kind_ == Kind::kListed) {
    if (listed_->empty()) return 0;
    first = std::max(first, listed_->front().day - 1);
    last = std::min(last, listed_->back().day);
  }
  if (step == kNanosecondsPerDay) {
    for (std::int64_t day = first + 1; day < last; ++day) count += is_session(day) ? 1U : 0U;
    return count;
  }
  for (std::int64_t day = first; day <= last + 1; ++day) {
    if (!is_session(day)) continue;
    const Session found = session(day);
    count += places(after, step, found.open, std::min(found.close, before));
  }
  return count;
}

}  // namespace peak
