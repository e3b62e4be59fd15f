// Help: the text of --help, made from a Command.
#pragma once

#include <string>
#include <vector>

#include "command.hpp"
#include "peak/report/text_table.hpp"

namespace peak::command {

/// Usage, what it does, arguments and options by group, examples. `path` is what is typed before: "peak data".
[[nodiscard]] std::string command_help(const Command& command, const std::string& path, const TextStyle& style);

/// The list of commands, for `peak --help`.
[[nodiscard]] std::string commands_help(const std::vector<Command>& commands, const TextStyle& style);

}  // namespace peak::command
