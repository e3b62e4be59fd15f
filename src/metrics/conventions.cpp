#include "metrics/conventions.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "metrics/moments.hpp"

namespace peak {
namespace {

constexpr double kNormalFivePercent = -1.6448536269514722;  // the standard normal's 5 % quantile
constexpr double kNormalDensityThere = 0.10313564037537139;

// The longest run of bars on which `sign` * r > 0.
double longest_streak(std::span<const double> returns, double sign) {
  std::int64_t streak = 0, longest = 0;
  for (const double r : returns) {
    streak = r * sign > 0 ? streak + 1 : 0;
    longest = std::max(longest, streak);
  }
  return static_cast<double>(longest);
}

// quantstats knows no trades: wins and losses are bars.
void set_bar_wins(const MetricsInput& input, const ReturnSums& sums, Metrics& metrics) {
  ExactSum losses = sums.gains;
  losses.add(sums.returns.negated());
  const double gain = sums.gains.value(), loss = losses.value();
  const auto positive = static_cast<double>(sums.positive), negative = static_cast<double>(sums.negative);
  constexpr const char* kFlat = "every return is 0";
  constexpr const char* kOneSided = "no bar won, or no bar lost";
  const double win_rate = positive / (positive + negative);
  const double payoff = (gain / positive) / (loss / negative);
  set_or(metrics, Metric::kWinRate, win_rate, kFlat);
  set_or(metrics, Metric::kProfitFactor, gain / loss, kOneSided);
  set_or(metrics, Metric::kAverageWin, gain / positive, "no bar won");
  set_or(metrics, Metric::kAverageLoss, -(loss / negative), "no bar lost");
  set_or(metrics, Metric::kPayoffRatio, payoff, kOneSided);
  set_or(metrics, Metric::kKelly, (payoff * win_rate - (1.0 - win_rate)) / payoff, kOneSided);
  metrics.set(Metric::kMaxConsecutiveWins, longest_streak(input.returns, 1.0));
  metrics.set(Metric::kMaxConsecutiveLosses, longest_streak(input.returns, -1.0));
  const double share = (positive + negative) / static_cast<double>(sums.count);
  metrics.set(Metric::kExposure, std::ceil(share * 100.0) / 100.0);
}

}  // namespace

void put_ratio(Metrics& metrics, Metric metric, const RatioValue& ratio) {
  if (ratio.reason != nullptr) {
    metrics.set_undefined(metric, ratio.reason);
  } else {
    metrics.set(metric, ratio.value);
  }
}

void set_or(Metrics& metrics, Metric metric, double value, const char* reason) {
  if (std::isfinite(value)) {
    metrics.set(metric, value);
  } else {
    metrics.set_undefined(metric, reason);
  }
}

Nanoseconds median_step(std::span<const Nanoseconds> time) {
  if (time.size() < 2) return 0;
  std::vector<Nanoseconds> steps(time.size() - 1);
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = time[i + 1] - time[i];
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

void set_excess_ratios(const MetricsInput& input, double rate, Metrics& metrics) {
  std::vector<double> excess(input.returns.begin(), input.returns.end());
  for (double& r : excess) r -= rate;
  const ReturnSums sums = sum_returns(excess);
  const double periods = input.periods_per_year;
  put_ratio(metrics, Metric::kSharpe, sharpe_ratio(sums.count, sums.returns, sums.squares, periods, 0.0));
  put_ratio(metrics, Metric::kSortino, sortino_ratio(sums.count, sums.returns, sums.downside, periods, 0.0));
  ExactSum losses = sums.gains;
  losses.add(sums.returns.negated());
  set_or(metrics, Metric::kOmega, sums.gains.value() / losses.value(), "no bar lost");
  set_or(metrics, Metric::kDownsideRisk,
         std::sqrt(sums.downside.value() / static_cast<double>(sums.count)) * std::sqrt(periods),
         "a bar's return is not a finite number");
}

void apply_vectorbt(const MetricsInput& input, const RunSums& sums, std::span<const Nanoseconds> time,
                    Metrics& metrics) {
  MetricsInput theirs = input;
  const Nanoseconds step = median_step(time);
  if (step > 0) theirs.periods_per_year = 365.0 * static_cast<double>(kNanosecondsPerDay) / static_cast<double>(step);
  RunSums their_sums = sums;
  // Their first peak is the first bar's equity, not the cash.
  if (input.equity[0] > 0) their_sums.drawdown = walk_drawdowns(input.equity, input.equity[0]);
  metrics = metrics_from_sums(theirs, their_sums);
  if (input.risk_free != 0) set_excess_ratios(theirs, input.risk_free / theirs.periods_per_year, metrics);
}

void apply_empyrical(const MetricsInput& input, const RunSums& sums, Metrics& metrics) {
  if (input.risk_free != 0) set_excess_ratios(input, input.risk_free / input.periods_per_year, metrics);
  const double deviations = squared_deviations(sums.returns.count, sums.returns.returns, sums.returns.squares);
  if (!metrics.defined(Metric::kSkew) || !(deviations > 0)) return;
  const auto n = static_cast<double>(sums.returns.count);
  const StandardMoments moments =
      standard_moments(input.returns, sums.returns.returns.value() / n, std::sqrt(deviations / n));
  metrics.set(Metric::kSkew, moments.third);
  metrics.set(Metric::kKurtosis, moments.fourth - 3.0);
}

void apply_quantstats(const MetricsInput& input, const RunSums& sums, Metrics& metrics) {
  if (!sums.returns.squares.finite()) return;
  const double periods = input.periods_per_year;
  if (input.risk_free != 0) {
    set_excess_ratios(input, std::pow(1.0 + input.risk_free, 1.0 / periods) - 1.0, metrics);
  }
  const auto n = static_cast<double>(sums.returns.count);
  const double mean = sums.returns.returns.value() / n;
  const double deviation =
      std::sqrt(squared_deviations(sums.returns.count, sums.returns.returns, sums.returns.squares) / (n - 1));
  set_or(metrics, Metric::kValueAtRisk, mean + deviation * kNormalFivePercent, "fewer than two bars");
  set_or(metrics, Metric::kConditionalValueAtRisk, mean - deviation * kNormalDensityThere / 0.05,
         "fewer than two bars");
  const DrawdownSummary& drawdown = sums.drawdown;
  if (drawdown.finite && drawdown.count > 0) {
    const double ulcer = std::sqrt(drawdown.squares.value() / (n - 1));
    set_or(metrics, Metric::kUlcerIndex, ulcer, "fewer than two bars");
    set_or(metrics, Metric::kUlcerPerformance, (metrics[Metric::kTotalReturn] - input.risk_free) / ulcer,
           "fewer than two bars");
    metrics.set(Metric::kRecoveryFactor,
                std::fabs(sums.returns.returns.value() - input.risk_free) / drawdown.max_depth);
  }
  set_bar_wins(input, sums.returns, metrics);
  if (sums.has_benchmark && metrics.defined(Metric::kBeta)) {
    const BenchmarkSums& benchmark = sums.benchmark;
    const auto count = static_cast<double>(benchmark.count);
    const double alpha =
        benchmark.returns.value() / count - metrics[Metric::kBeta] * (benchmark.pairs.benchmark.value() / count);
    metrics.set(Metric::kAlpha, alpha * periods);
  }
}

}  // namespace peak
