// Checked rows: the columns that checks and repairs look at, and the order of time over them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time_range.hpp"
#include "peak/quality/check.hpp"

namespace peak::quality {

inline constexpr const char* kPriceNames[] = {"open", "high", "low", "close"};

/// From one stamp to a later one; at most what Nanoseconds hold.
[[nodiscard]] constexpr Nanoseconds distance_between(Nanoseconds from, Nanoseconds to) noexcept {
  const auto distance = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<Nanoseconds>::max());
  return static_cast<Nanoseconds>(to < from ? 0 : std::min(distance, most));
}

struct CheckedRows {
  Column time;
  std::array<Column, 4> prices;      ///< open, high, low, close; empty where there is none
  Column volume;                     ///< empty if there is none
  Column split;                      ///< ratio of a split on that day (1 or 0: none); empty if there is none
  std::vector<std::size_t> ordered;  ///< rows with a time, by time; of equal times in the order of the file
  std::vector<std::size_t> unique;   ///< of those the last of each time
  bool newest_first = false;         ///< the last row is older than the first

  [[nodiscard]] std::size_t size() const noexcept { return time.size(); }
  [[nodiscard]] Nanoseconds at(std::size_t row) const noexcept { return time.int64s()[row]; }
  /// Stamps outside of 1678 to 2261 count as none: arithmetic on them would leave the range of Nanoseconds.
  [[nodiscard]] bool has_time(std::size_t row) const noexcept { return is_in_time_range(at(row)); }
  [[nodiscard]] bool has(std::size_t price) const noexcept { return prices[price].size() != 0; }
  [[nodiscard]] double price(std::size_t which, std::size_t row) const noexcept {
    return prices[which].float64s()[row];
  }
  /// Whether open, high, low and close are all there.
  [[nodiscard]] bool has_ranges() const noexcept { return has(0) && has(1) && has(2) && has(3); }
};

/// As check_bars says which columns are what.
Result<CheckedRows> checked_rows(const Table& table);

/// Gathers one finding: counts places and keeps the first.
class Gathered {
 public:
  Gathered(Fault fault, Severity severity, const CheckedRows& rows, const CheckOptions& options)
      : rows_(rows), options_(options) {
    finding_.fault = fault;
    finding_.severity = severity;
  }

  template <typename Words>
  void add(std::size_t row, const Words& words) {
    if (finding_.count++ < options_.places) keep(row, words());
  }
  void set_severity(Severity severity) noexcept { finding_.severity = severity; }
  [[nodiscard]] std::size_t count() const noexcept { return finding_.count; }
  /// Into the list, unless there is nothing to tell. The text goes through with_count.
  void finish(std::vector<Finding>& list, std::string text, std::string remedy = {});

 private:
  void keep(std::size_t row, std::string words);
  const CheckedRows& rows_;
  const CheckOptions& options_;
  Finding finding_;
};

/// "{gap|gaps} found" as "1 gap found" or "3 gaps found".
std::string with_count(std::string text, std::size_t count);

/// "12.5": few digits.
std::string number_words(double value);

/// Hours of the week that usually have bars, or a calendar's.
class TradingHours {
 public:
  TradingHours(const CheckedRows& rows, Nanoseconds step, const CheckOptions& options);
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Bars that should lie between two neighbouring stamps.
  [[nodiscard]] std::size_t missing_bars(Nanoseconds after, Nanoseconds before) const noexcept;
  /// Whether the calendar was given, and has no trading at `time`.
  [[nodiscard]] bool is_outside(Nanoseconds time) const noexcept;

 private:
  void learn(const CheckedRows& rows);
  static constexpr std::size_t kHours = std::size_t{7} * 24;
  [[nodiscard]] std::size_t learned_between(Nanoseconds after, Nanoseconds before) const noexcept;

  std::optional<Calendar> calendar_;
  bool given_ = false;
  Nanoseconds step_ = 0;
  std::array<bool, kHours> open_{};
  std::string name_;
};

// Each adds its findings to the list.
void check_times(const CheckedRows& rows, const CheckOptions& options, Quality& quality);
void check_clock(const CheckedRows& rows, const CheckOptions& options, Quality& quality);
void check_prices(const CheckedRows& rows, const CheckOptions& options, Quality& quality);
void check_volume(const CheckedRows& rows, const CheckOptions& options, Quality& quality);
void check_moves(const CheckedRows& rows, const CheckOptions& options, Quality& quality);

/// A move of the closing price that stands out: bar `place` of rows.unique.
struct Move {
  enum class Kind : unsigned char { kSpike, kJump, kSplit };
  std::size_t place = 0;
  Kind kind = Kind::kJump;
  std::size_t length = 1;  ///< bars until a spike is back
  double ratio = 1;        ///< of a split: old price over new price
  std::string words;
};

/// Moves by time. Only positive, finite prices are looked at.
std::vector<Move> find_moves(const CheckedRows& rows, double outlier_moves);

}  // namespace peak::quality
