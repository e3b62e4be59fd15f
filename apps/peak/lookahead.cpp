// peak lookahead: does a strategy know what it cannot know?
#include "peak/study/lookahead.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "option_makers.hpp"
#include "peak/report/studies.hpp"
#include "peak/study/panel_lookahead.hpp"
#include "progress.hpp"
#include "study_request.hpp"

namespace peak::command {
namespace {

constexpr const char* kCuts = "Cuts";

struct Request : StudyRequest {
  LookaheadOptions options;
};

/// The check by `check`, told; `bars` tell the times.
template <typename Check>
Status run_check(Request& request, const std::string& strategy, const Bars& bars, const Check& check) {
  const InterruptGuard interrupts;
  LookaheadOptions& options = request.options;
  options.threads = static_cast<unsigned>(request.threads);
  options.stop = interrupts.token();
  const Result<Lookahead> found = [&] {
    ProgressLine line("prefixes");
    options.progress = [&line](std::size_t done, std::size_t total) { line.show(done, total, 0); };
    return check(options);
  }();
  if (!found.ok()) return found.error();
  PEAK_RETURN_IF_ERROR(
      write_study(request.json ? lookahead_json(*found, bars, {strategy, request.data}) : found->text(&bars)));
  if (found->clean()) return {};
  return Error{ErrorCode::kUnsupported, "'" + strategy + "' looks ahead"};
}

Status run(Request& request) {
  if (is_over_panel(request)) {
    PEAK_ASSIGN_OR_RETURN(const PanelStudyInput input, read_panel_study(request));
    return run_check(request, input.strategy.name, input.panel->equal_weight_index(),
                     [&](const LookaheadOptions& options) {
                       return check_lookahead(input.panel, input.strategy, input.runs, options);
                     });
  }
  PEAK_ASSIGN_OR_RETURN(const StudyInput input, read_study(request));
  return run_check(request, input.strategy.name, input.bars, [&](const LookaheadOptions& options) {
    return check_lookahead(input.bars, input.strategy, *request.run, options);
  });
}

}  // namespace

Command lookahead_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "lookahead", .summary = "does a strategy know what it cannot know?"};
  command.description =
      "Runs the strategy on prefixes of the data and compares what it decides there with what it decides when all bars "
      "are known. Exit status 1 if anything differs. Python functions and classes are checked by peaktrade.lookahead.";
  command.examples = {{"32 cuts, and 8 pairs one bar apart", "peak lookahead sma_cross --data prices.csv"},
                      {"over many symbols with one account", "peak lookahead rank_momentum --data stocks.csv"},
                      {"after every bar", "peak lookahead my_strategy.toml --data prices.csv --every-bar"}};
  add_study_input(command, request);
  LookaheadOptions& options = request->options;
  command.options.push_back(flag_option("--every-bar", "cut after every bar", kCuts, request, options.every_bar));
  command.options.push_back(count_option("--cuts", "cuts, evenly spread (32)", kCuts, request, options.cuts));
  command.options.push_back(count_option("--pairs", "pairs of cuts one bar apart (8)", kCuts, request, options.pairs));
  add_study_symbols(command, request);
  add_study_options(command, request);
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
