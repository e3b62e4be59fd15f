// Ratios from exact sums: the formulas of rule 10 that need nothing but sums over bars. Whoever holds such sums (a
// single run, a lane of a sweep, a difference of prefix sums) gets the same bits from here.
//
// Threads: pure functions.
#pragma once

#include <cstdint>

#include "peak/base/exact_sum.hpp"

namespace peak {

/// A value, or the reason why there is none.
struct RatioValue {
  double value = 0;
  const char* reason = nullptr;  ///< static text; null when the value is defined
};

/// Sum of squared deviations from the mean over n values; 0 when it is no more than the rounding of the values and of
/// their squares explains (values that are all equal, to 8 digits), so that no ratio is ever taken to noise.
[[nodiscard]] double squared_deviations(std::int64_t n, const ExactSum& sum, const ExactSum& squares);

/// std(r, ddof 1) * sqrt(P).
[[nodiscard]] RatioValue annual_volatility(std::int64_t n, const ExactSum& sum, const ExactSum& squares,
                                           double periods_per_year);
/// (mean(r) - risk_free / P) / std(r, ddof 1) * sqrt(P).
[[nodiscard]] RatioValue sharpe_ratio(std::int64_t n, const ExactSum& sum, const ExactSum& squares,
                                      double periods_per_year, double risk_free);
/// (mean(r) - risk_free / P) / sqrt(mean(min(r, 0)^2)) * sqrt(P).
[[nodiscard]] RatioValue sortino_ratio(std::int64_t n, const ExactSum& sum, const ExactSum& downside_squares,
                                       double periods_per_year, double risk_free);
/// (final equity / cash)^(P / n) - 1.
[[nodiscard]] RatioValue annual_growth(std::int64_t n, double final_equity, double cash, double periods_per_year);

}  // namespace peak
