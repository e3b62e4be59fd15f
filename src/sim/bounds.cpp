#include "peak/sim/bounds.hpp"

#include <utility>

#include "peak/trading/settings.hpp"

namespace peak {
namespace {

template <typename Run>
Result<Bounds> all_readings(const BacktestOptions& options, const Run& run) {
  Bounds bounds;
  for (std::size_t i = 0; i < bounds.runs.size(); ++i) {
    BacktestOptions reading = options;
    PEAK_RETURN_IF_ERROR(
        set_override(reading.broker, *find_broker_setting("ambiguity"), ambiguity_name(static_cast<Ambiguity>(i))));
    PEAK_ASSIGN_OR_RETURN(bounds.runs[i], run(reading));
  }
  const std::vector<Trade>& trades = bounds.of(Ambiguity::kWorst).simulation.trades;
  for (const Trade& trade : trades) bounds.ambiguous_trades += trade.ambiguous;
  if (!trades.empty()) {
    bounds.ambiguous_share = static_cast<double>(bounds.ambiguous_trades) / static_cast<double>(trades.size());
  }
  return bounds;
}

}  // namespace

Result<Bounds> bounds(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& options) {
  return all_readings(options, [&](const BacktestOptions& reading) { return backtest(bars, strategy, reading); });
}

Result<Bounds> bounds_of_signals(const Bars& bars, const SignalViews& signals, const BacktestOptions& options,
                                 const std::string& name) {
  return all_readings(options,
                      [&](const BacktestOptions& reading) { return backtest_signals(bars, signals, reading, name); });
}

Result<Bounds> bounds_of_panel(const std::shared_ptr<const Panel>& panel, const StrategyDefinition& strategy,
                               const PanelOptions& options) {
  return all_readings(options.run, [&](const BacktestOptions& reading) {
    PanelOptions run = options;
    run.run = reading;
    return backtest(panel, strategy, run);
  });
}

}  // namespace peak
