// Path dates: the time that a file's rows lie in, by the names of its folders and its own.
//
//     date=2024-03-05/   year=2024/month=3/day=5/   20170903_trade.zip
//
// A day is taken with one more on either side, because its zone is not known.
#pragma once

#include <limits>
#include <string>

#include "peak/base/time.hpp"

namespace peak::io {

struct PathDates {
  Nanoseconds first = std::numeric_limits<Nanoseconds>::min();
  Nanoseconds last = std::numeric_limits<Nanoseconds>::max();
};

/// Everything where the path tells no date.
[[nodiscard]] PathDates dates_in_path(const std::string& path);

}  // namespace peak::io
