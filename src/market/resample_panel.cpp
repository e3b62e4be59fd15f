// Panels of a longer timeframe.
#include <utility>
#include <vector>

#include "peak/base/time.hpp"
#include "peak/market/resample.hpp"

namespace peak {

Result<Panel> resample(const Panel& panel, const Timeframe& timeframe, const ResampleOptions& options) {
  // What one symbol counts from its own first row would be another grid for each.
  ResampleOptions common = options;
  if (!options.sessions && !options.origin_time && panel.size() > 0) {
    const Nanoseconds first = panel.time().front();
    if (options.origin == ResampleOrigin::kStart) common.origin_time = first;
    if (options.origin == ResampleOrigin::kStartDay) common.origin_time = calendar_day(first) * kNanosecondsPerDay;
  }
  std::vector<Bars> series;
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    auto made = resample(panel.series(s), timeframe, common);
    if (!made.ok()) return made.error().within("symbol '" + panel.symbol(s) + "'");
    series.push_back(std::move(*made));
  }
  PEAK_ASSIGN_OR_RETURN(const Panel made, Panel::create(std::move(series), {.mixed = panel.mixed()}));
  if (panel.others() == nullptr) return made;
  std::vector<Bars> others;
  for (std::size_t k = 0; k < panel.others()->size(); ++k) others.push_back(panel.others()->series(k));
  return made.with_others(std::move(others));
}

}  // namespace peak
