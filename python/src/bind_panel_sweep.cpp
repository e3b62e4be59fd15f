// Sweeps over a panel: every combination is one run over all symbols.
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "errors.hpp"
#include "panel_object.hpp"
#include "peak/study/panel_sweep.hpp"
#include "sweep_job.hpp"
#include "sweep_object.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

struct PanelTerms {
  nb::handle rebalance;
  bool cash_sharing = true;
  nb::handle instruments;
};

SweepTask panel_task(const PanelObject& data, nb::handle strategy, const nb::dict& axes, const GridOptions& rows,
                     const nb::dict& given, const PanelTerms& terms) {
  const StrategyDefinition definition = panel_strategy_of(strategy);
  const PanelOptions runs =
      panel_options_of(*data.panel, given, terms.rebalance, terms.cash_sharing, terms.instruments);
  if (!definition.weight && runs.rebalance) {
    raise_value_error("rebalance is for weights; '" + definition.name + "' decides by its own signals");
  }
  SweepTask task;
  task.markets = {{SweepMarket{}}, nb::str(data.origin.c_str()), {""}};
  task.grid = value_or_raise(grid_of(axes, rows));
  task.run = [panel = data.panel, definition, grid = task.grid, runs](const SweepOptions& options) {
    return sweep_panel(panel, definition, grid, runs, options);
  };
  return task;
}

}  // namespace

void bind_panel_sweep(nb::module_& module) {
  module.def(
      "panel_sweep_job",
      [](const PanelObject& panel, nb::handle strategy, const nb::dict& grid, const std::string& where,
         const std::string& sampling, std::uint64_t samples, std::uint64_t seed,
         const std::vector<std::string>& metrics, const nb::dict& options, nb::handle rebalance, bool cash_sharing,
         nb::handle instruments, unsigned threads, std::string store, bool streams, std::string out) {
        SweepTask task = panel_task(panel, strategy, grid, {where, sampling_of(sampling), samples, seed, {}}, options,
                                    {rebalance, cash_sharing, instruments});
        task.options.metrics = metrics_of(metrics);
        task.options.threads = threads;
        task.options.store = std::move(store);
        task.streams = streams;
        task.out = std::move(out);
        return std::make_unique<SweepJob>(std::move(task));
      },
      "panel"_a, "strategy"_a, "grid"_a, "where"_a, "sampling"_a, "samples"_a, "seed"_a, "metrics"_a, "options"_a,
      "rebalance"_a.none(), "cash_sharing"_a, "instruments"_a.none(), "threads"_a, "store"_a, "streams"_a, "out"_a,
      nb::sig("def panel_sweep_job(panel: Panel, strategy: object, grid: dict[str, typing.Any], where: str, sampling: "
              "str, samples: int, seed: int, metrics: list[str], options: dict[str, object], rebalance: str | None, "
              "cash_sharing: bool, instruments: dict[str, object] | None, threads: int, store: str, streams: bool, "
              "out: str) -> SweepJob"),
      "A sweep whose every combination is one run over all symbols.");
}

}  // namespace peak::python
