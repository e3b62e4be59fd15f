// peak completion: scripts by which shells complete commands, options, strategies, indicators and files.
//
// The scripts are made from the same Commands as parsing and help, and from the registries, so they cannot fall behind.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "peak/base/suggest.hpp"
#include "peak/expression/functions.hpp"
#include "peak/strategy/builtin.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

struct Request {
  std::string shell;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// The words that may stand for a value; empty when files or anything may.
std::vector<std::string> words_for(Completion completion, const std::vector<std::string>& choices) {
  switch (completion) {
    case Completion::kStrategy: return builtin_strategy_names();
    case Completion::kIndicator: return expression::function_names();
    case Completion::kChoices: return choices;
    case Completion::kFile:
    case Completion::kNothing: break;
  }
  return {};
}

bool takes_files(Completion completion) {
  return completion == Completion::kFile || completion == Completion::kStrategy;
}

/// A command that takes values, with the words that lead to it: "data info".
struct Leaf {
  std::string path;
  const Command* command;
};

void collect(const std::vector<Command>& commands, const std::string& before, std::vector<Leaf>& leaves) {
  for (const Command& command : commands) {
    const std::string path = before.empty() ? command.name : before + " " + command.name;
    if (command.subcommands.empty()) leaves.push_back({path, &command});
    collect(command.subcommands, path, leaves);
  }
}

std::vector<std::string> option_words(const Command& command) {
  std::vector<std::string> words;
  for (const Option& option : command.options) words.push_back(option.name);
  words.insert(words.end(), {"--help", "--debug"});
  return words;
}

std::string indented_case(const std::string& pattern, const std::string& action) {
  return "    " + pattern + ") " + action + " ;;\n";
}

// ---- bash
// ------------------------------------------------------------------------------------------------------------

std::string bash_reply(Completion completion, const std::vector<std::string>& choices) {
  std::string action;
  const std::vector<std::string> words = words_for(completion, choices);
  if (!words.empty()) action = "COMPREPLY=($(compgen -W '" + joined(words) + "' -- \"$current\"))";
  if (takes_files(completion)) {
    action +=
        std::string(action.empty() ? "" : "; ") + "COMPREPLY+=($(compgen -f -- \"$current\")); compopt -o filenames";
  }
  return action.empty() ? "COMPREPLY=()" : action;
}

std::string bash_script(const std::vector<Command>& commands, const std::vector<Leaf>& leaves) {
  std::string text =
      "# Completion of `peak` for bash. Load it with: source <(peak completion bash)\n"
      "_peak() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" path='' word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$path $word\" in\n";
  std::string known;
  std::vector<std::string> names;
  for (const Command& command : commands) {
    names.push_back(command.name);
    known += (known.empty() ? "'" : "|'") + std::string(" ") + command.name + "'";
    for (const Command& subcommand : command.subcommands) known += "|'" + command.name + " " + subcommand.name + "'";
  }
  text += "      " + known + ") path=\"${path:+$path }$word\" ;;\n    esac\n  done\n";
  text += "  case \"$path:$previous\" in\n";
  for (const Leaf& leaf : leaves) {
    for (const Option& option : leaf.command->options) {
      if (option.value.empty()) continue;
      text += indented_case("'" + leaf.path + ":" + option.name + "'",
                            bash_reply(option.completion, option.choices) + "; return");
    }
  }
  text += "  esac\n  case \"$path\" in\n";
  text +=
      indented_case("''", "COMPREPLY=($(compgen -W '" + joined(names) + " --help --version --debug' -- \"$current\"))");
  for (const Command& command : commands) {
    std::vector<std::string> below;
    for (const Command& subcommand : command.subcommands) below.push_back(subcommand.name);
    if (!below.empty()) {
      text += indented_case("'" + command.name + "'",
                            "COMPREPLY=($(compgen -W '" + joined(below) + " --help' -- \"$current\"))");
    }
  }
  for (const Leaf& leaf : leaves) {
    const std::string options =
        "COMPREPLY=($(compgen -W '" + joined(option_words(*leaf.command)) + "' -- \"$current\"))";
    const std::vector<Argument>& arguments = leaf.command->arguments;
    const std::string values =
        arguments.empty() ? "COMPREPLY=()" : bash_reply(arguments.front().completion, arguments.front().choices);
    text +=
        indented_case("'" + leaf.path + "'", "if [[ $current == -* ]]; then " + options + "; else " + values + "; fi");
  }
  return text + "  esac\n}\ncomplete -F _peak peak\n";
}

// ---- zsh
// -------------------------------------------------------------------------------------------------------------

/// Inside _arguments' specifications brackets, colons and quotes have a meaning.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_action(Completion completion, const std::vector<std::string>& choices) {
  if (completion == Completion::kStrategy) return "_peak_strategy";
  if (takes_files(completion)) return "_files";
  const std::vector<std::string> words = words_for(completion, choices);
  return words.empty() ? " " : "(" + joined(words) + ")";
}

std::string zsh_leaf(const Leaf& leaf) {
  std::string text = "_arguments";
  for (const Option& option : leaf.command->options) {
    text += " \\\n      '" + std::string(option.repeated ? "*" : "") + option.name + "[" +
            zsh_text(option.description) + "]";
    if (!option.value.empty())
      text += ":" + zsh_text(option.value) + ":" + zsh_action(option.completion, option.choices);
    text += "'";
  }
  text += " \\\n      '(-h --help)'{-h,--help}'[help]' '--debug[say more about an error]'";
  for (const Argument& argument : leaf.command->arguments) {
    text += " \\\n      '" + std::string(argument.repeated ? "*" : "") + ":" + zsh_text(argument.name) + ":" +
            zsh_action(argument.completion, argument.choices) + "'";
  }
  return text;
}

