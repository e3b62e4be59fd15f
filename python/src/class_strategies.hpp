// Class strategies: Python classes with on_bar(self, ctx) as strategies.
//
// Threads: to be called with the GIL held, which is kept while the strategy runs.
#pragma once

#include <nanobind/nanobind.h>

#include "bars.hpp"
#include "peak/sim/backtest.hpp"
#include "results.hpp"

namespace peak::python {

/// A class or an object with on_bar.
bool is_class_strategy(nanobind::handle strategy) noexcept;

/// Runs it. An exception in on_bar becomes a peaktrade.StrategyError that carries the result up to there.
ResultObject run_class(const BarsObject& bars, nanobind::handle strategy, const BacktestOptions& options);

}  // namespace peak::python
