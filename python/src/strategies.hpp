// Strategies: what peaktrade.backtest takes as a strategy.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "peak/strategy/definition.hpp"

namespace peak::python {

/// A StrategyDefinition, a built-in name, or the path of a strategy file; else TypeError.
StrategyDefinition strategy_of(nanobind::handle value);

}  // namespace peak::python
