// Statistics: what the cache's levels counted.
//
// Counting never takes a lock and never slows a reader down: each thread counts on a cache line of its own, and the
// lines are added up when statistics are asked for. Figures of one moment are therefore exact once the counting
// threads stand still, and close while they run.
// Threads: values.
#pragma once

#include <cstdint>
#include <string>

namespace peak::cache {

/// One level. Figures that a level does not have stay 0.
struct LevelStatistics {
  bool enabled = false;
  bool available = false;  ///< enabled and answering (L2: circuit closed; L3: folder open)
  bool read_only = false;  ///< L3 in a folder that may not be written
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;  ///< expired and damaged entries count as misses too
  std::uint64_t sets = 0;
  std::uint64_t evictions = 0;  ///< by size
  std::uint64_t expirations = 0;
  std::uint64_t errors = 0;    ///< damaged entries met, failed reads and writes; L1: exceptions of listeners
  std::uint64_t size = 0;      ///< entries
  std::uint64_t max_size = 0;  ///< entries; 0: no limit
  std::uint64_t bytes = 0;     ///< L1: charges of its entries; L3: on disk
  std::uint64_t max_bytes = 0;
  std::string last_error = {};  ///< the latest failure in words, or empty

  /// hits / (hits + misses); 0 when nothing was asked.
  [[nodiscard]] double hit_rate() const noexcept {
    const std::uint64_t asked = hits + misses;
    return asked == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(asked);
  }
};

struct CacheStatistics {
  LevelStatistics l1, l2, l3;
  std::uint64_t computations = 0;  ///< functions run by get_or_compute
  std::uint64_t waits = 0;         ///< callers that waited for another's computation
  std::uint64_t stale_served = 0;  ///< values past their time given while a refresh ran
  std::uint64_t refreshes = 0;     ///< computations ahead of expiry or behind a stale value
};

}  // namespace peak::cache
