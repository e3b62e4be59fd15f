#include "io/path_dates.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "io/source.hpp"
#include "peak/io/time_bound.hpp"

namespace peak::io {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The value of a folder named key=value.
std::string folder_value(const std::string& path, const std::string& key) {
  const std::string wanted = key + "=";
  for (std::size_t at = path.find(wanted); at != std::string::npos; at = path.find(wanted, at + 1)) {
    const std::size_t begin = at + wanted.size(), end = path.find('/', begin);
    if ((at == 0 || path[at - 1] == '/') && end != std::string::npos) return path.substr(begin, end - begin);
  }
  return {};
}

std::string two_digits(const std::string& number) { return number.size() == 1 ? "0" + number : number; }

/// The date of the folders, as far as they tell it: 2024, 2024-03 or 2024-03-05.
std::string folder_date(const std::string& path) {
  if (std::string date = folder_value(path, "date"); !date.empty()) {
    if (date.size() == 8 && is_digits(date)) date = date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6);
    return date;
  }
  std::string date = folder_value(path, "year");
  for (const char* key : {"month", "day"}) {
    const std::string part = folder_value(path, key);
    if (date.empty() || !is_digits(part)) break;
    date += "-" + two_digits(part);
  }
  return date;
}

/// The date of a name that is nothing else, as LEAN writes them (20170903_trade.zip). A date beside other words may be
/// that of a download.
std::string name_date(const std::string& path) {
  std::string name(file_name(path));
  name = name.substr(0, name.find('.', 1));
  for (const char* kind : {"_trade", "_quote"}) {
    if (name.ends_with(kind)) name.resize(name.size() - 6);
  }
  if (name.size() != 8 || !is_digits(name)) return {};
  return name.substr(0, 4) + "-" + name.substr(4, 2) + "-" + name.substr(6);
}

}  // namespace

PathDates dates_in_path(const std::string& path) {
  PathDates dates;
  std::string date = folder_date(path);
  if (date.empty()) date = name_date(path);
  // What is longer than a day names a moment, and not what the file holds.
  if (date.empty() || date.size() > 10) return dates;
  const auto first = parse_time_bound(date, false), last = parse_time_bound(date, true);
  if (!first.ok() || !last.ok()) return dates;
  dates.first = *first - kNanosecondsPerDay;
  dates.last = *last + kNanosecondsPerDay;
  return dates;
}

}  // namespace peak::io
