// Panel classes: Python classes with on_bar(self, ctx) as strategies over many symbols, and what they see as `ctx`.
//
//     ctx["SPY"]        the Context of one symbol, as a strategy over that symbol alone has it
//     ctx.buy("SPY")    an OrderHandle
//
// Threads: to be called with the GIL held, which is kept while the strategy runs.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "peak/sim/panel_backtest.hpp"
#include "results.hpp"

namespace peak::python {

/// Runs it. An exception in on_bar becomes a peaktrade.StrategyError that carries the result up to there.
ResultObject run_panel_class(const std::shared_ptr<const Panel>& panel, nanobind::handle strategy,
                             const PanelOptions& options, nanobind::object origin);

void bind_panel_context(nanobind::module_& module);

}  // namespace peak::python
