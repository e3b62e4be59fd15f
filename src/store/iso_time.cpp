#include "peak/store/trade_rows.hpp"

namespace peak::store {
namespace {

/// Reads a text from front to back; `failed` once something was not as it must be.
class IsoReader {
 public:
  explicit IsoReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] char peek() const noexcept { return done() ? '\0' : text_[at_]; }

  bool take(char c) noexcept {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }
  void expect(char c) noexcept { failed_ = !take(c) || failed_; }

  /// Exactly `digits` digits, up to `most`.
  unsigned number(int digits, unsigned most) noexcept {
    unsigned value = 0;
    for (int i = 0; i < digits; ++i) {
      const char c = peek();
      failed_ = failed_ || c < '0' || c > '9';
      if (failed_) return 0;
      value = value * 10 + static_cast<unsigned>(c - '0');
      ++at_;
    }
    failed_ = failed_ || value > most;
    return value;
  }

  /// Digits after the point as nanoseconds; those beyond the ninth are dropped.
  Nanoseconds fraction() noexcept {
    Nanoseconds value = 0;
    Nanoseconds unit = kNanosecondsPerSecond / 10;
    failed_ = failed_ || peek() < '0' || peek() > '9';
    for (; peek() >= '0' && peek() <= '9'; ++at_, unit /= 10) value += unit * (peek() - '0');
    return value;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

Nanoseconds read_clock(IsoReader& reader) {
  Nanoseconds time = reader.number(2, 23) * kNanosecondsPerHour;
  reader.expect(':');
  time += reader.number(2, 59) * kNanosecondsPerMinute;
  if (reader.take(':')) {
    time += reader.number(2, 59) * kNanosecondsPerSecond;
    if (reader.take('.')) time += reader.fraction();
  }
  return time;
}

/// What must be taken off for UTC.
Nanoseconds read_offset(IsoReader& reader) {
  if (reader.done() || reader.take('Z') || reader.take('z')) return 0;
  const bool west = reader.take('-');
  if (!west) reader.expect('+');
  Nanoseconds offset = reader.number(2, 23) * kNanosecondsPerHour;
  if (!reader.done()) {
    reader.take(':');
    offset += reader.number(2, 59) * kNanosecondsPerMinute;
  }
  return west ? -offset : offset;
}

}  // namespace

Result<Nanoseconds> parse_iso_time(std::string_view text) {
  IsoReader reader(text);
  const unsigned year = reader.number(4, 9999);
  reader.expect('-');
  const unsigned month = reader.number(2, 12);
  reader.expect('-');
  const unsigned day = reader.number(2, 31);
  Nanoseconds within = 0;
  if (!reader.done()) {
    if (!reader.take('T')) reader.expect(' ');
    within = read_clock(reader);
    within -= read_offset(reader);
  }
  const std::string shown = "'" + std::string(text.substr(0, 40)) + "'";
  if (reader.failed() || !reader.done()) {
    return bad_data(shown + " is no time; write it as 2020-01-02T09:30:00Z or 2020-01-02 09:30:00+01:00");
  }
  if (!is_valid_date(year, month, day)) return bad_data(shown + " is no date of the calendar");
  if (year < 1678 || year > 2261) return bad_data(shown + " lies outside of 1678 to 2261");
  return days_from_date(year, month, day) * kNanosecondsPerDay + within;
}

}  // namespace peak::store
