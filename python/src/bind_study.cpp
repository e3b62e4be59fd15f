// Sweeps: a job that runs beside the interpreter, so that Ctrl-C and progress are Python's, and its result as columns.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "grid_axes.hpp"
#include "peak/report/sweep.hpp"
#include "peak/report/sweep_file.hpp"
#include "peak/study/heatmap.hpp"
#include "peak/study/sweep.hpp"
#include "peak/study/sweep_overfitting.hpp"
#include "peak/study/sweep_recorder.hpp"
#include "results.hpp"
#include "run_options.hpp"
#include "strategies.hpp"
#include "sweep_job.hpp"
#include "sweep_object.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
Sampling sampling_of(const std::string& name) {
  if (name == "random") return Sampling::kRandom;
  return name == "latin" ? Sampling::kLatinHypercube : Sampling::kAll;
}

std::vector<Metric> metrics_of(const std::vector<std::string>& names) {
  std::vector<Metric> metrics;
  for (const std::string& name : names) metrics.push_back(value_or_raise(find_metric(name)));
  return metrics;
}

Result<Grid> grid_of(const nb::dict& given, const GridOptions& options) {
  std::vector<GridAxis> axes;
  for (const auto& [name, values] : given) axes.push_back(axis_of(nb::cast<std::string>(name), values));
  const nb::gil_scoped_release release;
  return Grid::make(std::move(axes), options);
}

namespace {

/// A sweep whose runs Python makes.
struct RecorderObject {
  SweepRecorder recorder;
  nb::object origin;
  std::vector<std::string> paths;
  std::optional<SweepFile> file;  ///< of all rows

