#include "sweep_job.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <tuple>
#include <utility>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/study/sweep_windows.hpp"
#include "run_options.hpp"
#include "strategies.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {

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

nb::dict row_columns(const ResultRows& of, const std::vector<std::uint64_t>& rows,
                     const std::function<double(std::size_t i, std::size_t metric)>& value) {
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

SweepJob::SweepJob(SweepTask task) : task_(std::move(task)) {
  if (!task_.out.empty()) file_ = value_or_raise(SweepFile::create(task_.out));
  task_.options.stop = stop_.token();
  task_.options.progress = [this](const SweepProgress& progress) {
    const std::lock_guard lock(mutex_);
    progress_ = progress;
  };
  if (task_.streams || file_) task_.options.batch = [this](const SweepBatch& batch) { add(batch); };
  thread_ = std::thread([this] { work(); });
}

SweepJob::~SweepJob() {
  stop_.request_stop();
  if (!thread_.joinable()) return;
  const nb::gil_scoped_release release;
  thread_.join();
}

bool SweepJob::wait(double seconds) {
  const nb::gil_scoped_release release;
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return done_; });
}

nb::object SweepJob::next_batch(double seconds) {
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

SweepProgress SweepJob::progress() {
  const std::lock_guard lock(mutex_);
  return progress_;
}

SweepObject SweepJob::take() {
  while (!wait(1)) {
  }
  return {value_or_raise(std::move(*result_)), task_.markets.origin, task_.markets.paths};
}

void SweepJob::add(const SweepBatch& batch) {
  if (file_) file_->add(batch);
  if (!task_.streams) return;
  PartialRows part{{batch.rows.begin(), batch.rows.end()}, {}};
  for (const std::uint64_t row : batch.rows) {
    for (std::size_t i = 0; i < batch.result.metrics.size(); ++i) part.values.push_back(batch.result.value(row, i));
  }
  const std::lock_guard lock(mutex_);
  parts_.push_back(std::move(part));
  changed_.notify_all();
}

nb::dict SweepJob::columns_of(const PartialRows& part) const {
  const ResultRows rows{task_.markets.markets, task_.grid, task_.options.metrics};
  const std::size_t metrics = task_.options.metrics.size();
  return row_columns(rows, part.rows,
                     [&](std::size_t i, std::size_t metric) { return part.values[i * metrics + metric]; });
}

void SweepJob::work() {
  Result<SweepResult> made = task_.run(task_.options);
  if (file_ && made.ok() && made->complete()) {
    if (const Status written = file_->commit(*made); !written.ok()) made = written.error();
  }
  file_.reset();  // a sweep that was stopped leaves none
  const std::lock_guard lock(mutex_);
  result_ = std::move(made);
  done_ = true;
  changed_.notify_all();
}

namespace {

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

void construct_job(SweepJob* self, const nb::list& markets, nb::handle strategy, const nb::dict& grid,
                   const std::string& where, const std::string& sampling, std::uint64_t samples, std::uint64_t seed,
                   const std::vector<std::string>& metrics, const nb::dict& run, unsigned threads, std::string store,
                   bool streams, const nb::dict& part, std::string out) {
  SweepPart made = part_of(part);
  GridOptions rows{where, sampling_of(sampling), samples, seed, {}};
  if (!made.places.empty()) {
    rows.sampling = Sampling::kPlaces;
    rows.places = std::move(made.places);
  }
  SweepTask task;
  task.markets = markets_of(markets);
  task.grid = value_or_raise(grid_of(grid, rows));
  SeriesZones zones;
  task.options.run = run_options_of(run, zones);
  for (const SweepMarket& market : task.markets.markets) zones.check(market.bars);
  task.options.metrics = metrics_of(metrics);
  task.options.threads = threads;
  task.options.store = std::move(store);
  task.options.blocks = made.blocks;
  if (made.only_kept) task.options.kernel = SweepKernel::kNone;
  task.run = [markets = task.markets.markets, definition = strategy_of(strategy),
              grid = task.grid](const SweepOptions& options) { return sweep(markets, definition, grid, options); };
  task.streams = streams;
  task.out = std::move(out);
  new (self) SweepJob(std::move(task));
}

}  // namespace

void bind_sweep_job(nb::module_& module) {
  nb::class_<SweepJob>(module, "SweepJob", "A sweep that runs on threads of its own.")
      .def("__init__", &construct_job, "markets"_a, "strategy"_a, "grid"_a, "where"_a, "sampling"_a, "samples"_a,
           "seed"_a, "metrics"_a, "run"_a, "threads"_a, "store"_a, "streams"_a, "part"_a, "out"_a = "",
           nb::sig(
               "def __init__(self, markets: list[tuple[str, typing.Any, list[str]]], strategy: object, grid: dict[str, "
               "typing.Any], where: str, sampling: str, samples: int, seed: int, metrics: list[str], run: dict[str, "
               "typing.Any], threads: int, store: str, streams: bool, part: dict[str, typing.Any], out: str = '') -> "
               "None"))
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
}

}  // namespace peak::python
