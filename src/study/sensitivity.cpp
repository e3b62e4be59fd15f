#include "peak/study/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "peak/parallel/thread_pool.hpp"
#include "study/subject.hpp"

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kHighestCommission = 0.2;

double value_of(const Metrics& metrics, Metric metric) { return metrics.defined(metric) ? metrics[metric] : kNaN; }

/// Values around `chosen`, within the parameter's limits.
std::vector<double> values_around(const StrategyParameter& parameter, double chosen, std::size_t steps,
                                  double fraction) {
  const bool whole = parameter.step && *parameter.step == 1.0 && chosen == std::floor(chosen);
  double step = std::fabs(chosen) * fraction;
  if (step == 0) step = parameter.step.value_or(fraction);
  if (whole) step = std::max(1.0, std::round(step));
  std::vector<double> values;
  const auto count = static_cast<int>(steps);
  for (int i = -count; i <= count; ++i) {
    const double value = chosen + i * step;
    if (parameter.low && value < *parameter.low) continue;
    if (parameter.high && value > *parameter.high && i > 0) continue;
    values.push_back(value);
  }
  return values;
}

/// Total return with this commission.
Result<double> return_at(const study::Subject& subject, const StrategyDefinition& strategy, BacktestOptions run,
                         double commission) {
  run.broker.commission = commission;
  PEAK_ASSIGN_OR_RETURN(const BacktestResult result, subject.run(strategy, run));
  return result.metrics[Metric::kTotalReturn];
}

/// By halving: what is earned falls as commission rises, but for the steps of sizes.
Result<double> break_even(const study::Subject& subject, const StrategyDefinition& strategy, const BacktestOptions& run,
                          const StopToken& stop) {
  PEAK_ASSIGN_OR_RETURN(const double free, return_at(subject, strategy, run, 0));
  if (!(free > 0)) return 0.0;
  PEAK_ASSIGN_OR_RETURN(const double dear, return_at(subject, strategy, run, kHighestCommission));
  if (dear > 0) return kNaN;
  double low = 0;
  double high = kHighestCommission;
  constexpr int kHalvings = 40;
  for (int i = 0; i < kHalvings; ++i) {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped while looking for the break-even"};
    const double middle = 0.5 * (low + high);
    PEAK_ASSIGN_OR_RETURN(const double earned, return_at(subject, strategy, run, middle));
    (earned > 0 ? low : high) = middle;
  }
  return low;
}

/// Lowest value / highest before it - 1, from `before` on.
double drawdown_of(double before, std::span<const double> values) {
  double peak = before;
  double worst = 0;
  for (const double value : values) {
    peak = std::max(peak, value);
    worst = std::min(worst, value / peak - 1.0);
  }
  return worst;
}

StressResult stress(const BacktestResult& run, const StressWindow& window) {
  const auto times = run.bars.time();
  const auto first =
      static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), window.from) - times.begin());
  const auto last = static_cast<std::size_t>(std::upper_bound(times.begin(), times.end(), window.to) - times.begin());
  StressResult result{.window = window, .bars = last - first};
  if (result.bars == 0) {
    result.total_return = result.max_drawdown = result.market_return = result.market_drawdown = result.exposure = kNaN;
    return result;
  }
  const std::span<const double> equity(run.simulation.equity.data() + first, result.bars);
  const auto closes = run.bars.close().subspan(first, result.bars);
  const double equity_before = first == 0 ? run.broker.cash : run.simulation.equity[first - 1];
  const double close_before = first == 0 ? run.bars.open()[0] : run.bars.close()[first - 1];
  result.total_return = equity.back() / equity_before - 1.0;
  result.max_drawdown = drawdown_of(equity_before, equity);
  result.market_return = closes.back() / close_before - 1.0;
  result.market_drawdown = drawdown_of(close_before, closes);
  std::size_t held = 0;
  for (std::size_t bar = first; bar < last; ++bar) held += run.simulation.in_position[bar] ? 1U : 0U;
  result.exposure = static_cast<double>(held) / static_cast<double>(result.bars);
  return result;
}

