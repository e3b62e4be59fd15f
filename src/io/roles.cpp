#include "io/roles.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>

#include "io/number.hpp"
#include "peak/base/suggest.hpp"

namespace peak::io {
namespace {

// The usual names, the likeliest first, in the form that plain() gives them.
constexpr std::string_view kTimes[] = {"datetime",       "date time", "timestamp",   "ts",         "open time",
                                       "time open",      "opentime",  "start",       "start time", "gmt time",
                                       "date",           "time",      "time period", "period",     "unix",
                                       "unix timestamp", "day",       "index",       "t"};
constexpr std::string_view kClocks[] = {"time", "clock", "hour", "time of day"};
constexpr std::string_view kOpens[] = {"open", "o", "open price", "price open", "first", "mid open"};
constexpr std::string_view kHighs[] = {"high", "h", "high price", "price high", "max", "mid high"};
constexpr std::string_view kLows[] = {"low", "l", "low price", "price low", "min", "mid low"};
constexpr std::string_view kCloses[] = {"close", "c",         "close price", "price close", "close/last",
                                        "last",  "mid close", "price",       "last price",  "adj close"};
constexpr std::string_view kVolumes[] = {"volume",     "vol",         "v",           "volume btc",
                                         "volumefrom", "volume from", "base volume", "tick volume",
                                         "tickvol",    "tick vol",    "real volume", "trade volume"};

/// Lower case, without < > around, with one blank for '_', '-', '.' and runs of blanks.
std::string plain(std::string_view name) {
  name = trimmed(name);
  if (name.size() > 2 && name.front() == '<' && name.back() == '>') name = name.substr(1, name.size() - 2);
  std::string result;
  for (const char c : name) {
    const bool gap = c == '_' || c == '-' || c == '.' || c == ' ';
    if (gap && (result.empty() || result.back() == ' ')) continue;
    result += gap ? ' ' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

std::optional<std::size_t> find_named(const std::vector<std::string>& plain_names,
                                      std::span<const std::string_view> synonyms) {
  for (const std::string_view synonym : synonyms) {
    const auto found = std::find(plain_names.begin(), plain_names.end(), synonym);
    if (found != plain_names.end()) return static_cast<std::size_t>(found - plain_names.begin());
  }
  return std::nullopt;
}

std::vector<std::string> plain_names(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const std::string& name : names) result.push_back(plain(name));
  return result;
}

Result<std::optional<std::size_t>> given(const std::vector<std::string>& names, const std::string& wanted,
                                         const char* role) {
  std::optional<std::size_t> found;
  if (wanted.empty()) return found;
  if (wanted.starts_with('#')) {
    std::size_t number = 0;
    const char* const end = wanted.data() + wanted.size();
    const auto result = std::from_chars(wanted.data() + 1, end, number);
    if (result.ec != std::errc() || result.ptr != end || number == 0 || number > names.size()) {
      return invalid_argument("roles." + std::string(role) + ": there is no column " + wanted +
                              "; columns are #1 to #" + std::to_string(names.size()));
    }
    found = number - 1;
    return found;
  }
  for (std::size_t i = 0; i < names.size() && !found; ++i) {
    if (names[i] == wanted) found = i;
  }
  for (std::size_t i = 0; i < names.size() && !found; ++i) {
    if (equals_ignoring_case(trimmed(names[i]), trimmed(wanted))) found = i;
  }
  if (found) return found;
  return invalid_argument("roles." + std::string(role) + ": there is no column '" + wanted + "'" +
                          suggestion(wanted, names));
}

struct RoleRule {
  std::optional<std::size_t> Roles::*member;
  const std::string ColumnRoles::*option;
  std::span<const std::string_view> synonyms;
  const char* name;
};

const RoleRule kRules[] = {{&Roles::time, &ColumnRoles::time, {}, "time"},
                           {&Roles::clock, &ColumnRoles::time_of_day, {}, "time_of_day"},
                           {&Roles::open, &ColumnRoles::open, kOpens, "open"},
                           {&Roles::high, &ColumnRoles::high, kHighs, "high"},
                           {&Roles::low, &ColumnRoles::low, kLows, "low"},
                           {&Roles::close, &ColumnRoles::close, kCloses, "close"},
                           {&Roles::volume, &ColumnRoles::volume, kVolumes, "volume"}};

}  // namespace

const char* Roles::name_of(std::size_t column) const noexcept {
  for (const RoleRule& rule : kRules) {
    if (this->*rule.member == column) return rule.name;
  }
  return "";
}

bool Roles::is_number(std::size_t column) const noexcept {
  return open == column || high == column || low == column || close == column || volume == column;
}

Result<Roles> find_roles(const std::vector<std::string>& names, const ReadOptions& options) {
  Roles roles;
  const std::vector<std::string> plain_ones = plain_names(names);
  for (const RoleRule& rule : kRules) {
    PEAK_ASSIGN_OR_RETURN(roles.*rule.member, given(names, options.roles.*rule.option, rule.name));
    if (!(roles.*rule.member)) roles.*rule.member = find_named(plain_ones, rule.synonyms);
  }
  return roles;
}

std::vector<std::size_t> time_candidates(const std::vector<std::string>& names) {
  std::vector<std::size_t> found;
  const std::vector<std::string> plain_ones = plain_names(names);
  for (const std::string_view synonym : kTimes) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (plain_ones[i] == synonym) found.push_back(i);
    }
  }
  return found;
}

bool is_clock_name(const std::string& name) {
  return std::find(std::begin(kClocks), std::end(kClocks), plain(name)) != std::end(kClocks);
}

std::string quoted_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 30; ++i) text += (i == 0 ? "'" : ", '") + names[i] + "'";
  return names.size() > 30 ? text + ", ..." : text;
}

}  // namespace peak::io
