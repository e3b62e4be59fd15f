#include "study/walk_totals.hpp"

#include <cmath>
#include <limits>

#include "peak/metrics/ratios.hpp"

namespace peak::study {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double defined_or_nan(const RatioValue& ratio) {
  return ratio.reason == nullptr && std::isfinite(ratio.value) ? ratio.value : kUndefined;
}

ExactSum exact(Int128 units) {
  ExactSum sum;
  sum.add_fixed(units);
  return sum;
}

}  // namespace

bool totals_tell(Metric metric) noexcept {
  switch (metric) {
    case Metric::kFinalEquity:
    case Metric::kTotalReturn:
    case Metric::kCagr:
    case Metric::kMeanAnnualReturn:
    case Metric::kVolatility:
    case Metric::kDownsideRisk:
    case Metric::kSharpe:
    case Metric::kSortino:
    case Metric::kCalmar:
    case Metric::kMaxDrawdown:
    case Metric::kRecoveryFactor:
    case Metric::kTrades:
    case Metric::kClosedTrades:
    case Metric::kOpenTrades:
    case Metric::kWinRate:
    case Metric::kProfitFactor:
    case Metric::kExpectancy:
    case Metric::kExposure:
    case Metric::kFees: return true;
    default: return false;
  }
}

double metric_of(const WalkTotals& totals, Metric metric, std::size_t bars, double periods, double risk_free) {
  const auto size = static_cast<std::int64_t>(bars);
  const auto n = static_cast<double>(size), closed = static_cast<double>(totals.closed);
  const double equity = totals.equity, depth = totals.depth;
  const auto growth = [&] { return defined_or_nan(annual_growth(size, equity, totals.cash, periods)); };
  switch (metric) {
    case Metric::kFinalEquity: return equity;
    case Metric::kTotalReturn: return equity / totals.cash - 1.0;
    case Metric::kCagr: return growth();
    case Metric::kMeanAnnualReturn: return exact(totals.returns).value() / n * periods;
    case Metric::kVolatility:
      return defined_or_nan(annual_volatility(size, exact(totals.returns), exact(totals.squares), periods));
    case Metric::kDownsideRisk: return std::sqrt(exact(totals.downside).value() / n) * std::sqrt(periods);
    case Metric::kSharpe:
      return defined_or_nan(sharpe_ratio(size, exact(totals.returns), exact(totals.squares), periods, risk_free));
    case Metric::kSortino:
      return defined_or_nan(sortino_ratio(size, exact(totals.returns), exact(totals.downside), periods, risk_free));
    case Metric::kCalmar: return depth > 0 ? growth() / depth : kUndefined;
    case Metric::kMaxDrawdown: return 0.0 - depth;
    case Metric::kRecoveryFactor: return depth > 0 ? (equity / totals.cash - 1.0) / depth : kUndefined;
    case Metric::kTrades: return closed + (totals.held ? 1.0 : 0.0);
    case Metric::kClosedTrades: return closed;
    case Metric::kOpenTrades: return totals.held ? 1.0 : 0.0;
    case Metric::kWinRate: return totals.closed == 0 ? kUndefined : static_cast<double>(totals.wins) / closed;
    case Metric::kProfitFactor:
      return totals.closed == 0 || totals.losses == 0 ? kUndefined : totals.win_pnl / -totals.loss_pnl;
    case Metric::kExpectancy: return totals.closed == 0 ? kUndefined : totals.pnl / closed;
    case Metric::kExposure: return static_cast<double>(totals.held_bars) / n;
    case Metric::kFees: return totals.fees;
    default: return kUndefined;
  }
}

}  // namespace peak::study
