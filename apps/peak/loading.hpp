// Loading prices, through the cache folder where one is named.
#pragma once

#include <memory>
#include <string>

#include "command.hpp"
#include "peak/base/status.hpp"
#include "peak/cache/disk_cache.hpp"
#include "peak/io/read.hpp"

namespace peak::command {

/// The bars of a file; with a cache folder from there if it has them, and kept there if not.
[[nodiscard]] Result<io::LoadedBars> load_bars(const std::string& path, const io::ReadOptions& reading,
                                               const std::string& cache_folder);

/// Adds what was asked of the folder to its record, for `peak cache stats`.
void record_use(cache::DiskCache& cache);

/// The option --cache, which writes into `folder` (a part of what `owner` holds).
[[nodiscard]] Option cache_option(std::shared_ptr<void> owner, std::string& folder, const char* group);

}  // namespace peak::command
