// peak indicators: what expressions may call: the indicators of the registry, with formula and source, and the
// functions of the language.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "listing.hpp"
#include "number.hpp"
#include "peak/base/suggest.hpp"
#include "peak/expression/functions.hpp"
#include "peak/indicators/registry.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

using expression::LanguageFunction;
using indicators::IndicatorInfo;
using indicators::ParameterInfo;
using report::JsonWriter;

struct Request {
  std::string name;
  bool json = false;
};

/// As it is written in an expression: "macd(close, 12, 26, 9)".
std::string call_text(const IndicatorInfo& info) {
  std::string text = std::string(info.name) + "(";
  const char* separator = "";
  for (const char* input : info.inputs) {
    text += separator + std::string(input);
    separator = ", ";
  }
  for (const ParameterInfo& parameter : info.parameters) {
    text += separator + format_number(parameter.default_value);
    separator = ", ";
  }
  return text + ")";
}

std::vector<double> default_parameters(const IndicatorInfo& info) {
  std::vector<double> values;
  for (const ParameterInfo& parameter : info.parameters) values.push_back(parameter.default_value);
  return values;
}

std::string outputs_text(const IndicatorInfo& info) {
  std::string text;
  if (info.outputs.size() < 2) return text;
  for (const char* output : info.outputs) text += (text.empty() ? "." : ", .") + std::string(output);
  return text;
}

std::string list_text(const TextStyle& style) {
  std::vector<std::vector<std::string>> rows;
  for (const IndicatorInfo& info : indicators::registry()) {
    const std::string outputs = outputs_text(info);
    rows.push_back({call_text(info), std::string(info.title) + (outputs.empty() ? "" : ": " + outputs)});
  }
  std::string text =
      render_listing({{.title = "indicator, with its defaults"}, {.title = "what it is"}}, rows, style) + "\n";
  rows.clear();
  for (const LanguageFunction& function : expression::language_functions()) {
    rows.push_back({function.signature, function.description});
  }
  text += render_listing({{.title = "function"}, {.title = "what it is"}}, rows, style);
  return text + "\nMore about one: peak indicators NAME\n";
}

std::string range_text(const ParameterInfo& parameter) {
  std::string text = (parameter.whole ? "whole, from " : "from ") + format_number(parameter.low);
  return std::isfinite(parameter.high) ? text + " to " + format_number(parameter.high) : text;
}

std::string indicator_text(const IndicatorInfo& info, const TextStyle& style) {
  std::string text = toned(info.title, TextTone::kStrong, style) + "\n  " + call_text(info) + "\n\n";
  text += wrapped(info.description, style.width) + "\n";
  if (!info.parameters.empty()) {
    TextTable table(
        {{.title = "parameter"}, {.title = "default", .right = true}, {.title = "allowed"}, {.title = "meaning"}});
    for (const ParameterInfo& parameter : info.parameters) {
      table.add_row(
          {parameter.name, format_number(parameter.default_value), range_text(parameter), parameter.description});
    }
    text += "\n" + table.render(style);
  }
  if (info.outputs.size() > 1) text += "\nOutputs: " + outputs_text(info) + " (the first when none is named)\n";
  text += "\nUndefined bars at the start with the defaults: " + std::to_string(info.warm_up(default_parameters(info))) +
          "\n";
  return text + wrapped("Source: " + std::string(info.source), style.width, 2) + "\n";
}

void write_indicator(JsonWriter& json, const IndicatorInfo& info) {
  json.begin_object();
  json.text("name", info.name);
  json.text("title", info.title);
  json.text("description", info.description);
  json.text("source", info.source);
  json.text("call", call_text(info));
  json.key("inputs");
  json.begin_array(JsonWriter::Layout::kOneLine);
  for (const char* input : info.inputs) json.text(input);
  json.end_array();
  json.key("parameters");
  json.begin_array();
  for (const ParameterInfo& parameter : info.parameters) {
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("name", parameter.name);
    json.number("default", parameter.default_value);
    json.number("low", parameter.low);
    json.number("high", parameter.high);
    json.boolean("whole", parameter.whole);
    json.text("description", parameter.description);
    json.end_object();
  }
  json.end_array();
  json.key("outputs");
  json.begin_array(JsonWriter::Layout::kOneLine);
  for (const char* output : info.outputs) json.text(output);
  json.end_array();
  json.integer("warm_up", static_cast<std::int64_t>(info.warm_up(default_parameters(info))));
  json.end_object();
}

std::string function_text(const LanguageFunction& function, const TextStyle& style) {
  return toned(function.signature, TextTone::kStrong, style) + "\n  " +
         wrapped(function.description, style.width - 2, 2) + "\n";
}

void write_function(JsonWriter& json, const LanguageFunction& function) {
  json.begin_object();
  json.text("name", function.name);
  json.text("call", function.signature);
  json.text("description", function.description);
  json.end_object();
}

Status show_one(const std::string& name, bool as_json) {
  JsonWriter json({});
  if (const IndicatorInfo* info = indicators::find(name); info != nullptr) {
    if (!as_json) return write_output(indicator_text(*info, output_style()));
    write_indicator(json, *info);
    return write_output(json.take() + "\n");
  }
  const LanguageFunction* function = expression::find_language_function(name);
  if (function == nullptr) {
    const std::vector<std::string> known = expression::function_names();
    return not_found("unknown indicator '" + name + "'" + suggestion(name, known) + "\nSee 'peak indicators' for all.");
  }
  if (!as_json) return write_output(function_text(*function, output_style()));
  write_function(json, *function);
  return write_output(json.take() + "\n");
}

Status run(const Request& request) {
  JsonWriter json({});
  if (!request.name.empty()) return show_one(request.name, request.json);
  if (!request.json) return write_output(list_text(output_style()));
  json.begin_object();
  json.key("indicators");
  json.begin_array();
  for (const IndicatorInfo& info : indicators::registry()) write_indicator(json, info);
  json.end_array();
  json.key("functions");
  json.begin_array();
  for (const LanguageFunction& function : expression::language_functions()) write_function(json, function);
  json.end_array();
  json.end_object();
  return write_output(json.take() + "\n");
}

}  // namespace

Command indicators_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "indicators", .summary = "the indicators and functions that expressions can use"};
  command.description =
      "Lists the indicators and the functions that expressions can use. With NAME, shows one with its formula, "
      "parameters, outputs and "
      "source.";
  command.examples = {{"all of them", "peak indicators"}, {"one of them", "peak indicators macd"}};
  command.arguments.push_back({.name = "NAME",
                               .description = "an indicator",
                               .set = text_setter(request, request->name),
                               .completion = Completion::kIndicator,
                               .required = false});
  command.options.push_back(
      {.name = "--json", .value = "", .description = "print JSON", .set = flag_setter(request, request->json)});
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
