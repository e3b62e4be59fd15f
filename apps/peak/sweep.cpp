// peak sweep: a strategy with many parameters, from a file of prices to a table of metrics.
#include "peak/study/sweep.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster.hpp"
#include "commands.hpp"
#include "grid_options.hpp"
#include "loading.hpp"
#include "number.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/io/read.hpp"
#include "peak/report/sweep.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/study/sweep_overfitting.hpp"
#include "peak/study/sweep_windows.hpp"
#include "progress.hpp"
#include "reading_options.hpp"
#include "run_options.hpp"
#include "series_files.hpp"
#include "temporary_folder.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

constexpr const char* kGrid = "Grid";
constexpr const char* kOutput = "Output";

/// What the line asks for.
struct Request {
  std::string strategy;
  std::vector<std::string> data, windows;
  std::string cache;  ///< folder that keeps bars; empty: none
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  std::shared_ptr<BacktestOptions> run = std::make_shared<BacktestOptions>();
  std::shared_ptr<SeriesFiles> series = std::make_shared<SeriesFiles>();
  std::vector<GridAxis> axes;
  GridOptions grid;
  SweepOptions options;
  SweepReportOptions report;
  bool json = false, explain = false, no_reuse = false, no_overfit = false;
  OverfittingEffort effort = OverfittingEffort::kDefault;
  std::string out, page;  ///< files to write; empty: none
  std::string cluster;    ///< address of a Ray cluster; empty: this machine
};

using Target = std::shared_ptr<Request>;

Setter count_setter(const Target& owner, const char* name, std::uint64_t& place) {
  return parsed_setter(owner, place, [name](const std::string& text) -> Result<std::uint64_t> {
    PEAK_ASSIGN_OR_RETURN(const std::size_t count, parse_count(text, name));
    return count;
  });
}

Status set_metrics(Request& request, const std::string& text) {
  std::vector<Metric> metrics;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    PEAK_ASSIGN_OR_RETURN(const Metric metric, find_metric(text.substr(begin, end - begin)));
    if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
    begin = end + 1;
  }
  request.options.metrics = std::move(metrics);
  return {};
}

Status set_sampling(Request& request, Sampling sampling, const char* name, const std::string& text) {
  if (request.grid.sampling != Sampling::kAll) return invalid_argument("--random and --latin: give one of them");
  PEAK_ASSIGN_OR_RETURN(request.grid.samples, parse_count(text, name));
  request.grid.sampling = sampling;
  return {};
}

Status set_top(Request& request, const std::string& text) {
  if (text == "all") {
    request.report.top = 0;
    return {};
  }
  PEAK_ASSIGN_OR_RETURN(request.report.top, parse_count(text, "--top"));
  if (request.report.top == 0) return invalid_argument("--top: give 1 or more, or all");
  return {};
}

void add_sampling_options(std::vector<Option>& options, const Target& request) {
  options.push_back(
      {.name = "--random",
       .value = "N",
       .description = "N combinations of the grid, drawn at random",
       .set =
           [request](const std::string& text) { return set_sampling(*request, Sampling::kRandom, "--random", text); },
       .group = kGrid});
  options.push_back({.name = "--latin",
                     .value = "N",
                     .description = "N combinations that cover each parameter evenly (Latin hypercube)",
                     .set =
                         [request](const std::string& text) {
                           return set_sampling(*request, Sampling::kLatinHypercube, "--latin", text);
                         },
                     .group = kGrid});
  options.push_back({.name = "--seed",
                     .value = "N",
                     .description = "of the sample; equal seeds give equal samples (1)",
                     .set = count_setter(request, "--seed", request->grid.seed),
                     .group = kGrid});
}