std::string zsh_described(const std::vector<Command>& commands) {
  std::string text = "(";
  for (const Command& command : commands) text += "'" + command.name + ":" + zsh_text(command.summary) + "' ";
  text.back() = ')';
  return text;
}

std::string zsh_script(const std::vector<Command>& commands, const std::vector<Leaf>& leaves) {
  std::string text = "#compdef peak\n# Completion of `peak` for zsh. Load it with: source <(peak completion zsh)\n";
  text += "_peak_strategy() {\n  _alternative 'names:strategy:(" + joined(builtin_strategy_names()) +
          ")' 'files:strategy file:_files -g \"*.toml\"'\n}\n";
  for (const Leaf& leaf : leaves) {
    std::string name = leaf.path;
    for (char& c : name) c = c == ' ' ? '_' : c;
    text += "_peak_" + name + "() {\n  " + zsh_leaf(leaf) + "\n}\n";
  }
  for (const Command& command : commands) {
    if (command.subcommands.empty()) continue;
    text += "_peak_" + command.name +
            "() {\n  if (( CURRENT == 2 )); then\n    local -a commands=" + zsh_described(command.subcommands) +
            "\n    _describe command commands\n  else\n    local name=$words[2]\n" +
            "    shift words; (( CURRENT-- ))\n    (( $+functions[_peak_" + command.name + "_$name] )) && _peak_" +
            command.name + "_$name\n  fi\n}\n";
  }
  text += "_peak() {\n  if (( CURRENT == 2 )); then\n    local -a commands=" + zsh_described(commands) +
          "\n    _describe command commands\n  else\n    local name=$words[2]\n    shift words; (( CURRENT-- ))\n" +
          "    (( $+functions[_peak_$name] )) && _peak_$name\n  fi\n}\n";
  return text + "if [ \"$funcstack[1]\" = _peak ]; then _peak \"$@\"; else compdef _peak peak; fi\n";
}

// ---- fish
// ------------------------------------------------------------------------------------------------------------

std::string fish_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_leaf(const Leaf& leaf) {
  const std::size_t space = leaf.path.rfind(' ');
  std::string seen = "__fish_seen_subcommand_from " + leaf.path.substr(space == leaf.path.npos ? 0 : space + 1);
  if (space != leaf.path.npos) seen = "__fish_seen_subcommand_from " + leaf.path.substr(0, space) + "; and " + seen;
  const std::string start = "complete -c peak -n " + fish_text(seen);
  std::string text;
  for (const Option& option : leaf.command->options) {
    text += start + " -l " + option.name.substr(2) + " -d " + fish_text(option.description);
    if (!option.value.empty()) text += " -x";
    const std::vector<std::string> words = words_for(option.completion, option.choices);
    if (!words.empty()) text += " -a " + fish_text(joined(words));
    if (takes_files(option.completion)) text += " -a '(__fish_complete_path)'";
    text += "\n";
  }
  for (const Argument& argument : leaf.command->arguments) {
    const std::vector<std::string> words = words_for(argument.completion, argument.choices);
    if (!words.empty()) text += start + " -a " + fish_text(joined(words)) + "\n";
    if (takes_files(argument.completion)) text += start + " -a '(__fish_complete_path)'\n";
  }
  return text;
}

std::string fish_script(const std::vector<Command>& commands, const std::vector<Leaf>& leaves) {
  std::string text =
      "# Completion of `peak` for fish. Load it with: peak completion fish | source\ncomplete -c peak -f\n";
  text += "complete -c peak -s h -l help -d help\ncomplete -c peak -l debug -d 'say more about an error'\n";
  text += "complete -c peak -n __fish_use_subcommand -l version -d version\n";
  for (const Command& command : commands) {
    text += "complete -c peak -n __fish_use_subcommand -a " + command.name + " -d " + fish_text(command.summary) + "\n";
    std::vector<std::string> below;
    for (const Command& subcommand : command.subcommands) below.push_back(subcommand.name);
    for (const Command& subcommand : command.subcommands) {
      text += "complete -c peak -n " +
              fish_text("__fish_seen_subcommand_from " + command.name + "; and not __fish_seen_subcommand_from " +
                        joined(below)) +
              " -a " + subcommand.name + " -d " + fish_text(subcommand.summary) + "\n";
    }
  }
  for (const Leaf& leaf : leaves) text += fish_leaf(leaf);
  return text;
}

Status run(const Request& request) {
  const std::vector<Command> commands = all_commands();
  std::vector<Leaf> leaves;
  collect(commands, "", leaves);
  if (request.shell == "bash") return write_output(bash_script(commands, leaves));
  if (request.shell == "zsh") return write_output(zsh_script(commands, leaves));
  if (request.shell == "fish") return write_output(fish_script(commands, leaves));
  const std::vector<std::string> known = {"bash", "zsh", "fish"};
  return invalid_argument("unknown shell '" + request.shell + "'" + suggestion(request.shell, known));
}

}  // namespace

Command completion_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "completion", .summary = "a script that completes this command in a shell"};
  command.description = "Prints a script by which bash, zsh or fish completes commands, options, strategies and files.";
  command.examples = {
      {"for this bash, and for every bash to come",
       "source <(peak completion bash); peak completion bash > ~/.local/share/bash-completion/completions/peak"},
      {"for zsh, in a folder of $fpath", "peak completion zsh > ~/.zfunc/_peak"},
      {"for fish", "peak completion fish > ~/.config/fish/completions/peak.fish"},
  };
  command.arguments.push_back({.name = "SHELL",
                               .description = "which shell",
                               .set = text_setter(request, request->shell),
                               .completion = Completion::kChoices,
                               .choices = {"bash", "zsh", "fish"}});
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
