// Which hours of the week have bars: learned by counting, for each hour, in how many of the weeks that the data span it
// has a bar. Whatever the zone of the stamps, a market's week shows.
#include <algorithm>

#include "quality/checked_rows.hpp"

namespace peak::quality {
namespace {

constexpr Nanoseconds kCentury = 36'524 * kNanosecondsPerDay;  // no market is closed so long: not looked at day by day
constexpr std::int64_t kMondayOffset = 3;                      // 1970-01-01 was a Thursday

std::int64_t hour_of(Nanoseconds time) noexcept {
  const std::int64_t day = calendar_day(time);
  return day * 24 + (time - day * kNanosecondsPerDay) / kNanosecondsPerHour;
}

std::size_t hour_of_week(std::int64_t hour) noexcept {
  return static_cast<std::size_t>(((hour + kMondayOffset * 24) % 168 + 168) % 168);
}

/// True if daily bars lie on NYSE's days and nearly all of those have one.
bool keeps_to(const Calendar& calendar, const CheckedRows& rows) {
  const auto first = calendar_day(rows.at(rows.unique.front())), last = calendar_day(rows.at(rows.unique.back()));
  std::size_t on = 0, sessions = 0;
  for (const std::size_t row : rows.unique) on += calendar.is_session(calendar_day(rows.at(row))) ? 1U : 0U;
  for (std::int64_t day = first; day <= last; ++day) sessions += calendar.is_session(day) ? 1U : 0U;
  const std::size_t strange = rows.unique.size() - on;
  return strange * 100 <= rows.unique.size() && on * 100 >= sessions * 80;
}

}  // namespace

TradingHours::TradingHours(const CheckedRows& rows, Nanoseconds step, const CheckOptions& options)
    : calendar_(options.calendar), given_(options.calendar.has_value()), step_(step) {
  if (given_) {
    name_ = calendar_->name();
    return;
  }
  if (rows.unique.empty() || step <= 0) {
    name_ = rows.unique.size() < 2 ? "none: too few rows" : "none: most rows share a time with another";
    return;
  }
  if (step > kNanosecondsPerDay) {
    name_ = "none: one bar every " + std::to_string(step / kNanosecondsPerDay) + " days";
    return;
  }
  // Before 1971 exchanges had other holidays, and until 1952 Saturdays.
  const bool modern = calendar_day(rows.at(rows.unique.front())) >= days_from_date(1971, 1, 1);
  if (step == kNanosecondsPerDay && rows.unique.size() >= 100 && modern) {
    Calendar nyse = Calendar::named("nyse").value();
    if (keeps_to(nyse, rows)) {
      calendar_ = std::move(nyse);
      name_ = "nyse (the rows keep to it)";
      return;
    }
  }
  learn(rows);
}

void TradingHours::learn(const CheckedRows& rows) {
  std::array<std::int64_t, kHours> seen{}, spanned{};
  const Nanoseconds unit = step_ >= kNanosecondsPerDay ? kNanosecondsPerDay : kNanosecondsPerHour;
  const std::int64_t hours = unit / kNanosecondsPerHour;
  const auto slot = [&](Nanoseconds time) { return hours == 24 ? calendar_day(time) * 24 : hour_of(time); };
  const std::int64_t first = slot(rows.at(rows.unique.front())), last = slot(rows.at(rows.unique.back()));
  const std::int64_t weeks = (last - first) / 168;
  for (auto& count : spanned) count = weeks;
  for (std::int64_t hour = first + weeks * 168; hour <= last; hour += hours) ++spanned[hour_of_week(hour)];
  std::int64_t before = first - hours;
  for (const std::size_t row : rows.unique) {
    const std::int64_t hour = slot(rows.at(row));
    if (hour != before) ++seen[hour_of_week(hour)];
    before = hour;
  }
  std::size_t open = 0;
  for (std::size_t i = 0; i < kHours; ++i) {
    open_[i] = seen[i] > 0 && seen[i] * 2 >= spanned[i];
    open += open_[i] ? 1U : 0U;
  }
  name_ = hours == 24 ? std::to_string(open) + " days of the week that usually have bars"
                      : std::to_string(open) + " hours of the week that usually have bars";
}

bool TradingHours::is_outside(Nanoseconds time) const noexcept {
  if (!given_) return false;
  return step_ >= kNanosecondsPerDay ? !calendar_->is_session(calendar_day(time)) : !calendar_->is_open(time);
}

std::size_t TradingHours::missing_bars(Nanoseconds after, Nanoseconds before) const noexcept {
  const Nanoseconds distance = distance_between(after, before);
  if (step_ <= 0 || distance < step_ + step_ / 2) return 0;  // stamps may be late by a little
  if (distance > kCentury) return static_cast<std::size_t>(distance / step_);
  if (step_ > kNanosecondsPerDay) {  // weeks and months: their lengths differ
    return static_cast<std::size_t>(std::max<Nanoseconds>((distance + step_ / 2) / step_ - 1, 0));
  }
  if (calendar_) return calendar_->missing_bars(after, before, step_);
  return learned_between(after, before);
}

std::size_t TradingHours::learned_between(Nanoseconds after, Nanoseconds before) const noexcept {
  std::size_t count = 0;
  if (step_ >= kNanosecondsPerHour) {
    const auto index = [&](Nanoseconds time) {
      return hour_of_week(step_ == kNanosecondsPerDay ? calendar_day(time) * 24 : hour_of(time));
    };
    for (Nanoseconds time = after + step_; time < before; time += step_) count += open_[index(time)] ? 1U : 0U;
    return count;
  }
  // Hour by hour: the bars that fit between the hour's start or `after`, and its end or `before`.
  for (Nanoseconds time = after + step_; time < before;) {
    const Nanoseconds hour_end = (hour_of(time) + 1) * kNanosecondsPerHour;
    const Nanoseconds end = std::min(hour_end, before);
    const auto fitting = static_cast<std::size_t>((end - time + step_ - 1) / step_);
    if (open_[hour_of_week(hour_of(time))]) count += fitting;
    time += static_cast<Nanoseconds>(fitting) * step_;
  }
  return count;
}

}  // namespace peak::quality
