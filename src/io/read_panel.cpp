#include "peak/io/read_panel.hpp"

#include <utility>
#include <vector>

#include "peak/io/dataset.hpp"

namespace peak::io {

Result<Panel> read_panel(std::span<const std::string> paths, const ReadOptions& options, const PanelRules& rules) {
  PEAK_ASSIGN_OR_RETURN(std::vector<Bars> series, read_dataset(paths, options));
  return Panel::create(std::move(series), rules);
}

}  // namespace peak::io
