#include "peak/market/resample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "peak/base/time_range.hpp"

namespace peak {
namespace {

constexpr std::size_t kMostBars = 50'000'000;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// Rows [first, end) of the data under one stamp.
struct Period {
  Nanoseconds stamp;
  std::size_t first, end;
};

Column reduced(const std::string& name, std::span<const double> values, const std::vector<Period>& periods) {
  std::vector<double> result(periods.size());
  PeriodValue one(name);
  for (std::size_t i = 0; i < periods.size(); ++i) {
    one.reset();
    for (std::size_t row = periods[i].first; row < periods[i].end; ++row) one.add(values[row]);
    result[i] = one.value();
  }
  return Column::own(name, std::move(result));
}

Result<Bars> bars_of(const Bars& bars, const std::vector<Period>& periods) {
  std::vector<std::int64_t> time(periods.size());
  for (std::size_t i = 0; i < periods.size(); ++i) time[i] = periods[i].stamp;
  Column volume;
  if (bars.find("volume") != nullptr) volume = reduced("volume", bars.volume(), periods);
  std::vector<Column> further;
  static constexpr const char* kOwn[] = {"time", "open", "high", "low", "close", "volume"};
  for (const std::string& name : bars.column_names()) {
    const Column& column = *bars.find(name);
    if (std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn)) continue;
    further.push_back(reduced(name, column.float64s(), periods));
  }
  PEAK_ASSIGN_OR_RETURN(
      Bars result,
      Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime), reduced("open", bars.open(), periods),
                         reduced("high", bars.high(), periods), reduced("low", bars.low(), periods),
                         reduced("close", bars.close(), periods), std::move(volume), std::move(further)));
  result.set_symbol(bars.symbol());
  result.set_time_zone(bars.time_zone());
  return result;
}

Status check_times(std::span<const Nanoseconds> time) {
  for (std::size_t i = 0; i < time.size(); ++i) {
    if (!is_in_time_range(time[i])) {
      return bad_data("bar " + std::to_string(i) + ": the time " + format_time(time[i]) +
                      " lies outside of 1678 to 2261");
    }
    if (i > 0 && time[i] < time[i - 1]) {
      return bad_data("bar " + std::to_string(i) + ": the times must rise, and " + format_time(time[i]) +
                      " comes after " + format_time(time[i - 1]));
    }
  }
  return {};
}

Nanoseconds origin_of(std::span<const Nanoseconds> time, const ResampleOptions& options) {
  if (options.origin_time) return *options.origin_time + options.offset;
  switch (options.origin) {
    case ResampleOrigin::kStartDay: return calendar_day(time.front()) * kNanosecondsPerDay + options.offset;
    case ResampleOrigin::kStart: return time.front() + options.offset;
    case ResampleOrigin::kEpoch: break;
  }
  return options.offset;
}

Result<std::vector<Period>> plain_periods(std::span<const Nanoseconds> time, const Timeframe& timeframe,
                                          const ResampleOptions& options) {
  std::vector<Period> periods;
  const Nanoseconds origin = origin_of(time, options), late = options.closed_right ? 1 : 0;
  Nanoseconds start = kNoTime, end = kNoTime;
  for (std::size_t i = 0; i < time.size(); ++i) {
    if (start == kNoTime || time[i] - late >= end) {
      const Nanoseconds next = timeframe.start_of(time[i] - late, origin);
      while (options.keep_empty && start != kNoTime && end < next) {
        start = end;
        end = timeframe.end_of(start);
        periods.push_back({options.label_right ? end : start, i, i});
        if (periods.size() > kMostBars) {
          return bad_data("empty periods of " + timeframe.text() + " would make more than 50 million bars");
        }
      }
      start = next;
      end = timeframe.end_of(start);
      periods.push_back({options.label_right ? end : start, i, i});
    }
    periods.back().end = i + 1;
  }
  return periods;
}

