#include <algorithm>
#include <cmath>
#include <cstddef>

#include "peak/sim/backtest.hpp"

namespace peak {
namespace {

// Rule 13 says which bars expose a position: the entry bar when it was entered at the open, the bars between, and the
// exit bar when it left at the close. On an exit at the open only the exit price itself was seen.
Excursion excursion_of(const Trade& trade, const Bars& bars, bool fills_at_open) {
  const bool is_open = trade.status == TradeStatus::kOpen;
  const auto bar_count = static_cast<std::int64_t>(bars.size());
  // Closes that a rule or a wish makes at the last close, or backtesting.py's at a close, see their bar whole.
  const bool leaves_inside = trade.exit_reason == ExitReason::kStopLoss ||
                             trade.exit_reason == ExitReason::kTakeProfit ||
                             trade.exit_reason == ExitReason::kTrailingStop;
  const bool leaves_at_close = (!fills_at_open && !leaves_inside) || trade.exit_reason == ExitReason::kFinalize ||
                               trade.exit_reason == ExitReason::kLiquidation;
  const std::int64_t first = fills_at_open ? trade.entry_bar : trade.entry_bar + 1;
  const std::int64_t last = is_open ? bar_count - 1 : leaves_at_close ? trade.exit_bar : trade.exit_bar - 1;
  double highest = trade.entry_price, lowest = trade.entry_price;
  if (!is_open) {
    highest = std::max(highest, trade.exit_price);
    lowest = std::min(lowest, trade.exit_price);
  }
  for (std::int64_t bar = first; bar <= last; ++bar) {
    const auto t = static_cast<std::size_t>(bar);
    highest = std::fmax(highest, bars.high()[t]);  // fmax and fmin pass missing prices over
    lowest = std::fmin(lowest, bars.low()[t]);
  }
  const double up = highest / trade.entry_price - 1, down = lowest / trade.entry_price - 1;
  return trade.side == Side::kLong ? Excursion{down, up} : Excursion{-up, -down};
}

}  // namespace

std::vector<Excursion> excursions(const BacktestResult& result) {
  std::vector<Excursion> all;
  all.reserve(result.simulation.trades.size());
  const bool fills_at_open = result.broker.fill == FillTiming::kNextOpen;
  for (const Trade& trade : result.simulation.trades) all.push_back(excursion_of(trade, result.bars, fills_at_open));
  return all;
}

}  // namespace peak
