// Resample: bars of a longer timeframe, from bars or from prices.
//
// Values     open is the first price of a period, high and low the extremes, close the last, volume the sum; of further
//            columns the last value. Missing values (NaN) are passed over, as in pandas; a period without any price is
//            NaN.
// Periods    without rows are left out unless keep_empty. By default they begin where pandas' do: at multiples of the
//            timeframe from the midnight (UTC) before the first row; weeks begin on Mondays.
// Threads    pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/market/calendar.hpp"
#include "peak/market/other_symbols.hpp"
#include "peak/market/panel.hpp"
#include "peak/market/timeframe.hpp"

namespace peak {

enum class ResampleOrigin : unsigned char {
  kStartDay,  ///< midnight UTC before the first row
  kEpoch,     ///< 1970-01-01
  kStart,     ///< the first row
};

struct ResampleOptions {
  ResampleOrigin origin = ResampleOrigin::kStartDay;
  std::optional<Nanoseconds> origin_time = {};  ///< instead of origin: any instant at which a period begins
  Nanoseconds offset = 0;                       ///< added to the origin
  bool closed_right = false;                    ///< a period holds its end and not its start
  bool label_right = false;                     ///< stamped with its end
  bool keep_empty = false;                      ///< periods without rows come as NaN, volume 0
  /// Periods begin at each session's open and end with it at the latest; rows outside of sessions are left out. Periods
  /// of a day and longer hold whole sessions and are stamped with the day's midnight UTC.
  std::optional<Calendar> sessions = {};
};

/// kInvalidArgument for options that do not go together; kBadData when keep_empty would make more than 50 million bars.
Result<Bars> resample(const Bars& bars, const Timeframe& timeframe, const ResampleOptions& options = {});

/// Every symbol of a panel, by one grid: origins are those of the panel's first stamp. The symbols beside it stay as
/// they are. Errors name the symbol; one without a bar that is left is refused.
Result<Panel> resample(const Panel& panel, const Timeframe& timeframe, const ResampleOptions& options = {});

/// What becomes of the values of one column within a period, one after the other; NaN is passed over.
class PeriodValue {
 public:
  /// By the column's name: open first, high highest, low lowest, volume summed, any other last.
  explicit PeriodValue(std::string_view column) noexcept;
  void reset() noexcept;
  void add(double value) noexcept;
  /// NaN if there was no value; 0 for a sum without any.
  [[nodiscard]] double value() const noexcept;

 private:
  enum class Kind : unsigned char { kFirst, kHighest, kLowest, kLast, kSum };
  Kind kind_;
  double value_ = 0, lost_ = 0;  ///< a sum with what rounding took from it (Neumaier 1974)
};

/// Bars of a longer timeframe as they come to be known (for at("4h", ...) of the expression language): by the grid of
/// Timeframe::start_of from 1970 on.
///
/// A higher bar is complete with the bar that reaches its end, and with the first bar beyond it at the latest. How long
/// the bars themselves are is told by the shortest distance of neighbours so far. A bar that comes into a higher bar
/// after it was complete (as can happen when data begin with a gap) does not change it. So nothing here depends on
/// later bars.
struct HigherBars {
  Bars bars;
  /// For each bar of the data the latest complete higher bar; -1 before the first.
  std::vector<std::int64_t> complete;
};
Result<HigherBars> higher_bars(const Bars& bars, const Timeframe& timeframe);

/// When higher bars begin and end, bar by bar: what higher_bars and the streaming evaluation share.
class HigherClock {
 public:
  explicit HigherClock(const Timeframe& timeframe) : timeframe_(timeframe) {}

  struct Step {
    bool ends_previous;  ///< the higher bar before was still open; it is complete now, before this bar is looked at
    bool begins;         ///< this bar is the first of a higher bar
    bool belongs;        ///< this bar is part of the open higher bar
    bool completes;      ///< with this bar the open higher bar is complete
  };
  /// The next bar; stamps must rise.
  Step push(Nanoseconds time) noexcept;
  [[nodiscard]] Nanoseconds start() const noexcept { return start_; }

 private:
  Timeframe timeframe_;
  Nanoseconds shortest_ = 0, before_ = kNoTime, start_ = kNoTime, end_ = kNoTime;
  bool open_ = false;
};

}  // namespace peak
