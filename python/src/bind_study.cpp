// Sweeps: a job that runs beside the interpreter, so that Ctrl-C and progress are Python's, and its result as columns.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "grid_axes.hpp"
#include "peak/report/sweep.hpp"
#include "peak/study/heatmap.hpp"
#include "peak/study/sweep.hpp"
#include "peak/study/sweep_overfitting.hpp"
#include "peak/study/sweep_recorder.hpp"
#include "peak/study/sweep_windows.hpp"
#include "results.hpp"
#include "run_options.hpp"
#include "strategies.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

/// peaktrade._native.SweepResult.
struct SweepObject {
  SweepResult result;
  nb::object origin;  ///< of the first market, see BarsObject
  std::vector<std::string> paths;
  std::map<std::pair<Metric, OverfittingEffort>, Overfitting> luck = {};  ///< made when asked for
};

Sampling sampling_of(const std::string& name) {
  if (name == "random") return Sampling::kRandom;
  return name == "latin" ? Sampling::kLatinHypercube : Sampling::kAll;
}

std::vector<Metric> metrics_of(const std::vector<std::string>& names) {
  std::vector<Metric> metrics;
  for (const std::string& name : names) metrics.push_back(value_or_raise(find_metric(name)));
  return metrics;
}

struct Markets {
  std::vector<SweepMarket> markets;
  nb::object origin;  ///< of the first
  std::vector<std::string> paths;
};

/// Each as symbol, data and the windows of its time to sweep over (none: all of it).
Markets markets_of(const nb::list& given) {
  Markets made;
  std::vector<std::string> windows;
  for (const nb::handle entry : given) {
    const nb::tuple market = nb::borrow<nb::tuple>(entry);
    const BarsObject bars = make_bars(market[1], {}, nb::cast<std::string>(market[0]));
    windows = nb::cast<std::vector<std::string>>(market[2]);
    if (made.markets.empty()) made.origin = bars.origin;
    made.paths.push_back(bars.path);
    made.markets.push_back({bars.bars, nb::cast<std::string>(market[0]), ""});
  }
  if (windows.empty()) return made;
  made.markets = value_or_raise(in_windows(made.markets, windows));
  std::vector<std::string> paths;
  for (const std::string& path : made.paths) paths.insert(paths.end(), windows.size(), path);
  made.paths = std::move(paths);
  return made;
}

Result<Grid> grid_of(const nb::dict& given, const GridOptions& options) {
  std::vector<GridAxis> axes;
  for (const auto& [name, values] : given) axes.push_back(axis_of(nb::cast<std::string>(name), values));
  const nb::gil_scoped_release release;
  return Grid::make(std::move(axes), options);
}

/// A sweep whose runs Python makes.
struct RecorderObject {
  SweepRecorder recorder;
  nb::object origin;
  std::vector<std::string> paths;

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
  SweepObject take(double elapsed_s) { return {recorder.take(elapsed_s), origin, paths}; }
};

void construct_recorder(RecorderObject* self, const nb::list& markets, const std::string& strategy,
                        const nb::dict& grid, const std::string& where, const std::string& sampling,
                        std::uint64_t samples, std::uint64_t seed, const std::vector<std::string>& metrics) {
  Markets made = markets_of(markets);
  Grid rows = value_or_raise(grid_of(grid, {where, sampling_of(sampling), samples, seed, {}}));
  new (self) RecorderObject{SweepRecorder(std::move(made.markets), strategy, std::move(rows), metrics_of(metrics)),
                            made.origin, std::move(made.paths)};
}

/// What rows are of.
struct ResultRows {
  const std::vector<SweepMarket>& markets;
  const Grid& grid;
  const std::vector<Metric>& metrics;
};

