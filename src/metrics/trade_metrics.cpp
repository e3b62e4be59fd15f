#include "metrics/trade_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace peak {
namespace {

struct TradeSums {
  std::int64_t closed = 0, open = 0, wins = 0, losses = 0;
  double pnl = 0, win_pnl = 0, loss_pnl = 0, open_pnl = 0;
  double returns = 0, win_returns = 0, loss_returns = 0;
  double best = -std::numeric_limits<double>::infinity(), worst = std::numeric_limits<double>::infinity();
  std::int64_t bars = 0, longest = 0;
  std::int64_t winning_streak = 0, losing_streak = 0, most_wins = 0, most_losses = 0;

  void add_closed(const Trade& trade) {
    ++closed;
    pnl += trade.pnl;
    returns += trade.return_fraction;
    best = std::max(best, trade.return_fraction);
    worst = std::min(worst, trade.return_fraction);
    bars += trade.exit_bar - trade.entry_bar;
    longest = std::max(longest, trade.exit_bar - trade.entry_bar);
    if (trade.pnl > 0) {
      ++wins;
      win_pnl += trade.pnl;
      win_returns += trade.return_fraction;
    } else if (trade.pnl < 0) {
      ++losses;
      loss_pnl += trade.pnl;
      loss_returns += trade.return_fraction;
    }
    winning_streak = trade.pnl > 0 ? winning_streak + 1 : 0;
    losing_streak = trade.pnl < 0 ? losing_streak + 1 : 0;
    most_wins = std::max(most_wins, winning_streak);
    most_losses = std::max(most_losses, losing_streak);
  }
};

double pnl_deviation(std::span<const Trade> trades, const TradeSums& sums) {
  const double mean = sums.pnl / static_cast<double>(sums.closed);
  double squares = 0;
  for (const Trade& trade : trades) {
    if (trade.status == TradeStatus::kClosed) squares += (trade.pnl - mean) * (trade.pnl - mean);
  }
  return std::sqrt(squares / static_cast<double>(sums.closed - 1));
}

void set_ratios(std::span<const Trade> trades, const TradeSums& sums, Metrics& metrics) {
  const auto closed = static_cast<double>(sums.closed);
  const auto wins = static_cast<double>(sums.wins), losses = static_cast<double>(sums.losses);
  constexpr const char* kNoLoss = "no closed trade lost";
  constexpr const char* kNoWin = "no closed trade won";
  if (sums.losses == 0) {
    for (const Metric metric : {Metric::kProfitFactor, Metric::kAverageLoss, Metric::kPayoffRatio, Metric::kKelly}) {
      metrics.set_undefined(metric, kNoLoss);
    }
  } else {
    metrics.set(Metric::kProfitFactor, sums.win_pnl / -sums.loss_pnl);
    metrics.set(Metric::kAverageLoss, sums.loss_returns / losses);
  }
  if (sums.wins == 0) {
    metrics.set_undefined(Metric::kAverageWin, kNoWin);
    if (sums.losses > 0) {
      metrics.set_undefined(Metric::kPayoffRatio, kNoWin);
      metrics.set_undefined(Metric::kKelly, kNoWin);
    }
  } else {
    metrics.set(Metric::kAverageWin, sums.win_returns / wins);
  }
  if (sums.wins > 0 && sums.losses > 0) {
    const double payoff = (sums.win_pnl / wins) / -(sums.loss_pnl / losses);
    const double win_rate = wins / closed;
    metrics.set(Metric::kPayoffRatio, payoff);
    metrics.set(Metric::kKelly, win_rate - (1.0 - win_rate) / payoff);
  }
  if (sums.closed < 2) return metrics.set_undefined(Metric::kSqn, "fewer than two trades were closed");
  const double deviation = pnl_deviation(trades, sums);
  const double mean = sums.pnl / closed;
  constexpr double kRounding = 1e-13;  // below this share of the mean a spread is rounding
  if (deviation <= kRounding * std::fabs(mean))
    return metrics.set_undefined(Metric::kSqn, "all trades gave the same P&L");
  metrics.set(Metric::kSqn, std::sqrt(closed) * mean / deviation);
}

}  // namespace

void set_trade_metrics(std::span<const Trade> trades, Metrics& metrics) {
  TradeSums sums;
  for (const Trade& trade : trades) {
    if (trade.status == TradeStatus::kClosed) {
      sums.add_closed(trade);
    } else {
      ++sums.open;
      sums.open_pnl += trade.pnl;
    }
  }
  metrics.set(Metric::kTrades, static_cast<double>(sums.closed + sums.open));
  metrics.set(Metric::kClosedTrades, static_cast<double>(sums.closed));
  metrics.set(Metric::kOpenTrades, static_cast<double>(sums.open));
  metrics.set(Metric::kOpenPnl, sums.open_pnl);
  metrics.set(Metric::kMaxConsecutiveWins, static_cast<double>(sums.most_wins));
  metrics.set(Metric::kMaxConsecutiveLosses, static_cast<double>(sums.most_losses));
  if (sums.closed == 0) {
    for (const Metric metric :
         {Metric::kWinRate, Metric::kProfitFactor, Metric::kExpectancy, Metric::kAverageTrade, Metric::kBestTrade,
          Metric::kWorstTrade, Metric::kAverageWin, Metric::kAverageLoss, Metric::kPayoffRatio,
          Metric::kAverageTradeBars, Metric::kMaxTradeBars, Metric::kSqn, Metric::kKelly}) {
      metrics.set_undefined(metric, trades.empty() ? "there was no trade" : "no trade was closed");
    }
    return;
  }
  const auto closed = static_cast<double>(sums.closed);
  metrics.set(Metric::kWinRate, static_cast<double>(sums.wins) / closed);
  metrics.set(Metric::kExpectancy, sums.pnl / closed);
  metrics.set(Metric::kAverageTrade, sums.returns / closed);
  metrics.set(Metric::kBestTrade, sums.best);
  metrics.set(Metric::kWorstTrade, sums.worst);
  metrics.set(Metric::kAverageTradeBars, static_cast<double>(sums.bars) / closed);
  metrics.set(Metric::kMaxTradeBars, static_cast<double>(sums.longest));
  set_ratios(trades, sums, metrics);
}

}  // namespace peak
