#include "peak/metrics/metrics.hpp"

#include <cmath>
#include <vector>

#include "metrics/conventions.hpp"
#include "metrics/moments.hpp"
#include "metrics/run_sums.hpp"
#include "metrics/tails.hpp"
#include "metrics/trade_metrics.hpp"
#include "peak/metrics/ratios.hpp"

namespace peak {
namespace {

constexpr const char* kNotFiniteReturn = "a bar's return is not a finite number";
constexpr const char* kNotFiniteEquity = "the equity is not a finite number";
constexpr const char* kNoDrawdown = "there was no drawdown";
constexpr const char* kNoLoss = "no bar lost";

void set_all_undefined(Metrics& metrics, Metric first, Metric last, const char* reason) {
  for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
    metrics.set_undefined(static_cast<Metric>(i), reason);
  }
}

// `value`, made from `source`, which may itself be undefined.
void set_from(Metrics& metrics, Metric metric, Metric source, double value) {
  if (metrics.defined(source)) {
    metrics.set(metric, value);
  } else {
    metrics.set_undefined(metric, metrics.reason(source));
  }
}

void set_equity_metrics(const MetricsInput& input, const RunSums& sums, Metrics& metrics) {
  const double final_equity = input.equity.back();
  if (!std::isfinite(final_equity)) {
    for (const Metric metric : {Metric::kFinalEquity, Metric::kTotalReturn}) {
      metrics.set_undefined(metric, kNotFiniteEquity);
    }
  } else {
    metrics.set(Metric::kFinalEquity, final_equity);
    metrics.set(Metric::kTotalReturn, final_equity / input.cash - 1.0);
  }
  put_ratio(metrics, Metric::kCagr,
            annual_growth(sums.returns.count, final_equity, input.cash, input.periods_per_year));
}

void set_drawdown_metrics(const MetricsInput& input, const RunSums& sums, Metrics& metrics) {
  const DrawdownSummary& drawdown = sums.drawdown;
  constexpr Metric kAll[] = {Metric::kPeakEquity,          Metric::kMaxDrawdown,      Metric::kMaxDrawdownBars,
                             Metric::kAverageDrawdown,     Metric::kUlcerIndex,       Metric::kRecoveryFactor,
                             Metric::kAverageDrawdownBars, Metric::kUlcerPerformance, Metric::kCalmar};
  if (!drawdown.finite) {
    for (const Metric metric : kAll) metrics.set_undefined(metric, kNotFiniteEquity);
    return;
  }
  const double n = static_cast<double>(input.equity.size());
  const double ulcer = std::sqrt(drawdown.squares.value() / n);
  metrics.set(Metric::kPeakEquity, drawdown.peak);
  metrics.set(Metric::kMaxDrawdown, 0.0 - drawdown.max_depth);
  metrics.set(Metric::kMaxDrawdownBars, static_cast<double>(drawdown.longest));
  metrics.set(Metric::kUlcerIndex, ulcer);
  if (drawdown.count == 0) {
    for (const Metric metric : {Metric::kAverageDrawdown, Metric::kAverageDrawdownBars, Metric::kRecoveryFactor,
                                Metric::kUlcerPerformance, Metric::kCalmar}) {
      metrics.set_undefined(metric, kNoDrawdown);
    }
    return;
  }
  const auto count = static_cast<double>(drawdown.count);
  metrics.set(Metric::kAverageDrawdown, 0.0 - drawdown.total_depth.value() / count);
  metrics.set(Metric::kAverageDrawdownBars, static_cast<double>(drawdown.total_bars) / count);
  const double total_return = metrics[Metric::kTotalReturn], growth = metrics[Metric::kCagr];
  set_from(metrics, Metric::kRecoveryFactor, Metric::kTotalReturn, total_return / drawdown.max_depth);
  set_from(metrics, Metric::kCalmar, Metric::kCagr, growth / drawdown.max_depth);
  set_from(metrics, Metric::kUlcerPerformance, Metric::kCagr, (growth - input.risk_free) / ulcer);
}

void set_shape_metrics(const MetricsInput& input, const ReturnSums& sums, Metrics& metrics) {
  const auto n = static_cast<double>(sums.count);
  const double deviations = squared_deviations(sums.count, sums.returns, sums.squares);
  if (sums.count < 3 || !(deviations > 0)) {
    const char* reason = sums.count < 3 ? "fewer than three bars" : "the returns do not vary";
    metrics.set_undefined(Metric::kSkew, reason);
    metrics.set_undefined(Metric::kKurtosis, reason);
    return;
  }
  const StandardMoments moments = standard_moments(input.returns, sums.returns.value() / n, std::sqrt(deviations / n));
  metrics.set(Metric::kSkew, moments.third * std::sqrt(n * (n - 1)) / (n - 2));
  if (sums.count < 4) return metrics.set_undefined(Metric::kKurtosis, "fewer than four bars");
  metrics.set(Metric::kKurtosis, (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (moments.fourth - 3.0) + 6.0));
}

void set_tail_metrics(const MetricsInput& input, const ReturnSums& sums, Metrics& metrics) {
  const Tails tails = find_tails(input.returns);
  metrics.set(Metric::kValueAtRisk, tails.lower);
  metrics.set(Metric::kConditionalValueAtRisk, tails.lower_mean);
  if (tails.lower == 0) {
    metrics.set_undefined(Metric::kTailRatio, "the 5 % quantile of the returns is 0");
  } else {
    metrics.set(Metric::kTailRatio, std::fabs(tails.upper) / std::fabs(tails.lower));
  }
  metrics.set(Metric::kBestReturn, sums.largest);
  metrics.set(Metric::kWorstReturn, sums.smallest);
  const std::int64_t moved = sums.positive + sums.negative;
  if (moved == 0) return metrics.set_undefined(Metric::kPositiveShare, "every return is 0");
  metrics.set(Metric::kPositiveShare, static_cast<double>(sums.positive) / static_cast<double>(moved));
}

void set_return_metrics(const MetricsInput& input, const ReturnSums& sums, Metrics& metrics) {
  const double periods = input.periods_per_year;
  const auto n = static_cast<double>(sums.count);
  put_ratio(metrics, Metric::kVolatility, annual_volatility(sums.count, sums.returns, sums.squares, periods));
  put_ratio(metrics, Metric::kSharpe, sharpe_ratio(sums.count, sums.returns, sums.squares, periods, input.risk_free));
  put_ratio(metrics, Metric::kSortino,
            sortino_ratio(sums.count, sums.returns, sums.downside, periods, input.risk_free));
  if (!sums.squares.finite() || !sums.returns.finite()) {
    for (const Metric metric :
         {Metric::kMeanAnnualReturn, Metric::kDownsideRisk, Metric::kOmega, Metric::kGainToPain, Metric::kSkew,
          Metric::kKurtosis, Metric::kValueAtRisk, Metric::kConditionalValueAtRisk, Metric::kTailRatio,
          Metric::kBestReturn, Metric::kWorstReturn, Metric::kPositiveShare}) {
      metrics.set_undefined(metric, kNotFiniteReturn);
    }
    return;
  }
  metrics.set(Metric::kMeanAnnualReturn, sums.returns.value() / n * periods);
  metrics.set(Metric::kDownsideRisk, std::sqrt(sums.downside.value() / n) * std::sqrt(periods));
  if (sums.negative == 0) {
    metrics.set_undefined(Metric::kOmega, kNoLoss);
    metrics.set_undefined(Metric::kGainToPain, kNoLoss);
  } else {
    ExactSum pain = sums.gains;  // gains - returns: the losses' sum, turned positive
    pain.add(sums.returns.negated());
    const double loss = pain.value();
    metrics.set(Metric::kOmega, sums.gains.value() / loss);
    metrics.set(Metric::kGainToPain, sums.returns.value() / loss);
  }
  set_shape_metrics(input, sums, metrics);
  set_tail_metrics(input, sums, metrics);
}

void set_benchmark_metrics(const MetricsInput& input, const BenchmarkSums& sums, Metrics& metrics) {
  if (std::isfinite(sums.total_return)) {
    metrics.set(Metric::kBenchmarkReturn, sums.total_return);
    const double excess = metrics[Metric::kTotalReturn] - sums.total_return;
    set_from(metrics, Metric::kExcessReturn, Metric::kTotalReturn, excess);
  } else {
    metrics.set_undefined(Metric::kBenchmarkReturn, "the benchmark's first or last price is missing or 0");
    metrics.set_undefined(Metric::kExcessReturn, metrics.reason(Metric::kBenchmarkReturn));
  }
  constexpr Metric kPaired[] = {Metric::kAlpha, Metric::kBeta, Metric::kCorrelation, Metric::kTrackingError,
                                Metric::kInformationRatio};
  const PairSums& pairs = sums.pairs;
  if (sums.count < 2 || !pairs.active_squares.finite() || !pairs.products.finite()) {
    const char* reason = sums.count < 2 ? "fewer than two bars have a return of the benchmark"
                                        : "a return of the run or of the benchmark is not a finite number";
    for (const Metric metric : kPaired) metrics.set_undefined(metric, reason);
    return;
  }
  const auto n = static_cast<double>(sums.count);
  const double own = squared_deviations(sums.count, sums.returns, sums.squares);
  const double market = squared_deviations(sums.count, pairs.benchmark, pairs.benchmark_squares);
  const double both = centred_sum(sums.count, sums.returns, pairs.benchmark, pairs.products);
  const double mean = sums.returns.value() / n, market_mean = pairs.benchmark.value() / n;
  if (!(market > 0)) {
    for (const Metric metric : {Metric::kAlpha, Metric::kBeta, Metric::kCorrelation}) {
      metrics.set_undefined(metric, "the benchmark's returns do not vary");
    }
  } else {
    const double beta = both / market;
    const double free = input.risk_free / input.periods_per_year;
    metrics.set(Metric::kBeta, beta);
    const double alpha = (mean - free) - beta * (market_mean - free);
    if (alpha <= -1.0) {
      metrics.set_undefined(Metric::kAlpha, "an average loss of more than everything on each bar");
    } else {
      metrics.set(Metric::kAlpha, std::pow(1.0 + alpha, input.periods_per_year) - 1.0);
    }
    if (own > 0) {
      metrics.set(Metric::kCorrelation, std::fmin(1.0, std::fmax(-1.0, both / std::sqrt(own) / std::sqrt(market))));
    } else {
      metrics.set_undefined(Metric::kCorrelation, "the returns do not vary");
    }
  }
  ExactSum active = sums.returns;
  active.add(pairs.benchmark.negated());
  const double deviation =
      std::sqrt(squared_deviations(sums.count, active, pairs.active_squares) / static_cast<double>(sums.count - 1));
  metrics.set(Metric::kTrackingError, deviation * std::sqrt(input.periods_per_year));
  if (deviation > 0) {
    metrics.set(Metric::kInformationRatio, active.value() / n / deviation);
  } else {
    metrics.set_undefined(Metric::kInformationRatio, "the returns do not differ from the benchmark's");
  }
}

double mean_equity(std::span<const double> equity, const DrawdownSummary& walked) {
  const auto bars = static_cast<double>(equity.size());
  if (walked.scale != 0) return walked.scaled_sum.value() / walked.scale / bars;
  int exponent = 0;
  std::frexp(walked.peak, &exponent);
  const double scale = std::ldexp(1.0, -exponent);  // brings every equity under 1, without rounding
  return exact_sum(equity, scale).value() / scale / bars;
}

void set_activity_metrics(const MetricsInput& input, const RunSums& sums, Metrics& metrics) {
  const std::size_t size = input.equity.size();
  std::int64_t held = 0;
  for (std::size_t word = 0; word < bit_words(input.in_position.size); ++word) {
    held += set_bits(input.in_position.word(word));
  }
  metrics.set(Metric::kExposure, static_cast<double>(held) / static_cast<double>(size));
  metrics.set(Metric::kFees, input.fees);
  if (!sums.drawdown.finite) {
    metrics.set_undefined(Metric::kTurnover, kNotFiniteEquity);
    metrics.set_undefined(Metric::kFeeShare, kNotFiniteEquity);
    return;
  }
  const double mean = mean_equity(input.equity, sums.drawdown);
  if (mean > 0) {
    const double years = static_cast<double>(size) / input.periods_per_year;
    metrics.set(Metric::kTurnover, input.traded_value / mean / years);
  } else {
    metrics.set_undefined(Metric::kTurnover, "the mean equity is not positive");
  }
  const double gross = input.equity.back() - input.cash + input.fees;
  if (gross > 0) {
    metrics.set(Metric::kFeeShare, input.fees / gross);
  } else {
    metrics.set_undefined(Metric::kFeeShare, "there was no profit before fees");
  }
}

// Why nothing can be computed; null if something can.
const char* refusal(const MetricsInput& input) {
  if (!(input.cash > 0) || !std::isfinite(input.cash)) return "the starting cash is not a positive number";
  if (input.equity.size() != input.returns.size()) return "equity and returns differ in length";
  if (!(input.periods_per_year > 0) || !std::isfinite(input.periods_per_year)) {
    return "the periods per year are not a positive number";
  }
  if (!std::isfinite(input.risk_free)) return "the risk-free rate is not a finite number";
  return input.equity.empty() ? "there are no bars" : nullptr;
}

}  // namespace

