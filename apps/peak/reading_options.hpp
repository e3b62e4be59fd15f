// The options that tell how a file of prices is read, shared by every command that reads one.
#pragma once

#include <memory>
#include <vector>

#include "command.hpp"
#include "peak/io/options.hpp"

namespace peak::command {

/// Options that write into `target`, under the heading "Reading the data".
[[nodiscard]] std::vector<Option> reading_options(const std::shared_ptr<io::ReadOptions>& target);

}  // namespace peak::command
