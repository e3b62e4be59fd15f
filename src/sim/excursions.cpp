#include <algorithm>
#include <cstddef>
#include <span>

#include "peak/sim/backtest.hpp"

namespace peak {
namespace {

/// The highest and the lowest price of some bars; missing ones, which are neither above nor below, are passed over.
struct PriceRange {
  double highest, lowest;

  void see(double high, double low) {
    highest = high > highest ? high : highest;
    lowest = low < lowest ? low : lowest;
  }
};

/// A trade's prices are those of its last bar's units (decided case 8.3): prices of bars before a split are divided by
/// how many units one of theirs became.
class UnitsLater {
 public:
  UnitsLater(const Bars& bars, const std::vector<CorporateAction>& actions) {
    const bool splits = std::any_of(actions.begin(), actions.end(), [](const CorporateAction& action) {
      return action.kind == CorporateActionKind::kSplit;
    });
    if (!splits) return;
    units_.resize(bars.size());
    double units = 1;
    std::size_t next = 0;
    for (std::size_t t = 0; t < bars.size(); ++t) {
      for (; next < actions.size() && actions[next].time <= bars.time()[t]; ++next) {
        if (actions[next].kind == CorporateActionKind::kSplit) units *= actions[next].value;
      }
      units_[t] = units;
    }
  }
  [[nodiscard]] bool always_one() const { return units_.empty(); }
  /// Units on bar `last` for one on bar `t`.
  [[nodiscard]] double of(std::size_t t, std::size_t last) const { return always_one() ? 1 : units_[last] / units_[t]; }

 private:
  std::vector<double> units_;  // by bar, for one before the first; empty: no splits
};

// Rule 13 says which bars expose a position: the entry bar when it was entered at the open, the bars between, and the
// exit bar when it left at the close. On an exit at the open only the exit price itself was seen.
Excursion excursion_of(const Trade& trade, const Bars& bars, const UnitsLater& later, bool fills_at_open) {
  const bool is_open = trade.status == TradeStatus::kOpen;
  const auto bar_count = static_cast<std::int64_t>(bars.size());
  // Closes that a rule or a wish makes at the last close, or backtesting.py's at a close, see their bar whole.
  const bool leaves_inside = trade.exit_reason == ExitReason::kStopLoss ||
                             trade.exit_reason == ExitReason::kTakeProfit ||
                             trade.exit_reason == ExitReason::kTrailingStop;
  const bool leaves_at_close = (!fills_at_open && !leaves_inside) || trade.exit_reason == ExitReason::kFinalize ||
                               trade.exit_reason == ExitReason::kLiquidation;
  const std::int64_t first = fills_at_open ? trade.entry_bar : trade.entry_bar + 1;
  const std::int64_t last = std::min(bar_count - 1, is_open           ? bar_count - 1
                                                    : leaves_at_close ? trade.exit_bar
                                                                      : trade.exit_bar - 1);
  const auto last_seen = static_cast<std::size_t>(is_open ? bar_count - 1 : std::min(bar_count - 1, trade.exit_bar));
  PriceRange seen{trade.entry_price, trade.entry_price};
  if (!is_open) seen.see(trade.exit_price, trade.exit_price);
  const std::span<const double> high = bars.high(), low = bars.low();
  const auto begin = static_cast<std::size_t>(first), end = static_cast<std::size_t>(std::max(first, last + 1));
  if (later.always_one()) {
    for (std::size_t t = begin; t < end; ++t) seen.see(high[t], low[t]);
  } else {
    for (std::size_t t = begin; t < end; ++t) {
      const double units = later.of(t, last_seen);
      seen.see(high[t] / units, low[t] / units);
    }
  }
  const double up = seen.highest / trade.entry_price - 1, down = seen.lowest / trade.entry_price - 1;
  return trade.side == Side::kLong ? Excursion{down, up} : Excursion{-up, -down};
}

/// The trade with its bars counted on its symbol's own; one that ends where the symbol has no bar ends after the last.
Trade on_own_bars(const Panel& panel, Trade trade) {
  const auto own = [&](std::int64_t bar) {
    const auto t = static_cast<std::size_t>(bar);
    return panel.row(trade.symbol, t) + (panel.has_bar(trade.symbol, t) ? 0 : 1);
  };
  trade.entry_bar = own(trade.entry_bar);
  if (trade.exit_bar != kNoBar) trade.exit_bar = own(trade.exit_bar);
  return trade;
}

std::vector<Excursion> excursions_on(const BacktestResult& result, const Panel& panel, bool fills_at_open) {
  std::vector<UnitsLater> later;
  for (std::size_t s = 0; s < panel.symbols(); ++s) later.emplace_back(panel.series(s), result.instruments[s].actions);
  std::vector<Excursion> all;
  all.reserve(result.simulation.trades.size());
  for (const Trade& trade : result.simulation.trades) {
    all.push_back(
        excursion_of(on_own_bars(panel, trade), panel.series(trade.symbol), later[trade.symbol], fills_at_open));
  }
  return all;
}

}  // namespace

std::vector<Excursion> excursions(const BacktestResult& result) {
  const bool fills_at_open = result.broker.fill == FillTiming::kNextOpen;
  if (result.panel != nullptr) return excursions_on(result, *result.panel, fills_at_open);
  std::vector<Excursion> all;
  all.reserve(result.simulation.trades.size());
  const UnitsLater later(result.bars, result.broker.instrument.actions);
  for (const Trade& trade : result.simulation.trades) {
    all.push_back(excursion_of(trade, result.bars, later, fills_at_open));
  }
  return all;
}

}  // namespace peak
