#include "peak/market/periods.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "market/bar_scan.hpp"
#include "peak/market/calendar.hpp"

namespace peak {
namespace {

constexpr std::size_t kHoursPerDay = 24;
/// Days that are looked at hour by hour: eight weeks tell a market's week, and a long series costs no more.
constexpr std::size_t kDaysExamined = 56;

/// From `a` to `b`; far apart ones wrap round instead of overflowing.
Nanoseconds distance(Nanoseconds a, Nanoseconds b) noexcept {
  return static_cast<Nanoseconds>(static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a));
}

/// True if more than half of the pairs of neighbours are `step` apart; looks no further than it must.
bool is_majority(std::span<const Nanoseconds> time, Nanoseconds step) noexcept {
  constexpr std::size_t kBlock = 1024;
  const std::size_t needed = (time.size() - 1) / 2 + 1;
  std::size_t count = 0;
  for (std::size_t first = 0; first + 1 < time.size() && count < needed; first += kBlock) {
    count += count_steps(time.subspan(first, std::min(kBlock + 1, time.size() - first)), step);
  }
  return count >= needed;
}

/// The step that more than half of the pairs have, if one has: Boyer and Moore's majority vote gives the candidate.
std::optional<Nanoseconds> majority_step(std::span<const Nanoseconds> time) {
  const Nanoseconds first = distance(time[0], time[1]);
  if (is_majority(time, first)) return first;
  Nanoseconds candidate = first;
  std::size_t votes = 0;
  for (std::size_t i = 1; i < time.size(); ++i) {
    const Nanoseconds step = distance(time[i - 1], time[i]);
    if (votes == 0) candidate = step;
    votes = step == candidate ? votes + 1 : votes - 1;
  }
  if (is_majority(time, candidate)) return candidate;
  return std::nullopt;
}

/// Weekend bars of daily data. One in fifty is let pass: exchanges hold a rare session on a Saturday.
bool trades_at_weekends(std::span<const Nanoseconds> time) noexcept {
  std::size_t weekend = 0;
  const std::size_t tolerated = time.size() / 50;
  std::int64_t day = calendar_day(time[0]);
  int weekday = weekday_from_days(day);
  for (std::size_t i = 0; i < time.size(); ++i) {
    if (i != 0) {
      const Nanoseconds step = distance(time[i - 1], time[i]);
      if (step == kNanosecondsPerDay) {  // nearly always, and cheaper than a division
        ++day;
        weekday = weekday == 6 ? 0 : weekday + 1;
      } else {
        day = calendar_day(time[i]);
        weekday = weekday_from_days(day);
      }
    }
    weekend += weekday >= 5 ? 1U : 0U;
    if (weekend > tolerated) return true;
  }
  return false;
}

/// Which hours of which weekdays have bars, over the first days of the data.
struct Week {
  std::array<std::array<bool, kHoursPerDay>, 7> seen{};

  Week(std::span<const Nanoseconds> time, Nanoseconds step) noexcept {
    const std::int64_t first_day = calendar_day(time[0]);
    Nanoseconds hour_end = std::numeric_limits<Nanoseconds>::min(), day_end = hour_end;
    std::size_t weekday = 0, hour = 0;
    const auto bars_per_hour = static_cast<std::size_t>(kNanosecondsPerHour / step);
    for (std::size_t i = 0; i < time.size(); ++i) {
      const Nanoseconds stamp = time[i];
      if (stamp < hour_end) continue;  // same hour as the bar before
      if (stamp == hour_end && stamp != day_end) {
        ++hour;  // the next hour of the same day, nearly always, and cheaper than divisions
      } else {
        const std::int64_t day = calendar_day(stamp);
        if (day - first_day > static_cast<std::int64_t>(kDaysExamined)) break;
        const Nanoseconds start = day * kNanosecondsPerDay;
        day_end = start + kNanosecondsPerDay;
        weekday = static_cast<std::size_t>(weekday_from_days(day));
        hour = static_cast<std::size_t>((stamp - start) / kNanosecondsPerHour);
        hour_end = start + static_cast<Nanoseconds>(hour) * kNanosecondsPerHour;
      }
      hour_end += kNanosecondsPerHour;
      seen[weekday][hour] = true;
      // Without gaps the next hour begins a known number of bars further on; where it does not, bars are passed singly.
      const std::size_t ahead = i + bars_per_hour;
      if (bars_per_hour > 1 && ahead < time.size() && time[ahead] == hour_end) i = ahead - 1;
    }
  }

