// peaktrade._native: the C++ library as Python sees it. python/peaktrade puts a typed front before it.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings.hpp"
#include "peak/base/suggest.hpp"
#include "peak/sim/backtest.hpp"

NB_MODULE(_native, module) {
  module.doc() = "The C++ library behind peaktrade; use peaktrade itself.";
  module.attr("__version__") = PEAK_VERSION;
  module.attr("ENGINE_SEMANTICS") = peak::kEngineSemanticsVersion;
  module.def(
      "suggestion",
      [](const std::string& name, const std::vector<std::string>& known) { return peak::suggestion(name, known); },
      nanobind::arg("name"), nanobind::arg("known"), "The nearest known name in words, for errors.");
  peak::python::bind_errors(module);
  peak::python::bind_market(module);
  peak::python::bind_io(module);
  peak::python::bind_databases(module);
  peak::python::bind_narrow(module);
  peak::python::bind_indicators(module);
  peak::python::bind_expression(module);
  peak::python::bind_trading(module);
  peak::python::bind_instrument(module);
  peak::python::bind_metrics(module);
  peak::python::bind_strategy(module);
  peak::python::bind_sim(module);
  peak::python::bind_parallel(module);
  peak::python::bind_columns(module);
  peak::python::bind_study(module);
  peak::python::bind_study_validation(module);
  peak::python::bind_report(module);
  peak::python::bind_store(module);
  peak::python::bind_value(module);
  peak::python::bind_cache(module);
  peak::python::bind_config(module);
  peak::python::bind_benchmark(module);
  peak::python::bind_portfolio(module);
  peak::python::bind_classes(module);
  peak::python::bind_runner(module);
  peak::python::bind_quality(module);
  peak::python::bind_resample(module);
  peak::python::bind_dataset(module);
  peak::python::bind_panel(module);
  peak::python::bind_panel_sweep(module);
  peak::python::bind_panel_lookahead(module);
  peak::python::bind_panel_studies(module);
  peak::python::bind_panel_runner(module);
}
