// peak montecarlo and peak sensitivity: what else could have happened, and how little would have to change.
#include <memory>
#include <string>

#include "commands.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/report/studies.hpp"
#include "progress.hpp"
#include "study_request.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

constexpr const char* kDrawing = "Drawing";
constexpr const char* kMoving = "What is moved";

struct MonteCarloRequest : StudyRequest {
  MonteCarloOptions options;
  std::size_t seed = 1;
  std::string out;
};

struct SensitivityRequest : StudyRequest {
  SensitivityOptions options;
};

/// By `draw`, told.
template <typename Draw>
Status tell_monte_carlo(MonteCarloRequest& request, const std::string& strategy, const Draw& draw) {
  const InterruptGuard interrupts;
  MonteCarloOptions& options = request.options;
  options.seed = request.seed;
  options.threads = static_cast<unsigned>(request.threads);
  options.stop = interrupts.token();
  const Result<MonteCarlo> result = [&] {
    ProgressLine line("paths");
    options.progress = [&line](std::size_t done, std::size_t total) {
      if (done % 64 == 0) line.show(done, total, 0);
    };
    return draw();
  }();
  if (!result.ok()) return result.error();
  if (!request.out.empty()) PEAK_RETURN_IF_ERROR(write_cone_csv(*result, request.out));
  return write_study(request.json ? monte_carlo_json(*result, {strategy, request.data})
                                  : format_monte_carlo(*result, output_style()));
}

Status run_monte_carlo_of_panel(MonteCarloRequest& request) {
  if (request.options.method == MonteCarloMethod::kPrices) {
    return invalid_argument(
        "--method prices draws the prices of one market; over many symbols draw returns, trades or trades_again");
  }
  PEAK_ASSIGN_OR_RETURN(const PanelStudyInput input, read_panel_study(request));
  return tell_monte_carlo(request, input.strategy.name, [&]() -> Result<MonteCarlo> {
    PEAK_ASSIGN_OR_RETURN(const BacktestResult run, backtest(input.panel, input.strategy, input.runs));
    return monte_carlo(run, request.options);
  });
}

Status run_monte_carlo(MonteCarloRequest& request) {
  const NamedFile inputs[] = {{"--data", request.data}};
  const NamedFile outputs[] = {{"--out", request.out, {".csv"}}};
  PEAK_RETURN_IF_ERROR(check_output_files(inputs, outputs));
  if (is_over_panel(request)) return run_monte_carlo_of_panel(request);
  PEAK_ASSIGN_OR_RETURN(const StudyInput input, read_study(request));
  return tell_monte_carlo(request, input.strategy.name, [&]() -> Result<MonteCarlo> {
    if (request.options.method == MonteCarloMethod::kPrices) {
      return monte_carlo_prices(input.bars, input.strategy, *request.run, request.options);
    }
    PEAK_ASSIGN_OR_RETURN(const BacktestResult run, backtest(input.bars, input.strategy, *request.run));
    return monte_carlo(run, request.options);
  });
}

Status run_sensitivity(SensitivityRequest& request) {
  const InterruptGuard interrupts;
  request.options.stop = interrupts.token();
  const auto tell = [&](const Result<Sensitivity>& found, const std::string& strategy) -> Status {
    if (!found.ok()) return found.error();
    return write_study(request.json ? sensitivity_json(*found, {strategy, request.data})
                                    : format_sensitivity(*found, output_style()));
  };
  if (is_over_panel(request)) {
    PEAK_ASSIGN_OR_RETURN(const PanelStudyInput input, read_panel_study(request));
    return tell(sensitivity(input.panel, input.strategy, input.runs, request.options), input.strategy.name);
  }
  PEAK_ASSIGN_OR_RETURN(const StudyInput input, read_study(request));
  return tell(sensitivity(input.bars, input.strategy, *request.run, request.options), input.strategy.name);
}

}  // namespace

Command montecarlo_command() {
  const auto request = std::make_shared<MonteCarloRequest>();
  Command command{.name = "montecarlo", .summary = "what else could have happened: cones of equity and drawdown"};
  command.description =
      "Draws many histories from one at random: from the run's returns, from its trades, or by running the strategy on "
      "resampled prices. Equal seeds give equal numbers. docs/studies.md tells the methods.";
  command.examples = {
      {"a thousand paths from the run's returns", "peak montecarlo sma_cross --data prices.csv --commission 0.001"},
      {"the strategy on resampled markets, the cone to a file",
       "peak montecarlo sma_cross --data prices.csv --method prices --paths 200 --out cone.csv"}};
  add_study_input(command, request);
  MonteCarloOptions& options = request->options;
  command.options.push_back({.name = "--method",
                             .value = "METHOD",
                             .description = "returns, trades, trades_again or prices (returns)",
                             .set = parsed_setter(request, options.method, parse_monte_carlo_method),
                             .group = kDrawing});
  command.options.push_back(count_option("--paths", "histories to draw (1000)", kDrawing, request, options.paths));
  command.options.push_back(number_option("--length", "mean length of the pieces, in bars (square root of the bars)",
                                          kDrawing, request, options.mean_length));
  command.options.push_back(count_option("--seed", "of the draws (1)", kDrawing, request, request->seed));
  command.options.push_back(
      number_option("--ruin", "fraction of the cash whose loss is ruin (0.5)", kDrawing, request, options.ruin));
  command.options.push_back(file_option("--out", "write the cone (CSV)", request, request->out));
  add_study_symbols(command, request);
  add_study_options(command, request);
  command.run = [request] { return run_monte_carlo(*request); };
  return command;
}

Command sensitivity_command() {
  const auto request = std::make_shared<SensitivityRequest>();
  Command command{.name = "sensitivity", .summary = "parameters and costs moved, and how it went in bad times"};
  command.description =
      "Moves each parameter by itself, finds the commission at which nothing is left of the gain, and shows the run in "
      "the deepest falls of the market.";
  command.examples = {
      {"around the defaults", "peak sensitivity sma_cross --data prices.csv --commission 0.001"},
      {"wider steps, by return", "peak sensitivity sma_cross --data prices.csv --step 0.25 --metric total_return"}};
  add_study_input(command, request);
  command.options.push_back({.name = "--metric",
                             .value = "METRIC",
                             .description = "shown for each value of a parameter (sharpe)",
                             .set = parsed_setter(request, request->options.metric, find_metric),
                             .group = kMoving});
  command.options.push_back(
      count_option("--steps", "values on either side (3)", kMoving, request, request->options.steps));
  command.options.push_back(number_option("--step", "distance of values, as a fraction of the parameter (0.1)", kMoving,
                                          request, request->options.step_fraction));
  command.options.push_back(
      count_option("--costs", "commissions to show (9)", kMoving, request, request->options.costs));
  command.options.push_back(
      count_option("--bad-times", "falls of the market to show (5)", kMoving, request, request->options.bad_times));
  add_study_symbols(command, request);
  add_study_options(command, request);
  command.run = [request] { return run_sensitivity(*request); };
  return command;
}

}  // namespace peak::command
