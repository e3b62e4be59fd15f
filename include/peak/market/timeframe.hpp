// Timeframe: the length of bars, as people write it, and the periods that it cuts time into.
//
//     1s 30s   5m 5min   4h   1d   1w   1mo          (also 1D, 1W, 1M and 1ME for a month, 1t for a minute)
//
// Periods   of less than a week begin at multiples of their length from an origin (midnight UTC of 1970-01-01 unless
// told
//           otherwise), weeks on Mondays, months on their first day; UTC. A period holds its start and not its end.
// Threads   a value; pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"

namespace peak {

class Timeframe {
 public:
  /// kInvalidArgument for what is not a whole number of at least 1 and a unit, or longer than 100 years.
  static Result<Timeframe> parse(std::string_view text);

  /// Length of a period; of months the mean month of the Gregorian calendar.
  [[nodiscard]] Nanoseconds length() const noexcept;
  [[nodiscard]] bool is_months() const noexcept { return months_ != 0; }
  /// Start of the period that holds `time`, for times of 1678 to 2261.
  [[nodiscard]] Nanoseconds start_of(Nanoseconds time, Nanoseconds origin = 0) const noexcept;
  /// Start of the period after the one that starts at `start`.
  [[nodiscard]] Nanoseconds end_of(Nanoseconds start) const noexcept;
  /// Shortest form: "4h", "15m", "1d", "1w", "1mo".
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Timeframe&, const Timeframe&) = default;

 private:
  Nanoseconds step_ = kNanosecondsPerDay;  ///< 0 for months
  std::int64_t months_ = 0;
  bool weeks_ = false;  ///< a multiple of weeks: periods begin on Mondays
};

}  // namespace peak
