// Stamps against the clock: whether they lie on one grid, and whether the market's day moves when clocks change.
//
// The market's day is its activity by half hour (volume, or the bars' ranges, or their number). Of the ten days before
// a change of clocks and the ten after, the profiles are compared as they stand and moved by one hour: a market that
// follows a clock with summer time matches better when moved if its stamps do not follow that clock.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "quality/checked_rows.hpp"

namespace peak::quality {
namespace {

constexpr Nanoseconds kQuarter = 15 * kNanosecondsPerMinute;
constexpr std::size_t kSlots = 48;  // half hours of a day
constexpr std::int64_t kDaysCompared = 10;
using Profile = std::array<double, kSlots>;

Nanoseconds phase_of(Nanoseconds time, Nanoseconds unit) noexcept {
  const Nanoseconds phase = time % unit;
  return phase < 0 ? phase + unit : phase;
}

void check_grid(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  const Nanoseconds step = quality.step;
  if (step < kNanosecondsPerSecond || step > kNanosecondsPerDay || kNanosecondsPerDay % step != 0) return;
  std::map<Nanoseconds, std::size_t> phases;
  for (const std::size_t row : rows.ordered) {
    if (++phases[phase_of(rows.at(row), step)], phases.size() > rows.ordered.size() / 2 + 1) return;  // no grid at all
  }
  if (phases.size() < 2) return;
  const auto usual =
      std::max_element(phases.begin(), phases.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (usual->second * 2 <= rows.ordered.size() && step < kNanosecondsPerHour) return;
  Gathered zones(Fault::kMixedZones, Severity::kWarning, rows, options);
  Gathered jitter(Fault::kOffGrid, Severity::kNote, rows, options);
  Nanoseconds furthest = 0;
  for (const std::size_t row : rows.ordered) {
    const Nanoseconds distance = phase_of(phase_of(rows.at(row), step) - usual->first, step);
    if (distance == 0) continue;
    if (distance % kQuarter == 0 && step >= 2 * kQuarter) {
      zones.add(row, [&] { return format_time(rows.at(row)); });
    } else {
      furthest = std::max(furthest, std::min(distance, step - distance));
      jitter.add(row, [&] { return format_time(rows.at(row)); });
    }
  }
  zones.finish(
      quality.findings,
      "{stamp lies|stamps lie} whole quarters of an hour beside the others: rows of several time zones, or a change of "
      "clocks",
      "read each part with its own --time-zone");
  jitter.finish(quality.findings, "{stamp lies|stamps lie} beside the grid of the others, by at most " +
                                      number_words(static_cast<double>(furthest) / 1e6) + " ms");
}

/// Days on which clocks change in the United States and Europe.
std::vector<std::int64_t> changes_between(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> days;
  for (std::int64_t day = first; day <= last; ++day) {
    if (weekday_from_days(day) != 6) continue;
    const Date date = date_from_days(day);
    const bool american = new_york_behind_utc(day) != new_york_behind_utc(day - 1);
    const bool european = (date.month == 3 || date.month == 10) && date.day > 24;
    if (american || european) days.push_back(day);
  }
  return days;
}

class Activity {
 public:
  explicit Activity(const CheckedRows& rows) : rows_(rows) {
    if (rows.volume.size() != 0) {
      for (const double volume : rows.volume.float64s()) has_volume_ = has_volume_ || volume > 0;
    }
  }

  /// Share of the activity in each half hour of the days [first, last]; false if fewer than five days have bars.
  bool profile(std::int64_t first, std::int64_t last, Profile& shares) const {
    shares = {};
    const auto earlier = [&](std::size_t row, Nanoseconds time) { return rows_.at(row) < time; };
    auto at = std::lower_bound(rows_.unique.begin(), rows_.unique.end(), first * kNanosecondsPerDay, earlier);
    std::int64_t before = first - 1;
    std::size_t days = 0;
    double sum = 0;
    for (; at != rows_.unique.end() && calendar_day(rows_.at(*at)) <= last; ++at) {
      const std::int64_t day = calendar_day(rows_.at(*at));
      days += day != before ? 1U : 0U;
      before = day;
      const double weight = weight_of(*at);
      shares[static_cast<std::size_t>((rows_.at(*at) - day * kNanosecondsPerDay) / (2 * kQuarter))] += weight;
      sum += weight;
    }
    for (double& share : shares) share = sum > 0 ? share / sum : 0;
    return days >= 5 && sum > 0;
  }

 private:
  [[nodiscard]] double weight_of(std::size_t row) const noexcept {
    double weight = 1;
    if (has_volume_) {
      weight = rows_.volume.float64s()[row];
    } else if (rows_.has_ranges()) {
      weight = (rows_.price(1, row) - rows_.price(2, row)) / rows_.price(3, row);
    }
    return std::isfinite(weight) && weight > 0 ? weight : 0;
  }
  const CheckedRows& rows_;
  bool has_volume_ = false;
};

double correlation(const Profile& a, const Profile& b, int shift) {
  double aa = 0, bb = 0, ab = 0;
  constexpr double kMean = 1.0 / static_cast<double>(kSlots);
  for (std::size_t i = 0; i < kSlots; ++i) {
    const double x = a[i] - kMean;
    const double y = b[(i + kSlots + static_cast<std::size_t>(shift + static_cast<int>(kSlots))) % kSlots] - kMean;
    aa += x * x, bb += y * y, ab += x * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// First stamps after weekends: after a day or more without bars.
std::vector<Nanoseconds> week_openings(const CheckedRows& rows) {
  std::vector<Nanoseconds> openings;
  for (std::size_t i = 1; i < rows.unique.size(); ++i) {
    const Nanoseconds before = rows.at(rows.unique[i - 1]), now = rows.at(rows.unique[i]);
    if (distance_between(before, now) > kNanosecondsPerDay) {
      openings.push_back(now);
    }
  }
  return openings;
}

/// By how many hours (1, -1, or 0) the two openings from `day` on differ from the two before it, if those agree.
int opening_shift(const std::vector<Nanoseconds>& openings, std::int64_t day) {
  const auto at = std::lower_bound(openings.begin(), openings.end(), day * kNanosecondsPerDay);
  if (at - openings.begin() < 2 || openings.end() - at < 2) return 0;
  constexpr Nanoseconds kWeek = 7 * kNanosecondsPerDay;
  const Nanoseconds before = *(at - 1) % kWeek, after = *at % kWeek;
  if (*(at - 2) % kWeek != before || *(at + 1) % kWeek != after) return 0;
  if (distance_between(*(at - 1), *at) > 2 * kWeek) return 0;
  const Nanoseconds shift = after - before;
  return shift == kNanosecondsPerHour ? 1 : shift == -kNanosecondsPerHour ? -1 : 0;
}

int activity_shift(const Activity& activity, std::int64_t day) {
  Profile before{}, after{};
  if (!activity.profile(day - kDaysCompared, day - 1, before) || !activity.profile(day, day + kDaysCompared, after)) {
    return 0;
  }
  const double still = correlation(before, after, 0);
  const double earlier = correlation(before, after, -2), later = correlation(before, after, 2);
  const double best = std::max(earlier, later);
  if (best < 0.9 || best < still + 0.2) return 0;
  return earlier > later ? -1 : 1;
}

void check_daylight(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  if (quality.step < kNanosecondsPerSecond || quality.step > kNanosecondsPerHour || rows.unique.size() < 100) return;
  const Activity activity(rows);
  const std::int64_t first = calendar_day(rows.at(rows.unique.front()));
  const std::int64_t last = calendar_day(rows.at(rows.unique.back()));
  Gathered shifts(Fault::kDaylightShift, Severity::kNote, rows, options);
  const std::vector<Nanoseconds> openings = week_openings(rows);
  for (const std::int64_t day : changes_between(first + 5, last - 5)) {
    int hours = opening_shift(openings, day);
    if (hours == 0) hours = activity_shift(activity, day);
    if (hours == 0) continue;
    const auto at = std::lower_bound(rows.unique.begin(), rows.unique.end(), day * kNanosecondsPerDay,
                                     [&](std::size_t row, Nanoseconds time) { return rows.at(row) < time; });
    if (at == rows.unique.end()) continue;
    shifts.add(*at, [&] {
      return std::string("the market comes an hour ") + (hours < 0 ? "earlier" : "later") + " from here on";
    });
  }
  shifts.finish(
      quality.findings,
      "{time|times} the market's day moves by an hour against the stamps when clocks change: the stamps are UTC or "
      "a fixed zone, the market keeps summer time",
      "group by sessions of a calendar, not by hours of the stamps");
}

}  // namespace

void check_clock(const CheckedRows& rows, const CheckOptions& options, Quality& quality) {
  check_grid(rows, options, quality);
  check_daylight(rows, options, quality);
}

}  // namespace peak::quality
