#include "io/zone_rule.hpp"

#include "peak/base/time.hpp"

namespace peak::io {
namespace {

constexpr std::int64_t kDay = 86400;

class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}
  [[nodiscard]] bool done() const noexcept { return text_.empty(); }
  [[nodiscard]] char peek() const noexcept { return text_.empty() ? '\0' : text_.front(); }
  bool take(char c) noexcept {
    if (peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// "EST" or "<+0330>".
  bool name() noexcept {
    const bool quoted = take('<');
    std::size_t length = 0;
    while (!done() && (quoted ? peek() != '>' : (peek() | 32) >= 'a' && (peek() | 32) <= 'z')) {
      text_.remove_prefix(1);
      ++length;
    }
    return length > 0 && (!quoted || take('>'));
  }
  bool number(std::int64_t& value) noexcept {
    value = 0;
    std::size_t digits = 0;
    for (; peek() >= '0' && peek() <= '9' && digits < 4; ++digits) {
      value = value * 10 + (peek() - '0');
      text_.remove_prefix(1);
    }
    return digits > 0;
  }
  /// [+-]hh[:mm[:ss]] in seconds.
  bool clock(std::int64_t& seconds) noexcept {
    const bool negative = take('-');
    if (!negative) take('+');
    std::int64_t part = 0;
    if (!number(part)) return false;
    seconds = part * 3600;
    for (std::int64_t unit = 60; unit >= 1 && take(':'); unit /= 60) {
      if (!number(part)) return false;
      seconds += part * unit;
    }
    if (negative) seconds = -seconds;
    return true;
  }
  bool change(ZoneChange& result) noexcept {
    std::int64_t a = 0, b = 0, c = 0;
    if (!take(',')) return false;
    if (take('M')) {
      if (!number(a) || !take('.') || !number(b) || !take('.') || !number(c)) return false;
      if (a < 1 || a > 12 || b < 1 || b > 5 || c > 6) return false;
      result = {ZoneChange::Kind::kWeekday,
                static_cast<unsigned>(a),
                static_cast<unsigned>(b),
                static_cast<unsigned>(c),
                0,
                7200};
    } else {
      result.kind = take('J') ? ZoneChange::Kind::kDayWithoutLeap : ZoneChange::Kind::kDay;
      if (!number(result.day) || result.day > 365) return false;
    }
    return !take('/') || clock(result.second);
  }

 private:
  std::string_view text_;
};

}  // namespace

std::optional<ZoneRule> parse_zone_rule(std::string_view text) {
  RuleReader reader(text);
  ZoneRule rule;
  if (!reader.name() || !reader.clock(rule.standard_offset)) return std::nullopt;
  rule.standard_offset = -rule.standard_offset;  // POSIX counts westwards
  if (reader.done()) return rule;
  rule.has_summer = true;
  rule.summer_offset = rule.standard_offset + 3600;
  if (!reader.name()) return std::nullopt;
  if (reader.peek() != ',') {
    if (!reader.clock(rule.summer_offset)) return std::nullopt;
    rule.summer_offset = -rule.summer_offset;
  }
  if (!reader.change(rule.to_summer) || !reader.change(rule.to_standard) || !reader.done()) return std::nullopt;
  return rule;
}

std::int64_t change_second(const ZoneChange& change, std::int64_t year) {
  const std::int64_t new_year = days_from_date(year, 1, 1);
  if (change.kind == ZoneChange::Kind::kDay) return (new_year + change.day) * kDay + change.second;
  if (change.kind == ZoneChange::Kind::kDayWithoutLeap) {
    const bool after_leap_day = is_valid_date(year, 2, 29) && change.day >= 60;
    return (new_year + change.day - 1 + (after_leap_day ? 1 : 0)) * kDay + change.second;
  }
  const std::int64_t first = days_from_date(year, change.month, 1);
  const int first_weekday = (weekday_from_days(first) + 1) % 7;  // from Sunday
  std::int64_t day = first + (static_cast<int>(change.weekday) - first_weekday + 7) % 7 + 7 * (change.week - 1);
  while (date_from_days(day).month != change.month) day -= 7;  // week 5 is the last one
  return day * kDay + change.second;
}

}  // namespace peak::io
