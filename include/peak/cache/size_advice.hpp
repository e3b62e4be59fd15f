// Size advice: how large and how long-lived memory (L1) should be for what a cache folder has seen.
//
// Evidence   the counts that every program left in the folder (recorded_statistics.hpp) and the working set, which is
//            what lies in the folder now: what L1 loses, the folder still gives.
// Advice     L1 falls short of its target and threw entries out for want of room: room for the working set and a
//            quarter more. It let entries expire that were still good below: a life as long as those were good. While
//            fewer than 100 requests were counted, none.
// Threads    pure functions; working_set() reads the folder's index.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "peak/cache/disk_cache.hpp"
#include "peak/cache/statistics.hpp"

namespace peak::cache {

/// What lies in a folder: live entries alone.
struct WorkingSet {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;     ///< packed
  Nanoseconds median_age = 0;  ///< since it was stored
};
[[nodiscard]] WorkingSet working_set(DiskCache& disk);

/// What L1 has now, from the configuration.
struct MemorySettings {
  std::uint64_t size = 0;  ///< entries
  double ttl_seconds = 0;
  std::uint64_t max_mb = 0;   ///< megabytes
  std::uint64_t room_mb = 0;  ///< that the machine can spare for L1; 0: not known
};

struct Advised {
  std::uint64_t value = 0;
  std::string reason;  ///< one sentence with the figures
};

/// What would serve better; what has no value stays as it is.
struct SizeAdvice {
  std::optional<Advised> size;         ///< entries
  std::optional<Advised> ttl_seconds;  ///< seconds
  std::optional<Advised> max_mb;       ///< megabytes
};
[[nodiscard]] SizeAdvice size_advice(const CacheStatistics& recorded, const WorkingSet& seen,
                                     const MemorySettings& memory);

}  // namespace peak::cache
