// Recorded statistics: what all programs that used a cache folder counted together, for reports on the hit rates.
//
// Each MultiLevelCache with a folder adds its counts when it is closed; a program that is killed adds nothing.
// Threads: functions may run beside each other, in many processes.
#pragma once

#include "peak/base/status.hpp"
#include "peak/cache/disk_cache.hpp"
#include "peak/cache/statistics.hpp"

namespace peak::cache {

/// Hits, misses, sets, evictions, expirations and errors of all levels since the record was begun; zeros if there is
/// none yet. Sizes are those of now and not in it.
[[nodiscard]] CacheStatistics recorded_statistics(const DiskCache& disk);
/// Adds counts to the record.
[[nodiscard]] Status record_statistics(DiskCache& disk, const CacheStatistics& counts);
/// Begins the record anew.
[[nodiscard]] Status forget_statistics(DiskCache& disk);

}  // namespace peak::cache
