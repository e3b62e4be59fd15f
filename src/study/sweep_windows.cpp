#include "peak/study/sweep_windows.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include "peak/base/time.hpp"

namespace peak {
namespace {

struct Window {
  Nanoseconds first = std::numeric_limits<Nanoseconds>::min();
  Nanoseconds end = std::numeric_limits<Nanoseconds>::max();  // the first time that is not in it
};

Error not_a_window(const std::string& text) {
  return invalid_argument("window '" + text +
                          "' is not FROM:TO with dates as 2010, 2010-06 or 2010-06-30, such as 2010:2014");
}

// The digits up to the next '-', taken off `text`.
bool take_number(std::string_view& text, int& number) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + dash, number);
  const bool good = dash > 0 && error == std::errc() && end == text.data() + dash;
  text.remove_prefix(std::min(dash + 1, text.size()));
  return good;
}

// The first day of the year, month or day that `text` names, and the first day after it.
bool days_of(std::string_view text, std::int64_t& first, std::int64_t& after) {
  int year = 0, month = 1, day = 1;
  const auto parts = std::count(text.begin(), text.end(), '-') + 1;
  if (parts > 3 || !take_number(text, year) || year < 1678 || year > 2261) return false;
  if (parts > 1 && !take_number(text, month)) return false;
  if (parts > 2 && !take_number(text, day)) return false;
  if (month < 1 || day < 1 || !is_valid_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day)))
    return false;
  first = days_from_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  after = first + 1;
  if (parts == 1) after = days_from_date(year + 1, 1, 1);
  if (parts == 2)
    after = month == 12 ? days_from_date(year + 1, 1, 1) : days_from_date(year, static_cast<unsigned>(month) + 1, 1);
  return true;
}

Result<Window> parse_window(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos || text.size() == 1) return not_a_window(text);
  const std::string_view from = std::string_view(text).substr(0, colon), to = std::string_view(text).substr(colon + 1);
  Window window;
  std::int64_t first = 0, after = 0;
  if (!from.empty()) {
    if (!days_of(from, first, after)) return not_a_window(text);
    window.first = first * kNanosecondsPerDay;
  }
  if (!to.empty()) {
    if (!days_of(to, first, after)) return not_a_window(text);
    window.end = after * kNanosecondsPerDay;
  }
  return window;
}

}  // namespace

Result<std::vector<SweepMarket>> in_windows(std::span<const SweepMarket> markets,
                                            std::span<const std::string> windows) {
  std::vector<SweepMarket> made;
  for (const SweepMarket& market : markets) {
    for (const std::string& text : windows) {
      PEAK_ASSIGN_OR_RETURN(const Window window, parse_window(text));
      const auto time = market.bars.time();
      const auto first = std::lower_bound(time.begin(), time.end(), window.first);
      const auto end = std::lower_bound(first, time.end(), window.end);
      if (first == end) {
        return invalid_argument("window '" + text + "' holds none of the bars" +
                                (time.empty() ? std::string()
                                              : ", which run from " + format_time_short(time.front()) + " to " +
                                                    format_time_short(time.back())));
      }
      SweepMarket part = market;
      part.window = text;
      part.bars =
          market.bars.slice(static_cast<std::size_t>(first - time.begin()), static_cast<std::size_t>(end - first));
      made.push_back(std::move(part));
    }
  }
  return made;
}

}  // namespace peak
