// Bars: open, high, low, close and volume of one symbol over time, as columns; what every engine reads.
//
// Purpose    the one form in which market data reach indicators, expressions and engines.
// Units      prices in the instrument's currency, volume as the source counts it, time in Nanoseconds UTC (the bar's
//            start unless the loader was told otherwise).
// Missing    a price that is not there is NaN (rule 6: no fill on that bar, the position keeps its last mark).
// Ownership  columns share their memory (see table/column.hpp): copying Bars copies pointers.
// Threads    immutable after construction.
// Failure    from_table checks what it takes and names the first rows that break a rule; see BarChecks.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/table/column.hpp"

namespace peak {

/// Which repairs a loader may make. Everything not asked for is refused with a count and the first rows.
struct BarRepairs {
  bool sort = false;             ///< sort rows by time (stable)
  bool drop_duplicates = false;  ///< of rows with one time keep the last
  bool drop_bad_rows = false;    ///< drop rows with infinite, zero or negative prices, high < low, or infinite volumes
  bool drop_missing_rows = false;  ///< drop rows with any price missing (NaN)
};

/// Which checks are made. The defaults refuse what would silently give a wrong backtest.
struct BarChecks {
  /// Missing prices (NaN) are allowed inside data by rule 6 only when this is set; else they are refused.
  bool allow_missing = false;
  /// Zero or negative prices (spreads, the oil price of 2020-04-20) are refused unless this is set.
  bool allow_nonpositive = false;
  BarRepairs repairs = {};
  /// How messages name row i of the table, such as "line 7: 2020-01-02,1,2,3,4"; "row i" (from 0) when not set.
  /// Called for the few rows that a message shows.
  std::function<std::string(std::size_t)> describe_row = {};
};

/// What a repair did, for the line that the user sees ("dropped 3 rows with repeated times: 7, 9, 12").
struct BarRepairReport {
  std::size_t sorted_rows = 0;        ///< rows that were out of order
  bool reversed = false;              ///< the data came newest first
  std::size_t duplicate_rows = 0;     ///< rows dropped for a repeated time
  std::size_t bad_rows = 0;           ///< rows dropped for impossible prices or volumes
  std::size_t missing_rows = 0;       ///< rows dropped for missing prices
  std::vector<std::string> messages;  ///< one sentence for each repair made, with the first rows
};

/// From `time` on `ratio` new units stand for each old one (2: two for one).
struct Split {
  Nanoseconds time = 0;
  double ratio = 1;
};

class OtherSymbols;

class Bars {
 public:
  Bars() = default;

  /// Takes the columns of `table` (names compared without regard to case). Required: a time column (`time`, `date`,
  /// `datetime`, `timestamp`, `start`, or the first time-typed column) and `close`. Missing open, high and low are
  /// taken to be close (a series of prices); missing volume stays absent. Further numeric columns are kept by name,
  /// in lower case. Data that come newest first are turned round without being asked (and reported); any other
  /// disorder is refused unless a repair allows it.
  static Result<Bars> from_table(const Table& table, const BarChecks& checks = {}, BarRepairReport* report = nullptr);

  /// Takes columns that are known to be right (same length, times ascending); only the lengths are checked.
  static Result<Bars> from_columns(Column time, Column open, Column high, Column low, Column close, Column volume,
                                   std::vector<Column> extra = {});

  [[nodiscard]] std::size_t size() const noexcept { return close_.size(); }
  [[nodiscard]] std::span<const Nanoseconds> time() const noexcept { return time_.int64s(); }
  [[nodiscard]] std::span<const double> open() const noexcept { return open_.float64s(); }
  [[nodiscard]] std::span<const double> high() const noexcept { return high_.float64s(); }
  [[nodiscard]] std::span<const double> low() const noexcept { return low_.float64s(); }
  [[nodiscard]] std::span<const double> close() const noexcept { return close_.float64s(); }
  /// Empty when the data have no volume.
  [[nodiscard]] std::span<const double> volume() const noexcept { return volume_.float64s(); }
  [[nodiscard]] bool has_volume() const noexcept { return volume_.size() == size() && size() != 0; }

  /// True if the checks of from_table have seen that no price is missing; after from_columns it is not known.
  [[nodiscard]] bool has_every_price() const noexcept { return has_every_price_; }

  /// A price column or a further column by its lower-case name; null if there is none.
  [[nodiscard]] const Column* find(std::string_view name) const noexcept;
  /// Names that find() knows, in the order time, open, high, low, close, volume, extra.
  [[nodiscard]] std::vector<std::string> column_names() const;
  [[nodiscard]] const Column& time_column() const noexcept { return time_; }

  /// Splits of prices as they were traded, ascending by time, which formulas over these bars take out (decided case
  /// 8.5, expression/program.hpp). Not part of the data's identity; a slice keeps them.
  [[nodiscard]] std::span<const Split> splits() const noexcept { return splits_; }
  void set_splits(std::vector<Split> splits) { splits_ = std::move(splits); }

  /// Other symbols that formulas over these bars may read (market/other_symbols.hpp); null: none. Part of the data's
  /// identity; a slice keeps them whole, since formulas read no more of them than was complete at each bar.
  [[nodiscard]] const OtherSymbols* others() const noexcept { return others_.get(); }
  /// How long a bar is, as it was told when the others were put beside; 0: not known, taken to be as long as theirs.
  [[nodiscard]] Nanoseconds bar_length() const noexcept { return bar_length_; }
  void set_others(std::shared_ptr<const OtherSymbols> others, Nanoseconds bar_length) {
    others_ = std::move(others);
    bar_length_ = bar_length;
  }
  [[nodiscard]] const std::shared_ptr<const OtherSymbols>& shared_others() const noexcept { return others_; }

  /// Rows [first, first + count) without a copy; clipped to what is there.
  [[nodiscard]] Bars slice(std::size_t first, std::size_t count) const;

  /// Hash of times, prices, volume and further columns with their names, and of the other symbols: the data's identity
  /// in results and caches.
  /// The symbol and the zone do not enter. Computed at each call (about 20 GB/s).
  [[nodiscard]] Hash128 fingerprint() const;

  [[nodiscard]] const std::string& symbol() const noexcept { return symbol_; }
  void set_symbol(std::string symbol) { symbol_ = std::move(symbol); }
  /// IANA zone in which the data were given ("UTC", "America/New_York"); only for showing times.
  [[nodiscard]] const std::string& time_zone() const noexcept { return time_zone_; }
  void set_time_zone(std::string zone) { time_zone_ = std::move(zone); }

 private:
  Column time_, open_, high_, low_, close_, volume_;
  std::vector<Column> extra_;
  std::vector<Split> splits_;
  std::shared_ptr<const OtherSymbols> others_;
  Nanoseconds bar_length_ = 0;
  std::string symbol_;
  std::string time_zone_ = "UTC";
  bool has_every_price_ = false;
};

}  // namespace peak
