// Memory shard: a part of the memory level with a table, an order of eviction and a lock for its writers.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "cache/entry_table.hpp"
#include "cache/eviction.hpp"

namespace peak::cache {

/// What a writer took out of sight, to be released when no lock is held and no reader is left.
struct Removals {
  std::vector<std::pair<MemoryEntry*, Removal>> entries;
  std::vector<EntryTable::Owner> tables;
  [[nodiscard]] bool empty() const noexcept { return entries.empty() && tables.empty(); }
};

class alignas(64) MemoryShard {
 public:
  MemoryShard(EvictionPolicy policy, const ShardLimits& limits);
  ~MemoryShard();
  MemoryShard(const MemoryShard&) = delete;
  MemoryShard& operator=(const MemoryShard&) = delete;

  /// For readers, within a Reading.
  [[nodiscard]] MemoryEntry* find(std::string_view key, std::uint64_t mixed) const noexcept {
    return table_.load()->find(key, mixed);
  }
  /// Tells the order that `entry`, found within a Reading, was asked for.
  void note_hit(MemoryEntry& entry) {
    if (!entry.is_much_used()) [[unlikely]]
      count_hit(entry);
  }

  // Writers; each takes the lock.
  void set(MemoryEntry& entry, std::uint64_t mixed, Removals& removals);
  /// As above if `wanted` says so, which is asked under the lock; false, with the entry left to the caller, if not.
  template <typename Wanted>
  bool set_if(Wanted wanted, MemoryEntry& entry, std::uint64_t mixed, Removals& removals) {
    const std::lock_guard lock(mutex_);
    if (!wanted()) return false;
    put(entry, mixed, removals);
    return true;
  }
  bool erase(std::string_view key, std::uint64_t mixed, Removal why, Removals& removals);
  /// Removes the key's entry if keep_until is past.
  void erase_expired(std::string_view key, std::uint64_t mixed, Nanoseconds now, Removals& removals);
  template <typename Condition>
  std::size_t erase_if(Condition condition, Removal why, Removals& removals) {
    const std::lock_guard lock(mutex_);
    std::vector<MemoryEntry*> found;
    own_table_->for_each([&](MemoryEntry& entry) {
      if (condition(std::as_const(entry))) found.push_back(&entry);
    });
    for (MemoryEntry* const entry : found) remove(*entry, why, removals);
    return found.size();
  }
  template <typename Visit>
  void for_each(Visit visit) const {
    const std::lock_guard lock(mutex_);
    own_table_->for_each(visit);
  }
  void clear(Removals& removals);

  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] const ShardLimits& limits() const noexcept { return limits_; }

 private:
  void count_hit(MemoryEntry& entry);
  void put(MemoryEntry& entry, std::uint64_t mixed, Removals& removals);
  void remove(MemoryEntry& entry, Removal why, Removals& removals);
  void make_room(std::size_t entries, std::uint64_t bytes, Removals& removals);
  void renew_table(Removals& removals);

  std::atomic<EntryTable*> table_;  ///< own_table_, for readers
  bool moves_on_hit_;
  mutable std::mutex mutex_;
  EntryTable::Owner own_table_;
  std::unique_ptr<EvictionOrder> order_;
  ShardLimits limits_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace peak::cache