  [[nodiscard]] std::size_t hours(std::size_t weekday) const noexcept {
    return static_cast<std::size_t>(std::count(seen[weekday].begin(), seen[weekday].end(), true));
  }
  /// The fullest weekday: Mondays and Fridays hold the opening and closing of the week.
  [[nodiscard]] std::size_t weekday_hours() const noexcept {
    return std::max({hours(0), hours(1), hours(2), hours(3), hours(4)});
  }
};

/// Median number of bars on the days (UTC) that have any; of two middle ones the mean.
double median_bars_per_day(std::span<const Nanoseconds> time) {
  std::vector<std::size_t> counts;
  Nanoseconds day_end = std::numeric_limits<Nanoseconds>::min();
  for (const Nanoseconds stamp : time) {
    if (stamp >= day_end) {
      counts.push_back(0);
      day_end = (calendar_day(stamp) + 1) * kNanosecondsPerDay;
    }
    ++counts.back();
  }
  std::sort(counts.begin(), counts.end());
  const std::size_t middle = counts.size() / 2;
  if (counts.size() % 2 != 0) return static_cast<double>(counts[middle]);
  return static_cast<double>(counts[middle - 1] + counts[middle]) / 2;
}

std::string periods_text(double value) {
  if (value == std::trunc(value) && std::fabs(value) < 1e9) return std::to_string(static_cast<std::int64_t>(value));
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string step_text(Nanoseconds step) {
  if (step % kNanosecondsPerHour == 0) return periods_text(static_cast<double>(step / kNanosecondsPerHour)) + " h";
  if (step % kNanosecondsPerMinute == 0)
    return periods_text(static_cast<double>(step / kNanosecondsPerMinute)) + " min";
  return periods_text(static_cast<double>(step) / 1e9) + " s";
}

/// True if the first eight days have every bar: then so has each hour of the week, and seven days are traded.
bool begins_without_gap(std::span<const Nanoseconds> time, Nanoseconds step) noexcept {
  const auto pairs = static_cast<std::size_t>(8 * kNanosecondsPerDay / step + 1);
  return pairs < time.size() && count_steps(time.first(pairs + 1), step) == pairs;
}

PeriodsPerYear around_the_clock(double days, const char* when, Nanoseconds step, double steps_per_day) {
  const double value = days * steps_per_day;
  return {value, "bars of " + step_text(step) + when + periods_text(value)};
}

PeriodsPerYear intraday_periods(std::span<const Nanoseconds> time, Nanoseconds step) {
  const double steps_per_day = 86400.0 * 1e9 / static_cast<double>(step);
  // Slots of a day that bars of this step can fill; half of them on a weekend day is more than a Sunday evening.
  const auto slots =
      static_cast<std::size_t>(std::max<Nanoseconds>(1, kNanosecondsPerDay / std::max(step, kNanosecondsPerHour)));
  const auto on_seven_days = [&] {
    return around_the_clock(365, ", seven days a week: 365 days: ", step, steps_per_day);
  };
  if (begins_without_gap(time, step)) return on_seven_days();
  const Week week(time, step);
  if (std::max(week.hours(5), week.hours(6)) * 2 > slots) return on_seven_days();
  if (week.weekday_hours() >= slots) {
    return around_the_clock(260, ", round the clock on five days: 260 days: ", step, steps_per_day);
  }
  const double bars = median_bars_per_day(time);
  return {252 * bars, "bars of " + step_text(step) + " in sessions of " + periods_text(bars) +
                          " (median): 252 sessions: " + periods_text(252 * bars)};
}

}  // namespace

Nanoseconds modal_step(std::span<const Nanoseconds> time) {
  if (time.size() < 2) return 0;
  if (const auto step = majority_step(time)) return *step;
  std::vector<Nanoseconds> steps(time.size() - 1);
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = distance(time[i], time[i + 1]);
  std::sort(steps.begin(), steps.end());
  Nanoseconds best = steps[0];
  std::size_t best_count = 0;
  for (std::size_t i = 0; i < steps.size();) {
    std::size_t end = i;
    while (end < steps.size() && steps[end] == steps[i]) ++end;
    if (end - i > best_count) {
      best = steps[i];
      best_count = end - i;
    }
    i = end;
  }
  return best;
}

PeriodsPerYear periods_per_year(std::span<const Nanoseconds> time, std::optional<double> given) {
  if (given) return {*given, "given: " + periods_text(*given)};
  const Nanoseconds step = modal_step(time);
  if (step <= 0) return {252, "too few bars to tell: 252"};
  if (step >= 28 * kNanosecondsPerDay) return {12, "monthly bars: 12"};
  if (step >= 7 * kNanosecondsPerDay) return {52, "weekly bars: 52"};
  if (step >= kNanosecondsPerDay) {
    if (trades_at_weekends(time)) return {365, "daily bars with weekends: 365"};
    return {252, "daily bars without weekends: 252"};
  }
  return intraday_periods(time, step);
}

}  // namespace peak