Result<std::vector<ParameterSensitivity>> parameters_moved(const study::Subject& subject,
                                                           const StrategyDefinition& strategy,
                                                           const BacktestOptions& run, Metric metric, std::size_t steps,
                                                           double step_fraction, const StopToken& stop) {
  if (steps == 0 || !(step_fraction > 0) || !std::isfinite(step_fraction)) {
    return invalid_argument("sensitivity needs at least one step, and a step that is a fraction above 0 (0.1 is 10 %)");
  }
  PEAK_ASSIGN_OR_RETURN(const BacktestResult chosen, subject.run(strategy, run));
  std::vector<ParameterSensitivity> found;
  struct Place {
    std::size_t parameter, value;
  };
  std::vector<Place> places;
  for (const StrategyParameter& parameter : strategy.parameters) {
    ParameterSensitivity& sensitivity = found.emplace_back();
    sensitivity.parameter = parameter.name;
    sensitivity.chosen = chosen.parameters.at(parameter.name);
    sensitivity.values = values_around(parameter, sensitivity.chosen, steps, step_fraction);
    sensitivity.metric.assign(sensitivity.values.size(), kNaN);
    for (std::size_t i = 0; i < sensitivity.values.size(); ++i) places.push_back({found.size() - 1, i});
  }
  const auto body = [&](std::size_t i) {
    ParameterSensitivity& sensitivity = found[places[i].parameter];
    BacktestOptions moved = run;
    moved.parameters[sensitivity.parameter] = sensitivity.values[places[i].value];
    const Result<BacktestResult> result = subject.run(strategy, moved);
    if (result.ok()) sensitivity.metric[places[i].value] = value_of(result->metrics, metric);
  };
  PEAK_RETURN_IF_ERROR(parallel_for(places.size(), body, {.grain = 1, .stop = stop}));
  for (ParameterSensitivity& sensitivity : found) {
    sensitivity.lowest = sensitivity.highest = kNaN;
    for (const double value : sensitivity.metric) {
      sensitivity.lowest = std::fmin(sensitivity.lowest, value);
      sensitivity.highest = std::fmax(sensitivity.highest, value);
    }
  }
  return found;
}

Result<CostSensitivity> costs_moved(const study::Subject& subject, const StrategyDefinition& strategy,
                                    const BacktestOptions& run, std::size_t points, const StopToken& stop) {
  if (points < 2) return invalid_argument("cost sensitivity needs at least two points");
  CostSensitivity found;
  PEAK_ASSIGN_OR_RETURN(found.break_even_commission, break_even(subject, strategy, run, stop));
  constexpr double kUsualCommission = 0.001;
  const bool known = found.break_even_commission > 0;
  const double highest =
      std::min(kHighestCommission, known ? 2.0 * found.break_even_commission : 10 * kUsualCommission);
  found.points.resize(points);
  const auto body = [&](std::size_t i) -> Status {
    BacktestOptions costed = run;
    const double commission = highest * static_cast<double>(i) / static_cast<double>(points - 1);
    costed.broker.commission = commission;
    PEAK_ASSIGN_OR_RETURN(const BacktestResult result, subject.run(strategy, costed));
    found.points[i] = {commission, result.metrics[Metric::kTotalReturn], value_of(result.metrics, Metric::kSharpe)};
    return {};
  };
  PEAK_RETURN_IF_ERROR(parallel_for(points, body, {.grain = 1, .stop = stop}));
  return found;
}

}  // namespace

Result<std::vector<ParameterSensitivity>> parameter_sensitivity(const Bars& bars, const StrategyDefinition& strategy,
                                                                const BacktestOptions& run, Metric metric,
                                                                std::size_t steps, double step_fraction,
                                                                const StopToken& stop) {
  return parameters_moved(study::MarketSubject(bars), strategy, run, metric, steps, step_fraction, stop);
}

Result<std::vector<ParameterSensitivity>> parameter_sensitivity(const std::shared_ptr<const Panel>& panel,
                                                                const StrategyDefinition& strategy,
                                                                const PanelOptions& runs, Metric metric,
                                                                std::size_t steps, double step_fraction,
                                                                const StopToken& stop) {
  PEAK_ASSIGN_OR_RETURN(const auto subject, study::PanelSubject::make(panel, runs));
  return parameters_moved(subject, strategy, runs.run, metric, steps, step_fraction, stop);
}

