// Saved panels: what a saved run over many symbols has beside one over one symbol.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "peak/sim/backtest.hpp"

namespace peak::python {

/// Adds `symbols`, `zones` and the columns panel/*, instruments/* and holdings/* to a state.
void save_panel(nanobind::dict& state, const BacktestResult& run);
/// Reads them, into a run whose bars and simulation are there; DataError for what does not fit these.
void load_panel(const nanobind::dict& state, BacktestResult& run);

}  // namespace peak::python
