// Sensitivity: how far parameters and costs may move before the result is gone; and how a run went in bad times.
//
// Threads: run on ThreadPool::shared(); the same bytes for any number of threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/market/panel.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

/// One parameter moved, the others where they are.
struct ParameterSensitivity {
  std::string parameter;
  double chosen = 0;               ///< the value that the run has
  std::vector<double> values;      ///< ascending, `chosen` among them
  std::vector<double> metric;      ///< at each; NaN where it is undefined or the run is refused
  double lowest = 0, highest = 0;  ///< of the metric, where defined
};

/// Each parameter of the strategy at `steps` values on either side, a `step_fraction` of itself apart; whole where the
/// parameter must be whole, within its limits. Fails if the run as chosen fails.
[[nodiscard]] Result<std::vector<ParameterSensitivity>> parameter_sensitivity(
    const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& run, Metric metric = Metric::kSharpe,
    std::size_t steps = 3, double step_fraction = 0.1, const StopToken& stop = {});
/// The same over a panel.
[[nodiscard]] Result<std::vector<ParameterSensitivity>> parameter_sensitivity(
    const std::shared_ptr<const Panel>& panel, const StrategyDefinition& strategy, const PanelOptions& runs,
    Metric metric = Metric::kSharpe, std::size_t steps = 3, double step_fraction = 0.1, const StopToken& stop = {});

struct CostPoint {
  double commission = 0;
  double total_return = 0;
  double sharpe = 0;  ///< NaN where undefined
};

struct CostSensitivity {
  std::vector<CostPoint> points;  ///< ascending by commission
  /// The commission at which nothing is left of the gain; 0 when there is none without commission, NaN when the
  /// strategy gains even at 20 % (it does not trade).
  double break_even_commission = 0;
};

/// The run at commissions from 0 to twice the break-even one (`points` of them, at least 2).
[[nodiscard]] Result<CostSensitivity> cost_sensitivity(const Bars& bars, const StrategyDefinition& strategy,
                                                       const BacktestOptions& run, std::size_t points = 9,
                                                       const StopToken& stop = {});
/// The same over a panel.
[[nodiscard]] Result<CostSensitivity> cost_sensitivity(const std::shared_ptr<const Panel>& panel,
                                                       const StrategyDefinition& strategy, const PanelOptions& runs,
                                                       std::size_t points = 9, const StopToken& stop = {});

/// A stretch of time, both ends in it.
struct StressWindow {
  std::string name;
  Nanoseconds from = 0;
  Nanoseconds to = 0;
};

/// How run and market went in a window; the market of a panel is its equal-weight index.
struct StressResult {
  StressWindow window;
  std::size_t bars = 0;  ///< 0: the data have none of it, and the rest is NaN
  double total_return = 0;
  double max_drawdown = 0;  ///< negative; from the equity before the window on
  double market_return = 0;
  double market_drawdown = 0;
  double exposure = 0;  ///< share of bars with a position
};

/// Fails on a window that ends before it begins.
[[nodiscard]] Result<std::vector<StressResult>> stress_windows(const BacktestResult& run,
                                                               const std::vector<StressWindow>& windows);

/// The deepest falls of the market, from peak to trough, deepest first; they do not overlap.
[[nodiscard]] std::vector<StressWindow> worst_windows(const Bars& bars, std::size_t count = 5);

struct SensitivityOptions {
  Metric metric = Metric::kSharpe;         ///< shown for each value of a parameter
  std::size_t steps = 3;                   ///< values on either side
  double step_fraction = 0.1;              ///< their distance
  std::size_t costs = 9;                   ///< commissions
  std::size_t bad_times = 5;               ///< falls of the market
  std::vector<StressWindow> windows = {};  ///< after these, your own
  StopToken stop = {};
};

/// All of it.
struct Sensitivity {
  Metric metric = Metric::kSharpe;  ///< of the parameters
  std::vector<ParameterSensitivity> parameters;
  CostSensitivity costs;
  std::vector<StressResult> stress;
};

/// parameter_sensitivity, cost_sensitivity and stress_windows of one run.
[[nodiscard]] Result<Sensitivity> sensitivity(const Bars& bars, const StrategyDefinition& strategy,
                                              const BacktestOptions& run, const SensitivityOptions& options = {});
/// The same over a panel.
[[nodiscard]] Result<Sensitivity> sensitivity(const std::shared_ptr<const Panel>& panel,
                                              const StrategyDefinition& strategy, const PanelOptions& runs,
                                              const SensitivityOptions& options = {});

}  // namespace peak
