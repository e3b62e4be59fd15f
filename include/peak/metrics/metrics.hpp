// Metrics: the numbers of a run, each with its convention (rules 9 and 10), undefined ones with the reason.
//
// One pass over returns and one over equity give exact sums (base/exact_sum.hpp), from which every ratio follows; so
// equal runs have equal metrics to the bit however they were executed (rule 16). docs/metrics.md tells every formula.
//
// Units     fractions are fractions (0.12), drawdowns negative, money in the account's currency, durations in bars.
// Threads   pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "peak/base/bits.hpp"
#include "peak/base/status.hpp"
#include "peak/trading/trade.hpp"

namespace peak {

/// Every metric, in the order in which tables and JSON show them. metric_info tells name, meaning and convention.
enum class Metric : unsigned char {
  // result
  kFinalEquity,
  kPeakEquity,
  kTotalReturn,
  kCagr,
  kMeanAnnualReturn,
  kVolatility,
  kDownsideRisk,
  // ratios
  kSharpe,
  kSortino,
  kCalmar,
  kOmega,
  kGainToPain,
  kUlcerPerformance,
  kSkew,
  kKurtosis,
  // drawdown
  kMaxDrawdown,
  kMaxDrawdownBars,
  kAverageDrawdown,
  kAverageDrawdownBars,
  kUlcerIndex,
  kRecoveryFactor,
  // tails
  kValueAtRisk,
  kConditionalValueAtRisk,
  kTailRatio,
  kBestReturn,
  kWorstReturn,
  kPositiveShare,
  // trades
  kTrades,
  kClosedTrades,
  kOpenTrades,
  kWinRate,
  kProfitFactor,
  kExpectancy,
  kAverageTrade,
  kBestTrade,
  kWorstTrade,
  kAverageWin,
  kAverageLoss,
  kPayoffRatio,
  kMaxConsecutiveWins,
  kMaxConsecutiveLosses,
  kAverageTradeBars,
  kMaxTradeBars,
  kOpenPnl,
  kSqn,
  kKelly,
  // activity and cost
  kExposure,
  kTurnover,
  kFees,
  kFeeShare,
  // against the benchmark (buy and hold unless another was given)
  kBenchmarkReturn,
  kExcessReturn,
  kAlpha,
  kBeta,
  kCorrelation,
  kTrackingError,
  kInformationRatio,
  kCount
};
inline constexpr std::size_t kMetricCount = static_cast<std::size_t>(Metric::kCount);

struct MetricInfo {
  Metric metric;
  const char* name;        ///< snake_case, the name in JSON and Python: "max_drawdown"
  const char* title;       ///< for tables: "Max. drawdown"
  const char* unit;        ///< "fraction", "currency", "bars", "count", "ratio"
  const char* convention;  ///< how it is computed, with the source of the formula
};
[[nodiscard]] std::span<const MetricInfo> metric_infos() noexcept;
[[nodiscard]] const MetricInfo& metric_info(Metric metric) noexcept;
/// The metric of that name, or an error with the nearest name.
[[nodiscard]] Result<Metric> find_metric(std::string_view name);

/// Values by metric; an undefined one is NaN and has a reason.
struct Metrics {
  std::array<double, kMetricCount> values{};
  std::array<const char*, kMetricCount> reasons{};  ///< static text, null when defined

  [[nodiscard]] double operator[](Metric metric) const noexcept { return values[static_cast<std::size_t>(metric)]; }
  [[nodiscard]] bool defined(Metric metric) const noexcept {
    return reasons[static_cast<std::size_t>(metric)] == nullptr;
  }
  /// Why a metric is undefined; null when it is defined.
  [[nodiscard]] const char* reason(Metric metric) const noexcept { return reasons[static_cast<std::size_t>(metric)]; }
  /// A value that is not finite becomes undefined.
  void set(Metric metric, double value) noexcept;
  void set_undefined(Metric metric, const char* reason) noexcept;
};

/// What metrics are computed from. Spans are one element per bar; equity and returns must have equal length.
struct MetricsInput {
  double cash = 0;                  ///< at the start; > 0
  std::span<const double> equity;   ///< at each close, currency
  std::span<const double> returns;  ///< of each bar; returns[0] = equity[0] / cash - 1
  BitView in_position;              ///< bars with a position at the close
  std::span<const Trade> trades;
  double fees = 0;                          ///< sum over all fills, currency
  double traded_value = 0;                  ///< sum of quantity * price over all fills, currency
  double periods_per_year = 252;            ///< > 0
  double risk_free = 0;                     ///< per year, as a fraction; taken off per bar as risk_free / P
  std::span<const double> benchmark_close;  ///< closes of the benchmark on the same bars, or empty: no comparison
};

/// All metrics. Returns that are not finite make what depends on them undefined, never wrong.
[[nodiscard]] Metrics compute_metrics(const MetricsInput& input);

/// Metrics of a bare series of returns: the equity is compounded from `cash` by equity[t] = equity[t-1] * (1 + r[t]);
/// what needs trades or positions is undefined. `benchmark_returns` has the length of `returns`, or is empty.
[[nodiscard]] Metrics compute_metrics_from_returns(std::span<const double> returns, double cash,
                                                   double periods_per_year, double risk_free = 0,
                                                   std::span<const double> benchmark_returns = {});

/// Whose conventions to use when they differ from ours (rule 10).
enum class MetricsConvention : unsigned char { kPeakTrade, kVectorbt, kQuantstats, kEmpyrical, kBacktestingPy };
[[nodiscard]] Result<MetricsConvention> parse_metrics_convention(std::string_view text);
const char* metrics_convention_name(MetricsConvention convention) noexcept;

/// `metrics` with the ratios that `convention` computes otherwise put in its way; each is documented in
/// docs/metrics.md with the peer's version.
[[nodiscard]] Metrics compute_metrics_as(MetricsConvention convention, const MetricsInput& input,
                                         std::span<const std::int64_t> time_ns);

}  // namespace peak
