// peak sweep: a strategy with many parameters, from a file of prices to a table of metrics.
#include "peak/study/sweep.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cluster.hpp"
#include "commands.hpp"
#include "loading.hpp"
#include "optimize.hpp"
#include "panel_run.hpp"
#include "peak/io/read.hpp"
#include "peak/market/other_symbols.hpp"
#include "peak/report/sweep.hpp"
#include "peak/report/sweep_file.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/study/panel_sweep.hpp"
#include "peak/study/sweep_overfitting.hpp"
#include "peak/study/sweep_windows.hpp"
#include "progress.hpp"
#include "series_files.hpp"
#include "sweep_request.hpp"
#include "temporary_folder.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

constexpr std::size_t kSearchBlocks = 16;  // SweepOptions::blocks of a search, however many rows a step of it has

// A space of no more combinations than trials is swept as a whole.
bool is_search(const SweepRequest& request) {
  double product = 1;
  for (const GridAxis& axis : request.axes) product *= static_cast<double>(axis.size());
  return !request.search.method.empty() && product > static_cast<double>(request.search.trials);
}

Result<std::vector<SweepMarket>> read_markets(const SweepRequest& request) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<Bars> others, read_others(*request.series, *request.reading));
  std::vector<SweepMarket> markets;
  for (const std::string& path : request.data) {
    const auto read = load_bars(path, *request.reading, request.cache);
    if (!read.ok()) return told_of_many(read.error(), path, *request.reading);
    const io::LoadedBars& loaded = *read;
    for (const std::string& message : loaded.repairs.messages) show_note("note: " + message);
    const std::string name = path.substr(path.find_last_of('/') + 1);
    PEAK_ASSIGN_OR_RETURN(Bars bars, with_others(loaded.bars, others));
    markets.push_back({std::move(bars), request.data.size() > 1 ? name.substr(0, name.find('.')) : "", ""});
  }
  if (request.windows.empty()) return markets;
  return in_windows(markets, request.windows);
}

Status stopped(const SweepRequest& request, std::uint64_t done, std::uint64_t all, const char* of) {
  std::string told = "stopped after " + std::to_string(done) + " of " + std::to_string(all) + " " + of;
  if (!request.out.empty()) told += "; '" + request.out + "' is not written";
  return Error{ErrorCode::kCancelled, told};
}

Status stopped(const SweepRequest& request, const SweepResult& result) {
  return stopped(request, result.computed + result.reused, result.rows(), "combinations");
}

/// Where rows are kept; empty: nowhere.
std::string store_folder(const SweepRequest& request) {
  if (request.no_reuse) return "";
  return request.options.store.empty() ? default_sweep_store() : request.options.store;
}

// Rows that are not to be kept pass through a folder of their own where another process computes them.
struct Store {
  std::optional<TemporaryFolder> passing;
  std::string prepare(const SweepRequest& request, bool elsewhere) {
    const std::string kept = store_folder(request);
    return kept.empty() && elsewhere ? passing.emplace().path() : kept;
  }
};

void prepare_options(SweepRequest& request, const StopToken& stop, const std::string& store) {
  request.options.store = store;
  request.options.stop = stop;
  // Only reality check and SPA read them.
  if (request.no_overfit || request.effort == OverfittingEffort::kSums) request.options.most_periods = 0;
}

// The combinations that a search tried, as a grid.
Result<Grid> grid_of(const SweepRequest& request, const Tried& tried) {
  GridOptions options = request.grid;
  options.sampling = Sampling::kPlaces;
  options.places = tried.places;
  return Grid::make(request.axes, options);
}

/// The page and the table of a sweep, with the name of the file that was written if it is `whole`.
Status write_swept(SweepRequest& request, const SweepResult& swept, bool whole, const StopToken& stop) {
  if (!swept.note.empty()) show_note("note: " + swept.note);
  std::optional<Overfitting> luck;
  if (!request.no_overfit && swept.complete() && swept.rows() > 1) {
    auto found = sweep_overfitting(swept, request.report.sort, request.effort, stop);
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
  if (!request.page.empty()) PEAK_RETURN_IF_ERROR(write_sweep_report(swept, request.page, request.report));
  PEAK_ASSIGN_OR_RETURN(std::string text,
                        request.json ? sweep_json(swept, request.report) : format_sweep(swept, request.report));
  if (!request.json && request.explain) text += "\n" + swept.plan;
  const std::string written = whole && swept.complete() ? request.out : "";
  for (const std::string& path : {written, request.page}) {
    if (!request.json && !path.empty()) text += "\nwritten: " + path;
  }
  if (text.back() != '\n') text += '\n';
  PEAK_RETURN_IF_ERROR(write_output(text));
  return {};
}

/// What `sweep` computes for the options of the request, with a line of progress and the file of --out meanwhile. A
/// sweep that was stopped leaves no file, nor does one of a part of what was asked for (`whole` is false).
template <typename Sweep>
Result<SweepResult> with_progress(SweepRequest& request, bool whole, const Sweep& sweep) {
  std::optional<SweepFile> file;
  if (!request.out.empty() && whole) {
    PEAK_ASSIGN_OR_RETURN(file, SweepFile::create(request.out));
    request.options.batch = [&file](const SweepBatch& batch) { file->add(batch); };
  }
  ProgressLine line("combinations");
  request.options.progress = [&line](const SweepProgress& progress) {
    line.show(progress.done, progress.total, progress.rows_per_second());
  };
  auto swept = sweep(request.options);
  request.options.progress = nullptr;
  request.options.batch = nullptr;
  if (file && swept.ok() && swept->complete()) PEAK_RETURN_IF_ERROR(file->commit(*swept));
  return swept;
}

/// A sweep of runs over all symbols with one account.
Status run_over_panel(SweepRequest& request) {
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, panel_strategy(request.strategy));
  if (request.panel->rebalance && !strategy.weight) {
    return invalid_argument("--rebalance is for weights; '" + request.strategy + "' decides by signals");
  }
  PEAK_ASSIGN_OR_RETURN(const Grid grid, Grid::make(request.axes, request.grid));
  PEAK_RETURN_IF_ERROR(load_panel_series(*request.series, *request.reading, *request.run, *request.panel));
  PEAK_ASSIGN_OR_RETURN(const PanelInput input,
                        read_panel_input(request.data, *request.reading, *request.run, *request.panel));
  const InterruptGuard interrupts;
  prepare_options(request, interrupts.token(), store_folder(request));
  const auto over_panel = [&](const SweepOptions& options) {
    return sweep_panel(input.panel, strategy, grid, input.options, options);
  };
  PEAK_ASSIGN_OR_RETURN(const SweepResult swept, with_progress(request, true, over_panel));
  PEAK_RETURN_IF_ERROR(write_swept(request, swept, true, interrupts.token()));
  return swept.complete() ? Status() : stopped(request, swept);
}

