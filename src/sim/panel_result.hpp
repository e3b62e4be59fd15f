// Panel result: what every run over a panel begins and ends with, whatever decides it.
#pragma once

#include <memory>

#include "peak/sim/panel_backtest.hpp"
#include "sim/completion.hpp"

namespace peak::sim {

/// A result with everything that is known before the run; options that panels do not have are refused.
[[nodiscard]] Result<BacktestResult> start_panel_result(std::shared_ptr<const Panel> panel, const PanelOptions& options,
                                                        const BrokerOptions& strategy_broker);

/// Puts a simulation of the result's bars in, with metrics and warnings.
[[nodiscard]] Status finish_panel_result(BacktestResult& result, Simulation run, const PanelOptions& options,
                                         DecidedBy by);

/// Warns of stamps whose weights add up to more than the account may hold.
void warn_of_weights(BacktestResult& result, const TargetWeights& targets);

}  // namespace peak::sim
