// peak strategies: the built-in strategies, and any strategy as a file.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "commands.hpp"
#include "listing.hpp"
#include "number.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/strategy/file.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

using report::JsonWriter;

struct Request {
  std::string name;
  bool json = false;
};

std::string range_text(const StrategyParameter& parameter) {
  if (!parameter.low && !parameter.high) return {};
  std::string text = parameter.low ? format_number(*parameter.low) : "";
  text += " to ";
  text += parameter.high ? format_number(*parameter.high) : "";
  return parameter.step ? text + ", step " + format_number(*parameter.step) : text;
}

/// A description's first sentence.
std::string first_sentence(const std::string& description) {
  const std::size_t end = description.find(". ");
  return end == description.npos ? description : description.substr(0, end + 1);
}

std::string list_text(std::span<const StrategyDefinition> strategies, const TextStyle& style) {
  std::vector<std::vector<std::string>> rows;
  for (const StrategyDefinition& strategy : strategies) {
    std::string parameters;
    for (const StrategyParameter& parameter : strategy.parameters) {
      parameters += (parameters.empty() ? "" : " ") + parameter.name + "=" + format_number(parameter.value);
    }
    rows.push_back({strategy.name, parameters, first_sentence(strategy.description)});
  }
  return render_listing({{.title = "strategy"}, {.title = "parameters"}, {.title = "what it does"}}, rows, style) +
         "\n";
}

Result<StrategyDefinition> find_any(const std::string& name) {
  auto recipe = allocation(name);
  return recipe.ok() ? recipe : find_strategy(name);
}

std::string strategy_text(const StrategyDefinition& strategy, const TextStyle& style) {
  std::string text =
      toned(strategy.name, TextTone::kStrong, style) + "\n" + wrapped(strategy.description, style.width) + "\n";
  if (!strategy.parameters.empty()) {
    TextTable table(
        {{.title = "parameter"}, {.title = "default", .right = true}, {.title = "sensible"}, {.title = "meaning"}});
    for (const StrategyParameter& parameter : strategy.parameters) {
      table.add_row({parameter.name, format_number(parameter.value), range_text(parameter), parameter.description});
    }
    text += "\n" + table.render(style);
  }
  return text + "\n" + toned("As a strategy file:", TextTone::kStrong, style) + "\n" + to_toml(strategy);
}

void write_optional(JsonWriter& json, const char* name, const std::optional<double>& value) {
  json.key(name);
  value ? json.number(*value) : json.null();
}

void write_strategy(JsonWriter& json, const StrategyDefinition& strategy) {
  json.begin_object();
  json.text("name", strategy.name);
  json.text("description", strategy.description);
  json.key("parameters");
  json.begin_array();
  for (const StrategyParameter& parameter : strategy.parameters) {
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("name", parameter.name);
    json.number("default", parameter.value);
    write_optional(json, "low", parameter.low);
    write_optional(json, "high", parameter.high);
    write_optional(json, "step", parameter.step);
    json.text("description", parameter.description);
    json.end_object();
  }
  json.end_array();
  json.text("toml", to_toml(strategy));
  json.end_object();
}

Status run(const Request& request) {
  if (!request.name.empty()) {
    PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_any(request.name));
    if (!request.json) return write_output(strategy_text(strategy, output_style()));
    JsonWriter json({});
    write_strategy(json, strategy);
    return write_output(json.take() + "\n");
  }
  PEAK_ASSIGN_OR_RETURN(const std::span<const StrategyDefinition> strategies, builtin_strategies());
  PEAK_ASSIGN_OR_RETURN(const std::span<const StrategyDefinition> recipes, allocations());
  if (!request.json) {
    return write_output(list_text(strategies, output_style()) + "Target weights over many symbols\n" +
                        list_text(recipes, output_style()) + "More about one: peak strategies NAME\n");
  }
  JsonWriter json({});
  json.begin_array();
  for (const StrategyDefinition& strategy : strategies) write_strategy(json, strategy);
  for (const StrategyDefinition& recipe : recipes) write_strategy(json, recipe);
  json.end_array();
  return write_output(json.take() + "\n");
}

}  // namespace

Command strategies_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "strategies", .summary = "the built-in strategies, and each as a strategy file"};
  command.description =
      "Lists the built-in strategies. With NAME, shows one of them (or a strategy file) with its parameters and its "
      "text as "
      "a strategy file, to be changed into one of your own.";
  command.examples = {{"all of them", "peak strategies"}, {"one of them", "peak strategies rsi_reversion"}};
  command.arguments.push_back({.name = "NAME",
                               .description = "a built-in strategy, or a strategy file",
                               .set = text_setter(request, request->name),
                               .completion = Completion::kStrategy,
                               .required = false});
  command.options.push_back(
      {.name = "--json", .value = "", .description = "print JSON", .set = flag_setter(request, request->json)});
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
