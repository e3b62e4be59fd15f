// Eviction: which entry of a shard goes when there is no room. Called with the shard's lock held.
#pragma once

#include <cstdint>
#include <memory>

#include "cache/memory_entry.hpp"
#include "peak/cache/memory_cache.hpp"

namespace peak::cache {

/// What a shard may hold.
struct ShardLimits {
  std::size_t entries = 0;
  std::uint64_t bytes = 0;  ///< 0: no limit
};

class EvictionOrder {
 public:
  virtual ~EvictionOrder() = default;
  virtual void insert(MemoryEntry& entry) = 0;
  /// An entry that was found, for policies that move on a hit; others count hits in the entry itself.
  virtual void hit(MemoryEntry& entry) { static_cast<void>(entry); }
  [[nodiscard]] virtual bool moves_on_hit() const noexcept { return false; }
  virtual void erase(MemoryEntry& entry) = 0;
  virtual void replace(MemoryEntry& old, MemoryEntry& fresh) = 0;
  /// Takes one entry out of the order and gives it; only called when there is one.
  [[nodiscard]] virtual MemoryEntry* victim() = 0;
  virtual void clear() = 0;
};

[[nodiscard]] std::unique_ptr<EvictionOrder> make_eviction_order(EvictionPolicy policy, const ShardLimits& limits);

}  // namespace peak::cache
