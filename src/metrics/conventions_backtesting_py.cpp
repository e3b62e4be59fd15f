// The statistics of backtesting.py 0.6.6. Its yearly figures come from equity sampled once a day (week, month or year
// for such bars) and compounded geometrically, so they need the stamps of the bars.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "metrics/conventions.hpp"

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kTooShort = "too few days for a yearly figure";

std::int64_t day_of(Nanoseconds time) {
  return time >= 0 ? time / kNanosecondsPerDay : -((-time + kNanosecondsPerDay - 1) / kNanosecondsPerDay);
}

// How it samples equity, and how many samples it takes for a year.
struct Sampling {
  enum class Unit : unsigned char { kDay, kWeek, kMonth, kYear } unit = Unit::kDay;
  double per_year = 252;
};

Sampling choose_sampling(std::span<const Nanoseconds> time) {
  const std::size_t looked_at = std::min<std::size_t>(time.size(), 100);
  switch (median_step(time.last(looked_at)) / kNanosecondsPerDay) {
    case 7: return {Sampling::Unit::kWeek, 52};
    case 31: return {Sampling::Unit::kMonth, 12};
    case 365: return {Sampling::Unit::kYear, 1};
    default: break;
  }
  std::size_t weekend = 0;
  for (const Nanoseconds stamp : time) weekend += weekday_from_days(day_of(stamp)) >= 5;
  const bool has_weekends = static_cast<double>(weekend) / static_cast<double>(time.size()) > 2.0 / 7.0 * 0.6;
  return {Sampling::Unit::kDay, has_weekends ? 365.0 : 252.0};
}

// The number of the sampling period in which a day lies; weeks end on Sundays.
std::int64_t period_of(Sampling::Unit unit, std::int64_t day) {
  switch (unit) {
    case Sampling::Unit::kDay: return day;
    case Sampling::Unit::kWeek: return (day - weekday_from_days(day) - 4) / 7;  // day 4 was a Monday
    case Sampling::Unit::kMonth: {
      const Date date = date_from_days(day);
      return date.year * 12 + date.month;
    }
    case Sampling::Unit::kYear: return date_from_days(day).year;
  }
  return day;
}

std::vector<double> sampled_returns(std::span<const double> equity, std::span<const Nanoseconds> time,
                                    Sampling::Unit unit) {
  std::vector<double> returns;
  double before = kNaN;
  for (std::size_t i = 0; i < equity.size(); ++i) {
    const bool last_of_period =
        i + 1 == equity.size() || period_of(unit, day_of(time[i + 1])) != period_of(unit, day_of(time[i]));
    if (!last_of_period) continue;
    if (!std::isnan(before)) returns.push_back(equity[i] / before - 1.0);
    before = equity[i];
  }
  return returns;
}

// Its geometric mean: 0 when a loss was total.
double geometric_mean(std::span<const double> returns) {
  double logarithms = 0;
  for (const double r : returns) {
    if (1.0 + r <= 0) return 0;
    logarithms += std::log(1.0 + r);
  }
  return returns.empty() ? 0.0 : std::exp(logarithms / static_cast<double>(returns.size())) - 1.0;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

void set_yearly(const MetricsInput& input, std::span<const Nanoseconds> time, double max_depth, Metrics& metrics) {
  const Sampling sampling = choose_sampling(time);
  const std::vector<double> returns = sampled_returns(input.equity, time, sampling.unit);
  const double growth = 1.0 + geometric_mean(returns);
  const double yearly = std::pow(growth, sampling.per_year) - 1.0;
  const double volatility = returns.size() < 2
                                ? kNaN
                                : std::sqrt(std::pow(variance_of(returns) + growth * growth, sampling.per_year) -
                                            std::pow(growth, 2.0 * sampling.per_year));
  double downside = 0;
  for (const double r : returns) downside += std::min(r, 0.0) * std::min(r, 0.0);
  downside = std::sqrt(downside / static_cast<double>(returns.size())) * std::sqrt(sampling.per_year);
  set_or(metrics, Metric::kMeanAnnualReturn, yearly, kTooShort);
  set_or(metrics, Metric::kVolatility, volatility, kTooShort);
  set_or(metrics, Metric::kDownsideRisk, downside, kTooShort);
  set_or(metrics, Metric::kSharpe, (yearly - input.risk_free) / volatility,
         returns.size() < 2 ? kTooShort : "the returns do not vary");
  set_or(metrics, Metric::kSortino, (yearly - input.risk_free) / downside, returns.empty() ? kTooShort : "no day lost");
  set_or(metrics, Metric::kCalmar, yearly / max_depth, "there was no drawdown");
  const Nanoseconds seconds = (time.back() - time.front()) / kNanosecondsPerSecond;
  const double years = static_cast<double>(seconds) / 86400.0 / 365.25;
  set_or(metrics, Metric::kCagr, std::pow(input.equity.back() / input.equity.front(), 1.0 / years) - 1.0, kTooShort);
}

// Beta from logarithmic returns, alpha from total returns.
void set_market(const MetricsInput& input, Metrics& metrics) {
  const std::span<const double> close = input.benchmark_close;
  if (close.size() != input.equity.size() || close.size() < 3) return;
  std::vector<double> own(close.size() - 1), market(close.size() - 1);
  for (std::size_t i = 0; i < own.size(); ++i) {
    own[i] = std::log(input.equity[i + 1] / input.equity[i]);
    market[i] = std::log(close[i + 1] / close[i]);
  }
  const double own_mean = mean_of(own), market_mean = mean_of(market);
  double both = 0, squares = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    both += (own[i] - own_mean) * (market[i] - market_mean);
    squares += (market[i] - market_mean) * (market[i] - market_mean);
  }
  const double beta = both / squares;
  constexpr const char* kReason = "equity or benchmark is not positive throughout, or the benchmark does not vary";
  set_or(metrics, Metric::kBeta, beta, kReason);
  const double market_return = close.back() / close.front() - 1.0;
  set_or(metrics, Metric::kAlpha,
         metrics[Metric::kTotalReturn] - input.risk_free - beta * (market_return - input.risk_free), kReason);
}

