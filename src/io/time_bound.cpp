#include "peak/io/time_bound.hpp"

#include <algorithm>
#include <cctype>

#include "io/number.hpp"
#include "io/time_text.hpp"

namespace peak::io {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// A time that is written in full, and the length of what the text names.
struct Named {
  std::string full;
  Nanoseconds length = 0;  ///< 0: a moment; -1: a month; -2: a year
};

Named named(std::string text) {
  std::replace(text.begin(), text.end(), 'T', ' ');
  const std::string_view view(text);
  if (view.size() == 4 && is_digits(view)) return {text + "-01-01", -2};
  if (view.size() == 7 && is_digits(view.substr(0, 4)) && view[4] == '-' && is_digits(view.substr(5)))
    return {text + "-01", -1};
  if (view.size() == 10) return {text, kNanosecondsPerDay};
  if (view.size() == 13 && is_digits(view.substr(11))) return {text + ":00", 3600 * kNanosecondsPerSecond};
  if (view.size() == 16) return {text, 60 * kNanosecondsPerSecond};
  if (view.size() == 19) return {text, kNanosecondsPerSecond};
  return {text, 0};
}

/// The first moment after the month or year that begins with `full`, "2024-03-01".
std::string after(const std::string& full, Nanoseconds length) {
  int year = std::stoi(full.substr(0, 4)), month = std::stoi(full.substr(5, 2));
  if (length == -2 || month == 12) {
    ++year;
    month = 1;
  } else {
    ++month;
  }
  return std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month) + "-01";
}

}  // namespace

Result<Nanoseconds> parse_time_bound(const std::string& text, bool is_end) {
  const Named bound = named(std::string(trimmed(text)));
  TimeText first, next;
  if (!parse_time_text(bound.full, DateOrder::kYearMonthDay, first)) {
    return invalid_argument("'" + text + "' is no time; write it like 2024, 2024-03, 2024-03-05 or 2024-03-05 14:30");
  }
  if (!is_end || bound.length == 0) return first.time;
  if (bound.length > 0) return first.time + bound.length - 1;
  if (!parse_time_text(after(bound.full, bound.length), DateOrder::kYearMonthDay, next)) return first.time;
  return next.time - 1;
}

}  // namespace peak::io
