// Command: one subcommand of `peak` as data, from which parsing, --help and shell completion are made.
//
// To add one: write <name>.cpp with a function that gives a Command, name it in commands.hpp and in main.cpp's list.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"

namespace peak::command {

/// What a shell offers when a value is to be completed.
enum class Completion : unsigned char { kNothing, kFile, kStrategy, kIndicator, kChoices };

/// A positional argument.
struct Argument {
  std::string name;  ///< as help shows it: "STRATEGY"
  std::string description;
  std::function<Status(const std::string&)> set;  ///< called for each value
  Completion completion = Completion::kNothing;
  std::vector<std::string> choices = {};  ///< for Completion::kChoices; the library checks the value
  bool required = true;
  bool repeated = false;
};

/// An option with a value, or a flag.
struct Option {
  std::string name;   ///< "--data"
  std::string value;  ///< as help shows it: "FILE"; empty for a flag
  std::string description;
  std::function<Status(const std::string&)> set;  ///< called for each value, with "" for a flag
  Completion completion = Completion::kNothing;
  std::vector<std::string> choices = {};
  std::string group = "Options";  ///< heading in --help
  bool required = false;
  bool repeated = false;
};

struct Example {
  std::string meaning;
  std::string line;  ///< as typed after the prompt
};

struct Command {
  std::string name;
  std::string summary;  ///< one line, for the list of commands
  std::string description = {};
  std::vector<Example> examples = {};
  std::vector<Argument> arguments = {};
  std::vector<Option> options = {};
  std::vector<Command> subcommands = {};  ///< such as `info` of `data`; then there are no arguments
  std::function<Status()> run = {};       ///< called when all values are set
  /// Called before run with the words of the line, for a command that keeps them; null where nobody asks.
  std::function<void(const std::vector<std::string>&)> typed = {};
};

}  // namespace peak::command