void add_output_options(std::vector<Option>& options, const Target& request) {
  options.push_back({.name = "--metrics",
                     .value = "A,B,...",
                     .description = "metrics to compute, by name (total_return,sharpe,max_drawdown,trades)",
                     .set = [request](const std::string& text) { return set_metrics(*request, text); },
                     .group = kOutput});
  options.push_back({.name = "--sort",
                     .value = "METRIC",
                     .description = "metric by which combinations are ordered (sharpe)",
                     .set = parsed_setter(request, request->report.sort, find_metric),
                     .group = kOutput});
  options.push_back({.name = "--top",
                     .value = "N",
                     .description = "how many of the best to show (10), or all in the order of the grid",
                     .set = [request](const std::string& text) { return set_top(*request, text); },
                     .group = kOutput});
  options.push_back(flag_option("--json", "print one JSON object instead of a table", kOutput, request, request->json));
  options.push_back(file_option("--out", "write every combination (.parquet or .csv)", request, request->out));
  options.push_back(file_option("--report", "write a page (HTML, needs no network)", request, request->page));
  options.push_back(flag_option("--explain", "print how the sweep was computed", kOutput, request, request->explain));
  options.push_back({.name = "--overfit",
                     .value = "EFFORT",
                     .description = "how luck is measured: sums (quick), default (with reality check and SPA on up to "
                                    "10,000 combinations), full (on all), none",
                     .set = [request](const std::string& text) -> Status {
                       request->no_overfit = text == "none";
                       if (request->no_overfit) return {};
                       PEAK_ASSIGN_OR_RETURN(request->effort, parse_overfitting_effort(text));
                       return {};
                     },
                     .completion = Completion::kChoices,
                     .choices = {"sums", "default", "full", "none"},
                     .group = kOutput});
  options.push_back({.name = "--store",
                     .value = "FOLDER",
                     .description = "where results are kept, so that they are computed once (the user's cache folder)",
                     .set = text_setter(request, request->options.store),
                     .completion = Completion::kFile,
                     .group = kOutput});
  options.push_back(
      flag_option("--no-reuse", "compute everything anew and keep nothing", kOutput, request, request->no_reuse));
  options.push_back({.name = "--cluster",
                     .value = "ADDRESS",
                     .description = "compute on a Ray cluster: auto, HOST:PORT, or local (docs/clusters.md); needs "
                                    "python3 with peaktrade[ray]",
                     .set = text_setter(request, request->cluster),
                     .group = kOutput});
  options.push_back({.name = "--threads",
                     .value = "N",
                     .description = "work on at most so many cores (all)",
                     .set = [request](const std::string& text) -> Status {
                       PEAK_ASSIGN_OR_RETURN(const std::size_t count, parse_count(text, "--threads"));
                       request->options.threads = static_cast<unsigned>(std::min<std::size_t>(count, 1024));
                       return {};
                     },
                     .group = kOutput});
}

Status check_request(Request& request) {
  std::vector<NamedFile> inputs;
  for (const std::string& path : request.data) inputs.push_back({"--data", path});
  if (is_strategy_file(request.strategy)) inputs.push_back({"STRATEGY", request.strategy});
  const NamedFile outputs[] = {{"--out", request.out, {".parquet", ".csv"}}, {"--report", request.page, {".html"}}};
  PEAK_RETURN_IF_ERROR(check_output_files(inputs, outputs));
  const SeriesFiles& series = *request.series;
  if (request.data.size() > 1 && !(series.funding.empty() && series.actions.empty() && series.detail.empty())) {
    return invalid_argument("--funding, --actions and --detail belong to one market, but --data names " +
                            std::to_string(request.data.size()) + " files; sweep them one by one");
  }
  std::vector<Metric>& metrics = request.options.metrics;
  if (std::find(metrics.begin(), metrics.end(), request.report.sort) == metrics.end()) {
    metrics.push_back(request.report.sort);
  }
  return {};
}

Result<std::vector<SweepMarket>> read_markets(const Request& request) {
  std::vector<SweepMarket> markets;
  for (const std::string& path : request.data) {
    PEAK_ASSIGN_OR_RETURN(const io::LoadedBars loaded, load_bars(path, *request.reading, request.cache));
    for (const std::string& message : loaded.repairs.messages) show_note("note: " + message);
    const std::string name = path.substr(path.find_last_of('/') + 1);
    markets.push_back({loaded.bars, request.data.size() > 1 ? name.substr(0, name.find('.')) : "", ""});
  }
  if (request.windows.empty()) return markets;
  return in_windows(markets, request.windows);
}

Status stopped(const SweepResult& result) {
  return Error{ErrorCode::kCancelled, "stopped after " + std::to_string(result.computed + result.reused) + " of " +
                                          std::to_string(result.rows()) + " combinations"};
}

