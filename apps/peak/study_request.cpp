#include "study_request.hpp"

#include <utility>
#include <vector>

#include "input_data.hpp"
#include "option_makers.hpp"
#include "peak/io/read.hpp"
#include "peak/strategy/builtin.hpp"
#include "reading_options.hpp"
#include "run_options.hpp"
#include "terminal.hpp"

namespace peak::command {

Result<StudyInput> read_study(const StudyRequest& request) {
  if (request.panel->rebalance || request.panel->mixed) {
    return invalid_argument("--rebalance and --mixed are for runs over many symbols: add --shared-cash");
  }
  StudyInput input;
  PEAK_ASSIGN_OR_RETURN(input.strategy, find_strategy(request.strategy));
  auto read = input_data(io::read_bars(request.data, *request.reading));
  if (!read.ok()) return told_of_many(read.error(), request.data, *request.reading);
  io::LoadedBars& loaded = *read;
  for (const std::string& message : loaded.repairs.messages) show_note("note: " + message);
  PEAK_ASSIGN_OR_RETURN(input.bars, beside_others(std::move(loaded.bars), *request.series, *request.reading));
  PEAK_RETURN_IF_ERROR(load_series(*request.series, *request.reading, *request.run));
  return input;
}

bool is_over_panel(const StudyRequest& request) {
  return request.shared_cash || request.panel->separate_cash || is_panel_run(request.strategy, {request.data});
}

Result<PanelStudyInput> read_panel_study(const StudyRequest& request) {
  PEAK_ASSIGN_OR_RETURN(StrategyDefinition strategy, panel_strategy(request.strategy));
  if (request.panel->rebalance && !strategy.weight) {
    return invalid_argument("--rebalance is for weights; '" + request.strategy + "' decides by signals");
  }
  PEAK_RETURN_IF_ERROR(load_panel_series(*request.series, *request.reading, *request.run, *request.panel));
  PEAK_ASSIGN_OR_RETURN(PanelInput input,
                        read_panel_input({request.data}, *request.reading, *request.run, *request.panel));
  return PanelStudyInput{std::move(input.panel), std::move(input.options), std::move(strategy)};
}

void add_study_input(Command& command, const std::shared_ptr<StudyRequest>& request) {
  command.arguments.push_back({.name = "STRATEGY",
                               .description = "name of a built-in strategy, or a strategy file",
                               .set = text_setter(request, request->strategy),
                               .completion = Completion::kStrategy});
  command.options.push_back({.name = "--data",
                             .value = "FILE",
                             .description = "prices: CSV, Parquet, Arrow or JSON, also inside gzip or zip",
                             .set = text_setter(request, request->data),
                             .completion = Completion::kFile,
                             .group = "Input",
                             .required = true});
  command.options.push_back(parameter_option(request->run));
  add_series_options(command.options, request->series);
}

void add_study_symbols(Command& command, const std::shared_ptr<StudyRequest>& request) {
  command.options.push_back(flag_option("--shared-cash",
                                        "one account over all symbols of the data, as 'peak backtest' has it",
                                        "Many symbols", request, request->shared_cash));
  std::vector<Option> panel;
  add_panel_options(panel, request->panel);
  for (Option& option : panel) {
    if (option.name != "--weight") command.options.push_back(std::move(option));
  }
}

void add_study_options(Command& command, const std::shared_ptr<StudyRequest>& request) {
  constexpr const char* kOutput = "Output";
  command.options.push_back(
      flag_option("--json", "print one JSON object instead of tables", kOutput, request, request->json));
  command.options.push_back(
      count_option("--threads", "work on at most so many cores (all)", kOutput, request, request->threads));
  add_run_options(command.options, request->run);
  for (Option& option : reading_options(request->reading)) {
    if (option.name == "--sort") option.name = "--sort-data";  // as for sweeps, where --sort orders combinations
    command.options.push_back(std::move(option));
  }
}

Option count_option(const char* name, const char* description, const char* group, std::shared_ptr<void> owner,
                    std::size_t& place) {
  const auto parse = [name](const std::string& text) { return parse_count(text, name); };
  return {.name = name,
          .value = "N",
          .description = description,
          .set = parsed_setter(std::move(owner), place, parse),
          .group = group};
}

Status write_study(std::string text) {
  if (text.empty() || text.back() != '\n') text += '\n';
  return write_output(text);
}

}  // namespace peak::command
