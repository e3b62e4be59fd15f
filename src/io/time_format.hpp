// Time format: how the cells of one column tell the time, found from samples, and the parser for them.
#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/time_text.hpp"
#include "io/time_zone.hpp"
#include "peak/base/time.hpp"
#include "peak/io/options.hpp"

namespace peak::io {

struct TimeFormat {
  enum class Kind : unsigned char {
    kNone,
    kText,      ///< as parse_time_text
    kEpoch,     ///< a number of units since 1970
    kMidnight,  ///< a number of units since midnight of `midnight`
    kClock,     ///< a clock without a date: the second of two columns
  };
  Kind kind = Kind::kNone;
  DateOrder order = DateOrder::kYearMonthDay;
  TimeUnit unit = TimeUnit::kSeconds;
  Nanoseconds midnight = 0;
  bool pure_dates = false;     ///< no sample has a clock
  bool order_is_open = false;  ///< day and month could be either way round in every sample
  bool short_years = false;
  bool has_zone = false;  ///< at least one sample carries a zone
  double matched = 0;     ///< share of the samples that fit
  std::string description;
};

/// The format that fits most of `samples` (cells that are not missing); kNone when it is fewer than half. Numbers are
/// taken for times only if `numbers_may_be_times`.
TimeFormat detect_time_format(std::span<const std::string_view> samples, const ReadOptions& options,
                              bool numbers_may_be_times);

/// The unit in which numbers of this size are times since 1970, if any: from 1973 on, each unit has its own
/// thousandfold range.
std::optional<TimeUnit> epoch_unit(double value) noexcept;

[[nodiscard]] Nanoseconds unit_nanoseconds(TimeUnit unit) noexcept;

/// `count` units since `origin`; false if that leaves the range.
bool epoch_time(std::int64_t count, TimeUnit unit, Nanoseconds origin, Nanoseconds& result) noexcept;

/// Cells of one column to UTC.
class TimeParser {
 public:
  TimeParser() = default;
  TimeParser(TimeFormat format, const TimeZone* zone) : format_(std::move(format)), zone_(zone) {}

  [[nodiscard]] const TimeFormat& format() const noexcept { return format_; }
  /// Whether what a cell means may depend on the cell before it: where clocks show an hour twice.
  [[nodiscard]] bool needs_order() const noexcept { return zone_ != nullptr && !zone_->is_utc(); }

  /// The instant of the last cell of local time, kNoTime before the first; and to go on behind such a cell.
  [[nodiscard]] Nanoseconds previous() const noexcept { return previous_; }
  void go_on_after(Nanoseconds previous) noexcept { previous_ = previous; }
  /// True if the first cell of local time was one whose meaning depends on the cell before it.
  [[nodiscard]] bool began_unsure() const noexcept { return began_unsure_; }
  /// False if the cell is not a time of this column's format.
  bool parse(std::string_view text, Nanoseconds& result) noexcept;
  /// A date in this column and a clock from another.
  bool parse(std::string_view date, std::string_view clock, Nanoseconds& result) noexcept;

 private:
  bool parse_number_text(std::string_view text, Nanoseconds& result) const noexcept;
  bool parse_common(std::string_view text, Nanoseconds& result) noexcept;
  Nanoseconds zoned(Nanoseconds local) noexcept {
    if (zone_ == nullptr || zone_->is_utc()) return local;
    if (previous_ == kNoTime) began_unsure_ = zone_->is_repeated(local);
    return previous_ = zone_->to_utc(local, previous_);
  }

  TimeFormat format_;
  const TimeZone* zone_ = nullptr;
  Nanoseconds previous_ = kNoTime;
  bool began_unsure_ = false;
  char day_text_[10] = {};  ///< the last "YYYY-MM-DD" seen, and its midnight: neighbours share their day
  Nanoseconds day_ = 0;
  bool has_day_ = false;
};

}  // namespace peak::io
