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
#include "peak/sim/bounds.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "series_files.hpp"

namespace peak::command {

struct PanelRequest {
  std::optional<Rebalance> rebalance;
  bool separate_cash = false, mixed = false;
  std::vector<std::pair<std::string, double>> weights;  ///< of the strategy fixed_weights
  std::vector<Bars> others;                             ///< symbols that formulas read and nothing trades
  std::string detail;                                   ///< file or folder of finer bars by symbol; empty: none
};

/// --rebalance, --weight, --separate-cash, --mixed, under the heading "Many symbols".
void add_panel_options(std::vector<Option>& options, const std::shared_ptr<PanelRequest>& request);

/// True for a formula rather than a name or a file: it has a bracket.
[[nodiscard]] bool is_weight_formula(const std::string& strategy);

/// True if `strategy` gives weights: a recipe, fixed_weights, a formula (with a bracket), or a file with a weight.
[[nodiscard]] bool gives_weights(const std::string& strategy);

/// True if the run is over many symbols: by its strategy, by several paths, or by a folder.
[[nodiscard]] bool is_panel_run(const std::string& strategy, const std::vector<std::string>& paths);

/// Whether the file holds bars or closes of several symbols.
[[nodiscard]] bool holds_many(const std::string& path, const io::ReadOptions& reading);

/// The error of reading one market from the file; where that holds several symbols, what to do instead.
[[nodiscard]] Error told_of_many(Error error, const std::string& path, const io::ReadOptions& reading);

/// What a run over many symbols is made of, read.
struct PanelInput {
  std::shared_ptr<const Panel> panel;
  PanelOptions options;
};
/// Their options without the data; reads the finer bars.
[[nodiscard]] Result<PanelOptions> read_panel_options(const io::ReadOptions& reading, const BacktestOptions& run,
                                                      const PanelRequest& request);
[[nodiscard]] Result<PanelInput> read_panel_input(const std::vector<std::string>& paths, const io::ReadOptions& reading,
                                                  const BacktestOptions& run, const PanelRequest& request);

/// Reads the series beside the prices: into `run`, but the other symbols into `panel`, and --detail, which is one file
/// or folder of finer bars by symbol, as a name into `panel`.
[[nodiscard]] Status load_panel_series(const SeriesFiles& series, const io::ReadOptions& reading, BacktestOptions& run,
                                       PanelRequest& panel);

/// A recipe, a formula of weights, a built-in strategy or a file.
[[nodiscard]] Result<StrategyDefinition> panel_strategy(const std::string& strategy);

[[nodiscard]] Result<BacktestResult> run_panel(const std::string& strategy, const std::vector<std::string>& paths,
                                               const io::ReadOptions& reading, const BacktestOptions& run,
                                               const PanelRequest& request);

/// The four readings of what prices did inside bars, of the run of `strategy` that gave `result`.
[[nodiscard]] Result<Bounds> panel_bounds(const std::string& strategy, const BacktestResult& result,
                                          const io::ReadOptions& reading, const BacktestOptions& run,
                                          const PanelRequest& request);

}  // namespace peak::command
