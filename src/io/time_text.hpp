// Time text: one date with or without a clock, as people write it, to nanoseconds.
//
// Dates: 2020-01-02, 2020/1/2, 20200102, 1/2/2020, 02.01.2020, 2-Jan-2020, Jan 2 2020, 2020-01 (its first day).
// Clocks after T, a blank or nothing: 9:30, 09:30:15.250, 093015, 0930, 3 PM, 03:04:05 pm, 11-AM.
// Zones after that: Z, UTC, GMT, +05:30, -0500, +02.
#pragma once

#include <string_view>

#include "peak/base/time.hpp"
#include "peak/io/options.hpp"

namespace peak::io {

struct TimeText {
  Nanoseconds time = 0;    ///< as written: local, or UTC if has_zone
  bool has_clock = false;  ///< false for a pure date
  bool has_zone = false;
  bool short_year = false;  ///< the year had two digits: 69 is 2069 and 70 is 1970, as in POSIX
};

/// The whole text as a time; false if it is none, does not exist (31 February) or lies outside 1678 to 2261.
/// `order` says how three numbers with a short first one are meant; a four-digit first number is always the year.
bool parse_time_text(std::string_view text, DateOrder order, TimeText& result) noexcept;

/// The whole text as a clock (as above, without a zone), in nanoseconds since midnight.
bool parse_clock_text(std::string_view text, Nanoseconds& result) noexcept;

/// The shape of a time that parse_time_text takes, for people: "YYYY-MM-DD HH:MM:SS", "D.M.YYYY".
std::string describe_time_text(std::string_view text, DateOrder order);

}  // namespace peak::io
