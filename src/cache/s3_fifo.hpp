// S3-FIFO: newcomers wait in a small queue; only those asked for again reach the main one; lately thrown out keys are
// remembered and go to the main queue at once when they come back.
//
// Before anything has been thrown out newcomers fill the main queue as well, as in the authors' libCacheSim: what came
// first then stays on a loop longer than the cache, where the small queue alone would find nothing.
//
// Yang, Zhang, Qiu, Yue, Vigfusson: "FIFO queues are all you need for cache eviction", SOSP 2023, algorithm 1.
#pragma once

#include <cstdint>
#include <vector>

#include "cache/eviction.hpp"

namespace peak::cache {

/// The last `capacity` hashes that were put in and not taken, in buckets of eight, so that memory is bounded and
/// nothing is linked. Each put is a turn; turns up to `forgotten_` are no longer remembered.
class GhostKeys {
 public:
  explicit GhostKeys(std::size_t capacity);
  void insert(std::uint64_t hash);
  /// Whether it is remembered; forgets it.
  [[nodiscard]] bool take(std::uint64_t hash);
  void clear();

 private:
  struct Place {
    std::uint64_t turn = 0;  ///< when it was put in
    std::uint32_t mark = 0;  ///< part of the hash; 0: free
  };
  static constexpr std::size_t kWays = 8;
  [[nodiscard]] Place* bucket(std::uint64_t hash) noexcept;
  [[nodiscard]] bool remembered(const Place& place) const noexcept {
    return place.mark != 0 && place.turn > forgotten_;
  }
  void forget(Place& place) noexcept;

  std::vector<Place> places_;
  std::vector<bool> gone_;  ///< by turn, round and round: taken, or lost for want of room in its bucket
  std::size_t capacity_;
  std::size_t live_ = 0;
  std::uint64_t turn_ = 0, forgotten_ = 0;
};

class S3Fifo final : public EvictionOrder {
 public:
  explicit S3Fifo(const ShardLimits& limits);
  void insert(MemoryEntry& entry) override;
  void erase(MemoryEntry& entry) override { queue_of(entry).remove(entry); }
  void replace(MemoryEntry& old, MemoryEntry& fresh) override;
  [[nodiscard]] MemoryEntry* victim() override;
  void clear() override;

 private:
  [[nodiscard]] EntryQueue& queue_of(const MemoryEntry& entry) noexcept {
    return entry.queue == QueueName::kSmall ? small_ : main_;
  }
  [[nodiscard]] bool small_is_full() const noexcept {
    return small_.count >= small_entries_ || small_.bytes >= small_bytes_;
  }
  void bear_fruit() noexcept;
  [[nodiscard]] bool spares_next() noexcept;
  [[nodiscard]] MemoryEntry* victim_of_small();
  [[nodiscard]] MemoryEntry* victim_of_main();

  EntryQueue small_{.name = QueueName::kSmall};
  EntryQueue main_{.name = QueueName::kMain};
  GhostKeys ghosts_;
  std::size_t entries_;
  std::size_t small_entries_;
  std::uint64_t small_bytes_;
  std::size_t fruitless_ = 0;    ///< newcomers that went since the last that was asked for again
  std::size_t next_spared_ = 0;  ///< count of fruitless ones at which one goes on
  bool has_evicted_ = false;     ///< until then the main queue takes what the small one has no room for
};

}  // namespace peak::cache
