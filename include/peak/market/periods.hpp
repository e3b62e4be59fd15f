// Periods per year: the P of rule 10, by which Sharpe, volatility and CAGR are annualised, and why it is that P.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "peak/base/time.hpp"

namespace peak {

/// The number of bars in a year and the branch of rule 10 that gave it.
struct PeriodsPerYear {
  double value = 252;
  std::string reason;  ///< such as "daily bars without weekends: 252"
};

/// The most frequent distance between neighbouring stamps (ties to the smaller); 0 for fewer than two bars.
[[nodiscard]] Nanoseconds modal_step(std::span<const Nanoseconds> time);

/// Rule 10, in this order: `given`; else by the modal step: >= 28 d 12; 7 d 52; 1 d 252 without weekend bars, else 365;
/// intraday 24/7 data 365*86400/step, FX (24/5) 260*86400/step, else 252 * the median number of bars in a session.
/// Too few bars to tell: 252, and the reason says so.
[[nodiscard]] PeriodsPerYear periods_per_year(std::span<const Nanoseconds> time, std::optional<double> given = {});

}  // namespace peak
