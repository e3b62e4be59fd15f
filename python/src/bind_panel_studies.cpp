// Walk-forward, cross-validation, Monte Carlo and sensitivity over many symbols, for peaktrade._studies.
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "errors.hpp"
#include "interruptible.hpp"
#include "panel_object.hpp"
#include "studies.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

nb::tuple walk_forward_panel(const PanelObject& data, nb::handle strategy, const nb::dict& axes,
                             const std::string& where, const nb::dict& given, nb::handle rebalance, bool cash_sharing,
                             nb::handle instruments, bool anchored, std::size_t windows, std::size_t train,
                             std::size_t test, std::size_t purge, std::size_t embargo, const std::string& metric,
                             unsigned threads) {
  const PanelStudy study(data, strategy, given, rebalance, cash_sharing, instruments);
  const Grid grid = whole_grid(axes, where);
  WalkForwardOptions options = walk_forward_options(anchored, windows, train, test, purge, embargo, metric, threads);
  WalkForward result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return walk_forward(study.panel, study.strategy, grid, study.runs, options);
  }));
  return told(std::move(result), study.panel->equal_weight_index(), study.source(), nb::none());
}

nb::tuple cross_validation_panel(const PanelObject& data, nb::handle strategy, const nb::dict& axes,
                                 const std::string& where, const nb::dict& given, nb::handle rebalance,
                                 bool cash_sharing, nb::handle instruments, std::size_t groups, std::size_t test_groups,
                                 std::size_t purge, std::size_t embargo, unsigned threads) {
  const PanelStudy study(data, strategy, given, rebalance, cash_sharing, instruments);
  const Grid grid = whole_grid(axes, where);
  CrossValidationOptions options = cross_validation_options(groups, test_groups, purge, embargo, threads);
  const CrossValidation result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return cross_validation(study.panel, study.strategy, grid, study.runs, options);
  }));
  return told(result, grid, study.source());
}

nb::tuple sensitivity_panel(const PanelObject& data, nb::handle strategy, const nb::dict& given, nb::handle rebalance,
                            bool cash_sharing, nb::handle instruments, const std::string& metric, std::size_t steps,
                            double step, std::size_t costs, std::size_t bad_times, const NamedWindows& windows) {
  const PanelStudy study(data, strategy, given, rebalance, cash_sharing, instruments);
  SensitivityOptions options = sensitivity_options(metric, steps, step, costs, bad_times, windows);
  const Sensitivity result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return sensitivity(study.panel, study.strategy, study.runs, options);
  }));
  return told(result, study.source());
}

}  // namespace

void bind_panel_studies(nb::module_& module) {
  module.def("walk_forward_panel", &walk_forward_panel, "panel"_a, "strategy"_a, "grid"_a, "where"_a, "options"_a,
             "rebalance"_a.none(), "cash_sharing"_a, "instruments"_a.none(), "anchored"_a, "windows"_a, "train"_a,
             "test"_a, "purge"_a, "embargo"_a, "metric"_a, "threads"_a);
  module.def("cross_validation_panel", &cross_validation_panel, "panel"_a, "strategy"_a, "grid"_a, "where"_a,
             "options"_a, "rebalance"_a.none(), "cash_sharing"_a, "instruments"_a.none(), "groups"_a, "test_groups"_a,
             "purge"_a, "embargo"_a, "threads"_a);
  module.def("sensitivity_panel", &sensitivity_panel, "panel"_a, "strategy"_a, "options"_a, "rebalance"_a.none(),
             "cash_sharing"_a, "instruments"_a.none(), "metric"_a, "steps"_a, "step"_a, "costs"_a, "bad_times"_a,
             "windows"_a);
}

}  // namespace peak::python
