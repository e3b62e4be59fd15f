// Check: what is wrong with a table of bars, before anything is computed from it.
//
// Purpose    a list of findings, each with a count, the first places, how grave it is and what mends it (fix.hpp).
// Nothing
//            is changed and nothing is refused: the rows are looked at as they stand in the file.
// Input      a table under the names of bars: a time column (time, date, datetime, timestamp, start, or the first of
// times),
//            close (or price), and if they are there open, high, low, volume, split or split_ratio. Tables without
//            prices (quotes, trades) are checked for their times only.
// Units      places are rows of the table from 0, and their times.
// Threads    pure functions.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/market/calendar.hpp"
#include "peak/table/column.hpp"

namespace peak {

enum class Fault : unsigned char {
  kMissingTime,         ///< a row without a time that could be read
  kNewestFirst,         ///< times fall from row to row
  kOutOfOrder,          ///< a row whose time goes against the order of the others
  kRepeatedTime,        ///< a time that an earlier row has
  kGap,                 ///< bars that the calendar expects are missing
  kOutsideCalendar,     ///< bars on days or at hours without trading
  kOffGrid,             ///< stamps beside the places that the others lie on (jitter)
  kMixedZones,          ///< stamps that lie whole quarters of an hour beside the others' places
  kDaylightShift,       ///< the market's day moves by an hour against the stamps when clocks change
  kEmptyPrice,          ///< a price that is missing
  kInfinitePrice,       ///< a price that is infinite
  kNonPositivePrice,    ///< a price of zero or below
  kInconsistentPrices,  ///< high below open, low or close, or low above one of them
  kFlatBar,             ///< open, high, low and close are one price
  kFrozenPrice,         ///< no price moves over many bars
  kOutlier,             ///< a move far beyond the usual
  kUnadjustedSplit,     ///< a jump by the ratio of a split
  kZeroVolume,
  kNegativeVolume,
  kInfiniteVolume,
  kMissingVolume,
  kCopy,  ///< the same bars under two names (copies.hpp)
};
inline constexpr std::size_t kFaultCount = static_cast<std::size_t>(Fault::kCopy) + 1;

/// "missing_time", "newest_first", ...
const char* fault_name(Fault fault) noexcept;

enum class Severity : unsigned char {
  kNote,     ///< worth knowing, may be right
  kWarning,  ///< probably wrong, would change results
  kError,    ///< impossible; a backtest refuses it
};

/// "note", "warning", "error".
const char* severity_name(Severity severity) noexcept;

struct FaultPlace {
  std::size_t row = 0;
  Nanoseconds time = kNoTime;
  std::string what;  ///< such as "low -266.1"; with describe_row also the line in the file
};

struct Finding {
  Fault fault = Fault::kGap;
  Severity severity = Severity::kNote;
  std::size_t count = 0;          ///< rows, or gaps, or pairs of files
  std::vector<FaultPlace> first;  ///< the first places
  std::string text;               ///< one sentence with the count
  std::string remedy;             ///< what to do: a rule of fix.hpp, an option; empty if there is nothing to do
};

struct CheckOptions {
  /// Days and hours of trading; else learned: NYSE's days if daily bars keep to them, else the hours of the week that
  /// usually have bars.
  std::optional<Calendar> calendar = {};
  /// How many usual moves (median absolute log return nearby, times 1.4826) make an outlier; above 0.
  double outlier_moves = 15;
  /// Bars in a row without any change of price that make a frozen price; at least 2.
  std::size_t frozen_bars = 10;
  std::size_t places = 5;  ///< how many first places each finding keeps
  /// How row i is named in places, such as "line 7: 2020-01-02,1,2,3,4"; not at all if not set.
  std::function<std::string(std::size_t)> describe_row = {};
};

struct Quality {
  std::size_t rows = 0;
  Nanoseconds first = kNoTime, last = kNoTime;
  Nanoseconds step = 0;           ///< the most frequent distance of neighbouring rows; 0 for fewer than two
  std::size_t long_steps = 0;     ///< neighbouring rows further apart than `step` (weekends and holidays included)
  std::string calendar;           ///< what gaps were measured against
  std::vector<Finding> findings;  ///< in the order of Fault

  /// How many findings there are of a severity.
  [[nodiscard]] std::size_t count(Severity severity) const noexcept;
  /// Null if there is none.
  [[nodiscard]] const Finding* find(Fault fault) const noexcept;
};

/// kInvalidArgument for options out of range, kBadData for a table without a column of times or with columns of
/// unequal length.
Result<Quality> check_bars(const Table& table, const CheckOptions& options = {});

}  // namespace peak