  [[nodiscard]] nb::dict parameters(std::uint64_t row) const {
    nb::dict out;
    const SweepResult& result = recorder.result();
    for (std::size_t axis = 0; axis < result.grid.axes().size(); ++axis) {
      const GridAxis& values = result.grid.axes()[axis];
      const char* name = values.name().c_str();
      if (values.is_text()) {
        out[name] = result.parameter_text(row, axis);
      } else {
        out[name] = result.parameter(row, axis);
      }
    }
    return out;
  }
  void put(std::uint64_t row, const BacktestResult& run) {
    recorder.put(row, run);
    if (file) file->add({recorder.result(), {&row, 1}});
  }
  void fail(std::uint64_t row, const std::string& reason) {
    recorder.fail(row, reason);
    if (file) file->add({recorder.result(), {&row, 1}});
  }
  SweepObject take(double elapsed_s) {
    SweepObject made{recorder.take(elapsed_s), origin, paths};
    if (file && made.result.complete()) check(file->commit(made.result));
    file.reset();
    return made;
  }
};

void construct_recorder(RecorderObject* self, const nb::list& markets, const std::string& strategy,
                        const nb::dict& grid, const std::string& where, const std::string& sampling,
                        std::uint64_t samples, std::uint64_t seed, const std::vector<std::string>& metrics,
                        const std::string& out) {
  Markets made = markets_of(markets);
  Grid rows = value_or_raise(grid_of(grid, {where, sampling_of(sampling), samples, seed, {}}));
  std::optional<SweepFile> file;
  if (!out.empty()) file = value_or_raise(SweepFile::create(out));
  new (self) RecorderObject{SweepRecorder(std::move(made.markets), strategy, std::move(rows), metrics_of(metrics)),
                            made.origin, std::move(made.paths), std::move(file)};
}

/// Every finished row, column by column, or the rows asked for.
nb::dict columns(const SweepObject& self, const std::optional<std::vector<std::uint64_t>>& wanted) {
  const SweepResult& result = self.result;
  std::vector<std::uint64_t> rows;
  if (wanted) {
    rows = *wanted;
  } else {
    for (std::uint64_t row = 0; row < result.rows(); ++row) {
      if (result.is_finished(row)) rows.push_back(row);
    }
  }
  return row_columns({result.markets, result.grid, result.metrics}, rows,
                     [&](std::size_t i, std::size_t metric) { return result.value(rows[i], metric); });
}

nb::tuple heatmap_of(const SweepObject& self, const std::string& x, const std::string& y, const std::string& metric,
                     const std::string& reduction) {
  Heatmap map = value_or_raise(
      heatmap(self.result, x, y, value_or_raise(find_metric(metric)), value_or_raise(parse_reduction(reduction))));
  const auto labels = [&](const std::string& name, std::vector<double> values) -> nb::object {
    for (const GridAxis& axis : self.result.grid.axes()) {
      if (axis.name() != name || !axis.is_text()) continue;
      nb::list words;
      for (std::uint64_t i = 0; i < axis.size(); ++i) words.append(axis.text(i));
      return words;
    }
    return numpy_array(std::move(values));
  };
  return nb::make_tuple(labels(x, std::move(map.x_values)), labels(y, std::move(map.y_values)),
                        numpy_array(std::move(map.cells)));
}

SweepReportOptions report_options(const SweepObject& self, const std::string& sort, std::size_t top) {
  SweepReportOptions options;
  options.sort = value_or_raise(find_metric(sort));
  options.top = top;
  options.data_paths = self.paths;
  return options;
}

/// How much of the best is luck, by `metric`; computed once.
const Overfitting& luck_of(SweepObject& self, const std::string& metric, const std::string& effort) {
  const std::pair key(value_or_raise(find_metric(metric)), value_or_raise(parse_overfitting_effort(effort)));
  if (const auto known = self.luck.find(key); known != self.luck.end()) return known->second;
  auto found = [&] {
    const nb::gil_scoped_release release;
    return sweep_overfitting(self.result, key.first, key.second);
  }();
  if (!found.ok()) raise(found.error());
  return self.luck.emplace(key, *found).first->second;
}

/// Luck where it can be told: a complete sweep of more than one combination that has a best.
const Overfitting* luck_or_null(SweepObject& self, const std::string& metric) {
  if (!self.result.complete() || self.result.rows() < 2) return nullptr;
  if (!self.result.best(value_or_raise(find_metric(metric))).ok()) return nullptr;
  return &luck_of(self, metric, "default");
}

nb::dict overfitting_dict(SweepObject& self, const std::string& metric, const std::string& effort) {
  const Overfitting& luck = luck_of(self, metric, effort);
  nb::dict out;
  const auto number = [&](const char* name, double value) {
    out[name] = std::isfinite(value) ? nb::object(nb::float_(value)) : nb::none();
  };
  out["trials"] = luck.trials;
  number("effective_trials", luck.effective_trials);
  number("average_correlation", luck.average_correlation);
  number("best_sharpe", luck.best_sharpe);
  number("luck_sharpe", luck.luck_sharpe);
  number("probabilistic_sharpe", luck.probabilistic_sharpe);
  number("deflated_sharpe", luck.deflated_sharpe);
  number("minimum_track_record_years", luck.minimum_track_record_years);
  number("pbo", luck.pbo);
  number("reality_check_p", luck.reality_check_p);
  number("spa_p", luck.spa_p);
  out["tested_trials"] = luck.tested_trials;
  number("stability", luck.neighbourhood ? luck.neighbourhood->stability : std::nan(""));
  out["verdict"] = luck.verdict();
  out["text"] = luck.text();
  return out;
}

nb::list failures(const SweepObject& self) {
  nb::list out;
  for (const SweepFailure& failure : self.result.failures) out.append(nb::make_tuple(failure.row, failure.reason));
  return out;
}

/// Rows that are not finished.
nb::object missing_rows(const SweepObject& self) {
  std::vector<std::int64_t> rows;
  for (std::uint64_t row = 0; row < self.result.rows(); ++row) {
    if (!self.result.is_finished(row)) rows.push_back(static_cast<std::int64_t>(row));
  }
  return numpy_array(std::move(rows));
}

/// The places in the grid's product of grid rows.
std::vector<std::uint64_t> places_of(const SweepObject& self, const std::vector<std::uint64_t>& rows) {
  std::vector<std::uint64_t> places;
  for (const std::uint64_t row : rows) {
    if (row >= self.result.grid.size()) raise_value_error("row " + std::to_string(row) + " is not in the grid");
    places.push_back(self.result.grid.place(row));
  }
  return places;
}

void add_kept_rows(const std::string& store, const std::string& file, const nb::bytes& bytes) {
  const std::string_view view(bytes.c_str(), bytes.size());
  check(add_to_sweep_store(store, file, view));
}

}  // namespace

