// The options of a run, as peaktrade.backtest takes them.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "peak/sim/backtest.hpp"

namespace peak::python {

/// From a mapping of the names in peaktrade._backtest.OPTIONS to what the user gave; missing ones are not given.
BacktestOptions run_options_of(const nanobind::dict& given);

}  // namespace peak::python
