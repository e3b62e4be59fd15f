#include "grid_options.hpp"

#include <string>
#include <utility>

#include "setters.hpp"

namespace peak::command {

void add_grid_options(std::vector<Option>& options, const std::shared_ptr<void>& owner, std::vector<GridAxis>& axes,
                      GridOptions& grid) {
  options.push_back({.name = "--grid",
                     .value = "NAME=VALUES",
                     .description = "values of a parameter, or of the broker, such as commission or stop_loss: a range "
                                    "lo:hi:step that includes hi when the step reaches it, or a list 1,2,5",
                     .set = [owner, &axes](const std::string& text) -> Status {
                       PEAK_ASSIGN_OR_RETURN(GridAxis axis, GridAxis::parse(text));
                       axes.push_back(std::move(axis));
                       return {};
                     },
                     .group = "Grid",
                     .required = true,
                     .repeated = true});
  options.push_back({.name = "--where",
                     .value = "CONDITION",
                     .description = "keep the combinations for which this holds, such as \"fast < slow\"",
                     .set = text_setter(owner, grid.where),
                     .group = "Grid"});
}

}  // namespace peak::command
