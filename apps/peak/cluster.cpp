#include "cluster.hpp"

#include "sweep_job.hpp"
#include "temporary_folder.hpp"

namespace peak::command {

Status compute_on_cluster(const std::string& address, std::span<const SweepMarket> markets,
                          const StrategyDefinition& strategy, const Grid& grid, const SweepOptions& options) {
  const SweepJob job{.option = "--cluster",
                     .module = "peaktrade._cluster_job",
                     .package = "peaktrade[ray]",
                     .in_python = "peaktrade.sweep(..., cluster=...)",
                     .markets = markets,
                     .strategy = strategy,
                     .axes = grid.axes(),
                     .grid = grid.options(),
                     .options = options,
                     .texts = {{"address", address}},
                     .counts = {{"blocks", sweep_blocks(markets.size() * grid.size(), options)}}};
  const TemporaryFolder folder;
  PEAK_RETURN_IF_ERROR(write_sweep_job(folder.path(), job));
  return run_sweep_job(folder.path(), job);
}

}  // namespace peak::command
