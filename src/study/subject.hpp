// Subject: what a study runs a strategy on, one market or a panel with its account; studies are written once for both.
//
// Bars are counted on the time line of the runs: the market's own, or the union of all stamps of the panel.
// Threads: constant; runs may go on several threads.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "peak/market/panel.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/study/sweep.hpp"

namespace peak::study {

class Subject {
 public:
  virtual ~Subject() = default;

  /// One series on the time line: the market, or the panel's equal-weight index.
  [[nodiscard]] virtual const Bars& line() const = 0;
  /// What runs with these options are compared with, by bar; empty: the closes of line().
  [[nodiscard]] virtual Result<Buffer<double>> benchmark(const BacktestOptions& options,
                                                         const Instrument& instrument) const = 0;
  [[nodiscard]] virtual Result<BacktestResult> run(const StrategyDefinition& strategy,
                                                   const BacktestOptions& options) const = 0;
  /// On bars [0, end), nothing being opened before `begin`. Weights begin with those that were decided last before.
  [[nodiscard]] virtual Result<BacktestResult> run_gated(const StrategyDefinition& strategy,
                                                         const BacktestOptions& options, std::size_t begin,
                                                         std::size_t end) const = 0;
  /// On bars [begin, end) as if there were no others.
  [[nodiscard]] virtual Result<SweepResult> sweep_between(std::size_t begin, std::size_t end,
                                                          const StrategyDefinition& strategy, const Grid& grid,
                                                          const SweepOptions& options) const = 0;
};

class MarketSubject final : public Subject {
 public:
  explicit MarketSubject(const Bars& bars) : bars_(bars) {}
  [[nodiscard]] const Bars& line() const override { return bars_; }
  [[nodiscard]] Result<Buffer<double>> benchmark(const BacktestOptions& options,
                                                 const Instrument& instrument) const override;
  [[nodiscard]] Result<BacktestResult> run(const StrategyDefinition& strategy,
                                           const BacktestOptions& options) const override;
  [[nodiscard]] Result<BacktestResult> run_gated(const StrategyDefinition& strategy, const BacktestOptions& options,
                                                 std::size_t begin, std::size_t end) const override;
  [[nodiscard]] Result<SweepResult> sweep_between(std::size_t begin, std::size_t end,
                                                  const StrategyDefinition& strategy, const Grid& grid,
                                                  const SweepOptions& options) const override;

 private:
  const Bars& bars_;
};

class PanelSubject final : public Subject {
 public:
  /// `runs` without its `run`, which each call gives.
  static Result<PanelSubject> make(std::shared_ptr<const Panel> panel, PanelOptions runs);
  [[nodiscard]] const Bars& line() const override { return index_; }
  [[nodiscard]] Result<Buffer<double>> benchmark(const BacktestOptions& options,
                                                 const Instrument& instrument) const override;
  [[nodiscard]] Result<BacktestResult> run(const StrategyDefinition& strategy,
                                           const BacktestOptions& options) const override;
  [[nodiscard]] Result<BacktestResult> run_gated(const StrategyDefinition& strategy, const BacktestOptions& options,
                                                 std::size_t begin, std::size_t end) const override;
  [[nodiscard]] Result<SweepResult> sweep_between(std::size_t begin, std::size_t end,
                                                  const StrategyDefinition& strategy, const Grid& grid,
                                                  const SweepOptions& options) const override;

 private:
  PanelSubject(std::shared_ptr<const Panel> panel, PanelOptions runs)
      : panel_(std::move(panel)), runs_(std::move(runs)) {}
  [[nodiscard]] PanelOptions with(const BacktestOptions& options) const;
  /// The gate of run_gated for weights: those of the schedule from `begin` on, and at `begin` the last ones before.
  [[nodiscard]] Result<TargetWeights> weights_from(const Panel& known, const StrategyDefinition& allocation,
                                                   const PanelOptions& options, std::size_t begin) const;

  std::shared_ptr<const Panel> panel_;
  PanelOptions runs_;
  Bars index_;
};

}  // namespace peak::study
