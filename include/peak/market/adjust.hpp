// Adjust: prices of different days, currencies and units made comparable.
//
// Threads    pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"

namespace peak {

/// Which actions are taken out of the prices before them.
struct Adjustment {
  bool splits = true;
  bool dividends = true;
};

/// Bars with splits and cash dividends taken out backwards from the last bar, by the columns that tell them:
/// split_ratio
/// ("split ratio", split; new shares for an old one, 1 or 0 for none) and dividend ("ex-dividend", "ex_dividend",
/// dividends; in the price's currency on the ex-date). Prices before a split are divided by its ratio and volumes
/// multiplied; prices before a dividend D are multiplied by c / (c + D), c the close of the ex-date, so that returns
/// are total returns with the dividend put back at that close (CRSP's method; the adjusted columns of Quandl's WIKI set
/// are made so). kInvalidArgument if neither column is there, or a ratio or dividend is negative or infinite.
Result<Bars> adjusted(const Bars& bars, const Adjustment& adjustment = {});

/// Bars between two splits, and the history as a chart drawn in their units shows it.
struct SplitPeriod {
  std::size_t first = 0, end = 0;  ///< its bars
  Bars bars;  ///< 0 to end: prices before a split divided by its ratio, volumes multiplied; further columns as they are
};

/// The bars cut where a split takes effect: at the first bar at or after its time. Without a split inside the data one
/// period, whose bars are these. What comes after a period does not enter it.
std::vector<SplitPeriod> split_periods(const Bars& bars);

/// For each bar how many present units one of its own is, by the splits up to bar `last`.
std::vector<double> units_at(std::span<const Nanoseconds> time, std::span<const Split> splits, std::size_t last);

/// How many units one became after `after` and up to `until`; 1 without a split between.
double units_between(std::span<const Split> splits, Nanoseconds after, Nanoseconds until);

/// Prices multiplied by `factor` (MT5 points: 0.001 or 0.00001), volumes as they are. kInvalidArgument unless it is
/// finite and above 0.
Result<Bars> scaled(const Bars& bars, double factor);

/// Prices multiplied by the close of the latest bar of `rates` that is not later (units of the new currency for one of
/// the old); NaN before the first. With `divide` prices are divided instead.
Result<Bars> converted(const Bars& bars, const Bars& rates, bool divide = false);

}  // namespace peak
