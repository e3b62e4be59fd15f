// Runs over many symbols: what `peak backtest` does with several files, a folder, a file of many symbols, or weights.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "peak/io/options.hpp"
#include "peak/market/rebalance.hpp"
#include "peak/sim/backtest.hpp"

namespace peak::command {

struct PanelRequest {
  std::optional<Rebalance> rebalance;
  bool separate_cash = false, mixed = false;
  std::vector<std::pair<std::string, double>> weights;  ///< of the strategy fixed_weights
};

/// --rebalance, --weight, --separate-cash, --mixed, under the heading "Many symbols".
void add_panel_options(std::vector<Option>& options, const std::shared_ptr<PanelRequest>& request);

/// True for a formula rather than a name or a file: it has a bracket.
[[nodiscard]] bool is_weight_formula(const std::string& strategy);

/// True if `strategy` gives weights: a recipe, fixed_weights, a formula (with a bracket), or a file with a weight.
[[nodiscard]] bool gives_weights(const std::string& strategy);

/// True if the run is over many symbols: by its strategy, by several paths, or by a folder.
[[nodiscard]] bool is_panel_run(const std::string& strategy, const std::vector<std::string>& paths);

[[nodiscard]] Result<BacktestResult> run_panel(const std::string& strategy, const std::vector<std::string>& paths,
                                               const io::ReadOptions& reading, const BacktestOptions& run,
                                               const PanelRequest& request);

}  // namespace peak::command
