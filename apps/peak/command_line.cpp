#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>

#include "command_help.hpp"
#include "peak/base/suggest.hpp"
#include "peak/report/json.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

std::vector<std::string> names_of(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  return names;
}

const Command* find_command(const std::vector<Command>& commands, const std::string& name) {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& c) { return c.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

bool is_help(const std::string& word) { return word == "-h" || word == "--help"; }

/// The parser's options and ours, side by side.
struct Parser {
  CLI::App app;
  std::vector<CLI::Option*> options, arguments;
  bool debug = false;
};

void declare(const Command& command, Parser& parser) {
  parser.app.set_help_flag("-h,--help", "");
  parser.app.add_flag("--debug", parser.debug);
  for (const Option& option : command.options) {
    CLI::Option* added = nullptr;
    if (option.value.empty()) {
      added = parser.app.add_flag(option.name)->disable_flag_override();
    } else {
      // One value to one occurrence, so that a following word is an argument and not a second value.
      added = parser.app.add_option(option.name)->expected(1);
      if (option.repeated) added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    parser.options.push_back(added);
  }
  for (const Argument& argument : command.arguments) {
    CLI::Option* added = parser.app.add_option(argument.name);
    added->expected(argument.repeated ? -1 : 1);
    if (argument.repeated) added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    parser.arguments.push_back(added);
  }
}

Error unknown_word(const std::string& word, const Command& command, const std::string& path) {
  const std::string more = "\nSee '" + path + " --help'.";
  if (word.empty() || word[0] != '-') return invalid_argument("unexpected argument '" + word + "'" + more);
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> known = {"--help", "--debug"};
  for (const Option& option : command.options) known.push_back(option.name);
  const std::string near = nearest_name(name, known);
  return invalid_argument("unknown option '" + name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?") +
                          more);
}

/// What the parser found wrong with one option, in our words.
Error misused(const Parser& parser, const Command& command, const std::string& path, const std::string& reason) {
  const std::string more = "\nSee '" + path + " --help'.";
  for (std::size_t i = 0; i < command.options.size(); ++i) {
    const Option& option = command.options[i];
    const std::size_t given = parser.options[i]->count();
    if (given > 1 && !option.repeated && !option.value.empty()) {
      return invalid_argument(option.name + " is given " + std::to_string(given) + " times; once is meant" + more);
    }
    if (!option.value.empty() && reason.rfind(option.name + ":", 0) == 0) {
      return invalid_argument(option.name + " needs a value: " + option.name + " " + option.value + more);
    }
  }
  return invalid_argument(reason + more);
}

Status parse_words(const std::vector<std::string>& words, const Command& command, const std::string& path,
                   Parser& parser) {
  try {
    // CLI11 takes the words from the back.
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    parser.app.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> extra = parser.app.remaining();
    return unknown_word(extra.empty() ? "" : extra.front(), command, path);
  } catch (const CLI::ParseError& error) {
    return misused(parser, command, path, error.what());
  }
  return {};
}

Status check_required(const Parser& parser, const Command& command, const std::string& path) {
  std::string missing;
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    if (command.arguments[i].required && parser.arguments[i]->count() == 0) missing += " " + command.arguments[i].name;
  }
  for (std::size_t i = 0; i < command.options.size(); ++i) {
    const Option& option = command.options[i];
    if (option.required && parser.options[i]->count() == 0) missing += " " + option.name + " " + option.value;
  }
  if (missing.empty()) return {};
  std::string text = path + " needs" + missing;
  if (!command.examples.empty()) text += "\nFor example: " + command.examples.front().line;
  return invalid_argument(text + "\nSee '" + path + " --help'.");
}

Status set_values(const Parser& parser, const Command& command) {
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    for (const std::string& value : parser.arguments[i]->results()) {
      PEAK_RETURN_IF_ERROR(command.arguments[i].set(value));
    }
  }
  for (std::size_t i = 0; i < command.options.size(); ++i) {
    const Option& option = command.options[i];
    if (parser.options[i]->count() == 0) continue;
    if (option.value.empty()) {
      PEAK_RETURN_IF_ERROR(option.set(""));
    } else {
      for (const std::string& value : parser.options[i]->results()) PEAK_RETURN_IF_ERROR(option.set(value));
    }
  }
  return {};
}

Result<ParsedLine> parse_for(const Command& command, const std::string& path, const std::vector<std::string>& words) {
  ParsedLine line;
  const auto end_of_options = std::find(words.begin(), words.end(), "--");
  if (std::any_of(words.begin(), end_of_options, is_help)) {
    line.text = command_help(command, path.substr(0, path.size() - command.name.size() - 1), output_style());
    return line;
  }
  Parser parser;
  declare(command, parser);
  PEAK_RETURN_IF_ERROR(parse_words(words, command, path, parser));
  PEAK_RETURN_IF_ERROR(check_required(parser, command, path));
  PEAK_RETURN_IF_ERROR(set_values(parser, command));
  line.command = &command;
  line.debug = parser.debug;
  return line;
}

}  // namespace

std::string program_help(const std::vector<Command>& commands) { return commands_help(commands, output_style()); }

Result<ParsedLine> parse_command_line(const std::vector<std::string>& words, const std::vector<Command>& commands) {
  ParsedLine line;
  std::size_t first = 0;
  while (first < words.size() && words[first] == "--debug") ++first;
  if (first == words.size() || is_help(words[first]) || words[first] == "help") {
    line.text = program_help(commands);
    return line;
  }
  if (words[first] == "--version") {
    line.text = std::string("peak ") + engine_version() + "\n";
    return line;
  }
  std::string path = "peak";
  const std::vector<Command>* level = &commands;
  const Command* command = nullptr;
  while (!level->empty()) {
    if (first == words.size() || is_help(words[first])) {
      line.text = command_help(*command, path.substr(0, path.size() - command->name.size() - 1), output_style());
      return line;
    }
    command = find_command(*level, words[first]);
    if (command == nullptr) {
      const bool option = words[first].rfind("-", 0) == 0;
      const std::vector<std::string> general = {"--help", "--version", "--debug"};
      return invalid_argument(std::string(option ? "unknown option '" : "unknown command '") + words[first] + "'" +
                              suggestion(words[first], option ? general : names_of(*level)) + "\nSee '" + path +
                              " --help'.");
    }
    path += " " + command->name;
    level = &command->subcommands;
    ++first;
  }
  Result<ParsedLine> parsed =
      parse_for(*command, path, {words.begin() + static_cast<std::ptrdiff_t>(first), words.end()});
  if (parsed.ok() && words[0] == "--debug") parsed->debug = true;
  if (parsed.ok() && command->typed) command->typed(words);
  return parsed;
}

}  // namespace peak::command
