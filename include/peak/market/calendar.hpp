// Calendar: on which days, and between which hours, a market trades.
//
// Three calendars are built in; any other comes as a list of sessions (from Python: exchange_calendars).
//   24/7      every day, round the clock (crypto)
//   weekdays  Monday to Friday, round the clock UTC, no holidays
//   fx        the foreign exchange week: sessions of Monday to Friday, each from 17:00 New York of the day before to
//   17:00 nyse      New York Stock Exchange, 9:30 to 16:00 New York, with its holidays, early closes and unplanned
//             closures from 1990 on. Earlier years follow the rules of 1990 and miss older holidays.
// Source of nyse: NYSE Rule 7.2 and the exchange's published list of closings; checked against the package
// exchange_calendars (XNYS) for 1990 to 2026.
//
// Threads: immutable, a value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"

namespace peak {

/// One period of trading; `day` is the date it is named by, in days since 1970.
struct Session {
  std::int64_t day = 0;
  Nanoseconds open = 0;   ///< UTC, first instant
  Nanoseconds close = 0;  ///< UTC, first instant after it
};

class Calendar {
 public:
  /// "24/7", "weekdays", "fx" or "nyse" (also "XNYS"), case ignored.
  static Result<Calendar> named(std::string_view name);
  /// A calendar of the user's: days rise strictly, each session opens before it closes. Outside of them nothing trades.
  static Result<Calendar> of_sessions(std::string name, std::vector<Session> sessions);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool is_session(std::int64_t day) const noexcept;
  /// The session of a day; only for days that have one.
  [[nodiscard]] Session session(std::int64_t day) const noexcept;
  /// Sessions named by days in [first, last], at most 200,000.
  [[nodiscard]] std::vector<Session> sessions(std::int64_t first, std::int64_t last) const;
  [[nodiscard]] bool is_open(Nanoseconds time) const noexcept;

  /// How many bars of length `step` should lie strictly between two neighbouring stamps. Bars of a day count sessions,
  /// shorter ones the places after + k * step at which the market is open; longer ones know no calendar.
  [[nodiscard]] std::size_t missing_bars(Nanoseconds after, Nanoseconds before, Nanoseconds step) const noexcept;

 private:
  enum class Kind : unsigned char { kAlways, kWeekdays, kFx, kNyse, kListed };
  Kind kind_ = Kind::kAlways;
  std::string name_;
  std::shared_ptr<const std::vector<Session>> listed_;
};

/// Nanoseconds that New York's clocks are behind UTC on a date (five hours, or four in summer), by the rules of the
/// United States since 1967; on the day of a change, as in its afternoon.
[[nodiscard]] Nanoseconds new_york_behind_utc(std::int64_t day) noexcept;

/// The day (since 1970) of a stamp, UTC.
[[nodiscard]] inline std::int64_t calendar_day(Nanoseconds time) noexcept {
  return time >= 0 ? time / kNanosecondsPerDay : (time + 1) / kNanosecondsPerDay - 1;
}

}  // namespace peak
