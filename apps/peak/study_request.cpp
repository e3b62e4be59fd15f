#include "study_request.hpp"

#include <utility>

#include "option_makers.hpp"
#include "peak/io/read.hpp"
#include "peak/strategy/builtin.hpp"
#include "reading_options.hpp"
#include "run_options.hpp"
#include "terminal.hpp"

namespace peak::command {

Result<StudyInput> read_study(const StudyRequest& request) {
  StudyInput input;
  PEAK_ASSIGN_OR_RETURN(input.strategy, find_strategy(request.strategy));
  PEAK_ASSIGN_OR_RETURN(io::LoadedBars loaded, io::read_bars(request.data, *request.reading));
  for (const std::string& message : loaded.repairs.messages) show_note("note: " + message);
  input.bars = std::move(loaded.bars);
  PEAK_RETURN_IF_ERROR(load_series(*request.series, *request.reading, *request.run));
  return input;
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