// Its mean drawdown leaves out one that begins on the last bar.
void set_drawdowns(const MetricsInput& input, const DrawdownSummary& drawdown, Metrics& metrics) {
  double total = drawdown.total_depth.value();
  std::int64_t count = drawdown.count;
  const std::span<const double> equity = input.equity;
  if (equity.size() >= 2 && equity.back() < drawdown.peak && equity[equity.size() - 2] >= drawdown.peak) {
    total -= 1.0 - equity.back() / drawdown.peak;
    --count;
  }
  metrics.set(Metric::kMaxDrawdown, 0.0 - drawdown.max_depth);
  set_or(metrics, Metric::kAverageDrawdown, 0.0 - total / static_cast<double>(count), "there was no drawdown");
}

// It knows closed trades only.
void set_trades(const MetricsInput& input, Metrics& metrics) {
  std::vector<double> returns;
  std::vector<bool> held(input.equity.size(), false);
  double won = 0, lost = 0, fees = 0;
  for (const Trade& trade : input.trades) {
    if (trade.status != TradeStatus::kClosed) continue;
    for (std::int64_t bar = trade.entry_bar; bar <= trade.exit_bar; ++bar) held[static_cast<std::size_t>(bar)] = true;
    fees += trade.entry_fee + trade.exit_fee;
    returns.push_back(trade.return_fraction);
    won += std::max(trade.return_fraction, 0.0);
    lost -= std::min(trade.return_fraction, 0.0);
  }
  const auto bars_held = static_cast<double>(std::count(held.begin(), held.end(), true));
  metrics.set(Metric::kExposure, bars_held / static_cast<double>(held.size()));
  metrics.set(Metric::kTrades, static_cast<double>(returns.size()));
  metrics.set(Metric::kFees, fees);
  if (returns.empty()) return;
  metrics.set(Metric::kAverageTrade, geometric_mean(returns));
  set_or(metrics, Metric::kProfitFactor, won / lost, "no closed trade lost");
}

}  // namespace

void apply_backtesting_py(const MetricsInput& input, const RunSums& sums, std::span<const Nanoseconds> time,
                          Metrics& metrics) {
  if (!sums.drawdown.finite || !(input.equity.front() > 0)) return;
  const DrawdownSummary drawdown = walk_drawdowns(input.equity, input.equity.front());
  metrics.set(Metric::kPeakEquity, drawdown.peak);
  metrics.set(Metric::kTotalReturn, input.equity.back() / input.equity.front() - 1.0);
  set_drawdowns(input, drawdown, metrics);
  if (time.size() == input.equity.size()) set_yearly(input, time, drawdown.max_depth, metrics);
  set_market(input, metrics);
  if (metrics.defined(Metric::kBenchmarkReturn)) {
    metrics.set(Metric::kExcessReturn, metrics[Metric::kTotalReturn] - metrics[Metric::kBenchmarkReturn]);
  }
  if (metrics.defined(Metric::kTrades)) set_trades(input, metrics);
}

}  // namespace peak
