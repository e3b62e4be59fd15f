// NYSE holidays: days on which the exchange is closed or closes early.
#pragma once

#include <cstdint>

namespace peak {

[[nodiscard]] bool is_nyse_session(std::int64_t day) noexcept;

/// The hour in New York at which a session ends: 16, or 13 (14 until 1992) before and after some holidays.
[[nodiscard]] int nyse_close_hour(std::int64_t day) noexcept;

/// Day of the n-th `weekday` (0 Monday) of a month; n = 5 is the last.
[[nodiscard]] std::int64_t nth_weekday(std::int64_t year, unsigned month, int weekday, int n) noexcept;

}  // namespace peak