/// The combinations that a search of the grid tried; their rows are in the store then.
Result<Tried> search(SweepRequest& request, std::span<const SweepMarket> markets, const StrategyDefinition& strategy) {
  request.search.metric = request.report.sort;
  auto tried = search_grid(request.search, markets, strategy, request.axes, request.grid, request.options);
  if (!tried.ok()) return tried;
  request.options.blocks = kSearchBlocks;
  if (!tried->complete) request.options.kernel = SweepKernel::kNone;  // shows what is there
  return tried;
}

/// Has a cluster compute the rows, which are in the store then.
Status compute_elsewhere(SweepRequest& request, std::span<const SweepMarket> markets,
                         const StrategyDefinition& strategy, const Grid& grid) {
  const Status done = compute_on_cluster(request.cluster, markets, strategy, grid, request.options);
  if (!done.ok() && done.error().code != ErrorCode::kCancelled) return done;
  if (!done.ok()) request.options.kernel = SweepKernel::kNone;  // shows what is there
  return {};
}

Status run(SweepRequest& request) {
  PEAK_RETURN_IF_ERROR(check_request(request));
  if (is_over_panel(request)) return run_over_panel(request);
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_strategy(request.strategy));
  const bool searches = is_search(request);
  std::optional<Grid> grid;
  if (!searches) {
    PEAK_ASSIGN_OR_RETURN(grid, Grid::make(request.axes, request.grid));
  }
  PEAK_ASSIGN_OR_RETURN(const auto markets, read_markets(request));
  PEAK_RETURN_IF_ERROR(load_series(*request.series, *request.reading, *request.run));
  const InterruptGuard interrupts;
  request.options.run = *request.run;
  Store store;
  prepare_options(request, interrupts.token(), store.prepare(request, searches || !request.cluster.empty()));
  std::optional<Tried> tried;
  if (searches) {
    PEAK_ASSIGN_OR_RETURN(tried, search(request, markets, strategy));
    PEAK_ASSIGN_OR_RETURN(grid, grid_of(request, *tried));
  } else if (!request.cluster.empty()) {
    PEAK_RETURN_IF_ERROR(compute_elsewhere(request, markets, strategy, *grid));
  }
  const bool stopped_early = tried && !tried->complete;
  const auto over_markets = [&](const SweepOptions& options) { return sweep(markets, strategy, *grid, options); };
  PEAK_ASSIGN_OR_RETURN(SweepResult swept, with_progress(request, !stopped_early, over_markets));
  if (tried) {
    swept.computed = tried->computed;
    swept.reused = swept.rows() - tried->computed;
    swept.elapsed_s = tried->elapsed_s;
  }
  PEAK_RETURN_IF_ERROR(write_swept(request, swept, !stopped_early, interrupts.token()));
  if (stopped_early) return stopped(request, tried->places.size(), request.search.trials, "trials");
  return swept.complete() ? Status() : stopped(request, swept);
}

}  // namespace

Command sweep_command() {
  const auto request = std::make_shared<SweepRequest>();
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
      {"the best of 400 trials in a space of millions",
       "peak sweep sma_cross --data prices.csv --grid fast=2:100:1 --grid slow=20:400:1 --grid "
       "stop_loss=0.01:0.2:0.01 --where \"fast < slow\" --optimize tpe --trials 400"},
      {"a portfolio of several symbols with one account",
       "peak sweep rank_momentum --data prices/ --grid count=2:6:1 --grid lookback=60,120,250"},
      {"how much commission the strategy bears",
       "peak sweep sma_cross --data prices.csv --grid commission=0:0.005:0.0005 --sort total_return --top all"},
  };
  add_sweep_options(command, request);
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
