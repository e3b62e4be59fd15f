// The command line: from words to a Command that has its values, or to what is shown instead.
//
// The one file that includes CLI11 is command_line.cpp: that header takes longer to compile than all else here.
#pragma once

#include <string>
#include <vector>

#include "command.hpp"
#include "peak/base/status.hpp"

namespace peak::command {

struct ParsedLine {
  const Command* command = nullptr;  ///< the one to run; null when there is only text to show
  std::string text;                  ///< help or version
  bool debug = false;                ///< --debug: say more about an error
};

/// Reads the words after the program's name and sets the values of the command they name. An error says what is wrong
/// with the line, names the nearest known word, and where to read on.
[[nodiscard]] Result<ParsedLine> parse_command_line(const std::vector<std::string>& words,
                                                    const std::vector<Command>& commands);

/// The text of `peak --help`.
[[nodiscard]] std::string program_help(const std::vector<Command>& commands);

}  // namespace peak::command
