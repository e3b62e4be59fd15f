// Panel backtest: runs over many symbols, by target weights or by signals; the result is a BacktestResult with a panel.
//
//     auto panel = std::make_shared<const Panel>(Panel::create(series).value());
//     auto recipe = peak::allocation("inverse_volatility");
//     auto result = peak::backtest_allocation(panel, *recipe, {});
//
// In the result bars are counted on the panel's time line, `bars` is the equal-weight index of the panel, which the run
// is compared with, and trades and orders tell their symbol by number (BacktestResult::symbol_of).
//
// Threads: pure functions; the result shares the panel.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/panel.hpp"
#include "peak/market/rebalance.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/sim/target_weights.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

struct PanelOptions {
  BacktestOptions run;                  ///< `detail` is that of one symbol: give `detail` below
  std::vector<Instrument> instruments;  ///< in the order of symbols; none: the run's for each
  std::optional<Rebalance> rebalance;   ///< over the allocation's; none: its own, else monthly
  /// Signals: one account for all symbols (rule 14), or an account of cash / N for each, which know nothing of each
  /// other. Weights always share.
  bool cash_sharing = true;
  /// Finer bars of the panel's symbols, or of some of them, by name: they decide the order of prices inside a symbol's
  /// bars (rule 13). Not for weights, which fill at opens and closes only.
  std::shared_ptr<const Panel> detail = {};
};

/// An allocation (StrategyDefinition::weight): its formula at the stamps of the schedule; what is undefined gets 0.
[[nodiscard]] Result<BacktestResult> backtest_allocation(std::shared_ptr<const Panel> panel,
                                                         const StrategyDefinition& allocation,
                                                         const PanelOptions& options = {});

/// The same with what target_weights() gave for it, or a part or a change of that.
[[nodiscard]] Result<BacktestResult> backtest_allocation(std::shared_ptr<const Panel> panel,
                                                         const StrategyDefinition& allocation,
                                                         const TargetWeights& targets, const PanelOptions& options);

/// Given weights; `name` stands for the strategy in the result. options.run.parameters must be empty.
[[nodiscard]] Result<BacktestResult> backtest_weights(std::shared_ptr<const Panel> panel, const TargetWeights& targets,
                                                      const PanelOptions& options = {},
                                                      const std::string& name = "weights");

/// A strategy of signals on every symbol; its formulas may compare symbols (expression/panel_program.hpp).
[[nodiscard]] Result<BacktestResult> backtest_panel(std::shared_ptr<const Panel> panel,
                                                    const StrategyDefinition& strategy,
                                                    const PanelOptions& options = {});

/// A strategy of weights by backtest_allocation, one of signals by backtest_panel.
[[nodiscard]] Result<BacktestResult> backtest(std::shared_ptr<const Panel> panel, const StrategyDefinition& strategy,
                                              const PanelOptions& options);

/// The weights that an allocation asks for, before the run.
[[nodiscard]] Result<TargetWeights> target_weights(const Panel& panel, const StrategyDefinition& allocation,
                                                   const PanelOptions& options = {});

/// The panel as formulas see it: with the splits of the instruments, which they take out (decided case 8.5).
[[nodiscard]] std::shared_ptr<const Panel> formula_panel(std::shared_ptr<const Panel> panel,
                                                         const std::vector<Instrument>& instruments);

/// What part of the equity each symbol was, at each close: stamps times symbols; of a run over a panel.
[[nodiscard]] std::vector<double> weights_over_time(const BacktestResult& result);

}  // namespace peak
