// Entry table: a hash table that one writer changes while any number of readers look into it.
//
// Open addressing with linear probing. A slot's entry is swapped in place when a key is stored again; a removed entry
// leaves a mark behind that readers pass over, unless nothing follows. When marks and entries fill too much of the
// table, a new one is built and takes its place in one step; the old one is freed when its readers are gone.
//
// A slot tells besides where the entry's object lies, so that a reader fetches entry and object at once rather than one
// after the other: in large tables neither is in the processor's cache. That is no more than a hint. It may be that of
// the entry before or after, and nothing is read through it.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "cache/memory_entry.hpp"

namespace peak::cache {

/// Spreads hashes that callers made (CPython's hash of a small integer is the integer).
[[nodiscard]] inline std::uint64_t spread(std::uint64_t hash) noexcept {
  return (hash ^ hash >> 32) * 0x9E3779B97F4A7C15U;
}

template <typename Word>
[[nodiscard]] inline Word word_at(const char* at) noexcept {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Keys are short: calling memcmp takes longer than looking at them. Words at the end overlap those before.
[[nodiscard]] inline bool same_bytes(std::string_view one, std::string_view other) noexcept {
  const std::size_t size = one.size();
  if (size != other.size()) return false;
  const char *const a = one.data(), *const b = other.data();
  const auto differ = [a, b](std::size_t at) {
    return word_at<std::uint64_t>(a + at) ^ word_at<std::uint64_t>(b + at);
  };
  if (size > 32) return size <= MemoryEntry::kMostKeyBytes && std::memcmp(a, b, size) == 0;
  if (size > 16) return (differ(0) | differ(8) | differ(size - 16) | differ(size - 8)) == 0;
  if (size >= 8) return (differ(0) | differ(size - 8)) == 0;
  if (size >= 4) {
    return word_at<std::uint32_t>(a) == word_at<std::uint32_t>(b) &&
           word_at<std::uint32_t>(a + size - 4) == word_at<std::uint32_t>(b + size - 4);
  }
  return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

class alignas(64) EntryTable {
 public:
  struct Free {
    void operator()(EntryTable* table) const noexcept;
  };
  using Owner = std::unique_ptr<EntryTable, Free>;
  [[nodiscard]] static Owner make(std::size_t slots);  ///< a power of two

  /// For readers within a Reading, and for the writer. `mixed` is spread(hash).
  [[nodiscard]] MemoryEntry* find(std::string_view key, std::uint64_t mixed) const noexcept {
    for (std::size_t i = mixed >> shift_;; i = (i + 1) & mask_) {
      const Slot& slot = slots()[i];
      MemoryEntry* const entry = slot.entry.load();
      if (entry == nullptr) return nullptr;
      const std::uint64_t sign = slot.sign.load(std::memory_order_relaxed);
      if (static_cast<std::uint16_t>(sign) != static_cast<std::uint16_t>(mixed)) continue;
      __builtin_prefetch(reinterpret_cast<const void*>(sign >> kSignBits));
      if (same_bytes(entry->key(), key)) [[likely]]
        return entry;
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
      MemoryEntry* const entry = slots()[i].entry.load();
      if (entry != nullptr && entry != removed()) visit(*entry);
    }
  }

 private:
  static constexpr unsigned kSignBits = 16;
  struct Slot {
    std::atomic<std::uint64_t> sign{0};  ///< low 16 bits of the mixed hash, and above them the object's address
    std::atomic<MemoryEntry*> entry{nullptr};
  };
  [[nodiscard]] static std::uint64_t sign_of(const MemoryEntry& entry) noexcept {
    return static_cast<std::uint16_t>(spread(entry.hash)) | reinterpret_cast<std::uintptr_t>(entry.object.get())
                                                                << kSignBits;
  }
  [[nodiscard]] static MemoryEntry* removed() noexcept;  ///< stands in slots whose entry was removed
  [[nodiscard]] Slot& slot_of(const MemoryEntry& entry) noexcept;

  explicit EntryTable(std::size_t slots) noexcept;
  /// In the same block of memory, right behind: one look less for readers.
  [[nodiscard]] Slot* slots() const noexcept { return reinterpret_cast<Slot*>(const_cast<EntryTable*>(this) + 1); }

  std::size_t mask_;
  unsigned shift_;
  std::size_t used_ = 0;  ///< slots with an entry or a mark
};

}  // namespace peak::cache
