// Many strategies on the same data, each as a run of its own, on every core.
//
//     const StrategyRun runs[] = {{find_strategy("sma_cross").value(), {{"fast", 20}}}, {find_strategy("macd").value(),
//     {}}}; const auto results = parallel_backtest(bars, runs);
//
// For one strategy with many parameters sweep() is faster by far, and keeps less.
// Threads: as parallel_for; results do not depend on how many.
#pragma once

#include <span>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/bars.hpp"
#include "peak/parallel/thread_pool.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

/// A strategy and the parameters that go before those of the options.
struct StrategyRun {
  StrategyDefinition strategy;
  expression::ParameterValues parameters;
};

/// What backtest() gives for each, in their order; one that cannot run has its error in its place, and after a stop
/// request those that had not begun have kCancelled.
[[nodiscard]] std::vector<Result<BacktestResult>> parallel_backtest(const Bars& bars, std::span<const StrategyRun> runs,
                                                                    const BacktestOptions& options = {},
                                                                    const ParallelOptions& parallel = {});

}  // namespace peak
