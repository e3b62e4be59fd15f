// Ticks: trades or quotes as they came, and the bars made of them.
//
// Input      a table with a column of times and either price (trades; beside it amount, size, quantity, qty or volume)
// or
//            bid and ask (or offer), whose middle is the price. Columns of a file without names are taken as price and
//            amount when they follow the time. Times may repeat; newest first is turned round, any other disorder
//            refused.
// Bars       hold whole ticks. Beside open, high, low, close and volume there is the column "ticks", how many. Bars by
// time
//            are stamped with their period's start; others with their first tick's time, or a nanosecond after the bar
//            before where that began at the same time; their last bar is left out when it is not full.
// Threads    pure functions.
#pragma once

#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/market/timeframe.hpp"

namespace peak {

/// When a bar of ticks is full.
struct TickRule {
  enum class Kind : unsigned char {
    kTime,    ///< periods of a timeframe
    kTick,    ///< so many ticks
    kVolume,  ///< with the tick that brings the volume to `size`
    kDollar,  ///< with the tick that brings the sum of price times volume to `size`
  };
  Kind kind = Kind::kTime;
  Timeframe timeframe = {};
  double size = 0;

  /// "1m", "tick:100", "volume:50", "dollar:1000000".
  static Result<TickRule> parse(std::string_view text);
};

/// kBadData for a table without ticks or with a tick that lacks its price; kInvalidArgument for a rule by volume on
/// ticks without one.
Result<Bars> bars_from_ticks(const Table& ticks, const TickRule& rule);

}  // namespace peak
