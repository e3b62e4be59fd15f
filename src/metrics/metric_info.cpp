#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "peak/base/suggest.hpp"
#include "peak/metrics/metrics.hpp"

namespace peak {
namespace {

// r: return of a bar, n bars, P periods a year, E final equity, rf risk-free per year. Trade figures are of closed
// trades.
constexpr std::array<MetricInfo, kMetricCount> kInfos{{
    {Metric::kFinalEquity, "final_equity", "Final equity", "currency", "equity at the last close (rule 8)"},
    {Metric::kPeakEquity, "peak_equity", "Peak equity", "currency",
     "highest equity at a close, starting cash included"},
    {Metric::kTotalReturn, "total_return", "Total return", "fraction", "E / cash - 1"},
    {Metric::kCagr, "cagr", "Annual growth (CAGR)", "fraction", "(E / cash)^(P / n) - 1 (rule 10)"},
    {Metric::kMeanAnnualReturn, "mean_annual_return", "Mean annual return", "fraction", "arithmetic: mean(r) * P"},
    {Metric::kVolatility, "volatility", "Volatility", "fraction", "std(r, ddof 1) * sqrt(P)"},
    {Metric::kDownsideRisk, "downside_risk", "Downside risk", "fraction",
     "sqrt(mean(min(r, 0)^2) * P), mean over all bars"},
    {Metric::kSharpe, "sharpe", "Sharpe ratio", "ratio", "(mean(r) - rf / P) / std(r, ddof 1) * sqrt(P) (Sharpe 1994)"},
    {Metric::kSortino, "sortino", "Sortino ratio", "ratio",
     "(mean(r) - rf / P) / sqrt(mean(min(r, 0)^2)) * sqrt(P), mean over all bars (Sortino and Price 1994)"},
    {Metric::kCalmar, "calmar", "Calmar ratio", "ratio", "CAGR / |max. drawdown| over the whole run (Young 1991)"},
    {Metric::kOmega, "omega", "Omega ratio", "ratio",
     "sum(max(r, 0)) / sum(max(-r, 0)), threshold 0 (Keating and Shadwick 2002)"},
    {Metric::kGainToPain, "gain_to_pain", "Gain to pain", "ratio",
     "sum(r) / sum(max(-r, 0)) over bars (Schwager 2012)"},
    {Metric::kUlcerPerformance, "ulcer_performance", "Ulcer performance", "ratio",
     "(CAGR - rf) / ulcer index (Martin and McCann 1989)"},
    {Metric::kSkew, "skew", "Skewness", "ratio", "of r, corrected for bias (G1, as pandas)"},
    {Metric::kKurtosis, "kurtosis", "Excess kurtosis", "ratio", "of r, corrected for bias (G2, as pandas); normal: 0"},
    {Metric::kMaxDrawdown, "max_drawdown", "Max. drawdown", "fraction",
     "-max(1 - equity / peak so far); the first peak is the starting cash (rules 10, 16)"},
    {Metric::kMaxDrawdownBars, "max_drawdown_bars", "Longest drawdown", "bars",
     "from a peak to the bar that is back at it, or to the last bar"},
    {Metric::kAverageDrawdown, "average_drawdown", "Average drawdown", "fraction",
     "mean over all drawdowns of their deepest point"},
    {Metric::kAverageDrawdownBars, "average_drawdown_bars", "Average drawdown length", "bars",
     "mean over all drawdowns of their length"},
    {Metric::kUlcerIndex, "ulcer_index", "Ulcer index", "fraction",
     "sqrt(mean((1 - equity / peak)^2)) over all bars (Martin and McCann 1989)"},
    {Metric::kRecoveryFactor, "recovery_factor", "Recovery factor", "ratio", "total return / |max. drawdown|"},
    {Metric::kValueAtRisk, "value_at_risk", "Value at risk 5 %", "fraction",
     "historical: 5 % quantile of r, linear interpolation (type 7), per bar"},
    {Metric::kConditionalValueAtRisk, "conditional_value_at_risk", "Expected shortfall 5 %", "fraction",
     "historical: mean of the floor(0.05 (n - 1)) + 1 worst r, per bar"},
    {Metric::kTailRatio, "tail_ratio", "Tail ratio", "ratio", "|95 % quantile of r| / |5 % quantile of r|"},
    {Metric::kBestReturn, "best_return", "Best bar", "fraction", "largest r"},
    {Metric::kWorstReturn, "worst_return", "Worst bar", "fraction", "smallest r"},
    {Metric::kPositiveShare, "positive_share", "Share of positive bars", "fraction",
     "bars with r > 0 / bars with r other than 0"},
    {Metric::kTrades, "trades", "Trades", "count", "closed + open (rule 9)"},
    {Metric::kClosedTrades, "closed_trades", "Closed trades", "count", "trades with an exit"},
    {Metric::kOpenTrades, "open_trades", "Open trades", "count", "trades still held after the last bar"},
    {Metric::kWinRate, "win_rate", "Win rate", "fraction", "closed trades with P&L > 0 / closed trades"},
    {Metric::kProfitFactor, "profit_factor", "Profit factor", "ratio",
     "sum of P&L of winning / |sum of P&L of losing| closed trades"},
    {Metric::kExpectancy, "expectancy", "Expectancy", "currency", "mean P&L of closed trades, after fees"},
    {Metric::kAverageTrade, "average_trade", "Average trade", "fraction", "mean return of closed trades (arithmetic)"},
    {Metric::kBestTrade, "best_trade", "Best trade", "fraction", "largest return of a closed trade"},
    {Metric::kWorstTrade, "worst_trade", "Worst trade", "fraction", "smallest return of a closed trade"},
    {Metric::kAverageWin, "average_win", "Average win", "fraction", "mean return of closed trades with P&L > 0"},
    {Metric::kAverageLoss, "average_loss", "Average loss", "fraction", "mean return of closed trades with P&L < 0"},
    {Metric::kPayoffRatio, "payoff_ratio", "Payoff ratio", "ratio",
     "mean P&L of winning / |mean P&L of losing| closed trades"},
    {Metric::kMaxConsecutiveWins, "max_consecutive_wins", "Longest winning streak", "count",
     "closed trades with P&L > 0 in a row, in order of entry"},
    {Metric::kMaxConsecutiveLosses, "max_consecutive_losses", "Longest losing streak", "count",
     "closed trades with P&L < 0 in a row, in order of entry"},
    {Metric::kAverageTradeBars, "average_trade_bars", "Average trade length", "bars",
     "mean of exit bar - entry bar, closed trades"},
    {Metric::kMaxTradeBars, "max_trade_bars", "Longest trade", "bars", "largest exit bar - entry bar, closed trades"},
    {Metric::kOpenPnl, "open_pnl", "P&L of open trades", "currency", "marked at the last close, entry fee included"},
    {Metric::kSqn, "sqn", "System quality number", "ratio",
     "sqrt(closed trades) * mean(P&L) / std(P&L, ddof 1) (Van Tharp)"},
    {Metric::kKelly, "kelly", "Kelly fraction", "fraction", "w - (1 - w) / payoff ratio, w the win rate (Kelly 1956)"},
    {Metric::kExposure, "exposure", "Exposure", "fraction", "bars with a position at the close / bars (rule 9)"},
    {Metric::kTurnover, "turnover", "Turnover per year", "ratio", "value traded / mean equity * P / n"},
    {Metric::kFees, "fees", "Fees", "currency", "sum over all fills"},
    {Metric::kFeeShare, "fee_share", "Fees of gross profit", "fraction", "fees / (E - cash + fees)"},
    {Metric::kBenchmarkReturn, "benchmark_return", "Benchmark return", "fraction",
     "last close of the benchmark / its first - 1"},
    {Metric::kExcessReturn, "excess_return", "Excess return", "fraction", "total return - benchmark return"},
    {Metric::kAlpha, "alpha", "Alpha", "fraction",
     "(1 + mean(r - rf / P) - beta * mean(b - rf / P))^P - 1, b the benchmark's returns (Jensen 1968, compounded)"},
    {Metric::kBeta, "beta", "Beta", "ratio", "cov(r, b) / var(b), bars that have both"},
    {Metric::kCorrelation, "correlation", "Correlation", "ratio", "Pearson's, of r and b"},
    {Metric::kTrackingError, "tracking_error", "Tracking error", "fraction", "std(r - b, ddof 1) * sqrt(P)"},
    {Metric::kInformationRatio, "information_ratio", "Information ratio", "ratio",
     "mean(r - b) / std(r - b, ddof 1), per bar, not annualised (Grinold and Kahn)"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (kInfos[i].metric != static_cast<Metric>(i) || kInfos[i].name == nullptr) return false;
  }
  return true;
}
static_assert(in_order(), "kInfos must list every metric in the order of the enumeration");

constexpr std::array kConventionNames{"peaktrade", "vectorbt", "quantstats", "empyrical", "backtesting.py"};

}  // namespace

std::span<const MetricInfo> metric_infos() noexcept { return kInfos; }

const MetricInfo& metric_info(Metric metric) noexcept { return kInfos[static_cast<std::size_t>(metric)]; }

Result<Metric> find_metric(std::string_view name) {
  std::vector<std::string> names;
  names.reserve(kMetricCount);
  for (const MetricInfo& info : kInfos) {
    if (name == info.name) return info.metric;
    names.emplace_back(info.name);
  }
  return invalid_argument("unknown metric '" + std::string(name) + "'" + suggestion(name, names));
}

void Metrics::set(Metric metric, double value) noexcept {
  if (!std::isfinite(value)) return set_undefined(metric, "the result is outside the range of a double");
  values[static_cast<std::size_t>(metric)] = value;
  reasons[static_cast<std::size_t>(metric)] = nullptr;
}

void Metrics::set_undefined(Metric metric, const char* reason) noexcept {
  values[static_cast<std::size_t>(metric)] = std::numeric_limits<double>::quiet_NaN();
  reasons[static_cast<std::size_t>(metric)] = reason;
}

const char* metrics_convention_name(MetricsConvention convention) noexcept {
  return kConventionNames[static_cast<std::size_t>(convention)];
}

Result<MetricsConvention> parse_metrics_convention(std::string_view text) {
  for (std::size_t i = 0; i < kConventionNames.size(); ++i) {
    if (text == kConventionNames[i]) return static_cast<MetricsConvention>(i);
  }
  const std::vector<std::string> names(kConventionNames.begin(), kConventionNames.end());
  return invalid_argument("unknown metrics_convention '" + std::string(text) + "'" + suggestion(text, names));
}

}  // namespace peak