/// Periods inside sessions, each counted from the session's open.
std::vector<Period> session_periods(std::span<const Nanoseconds> time, const Timeframe& timeframe,
                                    const ResampleOptions& options) {
  std::vector<Period> periods;
  const bool whole_days = timeframe.length() >= kNanosecondsPerDay;
  const std::vector<Session> sessions =
      options.sessions->sessions(calendar_day(time.front()) - 1, calendar_day(time.back()) + 1);
  std::size_t row = 0;
  Nanoseconds key = kNoTime;
  for (const Session& session : sessions) {
    while (row < time.size() && time[row] < session.open) ++row;
    for (; row < time.size() && time[row] < session.close; ++row) {
      const Nanoseconds start = whole_days ? timeframe.start_of(session.day * kNanosecondsPerDay)
                                           : timeframe.start_of(time[row], session.open);
      if (periods.empty() || start != key || (!whole_days && periods.back().end != row)) {
        key = start;
        const Nanoseconds end = std::min(timeframe.end_of(start), whole_days ? kStampLimit : session.close);
        periods.push_back({options.label_right ? end : start, row, row});
      }
      periods.back().end = row + 1;
    }
  }
  return periods;
}

}  // namespace

PeriodValue::PeriodValue(std::string_view column) noexcept
    : kind_(column == "open"     ? Kind::kFirst
            : column == "high"   ? Kind::kHighest
            : column == "low"    ? Kind::kLowest
            : column == "volume" ? Kind::kSum
                                 : Kind::kLast) {
  reset();
}

void PeriodValue::reset() noexcept {
  value_ = kind_ == Kind::kSum ? 0 : kMissing;
  lost_ = 0;
}

void PeriodValue::add(double value) noexcept {
  if (std::isnan(value)) return;
  const bool none = std::isnan(value_);
  switch (kind_) {
    case Kind::kFirst: value_ = none ? value : value_; return;
    case Kind::kHighest: value_ = none || value > value_ ? value : value_; return;
    case Kind::kLowest: value_ = none || value < value_ ? value : value_; return;
    case Kind::kLast: value_ = value; return;
    case Kind::kSum: break;
  }
  const double total = value_ + value;
  lost_ += std::abs(value_) >= std::abs(value) ? (value_ - total) + value : (value - total) + value_;
  value_ = total;
}

double PeriodValue::value() const noexcept { return std::isfinite(lost_) ? value_ + lost_ : value_; }

Result<Bars> resample(const Bars& bars, const Timeframe& timeframe, const ResampleOptions& options) {
  const std::span<const Nanoseconds> time = bars.time();
  PEAK_RETURN_IF_ERROR(check_times(time));
  if (options.sessions && (options.keep_empty || options.closed_right || options.origin_time || options.offset != 0)) {
    return invalid_argument(
        "periods of sessions begin at their opens: origin, offset, closed_right and keep_empty do not "
        "go with sessions");
  }
  if (time.empty()) return bars_of(bars, {});
  if (options.sessions) return bars_of(bars, session_periods(time, timeframe, options));
  PEAK_ASSIGN_OR_RETURN(const std::vector<Period> periods, plain_periods(time, timeframe, options));
  return bars_of(bars, periods);
}

HigherClock::Step HigherClock::push(Nanoseconds time) noexcept {
  if (before_ != kNoTime) {
    const auto distance = static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(before_);
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<Nanoseconds>::max());
    const auto step = static_cast<Nanoseconds>(std::min(distance, kMost));
    shortest_ = shortest_ == 0 ? step : std::min(shortest_, step);
  }
  before_ = time;
  Step step{};
  if (start_ == kNoTime || time >= end_) {
    step.ends_previous = open_;
    step.begins = open_ = true;
    start_ = timeframe_.start_of(time);
    end_ = timeframe_.end_of(start_);
  }
  step.belongs = open_;
  step.completes = open_ && shortest_ != 0 && shortest_ >= end_ - time;
  if (step.completes) open_ = false;
  return step;
}

Result<HigherBars> higher_bars(const Bars& bars, const Timeframe& timeframe) {
  const std::span<const Nanoseconds> time = bars.time();
  PEAK_RETURN_IF_ERROR(check_times(time));
  HigherBars higher;
  higher.complete.resize(time.size());
  std::vector<Period> periods;
  HigherClock clock(timeframe);
  std::int64_t complete = -1;
  for (std::size_t i = 0; i < time.size(); ++i) {
    const HigherClock::Step step = clock.push(time[i]);
    if (step.ends_previous) ++complete;
    if (step.begins) periods.push_back({clock.start(), i, i});
    if (step.belongs) periods.back().end = i + 1;
    if (step.completes) ++complete;
    higher.complete[i] = complete;
  }
  PEAK_ASSIGN_OR_RETURN(higher.bars, bars_of(bars, periods));
  return higher;
}

}  // namespace peak
