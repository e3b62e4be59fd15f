// PanelObject: peaktrade.Panel; and the options of a run over one, as Python gives them.
//
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>

#include "peak/report/studies.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/definition.hpp"

namespace peak::python {

struct PanelObject {
  std::shared_ptr<const Panel> panel;
  std::string origin;  ///< "pandas" or "polars": the shape that results take
};

PanelOptions panel_options_of(const Panel& panel, const nanobind::dict& given, nanobind::handle rebalance,
                              bool cash_sharing, nanobind::handle instruments);

/// Of formulas or of weights: a recipe by name, or what peaktrade.backtest takes.
StrategyDefinition panel_strategy_of(nanobind::handle strategy);

/// What a study of a strategy over a panel is asked, in the order of peaktrade._panel's pieces.
struct PanelStudy {
  PanelStudy(const PanelObject& data, nanobind::handle strategy, const nanobind::dict& given,
             nanobind::handle rebalance, bool cash_sharing, nanobind::handle instruments);
  std::shared_ptr<const Panel> panel;
  StrategyDefinition strategy;
  PanelOptions runs;
  [[nodiscard]] StudySource source() const { return {strategy.name, ""}; }
};

}  // namespace peak::python
