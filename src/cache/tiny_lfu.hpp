// W-TinyLFU: a newcomer leaves its window only for an entry that was asked for less often than it.
//
// Einziger, Friedman, Manes: "TinyLFU: a highly efficient cache admission policy", ACM Transactions on Storage 13(4),
// 2017: a window of one hundredth as LRU; behind it probation and protected (four fifths) as a segmented LRU; counts of
// use in a sketch that is halved at regular intervals.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cache/eviction.hpp"

namespace peak::cache {

/// Roughly how often a hash was seen lately, up to 15: four counters to a hash, the least of them counts.
class UseSketch {
 public:
  explicit UseSketch(std::size_t entries);
  void count(std::uint64_t hash);
  [[nodiscard]] unsigned estimate(std::uint64_t hash) const;
  void clear();

 private:
  [[nodiscard]] std::size_t place(std::uint64_t hash, unsigned row) const noexcept;
  std::vector<std::uint8_t> counts_;
  std::size_t row_size_;
  std::size_t seen_ = 0;
  std::size_t halve_at_;
};

class WindowTinyLfu final : public EvictionOrder {
 public:
  explicit WindowTinyLfu(const ShardLimits& limits);
  void insert(MemoryEntry& entry) override;
  void hit(MemoryEntry& entry) override;
  [[nodiscard]] bool moves_on_hit() const noexcept override { return true; }
  void erase(MemoryEntry& entry) override { queue_of(entry).remove(entry); }
  void replace(MemoryEntry& old, MemoryEntry& fresh) override { queue_of(old).replace(old, fresh); }
  [[nodiscard]] MemoryEntry* victim() override;
  void clear() override;

 private:
  [[nodiscard]] EntryQueue& queue_of(const MemoryEntry& entry) noexcept;

  EntryQueue window_{.name = QueueName::kSmall};
  EntryQueue probation_{.name = QueueName::kMain};
  EntryQueue protected_{.name = QueueName::kProtected};
  UseSketch uses_;
  std::size_t window_entries_;
  std::size_t protected_entries_;
};

}  // namespace peak::cache
