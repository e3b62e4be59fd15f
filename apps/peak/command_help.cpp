#include "command_help.hpp"

#include <algorithm>
#include <cstddef>

namespace peak::command {
namespace {

constexpr std::size_t kNameColumn = 28;

std::string heading(const std::string& text, const TextStyle& style) {
  return "\n" + toned(text, TextTone::kStrong, style) + "\n";
}

/// "  name      what it means", the meaning wrapped under itself.
std::string entry(const std::string& name, const std::string& meaning, const TextStyle& style) {
  std::string line = "  " + name;
  const std::size_t column = kNameColumn + 2;
  if (line.size() + 2 > column) {
    line += '\n' + std::string(column, ' ');
  } else {
    line.append(column - line.size(), ' ');
  }
  const int indent = static_cast<int>(column);
  // wrapped() knows the indent of all lines but the first, so the first is given as much room with blanks.
  return line +
         wrapped(std::string(column, '\x01') + meaning, std::max(style.width, indent + 30), indent).substr(column) +
         "\n";
}

std::string option_name(const Option& option) {
  return option.value.empty() ? option.name : option.name + " " + option.value;
}

std::string usage(const Command& command, const std::string& path) {
  std::string line = "Usage: " + path + " " + command.name;
  if (!command.subcommands.empty()) line += " COMMAND";
  for (const Argument& argument : command.arguments) {
    const std::string name = argument.name + (argument.repeated ? "..." : "");
    line += argument.required ? " " + name : " [" + name + "]";
  }
  for (const Option& option : command.options) {
    if (option.required) line += " " + option_name(option);
  }
  return line + (command.options.empty() ? "\n" : " [options]\n");
}

std::string choices_text(const std::vector<std::string>& choices) {
  std::string text;
  for (const std::string& choice : choices) text += (text.empty() ? " (" : ", ") + choice;
  return text.empty() ? text : text + ")";
}

std::string options_help(const Command& command, const TextStyle& style) {
  std::string text;
  std::vector<std::string> groups;
  for (const Option& option : command.options) {
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) groups.push_back(option.group);
  }
  for (const std::string& group : groups) {
    text += heading(group, style);
    for (const Option& option : command.options) {
      if (option.group != group) continue;
      std::string meaning = option.description + choices_text(option.choices);
      if (option.repeated) meaning += "; may be given again";
      text += entry(option_name(option), meaning, style);
    }
  }
  return text;
}

std::string examples_help(const std::vector<Example>& examples, const TextStyle& style) {
  std::string text;
  if (!examples.empty()) text += heading("Examples", style);
  for (const Example& example : examples) {
    text += "  " + toned("# " + example.meaning, TextTone::kQuiet, style) + "\n  " + example.line + "\n";
  }
  return text;
}

}  // namespace

std::string command_help(const Command& command, const std::string& path, const TextStyle& style) {
  std::string text = usage(command, path) + "\n";
  text += wrapped(command.description.empty() ? command.summary : command.description, style.width) + "\n";
  if (!command.subcommands.empty()) text += heading("Commands", style);
  for (const Command& subcommand : command.subcommands) text += entry(subcommand.name, subcommand.summary, style);
  if (!command.arguments.empty()) text += heading("Arguments", style);
  for (const Argument& argument : command.arguments) {
    text += entry(argument.name, argument.description + choices_text(argument.choices), style);
  }
  text += options_help(command, style);
  text += heading("General", style);
  text += entry("-h, --help", "this text", style) + entry("--debug", "say more about an error", style);
  return text + examples_help(command.examples, style);
}

std::string commands_help(const std::vector<Command>& commands, const TextStyle& style) {
  std::string text = "Usage: peak COMMAND [arguments] [options]\n\n";
  text += "Peak Trade backtests trading strategies on price data: from a file to trades, metrics and a report.\n";
  text += heading("Commands", style);
  for (const Command& command : commands) text += entry(command.name, command.summary, style);
  text += heading("General", style);
  text += entry("-h, --help", "this text; after a command, the command's", style) +
          entry("--version", "the version", style) + entry("--debug", "say more about an error", style);
  const std::vector<Example> examples = {
      {"a strategy on a file of prices, with a report page",
       "peak backtest sma_cross --data prices.csv --set fast=10 --set slow=50 --report report.html"},
      {"what was found in a file, and how to set it by hand", "peak data info prices.csv"},
  };
  text += examples_help(examples, style);
  return text + "\nExit status: 0 done, 1 the run failed, 2 wrong usage, 3 bad input data.\n";
}

}  // namespace peak::command
