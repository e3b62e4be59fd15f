#include "study/panel_part.hpp"

#include <algorithm>
#include <utility>

#include "peak/market/other_symbols.hpp"

namespace peak::study {

std::size_t rows_before(const Panel& panel, std::size_t s, std::size_t stamp) {
  return stamp == 0 ? 0 : static_cast<std::size_t>(panel.row(s, stamp - 1) + 1);
}

Result<Panel> panel_part(const Panel& panel, std::size_t begin, std::size_t end) {
  std::vector<Bars> series;
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    const std::size_t first = rows_before(panel, s, begin);
    series.push_back(panel.series(s).slice(first, rows_before(panel, s, end) - first));
  }
  return panel_part_of(panel, std::move(series), end);
}

Result<Panel> panel_part_of(const Panel& panel, std::vector<Bars> series, std::size_t end) {
  PEAK_ASSIGN_OR_RETURN(Panel part, Panel::create(std::move(series), {.mixed = true, .takes_empty = true}));
  if (panel.others() == nullptr) return part;
  std::vector<Bars> beside;
  for (std::size_t k = 0; k < panel.others()->size(); ++k) {
    const Bars& other = panel.others()->series(k);
    const auto times = other.time();
    const auto known = end == 0 ? times.begin() : std::upper_bound(times.begin(), times.end(), panel.time()[end - 1]);
    beside.push_back(other.slice(0, static_cast<std::size_t>(known - times.begin())));
  }
  return part.with_others(std::move(beside));
}

}  // namespace peak::study
