// What `peak sweep` is asked for: its options, and what of them goes together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "optimize.hpp"
#include "panel_run.hpp"
#include "peak/io/options.hpp"
#include "peak/report/sweep.hpp"
#include "peak/study/sweep.hpp"
#include "peak/study/sweep_overfitting.hpp"
#include "series_files.hpp"

namespace peak::command {

/// What a line of 'peak sweep' asks for.
struct SweepRequest {
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
  std::string out, page;     ///< files to write; empty: none
  std::string cluster;       ///< address of a Ray cluster; empty: this machine
  Search search;             ///< no method: the grid is swept
  bool shared_cash = false;  ///< one account over all symbols
  std::shared_ptr<PanelRequest> panel = std::make_shared<PanelRequest>();
};

/// Adds the strategy, the data and every option to `command`; they are put into `request`.
void add_sweep_options(Command& command, const std::shared_ptr<SweepRequest>& request);

/// Refuses what does not go together; adds the metric that orders the rows to those that are computed.
[[nodiscard]] Status check_request(SweepRequest& request);

/// Whether each combination is one run over all symbols.
[[nodiscard]] bool is_over_panel(const SweepRequest& request);

}  // namespace peak::command
