// What every study of a strategy is asked: the strategy, its prices, the options of runs, and how to answer.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "command.hpp"
#include "panel_run.hpp"
#include "peak/io/options.hpp"
#include "peak/market/bars.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/strategy/definition.hpp"
#include "series_files.hpp"

namespace peak::command {

struct StudyRequest {
  std::string strategy, data;
  std::shared_ptr<io::ReadOptions> reading = std::make_shared<io::ReadOptions>();
  std::shared_ptr<BacktestOptions> run = std::make_shared<BacktestOptions>();
  std::shared_ptr<SeriesFiles> series = std::make_shared<SeriesFiles>();
  bool json = false;
  std::size_t threads = 0;
  bool shared_cash = false;  ///< one account over all symbols of the data
  std::shared_ptr<PanelRequest> panel = std::make_shared<PanelRequest>();
};

/// The strategy and its prices, read; notes about repairs go to standard error.
struct StudyInput {
  Bars bars;
  StrategyDefinition strategy;
};
[[nodiscard]] Result<StudyInput> read_study(const StudyRequest& request);

/// Whether it is over many symbols: asked for, or by its strategy or a folder.
[[nodiscard]] bool is_over_panel(const StudyRequest& request);
struct PanelStudyInput {
  std::shared_ptr<const Panel> panel;
  PanelOptions runs;
  StrategyDefinition strategy;
};
[[nodiscard]] Result<PanelStudyInput> read_panel_study(const StudyRequest& request);

/// STRATEGY, --data, --set.
void add_study_input(Command& command, const std::shared_ptr<StudyRequest>& request);
/// --shared-cash, --separate-cash, --rebalance, --mixed, under the heading "Many symbols".
void add_study_symbols(Command& command, const std::shared_ptr<StudyRequest>& request);
/// --json, --threads, and the options of runs and of reading; after the study's own.
void add_study_options(Command& command, const std::shared_ptr<StudyRequest>& request);

/// A whole number, 0 or more, under `group`; `owner` holds the place.
[[nodiscard]] Option count_option(const char* name, const char* description, const char* group,
                                  std::shared_ptr<void> owner, std::size_t& place);

/// Writes a table or JSON to standard output, ended by a line break.
[[nodiscard]] Status write_study(std::string text);

}  // namespace peak::command
