// Panel classes: Python classes with on_bar(self, ctx) as strategies over many symbols, and what they see as `ctx`.
//
//     ctx["SPY"]        the Context of one symbol, as a strategy over that symbol alone has it
//     ctx.buy("SPY")    an OrderHandle
//
// Threads: to be called with the GIL held, which is kept while the strategy runs.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "peak/sim/panel_backtest.hpp"
#include "peak/sim/panel_strategy.hpp"
#include "results.hpp"

namespace peak::python {

/// A Python context over many symbols that stands for `context` until it goes out of scope.
class PanelContextScope {
 public:
  /// `series`: what names the symbols and their columns.
  PanelContextScope(PanelContext& context, const std::vector<Bars>& series);
  ~PanelContextScope();
  PanelContextScope(const PanelContextScope&) = delete;
  PanelContextScope& operator=(const PanelContextScope&) = delete;
  [[nodiscard]] nanobind::handle object() const noexcept { return object_; }
  /// init is over: nothing can be declared any more.
  void begin();
  /// The handle of an order of this run.
  [[nodiscard]] nanobind::object order(std::size_t symbol, OrderId id) const;
  /// The tags that orders were given, by OrderRequest::tag - 1.
  [[nodiscard]] nanobind::list tags() const;

 private:
  nanobind::object object_;
};

/// Raises TypeError for a compiled on_bar, which knows one symbol only.
void refuse_compiled(nanobind::handle on_bar);

/// Runs it. An exception in on_bar becomes a peaktrade.StrategyError that carries the result up to there.
ResultObject run_panel_class(const std::shared_ptr<const Panel>& panel, nanobind::handle strategy,
                             const PanelOptions& options, nanobind::object origin);

void bind_panel_context(nanobind::module_& module);

}  // namespace peak::python
