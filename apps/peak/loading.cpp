#include "loading.hpp"

#include <utility>

#include "input_data.hpp"
#include "peak/cache/recorded_statistics.hpp"
#include "peak/runtime/cached_bars.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {

void record_use(cache::DiskCache& cache) {
  cache::CacheStatistics counts;
  counts.l3 = cache.statistics();
  static_cast<void>(cache::record_statistics(cache, counts));  // only a report misses it
}

Result<io::LoadedBars> load_bars(const std::string& path, const io::ReadOptions& reading,
                                 const std::string& cache_folder) {
  if (cache_folder.empty()) return input_data(io::read_bars(path, reading));
  PEAK_ASSIGN_OR_RETURN(runtime::CachedBars bars, input_data(runtime::read_bars_through(cache_folder, path, reading)));
  if (!bars.note.empty()) show_note("note: " + bars.note);
  return std::move(bars.loaded);
}

Option cache_option(std::shared_ptr<void> owner, std::string& folder, const char* group) {
  return {.name = "--cache",
          .value = "FOLDER",
          .description = "keep the bars that were read in this cache folder, and take them from there next time",
          .set = text_setter(std::move(owner), folder),
          .completion = Completion::kFile,
          .group = group};
}

}  // namespace peak::command
