// The options that say which combinations of parameters are run.
#pragma once

#include <memory>
#include <vector>

#include "command.hpp"
#include "peak/study/grid.hpp"

namespace peak::command {

/// --grid NAME=VALUES and --where CONDITION, under the heading "Grid"; `owner` holds the places.
void add_grid_options(std::vector<Option>& options, const std::shared_ptr<void>& owner, std::vector<GridAxis>& axes,
                      GridOptions& grid);

}  // namespace peak::command
