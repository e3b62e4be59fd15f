// Many columns of signals at once: arrays in, a row of metrics for each column out.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "column_bits.hpp"
#include "errors.hpp"
#include "interruptible.hpp"
#include "peak/study/columns.hpp"
#include "run_options.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

/// The four signals of every column; those that were not given have no columns.
struct ColumnSignals {
  std::vector<ColumnsView> views;
  std::vector<std::vector<Bits>> bits;

  Status pack(const ParallelOptions& parallel) {
    for (const ColumnsView& view : views) {
      PEAK_ASSIGN_OR_RETURN(std::vector<Bits> made, bits_of_columns(view, parallel));
      bits.push_back(std::move(made));
    }
    return {};
  }
  [[nodiscard]] std::vector<SignalViews> columns() const {
    const auto view = [&](std::size_t signal, std::size_t column) {
      return bits[signal].empty() ? BitView{} : bits[signal][column].view();
    };
    std::vector<SignalViews> made;
    for (std::size_t k = 0; k < bits[0].size(); ++k) made.push_back({view(0, k), view(1, k), view(2, k), view(3, k)});
    return made;
  }
};

nb::tuple run_columns(nb::handle data, const nb::list& signals, const std::vector<std::string>& metrics,
                      const nb::dict& run, unsigned threads) {
  ColumnsOptions options;
  SeriesZones zones;
  options.run = run_options_of(run, zones);
  options.threads = threads;
  options.metrics.clear();
  for (const std::string& name : metrics) options.metrics.push_back(value_or_raise(find_metric(name)));
  BarsObject made;
  const BarsObject* bars = bars_object(data);
  if (bars == nullptr) {
    made = make_bars(data, {}, "");
    bars = &made;
  }
  zones.check(bars->bars);
  static constexpr const char* kNames[] = {"entries", "exits", "short_entries", "short_exits"};
  ColumnSignals given;
  for (std::size_t i = 0; i < 4; ++i) {
    const nb::handle array = signals[i];
    given.views.push_back(array.is_none() ? ColumnsView{} : view_of_columns(array, kNames[i]));
  }
  const ColumnsResult result = value_or_raise(run_interruptible([&](const StopToken& stop) -> Result<ColumnsResult> {
    options.stop = stop;
    PEAK_RETURN_IF_ERROR(given.pack({.max_threads = threads, .grain = 0, .stop = stop}));
    return backtest_columns(bars->bars, given.columns(), options);
  }));
  nb::dict columns;
  for (std::size_t metric = 0; metric < result.metrics.size(); ++metric) {
    std::vector<double> values;
    for (std::size_t column = 0; column < result.columns; ++column) values.push_back(result.value(column, metric));
    columns[metric_info(result.metrics[metric]).name] = numpy_array(std::move(values));
  }
  return nb::make_tuple(columns, result.plan);
}

}  // namespace

void bind_columns(nb::module_& module) {
  module.def("backtest_columns", &run_columns, "data"_a, "signals"_a, "metrics"_a, "run"_a, "threads"_a,
             nb::sig("def backtest_columns(data: object, signals: list[typing.Any], metrics: list[str], run: dict[str, "
                     "typing.Any], threads: int) -> tuple[dict[str, typing.Any], str]"),
             "Runs every column of signals; see peaktrade.backtest_columns.");
}

}  // namespace peak::python
