#include "cache/entry_table.hpp"

namespace peak::cache {

EntryTable::EntryTable(std::size_t slots)
    : slots_(std::make_unique<Slot[]>(slots)),
      mask_(slots - 1),
      shift_(64U - static_cast<unsigned>(std::countr_zero(slots))) {}

EntryTable::Slot& EntryTable::slot_of(const MemoryEntry& entry) noexcept {
  std::size_t i = spread(entry.hash) >> shift_;
  while (slots_[i].entry.load(std::memory_order_relaxed) != &entry) i = (i + 1) & mask_;
  return slots_[i];
}

void EntryTable::insert(MemoryEntry& entry) noexcept {
  std::size_t i = spread(entry.hash) >> shift_;
  for (;; i = (i + 1) & mask_) {
    MemoryEntry* const present = slots_[i].entry.load(std::memory_order_relaxed);
    if (present == removed()) break;
    if (present != nullptr) continue;
    ++used_;
    break;
  }
  slots_[i].hash.store(entry.hash, std::memory_order_relaxed);
  slots_[i].entry.store(&entry);
}

void EntryTable::replace(MemoryEntry& old, MemoryEntry& fresh) noexcept { slot_of(old).entry.store(&fresh); }

void EntryTable::erase(MemoryEntry& entry) noexcept {
  std::size_t i = static_cast<std::size_t>(&slot_of(entry) - slots_.get());
  if (slots_[(i + 1) & mask_].entry.load(std::memory_order_relaxed) != nullptr) {
    slots_[i].entry.store(removed());
    return;
  }
  // Nothing follows, so no search needs a mark here, nor the marks right before.
  do {
    slots_[i].entry.store(nullptr);
    --used_;
    i = (i - 1) & mask_;
  } while (slots_[i].entry.load(std::memory_order_relaxed) == removed());
}

}  // namespace peak::cache
