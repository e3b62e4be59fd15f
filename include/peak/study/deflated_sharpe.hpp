// Deflated Sharpe ratio: how sure a Sharpe ratio is, after counting how many were tried.
//
// Sharpe ratios here are of one bar (not annualised): the annual one / sqrt(periods per year).
// Sources: Bailey, Lopez de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2), 2012 (probabilistic
// Sharpe ratio, eq. 11; minimum track record length, eq. 13); "The Deflated Sharpe Ratio", Journal of Portfolio
// Management 40(5), 2014 (expected maximum, eq. 1; deflated Sharpe ratio, eq. 2; number of independent trials, appendix
// A.3). Threads: pure functions. Undefined results are NaN.
#pragma once

#include <cstddef>

namespace peak {

/// A Sharpe ratio with what its error depends on.
struct SharpeEstimate {
  double sharpe = 0;    ///< mean / standard deviation of the returns of one bar
  double bars = 0;      ///< number of returns
  double skewness = 0;  ///< third standardised moment
  double kurtosis = 3;  ///< fourth standardised moment (3 for the normal distribution, not 0)
};

/// The standard normal distribution function, and its inverse (0 < p < 1; -inf and inf at the ends, NaN outside).
[[nodiscard]] double normal_cdf(double x) noexcept;
[[nodiscard]] double normal_quantile(double p) noexcept;

/// The highest of `trials` independent standard normal values, on average: (1 - g) z(1 - 1/N) + g z(1 - 1/(N e)), g
/// Euler's constant. 0 for one trial or fewer; `trials` need not be whole.
[[nodiscard]] double expected_maximum(double trials) noexcept;

/// The probability that the true Sharpe ratio is above `threshold`.
[[nodiscard]] double probabilistic_sharpe(const SharpeEstimate& estimate, double threshold = 0) noexcept;

/// The Sharpe ratio that the best of `trials` without skill reaches on average, when their Sharpe ratios have this
/// variance.
[[nodiscard]] double luck_threshold(double trials, double variance) noexcept;

/// The probability that the best of `trials` has skill: probabilistic_sharpe against luck_threshold. Under 0.95 it is
/// commonly taken for luck.
[[nodiscard]] double deflated_sharpe(const SharpeEstimate& best, double trials, double variance) noexcept;

/// How many bars make it `confidence` sure that the true Sharpe ratio is above `threshold`; infinite if it is not
/// above.
[[nodiscard]] double minimum_track_record(const SharpeEstimate& estimate, double threshold = 0,
                                          double confidence = 0.95) noexcept;

/// How many independent trials are in `trials` whose returns have this correlation on average: r + (1 - r) * trials.
[[nodiscard]] double independent_trials(double trials, double average_correlation) noexcept;

}  // namespace peak
