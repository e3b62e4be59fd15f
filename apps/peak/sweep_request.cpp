#include "sweep_request.hpp"

#include <algorithm>
#include <utility>

#include "grid_options.hpp"
#include "loading.hpp"
#include "number.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/base/suggest.hpp"
#include "peak/strategy/builtin.hpp"
#include "reading_options.hpp"
#include "run_options.hpp"
#include "setters.hpp"

namespace peak::command {
namespace {

constexpr const char* kGrid = "Grid";
constexpr const char* kOutput = "Output";

using Target = std::shared_ptr<SweepRequest>;

Setter count_setter(const Target& owner, const char* name, std::uint64_t& place) {
  return parsed_setter(owner, place, [name](const std::string& text) -> Result<std::uint64_t> {
    PEAK_ASSIGN_OR_RETURN(const std::size_t count, parse_count(text, name));
    return count;
  });
}

Status set_metrics(SweepRequest& request, const std::string& text) {
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

Status set_sampling(SweepRequest& request, Sampling sampling, const char* name, const std::string& text) {
  if (request.grid.sampling != Sampling::kAll) return invalid_argument("--random and --latin: give one of them");
  PEAK_ASSIGN_OR_RETURN(request.grid.samples, parse_count(text, name));
  request.grid.sampling = sampling;
  return {};
}

Status set_top(SweepRequest& request, const std::string& text) {
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
  options.push_back({.name = "--optimize",
                     .value = "METHOD",
                     .description = "search a grid of any size for the best --sort metric: tpe (tree-structured Parzen "
                                    "estimator) or cma-es, of Optuna; needs python3 with peaktrade[optuna]",
                     .set = [request](const std::string& text) -> Status {
                       const std::vector<std::string> known = {"tpe", "cma-es"};
                       if (std::find(known.begin(), known.end(), text) == known.end()) {
                         return invalid_argument("--optimize: unknown method '" + text + "'" + suggestion(text, known));
                       }
                       request->search.method = text;
                       return {};
                     },
                     .completion = Completion::kChoices,
                     .choices = {"tpe", "cma-es"},
                     .group = kGrid});
  options.push_back({.name = "--trials",
                     .value = "N",
                     .description = "combinations that --optimize tries (200)",
                     .set = count_setter(request, "--trials", request->search.trials),
                     .group = kGrid});
  options.push_back({.name = "--seed",
                     .value = "N",
                     .description = "of the sample or the search; equal seeds try the same combinations (1)",
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

void add_shared_cash_options(std::vector<Option>& options, const Target& request) {
  constexpr const char* kPanel = "Many symbols";
  options.push_back(flag_option("--shared-cash",
                                "one account over all data: each combination is one run, as 'peak backtest' has it",
                                kPanel, request, request->shared_cash));
  std::vector<Option> panel;
  add_panel_options(panel, request->panel);
  for (Option& option : panel) {
    if (option.name == "--rebalance" || option.name == "--mixed") options.push_back(std::move(option));
  }
}

Status check_panel(const SweepRequest& request) {
  if (!is_over_panel(request)) {
    if (!request.panel->rebalance && !request.panel->mixed) return {};
    return invalid_argument("--rebalance and --mixed are for runs over many symbols: add --shared-cash");
  }
  if (request.windows.empty() && request.cluster.empty() && request.search.method.empty()) return {};
  return invalid_argument(
      "--window, --cluster and --optimize are for sweeps of markets one by one, not of one account over all");
}

Status check_search(const SweepRequest& request) {
  if (request.search.method.empty()) return {};
  if (!request.cluster.empty()) return invalid_argument("--optimize and --cluster: give one of them");
  if (request.grid.sampling != Sampling::kAll) {
    return invalid_argument("--optimize chooses the combinations itself: leave out --random and --latin");
  }
  if (request.search.trials == 0) return invalid_argument("--trials: give 1 or more");
  return {};
}

}  // namespace

bool is_over_panel(const SweepRequest& request) { return request.shared_cash || gives_weights(request.strategy); }

Status check_request(SweepRequest& request) {
  std::vector<NamedFile> inputs;
  for (const std::string& path : request.data) inputs.push_back({"--data", path});
  if (is_strategy_file(request.strategy)) inputs.push_back({"STRATEGY", request.strategy});
  const NamedFile outputs[] = {{"--out", request.out, {".parquet", ".csv"}}, {"--report", request.page, {".html"}}};
  PEAK_RETURN_IF_ERROR(check_output_files(inputs, outputs));
  const SeriesFiles& series = *request.series;
  PEAK_RETURN_IF_ERROR(check_panel(request));
  PEAK_RETURN_IF_ERROR(check_search(request));
  if (!series.others.empty() && !(request.cluster.empty() && request.search.method.empty())) {
    return invalid_argument("--with: other processes do not get the other symbols; leave out --cluster and --optimize");
  }
  if (!is_over_panel(request) && request.data.size() > 1 &&
      !(series.funding.empty() && series.actions.empty() && series.detail.empty())) {
    return invalid_argument("--funding, --actions and --detail belong to one market, but --data names " +
                            std::to_string(request.data.size()) + " files; sweep them one by one");
  }
  std::vector<Metric>& metrics = request.options.metrics;
  if (std::find(metrics.begin(), metrics.end(), request.report.sort) == metrics.end()) {
    metrics.push_back(request.report.sort);
  }
  return {};
}

void add_sweep_options(Command& command, const Target& request) {
  command.arguments.push_back({.name = "STRATEGY",
                               .description = "name of a built-in strategy, or a strategy file",
                               .set = text_setter(request, request->strategy),
                               .completion = Completion::kStrategy});
  command.options.push_back({.name = "--data",
                             .value = "FILE",
                             .description =
                                 "prices: CSV, Parquet, Arrow or JSON, also inside gzip or zip; each file is a "
                                 "market of its own, unless --shared-cash or a strategy of weights joins them",
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
  add_shared_cash_options(command.options, request);
  add_grid_options(command.options, request, request->axes, request->grid);
  add_sampling_options(command.options, request);
  add_output_options(command.options, request);
  add_run_options(command.options, request->run);
  for (Option& option : reading_options(request->reading)) {
    if (option.name == "--sort") option.name = "--sort-data";  // here --sort orders combinations
    command.options.push_back(std::move(option));
  }
}

}  // namespace peak::command
