// Files that a command writes, checked before any work is done.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"

namespace peak::command {

/// A file named on the command line: "--report", and where it is; an empty path is not given.
struct NamedFile {
  const char* option;
  std::string path;
  std::vector<std::string_view> endings = {};  ///< of an output: those that say what is written, the first for advice
};

/// As find_strategy tells names from files.
[[nodiscard]] bool is_strategy_file(const std::string& strategy);

/// Refuses an output that would overwrite an input or another output, or whose ending names a format that is not
/// written there.
[[nodiscard]] Status check_output_files(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs);

}  // namespace peak::command