Status run(Request& request) {
  PEAK_RETURN_IF_ERROR(check_request(request));
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_strategy(request.strategy));
  PEAK_ASSIGN_OR_RETURN(const Grid grid, Grid::make(request.axes, request.grid));
  PEAK_ASSIGN_OR_RETURN(const auto markets, read_markets(request));
  PEAK_RETURN_IF_ERROR(load_series(*request.series, *request.reading, *request.run));
  const InterruptGuard interrupts;
  request.options.run = *request.run;
  if (request.no_reuse) {
    request.options.store.clear();
  } else if (request.options.store.empty()) {
    request.options.store = default_sweep_store();
  }
  request.options.stop = interrupts.token();
  // Only reality check and SPA read them.
  if (request.no_overfit || request.effort == OverfittingEffort::kSums) request.options.most_periods = 0;
  std::optional<TemporaryFolder> passing;  // of rows that are not to be kept
  Status clustered;
  if (!request.cluster.empty()) {
    if (request.options.store.empty()) request.options.store = passing.emplace().path();
    clustered = compute_on_cluster(request.cluster, markets, strategy, grid, request.options);
    if (!clustered.ok() && clustered.error().code != ErrorCode::kCancelled) return clustered;
    if (!clustered.ok()) request.options.kernel = SweepKernel::kNone;  // shows what is there
  }
  Result<SweepResult> swept = [&] {
    ProgressLine line("combinations");
    request.options.progress = [&line](const SweepProgress& progress) {
      line.show(progress.done, progress.total, progress.rows_per_second());
    };
    return sweep(markets, strategy, grid, request.options);
  }();
  if (!swept.ok()) return std::move(swept).error();
  if (!swept->note.empty()) show_note("note: " + swept->note);
  if (!request.out.empty()) PEAK_RETURN_IF_ERROR(write_sweep(*swept, request.out));
  std::optional<Overfitting> luck;
  if (!request.no_overfit && swept->complete() && swept->rows() > 1) {
    auto found = sweep_overfitting(*swept, request.report.sort, request.effort, interrupts.token());
    if (found.ok()) {
      luck = std::move(*found);
      request.report.overfitting = &*luck;
    }
  }
  for (const std::string& path : request.data) {
    const std::size_t times = std::max<std::size_t>(request.windows.size(), 1);
    request.report.data_paths.insert(request.report.data_paths.end(), times, path);
  }
  request.report.style = output_style();
  if (!request.page.empty()) PEAK_RETURN_IF_ERROR(write_sweep_report(*swept, request.page, request.report));
  PEAK_ASSIGN_OR_RETURN(std::string text,
                        request.json ? sweep_json(*swept, request.report) : format_sweep(*swept, request.report));
  if (!request.json && request.explain) text += "\n" + swept->plan;
  for (const std::string* path : {&request.out, &request.page}) {
    if (!request.json && !path->empty()) text += "\nwritten: " + *path;
  }
  if (text.back() != '\n') text += '\n';
  PEAK_RETURN_IF_ERROR(write_output(text));
  return swept->complete() ? Status() : stopped(*swept);
}

}  // namespace

Command sweep_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "sweep", .summary = "run a strategy with many parameters: a table of metrics"};
  command.description =
      "Runs a strategy with every combination of a grid of parameters, on every core, and prints the best. Each row is "
      "what 'peak backtest' gives for its parameters. How sweeps work is in docs/sweeps.md.";
  command.examples = {
      {"190 pairs of averages with 0.1 % commission, the ten best by Sharpe ratio",
       "peak sweep sma_cross --data prices.csv --grid fast=5:50:5 --grid slow=20:200:10 --commission 0.001"},
      {"only sensible pairs, all of them to a file",
       "peak sweep sma_cross --data prices.csv --grid fast=5:50:5 --grid slow=20:200:10 --where \"fast < slow\" --out "
       "results.csv"},
      {"how much commission the strategy bears",
       "peak sweep sma_cross --data prices.csv --grid commission=0:0.005:0.0005 --sort total_return --top all"},
  };
  command.arguments.push_back({.name = "STRATEGY",
                               .description = "name of a built-in strategy, or a strategy file",
                               .set = text_setter(request, request->strategy),
                               .completion = Completion::kStrategy});
  command.options.push_back({.name = "--data",
                             .value = "FILE",
                             .description =
                                 "prices: CSV, Parquet, Arrow or JSON, also inside gzip or zip; each file is a "
                                 "market of its own",
                             .set = [request](const std::string& text) -> Status {
                               request->data.push_back(text);
                               return {};
                             },
                             .completion = Completion::kFile,
                             .group = "Input",
                             .required = true,
                             .repeated = true});
  command.options.push_back({.name = "--window",
                             .value = "FROM:TO",
                             .description = "sweep over this part of the time, as a market of its own: 2010:2014, "
                                            "2015-06:, :2009-12-31",
                             .set = [request](const std::string& text) -> Status {
                               request->windows.push_back(text);
                               return {};
                             },
                             .group = "Input",
                             .repeated = true});
  command.options.push_back(cache_option(request, request->cache, "Input"));
  command.options.push_back(parameter_option(request->run));
  add_series_options(command.options, request->series);
  add_grid_options(command.options, request, request->axes, request->grid);
  add_sampling_options(command.options, request);
  add_output_options(command.options, request);
  add_run_options(command.options, request->run);
  for (Option& option : reading_options(request->reading)) {
    if (option.name == "--sort") option.name = "--sort-data";  // here --sort orders combinations
    command.options.push_back(std::move(option));
  }
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
