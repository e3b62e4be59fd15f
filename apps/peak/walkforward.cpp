// peak walkforward and peak crossvalidate: parameters chosen on one part of the data, judged on another.
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "grid_options.hpp"
#include "option_makers.hpp"
#include "peak/report/studies.hpp"
#include "progress.hpp"
#include "study_request.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

constexpr const char* kWindows = "Windows";

struct WalkForwardRequest : StudyRequest {
  std::vector<GridAxis> axes;
  GridOptions grid;
  WalkForwardOptions options;
  bool anchored = false;
};

struct CrossValidationRequest : StudyRequest {
  std::vector<GridAxis> axes;
  GridOptions grid;
  CrossValidationOptions options;
};

/// By `study`, told; `bars` tell the times.
template <typename StudyOf>
Status tell_walk_forward(WalkForwardRequest& request, const std::string& strategy, const Bars& bars,
                         const StudyOf& study) {
  const InterruptGuard interrupts;
  WalkForwardOptions& options = request.options;
  options.training = request.anchored ? TrainingWindow::kAnchored : TrainingWindow::kRolling;
  options.threads = static_cast<unsigned>(request.threads);
  options.stop = interrupts.token();
  const Result<WalkForward> result = [&] {
    ProgressLine line("windows");
    options.progress = [&line](std::size_t done, std::size_t total) { line.show(done, total, 0); };
    return study(options);
  }();
  if (!result.ok()) return result.error();
  return write_study(request.json ? walk_forward_json(*result, bars, {strategy, request.data})
                                  : format_walk_forward(*result, bars, output_style()));
}

Status run_walk_forward(WalkForwardRequest& request) {
  PEAK_ASSIGN_OR_RETURN(const Grid grid, Grid::make(request.axes, request.grid));
  if (is_over_panel(request)) {
    PEAK_ASSIGN_OR_RETURN(const PanelStudyInput input, read_panel_study(request));
    return tell_walk_forward(request, input.strategy.name, input.panel->equal_weight_index(),
                             [&](const WalkForwardOptions& options) {
                               return walk_forward(input.panel, input.strategy, grid, input.runs, options);
                             });
  }
  PEAK_ASSIGN_OR_RETURN(const StudyInput input, read_study(request));
  request.options.run = *request.run;
  return tell_walk_forward(request, input.strategy.name, input.bars, [&](const WalkForwardOptions& options) {
    return walk_forward(input.bars, input.strategy, grid, options);
  });
}

Status run_cross_validation(CrossValidationRequest& request) {
  PEAK_ASSIGN_OR_RETURN(const Grid grid, Grid::make(request.axes, request.grid));
  const InterruptGuard interrupts;
  request.options.threads = static_cast<unsigned>(request.threads);
  request.options.stop = interrupts.token();
  const auto tell = [&](const Result<CrossValidation>& result, const std::string& strategy) -> Status {
    if (!result.ok()) return result.error();
    return write_study(request.json ? cross_validation_json(*result, grid, {strategy, request.data})
                                    : format_cross_validation(*result, output_style()));
  };
  if (is_over_panel(request)) {
    PEAK_ASSIGN_OR_RETURN(const PanelStudyInput input, read_panel_study(request));
    return tell(cross_validation(input.panel, input.strategy, grid, input.runs, request.options), input.strategy.name);
  }
  PEAK_ASSIGN_OR_RETURN(const StudyInput input, read_study(request));
  request.options.run = *request.run;
  return tell(cross_validation(input.bars, input.strategy, grid, request.options), input.strategy.name);
}

}  // namespace

Command walkforward_command() {
  const auto request = std::make_shared<WalkForwardRequest>();
  Command command{.name = "walkforward", .summary = "choose parameters on the past, trade the time that follows"};
  command.description =
      "Chooses the best combination of a grid in each training window and trades it in the test window after it; the "
      "tests in a row are what would have been earned. What windows, purge and embargo mean is in docs/studies.md.";
  command.examples = {
      {"eight tests, each after three times as many bars of training",
       "peak walkforward sma_cross --data prices.csv --grid fast=5:50:5 --grid slow=20:200:10 --commission 0.001"},
      {"years of tests on all the past, chosen by return",
       "peak walkforward sma_cross --data prices.csv --grid fast=5:50:5 --grid slow=20:200:20 --anchored --test 252 "
       "--metric total_return"},
      {"over all stocks of a file with one account",
       "peak walkforward sma_cross --data stocks.csv --shared-cash --grid fast=5:50:5 --grid slow=20:200:20"}};
  add_study_input(command, request);
  add_grid_options(command.options, request, request->axes, request->grid);
  WalkForwardOptions& options = request->options;
  command.options.push_back(count_option("--windows", "tests (8)", kWindows, request, options.windows));
  command.options.push_back(
      count_option("--train", "bars of training (three times the test)", kWindows, request, options.train_bars));
  command.options.push_back(count_option("--test", "bars of each test", kWindows, request, options.test_bars));
  command.options.push_back(
      flag_option("--anchored", "train on all bars before the test", kWindows, request, request->anchored));
  command.options.push_back(
      count_option("--purge", "bars cut off the end of training (0)", kWindows, request, options.purge));
  command.options.push_back(count_option("--embargo", "bars at the start of a test on which nothing is opened (0)",
                                         kWindows, request, options.embargo));
  command.options.push_back({.name = "--metric",
                             .value = "METRIC",
                             .description = "by which parameters are chosen (sharpe)",
                             .set = parsed_setter(request, options.metric, find_metric),
                             .group = kWindows});
  add_study_symbols(command, request);
  add_study_options(command, request);
  command.run = [request] { return run_walk_forward(*request); };
  return command;
}

Command crossvalidate_command() {
  const auto request = std::make_shared<CrossValidationRequest>();
  Command command{.name = "crossvalidate", .summary = "many histories out of sample from one (combinatorial, purged)"};
  command.description =
      "Cuts time into groups, chooses parameters on all but some of them and trades these, for every choice of groups, "
      "and puts the tests together to whole paths. docs/studies.md tells more.";
  command.examples = {{"45 splits, 9 paths",
                       "peak crossvalidate sma_cross --data prices.csv --grid fast=5:50:5 --grid slow=20:200:10"}};
  add_study_input(command, request);
  add_grid_options(command.options, request, request->axes, request->grid);
  CrossValidationOptions& options = request->options;
  command.options.push_back(count_option("--groups", "groups of time (10)", kWindows, request, options.groups));
  command.options.push_back(
      count_option("--test-groups", "groups tested together (2)", kWindows, request, options.test_groups));
  command.options.push_back(
      count_option("--purge", "bars of training cut off before a test (0)", kWindows, request, options.purge));
  command.options.push_back(
      count_option("--embargo", "bars of training cut off after a test (0)", kWindows, request, options.embargo));
  add_study_symbols(command, request);
  add_study_options(command, request);
  command.run = [request] { return run_cross_validation(*request); };
  return command;
}

}  // namespace peak::command