void bind_study(nb::module_& module) {
  module.def("default_sweep_store", &default_sweep_store, "Where sweeps keep their results; empty: nowhere.");
  module.def(
      "lower_is_better", [](const std::string& metric) { return lower_is_better(value_or_raise(find_metric(metric))); },
      "metric"_a, "Whether less of a metric is better.");
  module.def("add_to_sweep_store", &add_kept_rows, "store"_a, "file"_a, "bytes"_a,
             "Adds rows that another process kept to a store.");
  bind_sweep_job(module);
  nb::class_<SweepObject>(module, "SweepResult", "A sweep; see peaktrade.SweepResult.")
      .def("columns", &columns, "rows"_a = nb::none(),
           nb::sig("def columns(self, rows: collections.abc.Sequence[int] | None = None) -> dict[str, typing.Any]"))
      .def(
          "top",
          [](const SweepObject& self, std::size_t count, const std::string& metric) {
            return value_or_raise(self.result.top(count, value_or_raise(find_metric(metric))));
          },
          "count"_a, "metric"_a)
      .def(
          "best",
          [](const SweepObject& self, const std::string& metric) {
            return value_or_raise(self.result.best(value_or_raise(find_metric(metric))));
          },
          "metric"_a)
      .def("heatmap", &heatmap_of, "x"_a, "y"_a, "metric"_a, "reduce"_a,
           nb::sig("def heatmap(self, x: str, y: str, metric: str, reduce: str) -> tuple[typing.Any, typing.Any, "
                   "typing.Any]"))
      .def(
          "text",
          [](SweepObject& self, const std::string& sort, std::size_t top) {
            return value_or_raise(format_sweep(self.result, report_options(self, sort, top)));
          },
          "sort"_a, "top"_a)
      .def(
          "json",
          [](SweepObject& self, const std::string& sort, std::size_t top) {
            SweepReportOptions options = report_options(self, sort, top);
            options.overfitting = luck_or_null(self, sort);
            return value_or_raise(sweep_json(self.result, options));
          },
          "sort"_a, "top"_a)
      .def(
          "write",
          [](const SweepObject& self, nb::handle path) {
            const std::string file = path_of(path);
            const nb::gil_scoped_release release;
            const Status written = write_sweep(self.result, file);
            const nb::gil_scoped_acquire acquire;
            check(written);
          },
          "path"_a, nb::sig("def write(self, path: object) -> None"))
      .def(
          "report",
          [](SweepObject& self, nb::handle path, const std::string& sort) {
            SweepReportOptions options = report_options(self, sort, 0);
            options.overfitting = luck_or_null(self, sort);
            check(write_sweep_report(self.result, path_of(path), options));
          },
          "path"_a, "sort"_a, nb::sig("def report(self, path: object, sort: str) -> None"))
      .def("overfitting", &overfitting_dict, "metric"_a, "effort"_a,
           nb::sig("def overfitting(self, metric: str, effort: str) -> dict[str, typing.Any]"))
      .def("missing", &missing_rows, nb::sig("def missing(self) -> typing.Any"), "Rows that are not finished.")
      .def("places", &places_of, "rows"_a,
           nb::sig("def places(self, rows: collections.abc.Sequence[int]) -> list[int]"),
           "Places in the product of the grid's axes.")
      .def(
          "recount",
          [](SweepObject& self, std::uint64_t computed, std::uint64_t reused, double elapsed_s) {
            self.result.computed = computed;
            self.result.reused = reused;
            self.result.elapsed_s = elapsed_s;
          },
          "computed"_a, "reused"_a, "elapsed_s"_a, "For results that were put together from several sweeps.")
      .def_prop_ro(
          "grid_places",
          [](const SweepObject& self) {
            std::vector<std::uint64_t> places;
            for (std::uint64_t row = 0; row < self.result.grid.size(); ++row) {
              places.push_back(self.result.grid.place(row));
            }
            return places;
          },
          "Places in the product of the axes of the grid's rows.")
      .def_prop_ro("blocks", [](const SweepObject& self) { return self.result.blocks; })
      .def("failures", &failures, nb::sig("def failures(self) -> list[tuple[int, str]]"))
      .def(
          "market", [](const SweepObject& self, std::uint64_t row) { return self.result.market_of(row); }, "row"_a)
      .def(
          "parameters",
          [](const SweepObject& self) {
            nb::list names;
            for (const GridAxis& axis : self.result.grid.axes()) names.append(axis.name());
            return names;
          },
          nb::sig("def parameters(self) -> list[str]"))
      .def(
          "metrics",
          [](const SweepObject& self) {
            nb::list names;
            for (const Metric metric : self.result.metrics) names.append(metric_info(metric).name);
            return names;
          },
          nb::sig("def metrics(self) -> list[str]"))
      .def_prop_ro("rows", [](const SweepObject& self) { return self.result.rows(); })
      .def_prop_ro("computed", [](const SweepObject& self) { return self.result.computed; })
      .def_prop_ro("reused", [](const SweepObject& self) { return self.result.reused; })
      .def_prop_ro("complete", [](const SweepObject& self) { return self.result.complete(); })
      .def_prop_ro("elapsed_s", [](const SweepObject& self) { return self.result.elapsed_s; })
      .def_prop_ro("note", [](const SweepObject& self) { return self.result.note; })
      .def_prop_ro("plan", [](const SweepObject& self) { return self.result.plan; })
      .def_prop_ro(
          "strategy", [](const SweepObject& self) { return self.result.strategy; },
          nb::sig("def strategy(self) -> Strategy"))
      .def_prop_ro(
          "origin", [](const SweepObject& self) { return self.origin; }, nb::sig("def origin(self) -> object"));
  nb::class_<RecorderObject>(module, "SweepRecorder", "A sweep whose runs Python makes.")
      .def(
          "__init__", &construct_recorder, "markets"_a, "strategy"_a, "grid"_a, "where"_a, "sampling"_a, "samples"_a,
          "seed"_a, "metrics"_a, "out"_a = "",
          nb::sig("def __init__(self, markets: list[tuple[str, typing.Any, list[str]]], strategy: str, grid: dict[str, "
                  "typing.Any], where: str, sampling: str, samples: int, seed: int, metrics: list[str], out: str = '') "
                  "-> None"))
      .def_prop_ro("rows", [](const RecorderObject& self) { return self.recorder.rows(); })
      .def("parameters", &RecorderObject::parameters, "row"_a,
           nb::sig("def parameters(self, row: int) -> dict[str, typing.Any]"))
      .def(
          "market", [](const RecorderObject& self, std::uint64_t row) { return self.recorder.result().market_of(row); },
          "row"_a)
      .def(
          "put", [](RecorderObject& self, std::uint64_t row, const ResultObject& run) { self.put(row, run.run); },
          "row"_a, "run"_a)
      .def("fail", &RecorderObject::fail, "row"_a, "reason"_a)
      .def("take", &RecorderObject::take, "elapsed_s"_a);
}

}  // namespace peak::python
