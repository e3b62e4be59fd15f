#include "io/time_text.hpp"

#include <array>

#include "io/number.hpp"

namespace peak::io {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 12> kLongMonths = {"january",   "february", "march",    "april",
                                                          "may",       "june",     "july",     "august",
                                                          "september", "october",  "november", "december"};

bool is_digit(char c) noexcept { return static_cast<unsigned char>(c - '0') < 10; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Reads a text from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::size_t digits_ahead() const noexcept {
    std::size_t count = 0;
    while (is_digit(peek(count))) ++count;
    return count;
  }
  bool take(char c) noexcept {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }
  void skip_blanks() noexcept {
    while (peek() == ' ') ++at_;
  }
  /// A number of exactly `count` digits that are known to be there.
  unsigned number(std::size_t count) noexcept {
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + static_cast<unsigned>(text_[at_++] - '0');
    return value;
  }
  std::string_view word() noexcept {
    const std::size_t start = at_;
    while (is_letter(peek())) ++at_;
    return text_.substr(start, at_ - start);
  }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  void back_to(std::size_t position) noexcept { at_ = position; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

unsigned month_of(std::string_view word) noexcept {
  for (unsigned i = 0; i < 12; ++i) {
    if (equals_ignoring_case(word, kMonths[i]) || equals_ignoring_case(word, kLongMonths[i])) return i + 1;
  }
  return 0;
}

/// One of the three parts of a date.
struct Part {
  unsigned value = 0;
  std::size_t digits = 0;  ///< 0 for a month's name
};

bool read_part(Reader& reader, Part& part) noexcept {
  if (is_letter(reader.peek())) {
    part = {month_of(reader.word()), 0};
    return part.value != 0;
  }
  const std::size_t digits = reader.digits_ahead();
  if (digits != 1 && digits != 2 && digits != 4) return false;
  part = {reader.number(digits), digits};
  return true;
}

struct DateText {
  unsigned year = 0, month = 0, day = 0;
  bool short_year = false;
};

bool make_date(const DateText& date, Nanoseconds& result) noexcept {
  if (date.year < 1678 || date.year > 2261 || !is_valid_date(date.year, date.month, date.day)) return false;
  result = days_from_date(date.year, date.month, date.day) * kNanosecondsPerDay;
  return true;
}

bool set_year(DateText& date, const Part& part) noexcept {
  if (part.digits != 4 && part.digits != 2) return false;
  date.short_year = part.digits == 2;
  date.year = part.value + (date.short_year ? (part.value < 70 ? 2000U : 1900U) : 0U);
  return true;
}

/// Gives the three parts their meaning.
bool arrange(const std::array<Part, 3>& parts, DateOrder order, DateText& date) noexcept {
  const bool named_first = parts[0].digits == 0, named_second = parts[1].digits == 0;
  if (parts[2].digits == 0) return false;
  if (parts[0].digits == 4)
    order = DateOrder::kYearMonthDay;
  else if (named_first)
    order = DateOrder::kMonthDayYear;
  else if (named_second)
    order = DateOrder::kDayMonthYear;
  switch (order) {
    case DateOrder::kYearMonthDay:
      if (parts[0].digits != 4 || parts[2].digits > 2) return false;
      date.month = parts[1].value;
      date.day = parts[2].value;
      return set_year(date, parts[0]);
    case DateOrder::kMonthDayYear:
      if (parts[0].digits > 2 || parts[1].digits > 2 || parts[1].digits == 0) return false;
      date.month = parts[0].value;
      date.day = parts[1].value;
      return set_year(date, parts[2]);
    case DateOrder::kDayMonthYear:
      if (parts[0].digits > 2 || parts[1].digits > 2) return false;
      date.day = parts[0].value;
      date.month = parts[1].value;
      return set_year(date, parts[2]);
  }
  return false;
}

bool is_date_separator(char c) noexcept { return c == '-' || c == '/' || c == '.' || c == ' '; }

bool read_date(Reader& reader, DateOrder order, DateText& date) noexcept {
  if (const std::size_t digits = reader.digits_ahead(); digits == 8 || digits == 12 || digits == 14) {
    date = {reader.number(4), reader.number(2), reader.number(2), false};
    return true;
  }
  std::array<Part, 3> parts;
  if (!read_part(reader, parts[0])) return false;
  const char separator = reader.peek();
  if (!is_date_separator(separator)) return false;
  reader.take(separator);
  if (!read_part(reader, parts[1])) return false;
  if (parts[0].digits == 4 && reader.done()) {  // a month alone
    date = {parts[0].value, parts[1].value, 1, false};
    return true;
  }
  reader.take(',');  // Jan 2, 2020
  if (separator == ' ')
    reader.skip_blanks();
  else if (!reader.take(separator))
    return false;
  return read_part(reader, parts[2]) && arrange(parts, order, date);
}

/// Up to nine digits after the point; further ones must be 0 to be exact and are dropped otherwise too.
bool read_fraction(Reader& reader, Nanoseconds& time) noexcept {
  const std::size_t digits = reader.digits_ahead();
  if (digits == 0) return false;
  Nanoseconds value = 0;
  for (std::size_t i = 0; i < 9; ++i)
    value = value * 10 + (i < digits ? static_cast<Nanoseconds>(reader.number(1)) : 0);
  for (std::size_t i = 9; i < digits; ++i) reader.number(1);
  time += value;
  return true;
}

/// AM or PM, with or without a blank or '-' before it; true if there is none.
bool read_half_day(Reader& reader, unsigned& hour, bool& found) noexcept {
  const std::size_t start = reader.position();
  reader.skip_blanks();
  if (is_letter(reader.peek(1)) && reader.take('-')) {
  }
  const std::string_view word = reader.word();
  const bool morning = equals_ignoring_case(word, "am"), evening = equals_ignoring_case(word, "pm");
  found = morning || evening;
  if (!found) {
    reader.back_to(start);
    return true;
  }
  if (hour < 1 || hour > 12) return false;
  hour = hour % 12 + (evening ? 12 : 0);
  return true;
}

bool read_clock(Reader& reader, Nanoseconds& time) noexcept {
  unsigned hour = 0, minute = 0, second = 0;
  Nanoseconds fraction = 0;
  bool half_day = false, minutes_given = true;
  const std::size_t digits = reader.digits_ahead();
  if (digits == 4 || digits == 6) {
    hour = reader.number(2);
    minute = reader.number(2);
    if (digits == 6) second = reader.number(2);
    if (digits == 6 && (reader.take('.') || reader.take(',')) && !read_fraction(reader, fraction)) return false;
  } else if (digits == 1 || digits == 2) {
    hour = reader.number(digits);
    minutes_given = reader.take(':');
    if (minutes_given) {
      if (reader.digits_ahead() != 2) return false;
      minute = reader.number(2);
      if (reader.take(':')) {
        if (reader.digits_ahead() != 2) return false;
        second = reader.number(2);
        if ((reader.take('.') || reader.take(',')) && !read_fraction(reader, fraction)) return false;
      }
    }
  } else {
    return false;
  }
  if (!read_half_day(reader, hour, half_day) || (!minutes_given && !half_day)) return false;
  const bool midnight_at_end = hour == 24 && minute == 0 && second == 0 && fraction == 0;
  if ((hour > 23 && !midnight_at_end) || minute > 59 || second > 59) return false;
  time = hour * kNanosecondsPerHour + minute * kNanosecondsPerMinute + second * kNanosecondsPerSecond + fraction;
  return true;
}

/// A zone, if there is one: its distance from UTC.
bool read_zone(Reader& reader, bool& found, Nanoseconds& offset) noexcept {
  reader.skip_blanks();
  found = false;
  if (reader.done()) return true;
  found = true;
  offset = 0;
  if (is_letter(reader.peek())) {
    const std::string_view word = reader.word();
    return equals_ignoring_case(word, "z") || equals_ignoring_case(word, "utc") || equals_ignoring_case(word, "gmt");
  }
  const bool west = reader.peek() == '-';
  if (!reader.take('-') && !reader.take('+')) return false;
  const std::size_t digits = reader.digits_ahead();
  if (digits != 2 && digits != 4) return false;
  const unsigned hours = reader.number(2);
  unsigned minutes = 0;
  if (digits == 4) {
    minutes = reader.number(2);
  } else if (reader.take(':')) {
    if (reader.digits_ahead() != 2) return false;
    minutes = reader.number(2);
  }
  if (hours > 18 || minutes > 59) return false;
  offset = hours * kNanosecondsPerHour + minutes * kNanosecondsPerMinute;
  if (west) offset = -offset;
  return true;
}

/// Letters for what each run of digits means; the rest of the text is kept.
class Shape {
 public:
  Shape(std::string_view text, DateOrder order) : text_(text) {
    constexpr std::string_view kOrders[] = {"YMDHmSf", "MDYHmSf", "DMYHmSf"};
    if (Reader(text).digits_ahead() >= 4) order = DateOrder::kYearMonthDay;
    letters_ = kOrders[static_cast<std::size_t>(order)];
  }

  std::string read() {
    while (at_ < text_.size()) {
      const std::size_t digits = run(is_digit);
      if (digits != 0) {
        add_digits(digits);
      } else if (is_letter(text_[at_]) && field_ < 3 && text_[at_] != 'T') {
        at_ += run(is_letter);
        shape_ += "Mon";
        ++field_;
      } else if (starts_zone()) {
        return shape_ + "+zone";
      } else {
        shape_ += text_[at_++];
      }
    }
    return std::move(shape_);
  }

 private:
  template <typename Kind>
  [[nodiscard]] std::size_t run(const Kind& is_kind) const {
    std::size_t length = 0;
    while (at_ + length < text_.size() && is_kind(text_[at_ + length])) ++length;
    return length;
  }
  /// A sign after the clock, but not the '-' of "11-AM".
  [[nodiscard]] bool starts_zone() const {
    const char c = text_[at_];
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    return field_ >= 5 && (c == '+' || (c == '-' && !is_letter(next)));
  }
  void put(std::size_t count) {
    const char letter = field_ < letters_.size() ? letters_[field_] : '?';
    shape_.append(count, letter == 'm' ? 'M' : letter);
    ++field_;
  }
  void add_digits(std::size_t digits) {
    at_ += digits;
    if (field_ == 0 && digits >= 8) {  // YYYYMMDD, perhaps with the clock
      put(4);
      put(2);
      put(2);
      for (std::size_t rest = digits - 8; rest >= 2; rest -= 2) put(2);
    } else if (field_ >= 3 && field_ < 6 && digits >= 4) {  // HHMM, HHMMSS
      for (std::size_t rest = digits; rest >= 2; rest -= 2) put(2);
    } else {
      put(field_ == 6 ? 1 : digits);
    }
  }

  std::string_view text_, letters_;
  std::size_t at_ = 0, field_ = 0;
  std::string shape_;
};

}  // namespace

bool parse_time_text(std::string_view text, DateOrder order, TimeText& result) noexcept {
  Reader reader(text);
  DateText date;
  Nanoseconds day = 0, clock = 0, offset = 0;
  if (!read_date(reader, order, date) || !make_date(date, day)) return false;
  result = {day, false, false, date.short_year};
  if (reader.done()) return true;
  if (reader.peek() == 'T' || reader.peek() == 't') {
    reader.take(reader.peek());
  } else {
    reader.take(',');
    reader.skip_blanks();
  }
  if (is_digit(reader.peek())) {
    if (!read_clock(reader, clock)) return false;
    result.has_clock = true;
  }
  if (!read_zone(reader, result.has_zone, offset) || !reader.done()) return false;
  result.time = day + clock - offset;
  return true;
}

bool parse_clock_text(std::string_view text, Nanoseconds& result) noexcept {
  Reader reader(text);
  return read_clock(reader, result) && reader.done();
}

std::string describe_time_text(std::string_view text, DateOrder order) { return Shape(text, order).read(); }

}  // namespace peak::io