/// Rows column by column: symbol and window where there are several, parameters, metrics; value(i, metric) is that of
/// rows[i].
template <typename Value>
nb::dict row_columns(const ResultRows& of, const std::vector<std::uint64_t>& rows, Value value) {
  nb::dict out;
  const auto add_texts = [&](const char* name, auto get) {
    nb::list texts;
    for (const std::uint64_t row : rows) texts.append(get(row));
    out[name] = texts;
  };
  const auto add_numbers = [&](const char* name, auto get) {
    std::vector<double> numbers;
    numbers.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) numbers.push_back(get(i));
    out[name] = numpy_array(std::move(numbers));
  };
  const auto market_of = [&](std::uint64_t row) -> const SweepMarket& { return of.markets[row / of.grid.size()]; };
  if (of.markets.size() > 1) add_texts("symbol", [&](std::uint64_t row) { return market_of(row).symbol; });
  if (!of.markets.front().window.empty()) {
    add_texts("window", [&](std::uint64_t row) { return market_of(row).window; });
  }
  for (std::size_t axis = 0; axis < of.grid.axes().size(); ++axis) {
    const GridAxis& values = of.grid.axes()[axis];
    const auto index = [&](std::uint64_t row) { return of.grid.index(row % of.grid.size(), axis); };
    if (values.is_text()) {
      add_texts(values.name().c_str(), [&](std::uint64_t row) { return values.text(index(row)); });
    } else {
      add_numbers(values.name().c_str(), [&](std::size_t i) { return values[index(rows[i])]; });
    }
  }
  for (std::size_t metric = 0; metric < of.metrics.size(); ++metric) {
    add_numbers(metric_info(of.metrics[metric]).name, [&](std::size_t i) { return value(i, metric); });
  }
  return out;
}

/// What is said of a sweep that is a part of another one: which places of the product, its parts of time; or that
/// nothing is to be computed.
struct SweepPart {
  std::vector<std::uint64_t> places;
  std::size_t blocks = 0;
  bool only_kept = false;
};

SweepPart part_of(const nb::dict& given) {
  SweepPart part;
  if (given.contains("places")) part.places = nb::cast<std::vector<std::uint64_t>>(given["places"]);
  if (given.contains("blocks")) part.blocks = nb::cast<std::size_t>(given["blocks"]);
  if (given.contains("only_kept")) part.only_kept = nb::cast<bool>(given["only_kept"]);
  return part;
}

/// Rows of a sweep that is going on, with their metrics one row after the other.
struct PartialRows {
  std::vector<std::uint64_t> rows;
  std::vector<double> values;
};

/// A sweep on a thread of its own.
class SweepJob {
 public:
  SweepJob(const nb::list& markets, nb::handle strategy, const nb::dict& grid, const GridOptions& grid_options,
           const std::vector<std::string>& metrics, const nb::dict& run, unsigned threads, std::string store,
           bool streams, const SweepPart& part) {
    Markets made = markets_of(markets);
    markets_ = std::move(made.markets);
    origin_ = made.origin;
    paths_ = std::move(made.paths);
    strategy_ = strategy_of(strategy);
    grid_ = value_or_raise(grid_of(grid, grid_options));
    SeriesZones zones;
    options_.run = run_options_of(run, zones);
    for (const SweepMarket& market : markets_) zones.check(market.bars);
    options_.metrics = metrics_of(metrics);
    options_.threads = threads;
    options_.store = std::move(store);
    options_.blocks = part.blocks;
    if (part.only_kept) options_.kernel = SweepKernel::kNone;
    options_.stop = stop_.token();
    options_.progress = [this](const SweepProgress& progress) {
      const std::lock_guard lock(mutex_);
      progress_ = progress;
    };
    if (streams) options_.batch = [this](const SweepBatch& batch) { add(batch); };
    thread_ = std::thread([this] { work(); });
  }
  ~SweepJob() {
    stop_.request_stop();
    if (!thread_.joinable()) return;
    const nb::gil_scoped_release release;
    thread_.join();
  }
  SweepJob(const SweepJob&) = delete;
  SweepJob& operator=(const SweepJob&) = delete;

