#include "study/subject.hpp"

#include <algorithm>
#include <vector>

#include "peak/study/panel_sweep.hpp"
#include "study/gated_run.hpp"
#include "study/panel_part.hpp"

namespace peak::study {

Result<Buffer<double>> MarketSubject::benchmark(const BacktestOptions& options, const Instrument& instrument) const {
  return benchmark_closes(bars_, options, instrument);
}

Result<BacktestResult> MarketSubject::run(const StrategyDefinition& strategy, const BacktestOptions& options) const {
  return backtest(bars_, strategy, options);
}

Result<BacktestResult> MarketSubject::run_gated(const StrategyDefinition& strategy, const BacktestOptions& options,
                                                std::size_t begin, std::size_t end) const {
  return study::run_gated(bars_, strategy, options, begin, end);
}

Result<SweepResult> MarketSubject::sweep_between(std::size_t begin, std::size_t end, const StrategyDefinition& strategy,
                                                 const Grid& grid, const SweepOptions& options) const {
  return sweep(bars_.slice(begin, end - begin), strategy, grid, options);
}

Result<PanelSubject> PanelSubject::make(std::shared_ptr<const Panel> panel, PanelOptions runs) {
  if (panel == nullptr || panel->symbols() == 0) return invalid_argument("a panel needs at least one symbol");
  PanelSubject subject(std::move(panel), std::move(runs));
  subject.index_ = formula_panel(subject.panel_, subject.runs_.instruments)->equal_weight_index();
  return subject;
}

PanelOptions PanelSubject::with(const BacktestOptions& options) const {
  PanelOptions made = runs_;
  made.run = options;
  return made;
}

// As of a run over the panel: the index has no instrument, so its closes are taken as they are.
Result<Buffer<double>> PanelSubject::benchmark(const BacktestOptions& options, const Instrument&) const {
  if (!options.benchmark) return Buffer<double>();
  return benchmark_closes(index_, options, Instrument{});
}

Result<BacktestResult> PanelSubject::run(const StrategyDefinition& strategy, const BacktestOptions& options) const {
  return backtest(panel_, strategy, with(options));
}

Result<TargetWeights> PanelSubject::weights_from(const Panel& known, const StrategyDefinition& allocation,
                                                 const PanelOptions& options, std::size_t begin) const {
  PEAK_ASSIGN_OR_RETURN(const TargetWeights all, target_weights(known, allocation, options));
  const auto first =
      static_cast<std::size_t>(std::lower_bound(all.stamps.begin(), all.stamps.end(), begin) - all.stamps.begin());
  TargetWeights kept;
  const auto keep = [&](std::size_t stamp, std::size_t i) {
    const auto row = all.row(i, known.symbols());
    kept.stamps.push_back(stamp);
    kept.weights.insert(kept.weights.end(), row.begin(), row.end());
  };
  const bool decides_at_once = first < all.stamps.size() && all.stamps[first] == begin;
  if (first > 0 && !decides_at_once && begin < known.size()) keep(begin, first - 1);
  for (std::size_t i = first; i < all.stamps.size(); ++i) keep(all.stamps[i], i);
  return kept;
}

Result<BacktestResult> PanelSubject::run_gated(const StrategyDefinition& strategy, const BacktestOptions& options,
                                               std::size_t begin, std::size_t end) const {
  const PanelOptions one = with(options);
  if (strategy.weight) {
    PEAK_ASSIGN_OR_RETURN(Panel part, panel_part(*panel_, 0, end));
    const auto known = std::make_shared<const Panel>(std::move(part));
    PEAK_ASSIGN_OR_RETURN(const TargetWeights targets, weights_from(*known, strategy, one, begin));
    return backtest_allocation(known, strategy, targets, one);
  }
  PEAK_ASSIGN_OR_RETURN(Panel part, gated_panel(*panel_, begin, end));
  return backtest_panel(std::make_shared<const Panel>(std::move(part)), gated_strategy(strategy), one);
}

Result<SweepResult> PanelSubject::sweep_between(std::size_t begin, std::size_t end, const StrategyDefinition& strategy,
                                                const Grid& grid, const SweepOptions& options) const {
  PEAK_ASSIGN_OR_RETURN(Panel part, panel_part(*panel_, begin, end));
  return sweep_panel(std::make_shared<const Panel>(std::move(part)), strategy, grid, with(options.run), options);
}

}  // namespace peak::study
