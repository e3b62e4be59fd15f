// Versus: `peak bench --vs`, which hands the work to bench/versus of the source tree.
#pragma once

#include <string>
#include <vector>

#include "peak/base/status.hpp"

namespace peak::command {

struct VersusRequest {
  std::vector<std::string> tasks;  ///< empty: all
  std::string python = "python3", source, page;
};

/// kUnsupported without the source tree: the message says what an installed command can do instead.
[[nodiscard]] Status run_versus(const VersusRequest& request);

}  // namespace peak::command
