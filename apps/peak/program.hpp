// Another program, run and waited for.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "peak/base/status.hpp"

namespace peak::command {

/// Runs words[0], found on the PATH, with nothing on standard input, and gives what it printed; its standard error is
/// dropped. kNotFound when there is no such program, kIo when it failed or took longer than `limit` (then it is ended).
[[nodiscard]] Result<std::string> output_of(const std::vector<std::string>& words, std::chrono::milliseconds limit);

/// Runs words[0] with this program's standard input, output and error, for as long as it takes. Gives its exit status
/// (128 + signal for one that was killed); kNotFound when there is no such program.
[[nodiscard]] Result<int> run_program(const std::vector<std::string>& words);

/// The path of this program; empty where the system does not tell it.
[[nodiscard]] std::string this_program();

}  // namespace peak::command
