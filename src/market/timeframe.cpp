#include "peak/market/timeframe.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace peak {
namespace {

constexpr Nanoseconds kWeek = 7 * kNanosecondsPerDay;
constexpr Nanoseconds kLongest = 36'525 * kNanosecondsPerDay;
/// 1970-01-05 was a Monday.
constexpr Nanoseconds kFirstMonday = 4 * kNanosecondsPerDay;

constexpr std::array<std::pair<std::string_view, Nanoseconds>, 13> kUnits = {{{"s", kNanosecondsPerSecond},
                                                                              {"S", kNanosecondsPerSecond},
                                                                              {"m", kNanosecondsPerMinute},
                                                                              {"min", kNanosecondsPerMinute},
                                                                              {"t", kNanosecondsPerMinute},
                                                                              {"T", kNanosecondsPerMinute},
                                                                              {"h", kNanosecondsPerHour},
                                                                              {"H", kNanosecondsPerHour},
                                                                              {"d", kNanosecondsPerDay},
                                                                              {"D", kNanosecondsPerDay},
                                                                              {"w", kWeek},
                                                                              {"W", kWeek},
                                                                              {"W-MON", kWeek}}};
constexpr std::array<std::string_view, 5> kMonths = {"mo", "M", "ME", "MS", "month"};

Error unreadable(std::string_view text) {
  return invalid_argument("timeframe '" + std::string(text) +
                          "': write a whole number and a unit, such as 30s, 15m, 4h, 1d, 1w, 1mo");
}

Nanoseconds floor_to(Nanoseconds time, Nanoseconds step, Nanoseconds origin) noexcept {
  const Nanoseconds inside = (time % step - origin % step) % step;
  return time - (inside < 0 ? inside + step : inside);
}

Nanoseconds month_start(std::int64_t month) noexcept {
  const std::int64_t year = month >= 0 ? month / 12 : (month + 1) / 12 - 1;
  return days_from_date(year, static_cast<unsigned>(month - year * 12) + 1, 1) * kNanosecondsPerDay;
}

std::int64_t month_of(Nanoseconds time) noexcept {
  const std::int64_t day = time >= 0 ? time / kNanosecondsPerDay : (time + 1) / kNanosecondsPerDay - 1;
  const Date date = date_from_days(day);
  return date.year * 12 + static_cast<std::int64_t>(date.month) - 1;
}

}  // namespace

Result<Timeframe> Timeframe::parse(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed != std::errc() || count < 1 || text.front() == '-') return unreadable(text);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  Timeframe timeframe;
  for (const std::string_view name : kMonths) {
    if (unit != name) continue;
    if (count > 1200) return unreadable(text);
    timeframe.step_ = 0;
    timeframe.months_ = count;
    return timeframe;
  }
  for (const auto& [name, length] : kUnits) {
    if (unit != name) continue;
    if (count > kLongest / length) return unreadable(text);
    timeframe.step_ = count * length;
    timeframe.weeks_ = length == kWeek;
    return timeframe;
  }
  return unreadable(text);
}

Nanoseconds Timeframe::length() const noexcept {
  constexpr Nanoseconds kMeanMonth = 2'629'746 * kNanosecondsPerSecond;  // 365.2425 days / 12
  return months_ != 0 ? months_ * kMeanMonth : step_;
}

Nanoseconds Timeframe::start_of(Nanoseconds time, Nanoseconds origin) const noexcept {
  if (months_ == 0) return floor_to(time, step_, weeks_ ? kFirstMonday : origin);
  const std::int64_t month = month_of(time);
  const std::int64_t inside = month % months_;
  return month_start(month - (inside < 0 ? inside + months_ : inside));
}

Nanoseconds Timeframe::end_of(Nanoseconds start) const noexcept {
  return months_ == 0 ? start + step_ : month_start(month_of(start) + months_);
}

std::string Timeframe::text() const {
  if (months_ != 0) return std::to_string(months_) + "mo";
  if (weeks_) return std::to_string(step_ / kWeek) + "w";
  for (const auto& [name, length] : {std::pair{"d", kNanosecondsPerDay}, std::pair{"h", kNanosecondsPerHour},
                                     std::pair{"m", kNanosecondsPerMinute}}) {
    if (step_ % length == 0) return std::to_string(step_ / length) + name;
  }
  return std::to_string(step_ / kNanosecondsPerSecond) + "s";
}

}  // namespace peak
