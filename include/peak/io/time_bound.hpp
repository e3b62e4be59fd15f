// Time bound: a text as the first or last time of a selection.
//
//     2024            the year: as a start its first nanosecond, as an end its last
//     2024-03         the month
//     2024-03-05      the day
//     2024-03-05 14   the hour; with minutes the minute, with seconds the second
//     2024-03-05T14:30:00.25Z, ... +02:00    that moment, when it has a fraction or a zone
//
// Texts without a zone are UTC. Threads: a pure function.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"

namespace peak::io {

/// kInvalidArgument for what is none of these.
[[nodiscard]] Result<Nanoseconds> parse_time_bound(const std::string& text, bool is_end);

}  // namespace peak::io
