#include "peak/study/deflated_sharpe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// n times the variance of the estimate: 1 - skew * SR + (kurtosis - 1) / 4 * SR^2.
double spread(const SharpeEstimate& estimate) {
  const double sr = estimate.sharpe;
  return 1.0 - estimate.skewness * sr + (estimate.kurtosis - 1.0) / 4.0 * sr * sr;
}

}  // namespace

double normal_cdf(double x) noexcept { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double normal_quantile(double p) noexcept {
  if (!(p >= 0 && p <= 1)) return kNaN;
  if (p == 0) return -kInfinity;
  if (p == 1) return kInfinity;
  if (p > 0.5) return -normal_quantile(1.0 - p);
  // Newton's method on the logarithm of the distribution function: it is concave, so that every step stays left of the
  // root, and six or so are enough for any p.
  const double wanted = std::log(p);
  double x = -std::sqrt(-2.0 * std::log(2.0 * p));
  constexpr int kMostSteps = 60;
  for (int step = 0; step < kMostSteps; ++step) {
    const double below = normal_cdf(x);
    if (below <= 0) return x;
    const double density = std::exp(-0.5 * x * x) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    const double change = (std::log(below) - wanted) * below / density;
    x -= change;
    if (std::fabs(change) <= 1e-15 * std::fabs(x)) break;
  }
  return x;
}

double expected_maximum(double trials) noexcept {
  if (!(trials > 1)) return 0;
  // normal_quantile(1 - q) as -normal_quantile(q), so that many trials lose no digits.
  const double of_n = -normal_quantile(1.0 / trials);
  const double of_ne = -normal_quantile(1.0 / (trials * std::numbers::e));
  return (1.0 - std::numbers::egamma) * of_n + std::numbers::egamma * of_ne;
}

double probabilistic_sharpe(const SharpeEstimate& estimate, double threshold) noexcept {
  const double variance = spread(estimate);
  if (!(variance > 0) || !(estimate.bars > 1)) return kNaN;
  return normal_cdf((estimate.sharpe - threshold) * std::sqrt(estimate.bars - 1.0) / std::sqrt(variance));
}

double luck_threshold(double trials, double variance) noexcept {
  return variance > 0 ? std::sqrt(variance) * expected_maximum(trials) : 0.0;
}

double deflated_sharpe(const SharpeEstimate& best, double trials, double variance) noexcept {
  return probabilistic_sharpe(best, luck_threshold(trials, variance));
}

double minimum_track_record(const SharpeEstimate& estimate, double threshold, double confidence) noexcept {
  const double variance = spread(estimate);
  if (!(variance > 0) || !(confidence > 0 && confidence < 1) || std::isnan(estimate.sharpe)) return kNaN;
  if (!(estimate.sharpe > threshold)) return kInfinity;
  const double deviations = normal_quantile(confidence) / (estimate.sharpe - threshold);
  return 1.0 + variance * deviations * deviations;
}

double independent_trials(double trials, double average_correlation) noexcept {
  const double correlation = std::clamp(average_correlation, 0.0, 1.0);
  return correlation + (1.0 - correlation) * trials;
}

}  // namespace peak
