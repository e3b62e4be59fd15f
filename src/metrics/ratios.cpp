#include "peak/metrics/ratios.hpp"

#include <cmath>

namespace peak {
namespace {

constexpr const char* kOneBar = "fewer than two bars";
constexpr const char* kNotFinite = "a bar's return is not a finite number";

}  // namespace

double squared_deviations(std::int64_t n, const ExactSum& sum, const ExactSum& squares) {
  const double deviations = centred_sum(n, sum, sum, squares);
  // A square is rounded by up to 2^-53 of itself, and a return of about 1e-16 (it was made by subtracting 1) changes it
  // by far less than the second term, n * 2^-90.
  const double rounding = 0x1p-52 * squares.value() + static_cast<double>(n) * 0x1p-90;
  return deviations <= rounding ? 0.0 : deviations;
}

RatioValue annual_volatility(std::int64_t n, const ExactSum& sum, const ExactSum& squares, double periods_per_year) {
  if (n < 2) return {0, kOneBar};
  if (!squares.finite()) return {0, kNotFinite};
  const double variance = squared_deviations(n, sum, squares) / static_cast<double>(n - 1);
  return {std::sqrt(variance) * std::sqrt(periods_per_year)};
}

RatioValue sharpe_ratio(std::int64_t n, const ExactSum& sum, const ExactSum& squares, double periods_per_year,
                        double risk_free) {
  if (n < 2) return {0, kOneBar};
  if (!squares.finite()) return {0, kNotFinite};
  const double variance = squared_deviations(n, sum, squares) / static_cast<double>(n - 1);
  if (!(variance > 0)) return {0, "the returns do not vary"};
  const double mean = sum.value() / static_cast<double>(n);
  return {(mean - risk_free / periods_per_year) / std::sqrt(variance) * std::sqrt(periods_per_year)};
}

RatioValue sortino_ratio(std::int64_t n, const ExactSum& sum, const ExactSum& downside_squares, double periods_per_year,
                         double risk_free) {
  if (n < 1) return {0, "there are no bars"};
  if (!downside_squares.finite() || !sum.finite()) return {0, kNotFinite};
  const double downside = downside_squares.value() / static_cast<double>(n);
  if (!(downside > 0)) return {0, "no bar lost"};
  const double mean = sum.value() / static_cast<double>(n);
  return {(mean - risk_free / periods_per_year) / std::sqrt(downside) * std::sqrt(periods_per_year)};
}

RatioValue annual_growth(std::int64_t n, double final_equity, double cash, double periods_per_year) {
  if (n < 1) return {0, "there are no bars"};
  if (!std::isfinite(final_equity)) return {0, "the equity is not a finite number"};
  if (!(final_equity > 0)) return {0, "the equity is used up, so it has no growth rate"};
  const double growth = std::pow(final_equity / cash, periods_per_year / static_cast<double>(n)) - 1.0;
  if (!std::isfinite(growth)) return {0, "too few bars to tell a year's growth (outside the range of a double)"};
  return {growth};
}

}  // namespace peak