Metrics metrics_from_sums(const MetricsInput& input, const RunSums& sums) {
  Metrics metrics;
  set_equity_metrics(input, sums, metrics);
  set_return_metrics(input, sums.returns, metrics);
  set_drawdown_metrics(input, sums, metrics);
  set_trade_metrics(input.trades, metrics);
  set_activity_metrics(input, sums, metrics);
  if (sums.has_benchmark) {
    set_benchmark_metrics(input, sums.benchmark, metrics);
  } else {
    const char* reason = input.benchmark_close.empty() ? "no benchmark was given"
                                                       : "the benchmark has another number of bars than the run";
    set_all_undefined(metrics, Metric::kBenchmarkReturn, Metric::kInformationRatio, reason);
  }
  return metrics;
}

Metrics compute_metrics(const MetricsInput& input) {
  return compute_metrics_as(MetricsConvention::kPeakTrade, input, {});
}

Metrics compute_metrics_as(MetricsConvention convention, const MetricsInput& input,
                           std::span<const std::int64_t> time_ns) {
  Metrics metrics;
  if (const char* reason = refusal(input); reason != nullptr) {
    set_all_undefined(metrics, Metric{0}, Metric::kInformationRatio, reason);
    return metrics;
  }
  RunSums sums;
  sums.drawdown = walk_drawdowns(input.equity, input.cash);
  sums.has_benchmark = !input.benchmark_close.empty() && input.benchmark_close.size() == input.equity.size();
  if (sums.has_benchmark) {
    sum_benchmark_closes(input.returns, input.benchmark_close, sums);
  } else {
    sums.returns = sum_returns(input.returns);
  }
  metrics = metrics_from_sums(input, sums);
  switch (convention) {
    case MetricsConvention::kPeakTrade: break;
    case MetricsConvention::kVectorbt: apply_vectorbt(input, sums, time_ns, metrics); break;
    case MetricsConvention::kQuantstats: apply_quantstats(input, sums, metrics); break;
    case MetricsConvention::kEmpyrical: apply_empyrical(input, sums, metrics); break;
    case MetricsConvention::kBacktestingPy: apply_backtesting_py(input, sums, time_ns, metrics); break;
  }
  return metrics;
}

