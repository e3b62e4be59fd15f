// Entry table: a hash table that one writer changes while any number of readers look into it.
//
// Open addressing with linear probing. A slot's entry is swapped in place when a key is stored again; a removed entry
// leaves a mark behind that readers pass over, unless nothing follows. When marks and entries fill too much of the
// table, a new one is built and takes its place in one step; the old one is freed when its readers are gone.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "cache/memory_entry.hpp"

namespace peak::cache {

/// Spreads hashes that callers made (CPython's hash of a small integer is the integer).
[[nodiscard]] inline std::uint64_t spread(std::uint64_t hash) noexcept {
  return (hash ^ hash >> 32) * 0x9E3779B97F4A7C15U;
}

class EntryTable {
 public:
  explicit EntryTable(std::size_t slots);  ///< a power of two

  /// For readers within a Reading, and for the writer. `mixed` is spread(hash).
  [[nodiscard]] MemoryEntry* find(std::string_view key, std::uint64_t hash, std::uint64_t mixed) const noexcept {
    for (std::size_t i = mixed >> shift_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      MemoryEntry* const entry = slot.entry.load();
      if (entry == nullptr) return nullptr;
      if (slot.hash.load(std::memory_order_relaxed) != hash || entry == removed()) continue;
      if (entry->key() == key) return entry;
    }
  }

  // For the writer.
  void insert(MemoryEntry& entry) noexcept;                     ///< whose key is not there
  void replace(MemoryEntry& old, MemoryEntry& fresh) noexcept;  ///< of the same key
  void erase(MemoryEntry& entry) noexcept;
  /// True when another insert could make searches long: time for a new table.
  [[nodiscard]] bool crowded() const noexcept { return 10 * (used_ + 1) > 7 * (mask_ + 1); }
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i <= mask_; ++i) {
      MemoryEntry* const entry = slots_[i].entry.load();
      if (entry != nullptr && entry != removed()) visit(*entry);
    }
  }

 private:
  struct Slot {
    std::atomic<std::uint64_t> hash{0};
    std::atomic<MemoryEntry*> entry{nullptr};
  };
  [[nodiscard]] static MemoryEntry* removed() noexcept { return reinterpret_cast<MemoryEntry*>(std::uintptr_t{64}); }
  [[nodiscard]] Slot& slot_of(const MemoryEntry& entry) noexcept;

  std::unique_ptr<Slot[]> slots_;
  std::size_t mask_;
  unsigned shift_;
  std::size_t used_ = 0;  ///< slots with an entry or a mark
};

}  // namespace peak::cache
