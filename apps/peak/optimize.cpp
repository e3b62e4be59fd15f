#include "optimize.hpp"

#include <fstream>

#include "sweep_job.hpp"
#include "temporary_folder.hpp"

namespace peak::command {
namespace {

// What the module writes: rows computed and seconds on the first line, then a place on each.
Result<Tried> read_tried(const std::string& path) {
  std::ifstream file(path);
  Tried tried;
  if (!(file >> tried.computed >> tried.elapsed_s)) return io_error("--optimize: the search told nothing (see above)");
  for (std::uint64_t place = 0; file >> place;) tried.places.push_back(place);
  if (!file.eof() || tried.places.empty()) return io_error("--optimize: the search's answer is damaged: " + path);
  return tried;
}

}  // namespace

Result<Tried> search_grid(const Search& search, std::span<const SweepMarket> markets,
                          const StrategyDefinition& strategy, std::span<const GridAxis> axes, const GridOptions& grid,
                          const SweepOptions& options) {
  const TemporaryFolder folder;
  const std::string answer = folder.path() + "/tried.txt";
  const SweepJob job{
      .option = "--optimize",
      .module = "peaktrade._optimize_job",
      .package = "peaktrade[optuna]",
      .in_python = "peaktrade.optimize",
      .markets = markets,
      .strategy = strategy,
      .axes = axes,
      .grid = grid,
      .options = options,
      .texts = {{"method", search.method}, {"metric", metric_info(search.metric).name}, {"answer", answer}},
      .counts = {{"trials", search.trials}, {"threads", options.threads}}};
  PEAK_RETURN_IF_ERROR(write_sweep_job(folder.path(), job));
  const Status done = run_sweep_job(folder.path(), job);
  const bool stopped = !done.ok() && done.error().code == ErrorCode::kCancelled;
  if (!done.ok() && !stopped) return done.error();
  auto tried = read_tried(answer);
  if (!tried.ok()) return stopped ? done.error() : std::move(tried).error();
  tried->complete = !stopped;
  return tried;
}

}  // namespace peak::command