Metrics compute_metrics_from_returns(std::span<const double> returns, double cash, double periods_per_year,
                                     double risk_free, std::span<const double> benchmark_returns) {
  std::vector<double> equity(returns.size());
  double value = cash;
  for (std::size_t i = 0; i < returns.size(); ++i) equity[i] = value = value * (1.0 + returns[i]);
  MetricsInput input;
  input.cash = cash;
  input.equity = equity;
  input.returns = returns;
  input.periods_per_year = periods_per_year;
  input.risk_free = risk_free;
  input.benchmark_close = benchmark_returns;  // only its length counts here: no closes are known
  Metrics metrics;
  if (const char* reason = refusal(input); reason != nullptr) {
    set_all_undefined(metrics, Metric{0}, Metric::kInformationRatio, reason);
    return metrics;
  }
  RunSums sums;
  sums.drawdown = walk_drawdowns(equity, cash);
  sums.has_benchmark = !benchmark_returns.empty() && benchmark_returns.size() == returns.size();
  if (sums.has_benchmark) {
    sum_benchmark_returns(returns, benchmark_returns, sums);
  } else {
    sums.returns = sum_returns(returns);
  }
  metrics = metrics_from_sums(input, sums);
  set_all_undefined(metrics, Metric::kTrades, Metric::kFeeShare, "returns alone hold no trades");
  return metrics;
}

}  // namespace peak