Result<CostSensitivity> cost_sensitivity(const Bars& bars, const StrategyDefinition& strategy,
                                         const BacktestOptions& run, std::size_t points, const StopToken& stop) {
  return costs_moved(study::MarketSubject(bars), strategy, run, points, stop);
}

Result<CostSensitivity> cost_sensitivity(const std::shared_ptr<const Panel>& panel, const StrategyDefinition& strategy,
                                         const PanelOptions& runs, std::size_t points, const StopToken& stop) {
  PEAK_ASSIGN_OR_RETURN(const auto subject, study::PanelSubject::make(panel, runs));
  return costs_moved(subject, strategy, runs.run, points, stop);
}

Result<std::vector<StressResult>> stress_windows(const BacktestResult& run, const std::vector<StressWindow>& windows) {
  std::vector<StressResult> results;
  for (const StressWindow& window : windows) {
    if (window.to < window.from) {
      return invalid_argument("stress window '" + window.name + "' ends before it begins: " + format_time(window.from) +
                              " to " + format_time(window.to));
    }
    results.push_back(stress(run, window));
  }
  return results;
}

std::vector<StressWindow> worst_windows(const Bars& bars, std::size_t count) {
  // Each fall from a running peak to its lowest close before the peak is reached again is one window.
  struct Fall {
    std::size_t peak, trough;
    double depth;
  };
  std::vector<Fall> falls;
  const auto close = bars.close();
  std::size_t peak = 0;
  for (std::size_t bar = 1; bar < close.size(); ++bar) {
    if (close[bar] >= close[peak]) {
      peak = bar;
      continue;
    }
    const double depth = close[bar] / close[peak] - 1.0;
    if (falls.empty() || falls.back().peak != peak) {
      falls.push_back({peak, bar, depth});
    } else if (depth < falls.back().depth) {
      falls.back() = {peak, bar, depth};
    }
  }
  std::stable_sort(falls.begin(), falls.end(), [](const Fall& a, const Fall& b) { return a.depth < b.depth; });
  falls.resize(std::min(falls.size(), count));
  std::vector<StressWindow> windows;
  for (const Fall& fall : falls) {
    const Nanoseconds from = bars.time()[fall.peak + 1];
    windows.push_back({"fall from " + format_time_short(bars.time()[fall.peak]), from, bars.time()[fall.trough]});
  }
  return windows;
}

namespace {

Result<Sensitivity> all_moved(const study::Subject& subject, const StrategyDefinition& strategy,
                              const BacktestOptions& run, const SensitivityOptions& options) {
  Sensitivity found{.metric = options.metric, .parameters = {}, .costs = {}, .stress = {}};
  PEAK_ASSIGN_OR_RETURN(found.parameters, parameters_moved(subject, strategy, run, options.metric, options.steps,
                                                           options.step_fraction, options.stop));
  PEAK_ASSIGN_OR_RETURN(found.costs, costs_moved(subject, strategy, run, options.costs, options.stop));
  PEAK_ASSIGN_OR_RETURN(const BacktestResult chosen, subject.run(strategy, run));
  std::vector<StressWindow> windows = worst_windows(chosen.bars, options.bad_times);
  windows.insert(windows.end(), options.windows.begin(), options.windows.end());
  PEAK_ASSIGN_OR_RETURN(found.stress, stress_windows(chosen, windows));
  return found;
}

}  // namespace

Result<Sensitivity> sensitivity(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& run,
                                const SensitivityOptions& options) {
  return all_moved(study::MarketSubject(bars), strategy, run, options);
}

Result<Sensitivity> sensitivity(const std::shared_ptr<const Panel>& panel, const StrategyDefinition& strategy,
                                const PanelOptions& runs, const SensitivityOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const auto subject, study::PanelSubject::make(panel, runs));
  return all_moved(subject, strategy, runs.run, options);
}

}  // namespace peak