  bool wait(double seconds) {
    const nb::gil_scoped_release release;
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return done_; });
  }
  void stop() { stop_.request_stop(); }
  /// The next rows that are finished, column by column; none if there are none within so long or any more.
  nb::object next_batch(double seconds) {
    PartialRows part;
    {
      const nb::gil_scoped_release release;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return done_ || !parts_.empty(); });
      if (!parts_.empty()) {
        part = std::move(parts_.front());
        parts_.pop_front();
      }
    }
    if (part.rows.empty()) return nb::none();
    nb::dict columns = columns_of(part);
    nb::dict out;
    out["rows"] = numpy_array(std::vector<std::int64_t>(part.rows.begin(), part.rows.end()));
    out["columns"] = columns;
    return out;
  }
  SweepProgress progress() {
    const std::lock_guard lock(mutex_);
    return progress_;
  }
  SweepObject take() {
    while (!wait(1)) {
    }
    return {value_or_raise(std::move(*result_)), origin_, paths_};
  }

 private:
  void add(const SweepBatch& batch) {
    PartialRows part{{batch.rows.begin(), batch.rows.end()}, {}};
    for (const std::uint64_t row : batch.rows) {
      for (std::size_t i = 0; i < batch.result.metrics.size(); ++i) part.values.push_back(batch.result.value(row, i));
    }
    const std::lock_guard lock(mutex_);
    parts_.push_back(std::move(part));
    changed_.notify_all();
  }

  [[nodiscard]] nb::dict columns_of(const PartialRows& part) const {
    const ResultRows rows{markets_, grid_, options_.metrics};
    const std::size_t metrics = options_.metrics.size();
    return row_columns(rows, part.rows,
                       [&](std::size_t i, std::size_t metric) { return part.values[i * metrics + metric]; });
  }

  void work() {
    Result<SweepResult> made = sweep(markets_, strategy_, grid_, options_);
    const std::lock_guard lock(mutex_);
    result_ = std::move(made);
    done_ = true;
    changed_.notify_all();
  }

  std::vector<SweepMarket> markets_;
  StrategyDefinition strategy_;
  Grid grid_;
  SweepOptions options_;
  nb::object origin_;
  std::vector<std::string> paths_;
  StopSource stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  SweepProgress progress_;
  std::deque<PartialRows> parts_;
  std::optional<Result<SweepResult>> result_;
  std::thread thread_;
};

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

void construct_job(SweepJob* self, const nb::list& markets, nb::handle strategy, const nb::dict& grid,
                   const std::string& where, const std::string& sampling, std::uint64_t samples, std::uint64_t seed,
                   const std::vector<std::string>& metrics, const nb::dict& run, unsigned threads, std::string store,
                   bool streams, const nb::dict& part) {
  SweepPart made = part_of(part);
  GridOptions options{where, sampling_of(sampling), samples, seed, {}};
  if (!made.places.empty()) {
    options.sampling = Sampling::kPlaces;
    options.places = std::move(made.places);
  }
  new (self) SweepJob(markets, strategy, grid, options, metrics, run, threads, std::move(store), streams, made);
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
  nb::class_<SweepJob>(module, "SweepJob", "A sweep that runs on threads of its own.")
      .def("__init__", &construct_job, "markets"_a, "strategy"_a, "grid"_a, "where"_a, "sampling"_a, "samples"_a,
           "seed"_a, "metrics"_a, "run"_a, "threads"_a, "store"_a, "streams"_a, "part"_a,
           nb::sig(
               "def __init__(self, markets: list[tuple[str, typing.Any, list[str]]], strategy: object, grid: dict[str, "
               "typing.Any], where: str, sampling: str, samples: int, seed: int, metrics: list[str], run: dict[str, "
               "typing.Any], threads: int, store: str, streams: bool, part: dict[str, typing.Any]) -> None"))
      .def("wait", &SweepJob::wait, "seconds"_a, "Whether it is done, after at most so long.")
      .def("next_batch", &SweepJob::next_batch, "seconds"_a,
           nb::sig("def next_batch(self, seconds: float) -> dict[str, typing.Any] | None"),
           "Rows that have been finished, after at most so long; None if there are none.")
      .def("stop", &SweepJob::stop, "Asks it to stop; what is finished is kept.")
      .def(
          "progress",
          [](SweepJob& self) {
            const SweepProgress progress = self.progress();
            return std::tuple(progress.done, progress.total, progress.rows_per_second());
          },
          "Rows done, rows in all, rows a second.")
      .def("take", &SweepJob::take, "The result; once.");
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
          "seed"_a, "metrics"_a,
          nb::sig("def __init__(self, markets: list[tuple[str, typing.Any, list[str]]], strategy: str, grid: dict[str, "
                  "typing.Any], where: str, sampling: str, samples: int, seed: int, metrics: list[str]) -> None"))
      .def_prop_ro("rows", [](const RecorderObject& self) { return self.recorder.rows(); })
      .def("parameters", &RecorderObject::parameters, "row"_a,
           nb::sig("def parameters(self, row: int) -> dict[str, typing.Any]"))
      .def(
          "market", [](const RecorderObject& self, std::uint64_t row) { return self.recorder.result().market_of(row); },
          "row"_a)
      .def(
          "put",
          [](RecorderObject& self, std::uint64_t row, const ResultObject& run) { self.recorder.put(row, run.run); },
          "row"_a, "run"_a)
      .def(
          "fail",
          [](RecorderObject& self, std::uint64_t row, const std::string& reason) { self.recorder.fail(row, reason); },
          "row"_a, "reason"_a)
      .def("take", &RecorderObject::take, "elapsed_s"_a);
}

}  // namespace peak::python
