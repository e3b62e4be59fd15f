#include "cache/entry_table.hpp"

#include <memory>
#include <new>

namespace peak::cache {

/// An entry whose size no key has, so that readers need not tell it from others.
MemoryEntry* EntryTable::removed() noexcept {
  struct Mark : MemoryEntry {
    Mark() noexcept { key_size = kMostKeyBytes + 1; }
  };
  static Mark mark;
  return &mark;
}

EntryTable::EntryTable(std::size_t slots) noexcept
    : mask_(slots - 1), shift_(64U - static_cast<unsigned>(std::countr_zero(slots))) {
  std::uninitialized_value_construct_n(this->slots(), slots);
}

EntryTable::Owner EntryTable::make(std::size_t slots) {
  void* const memory =
      ::operator new (sizeof(EntryTable) + slots * sizeof(Slot), std::align_val_t{alignof(EntryTable)});
  return Owner(new (memory) EntryTable(slots));
}

void EntryTable::Free::operator()(EntryTable* table) const noexcept {
  std::destroy_n(table->slots(), table->mask_ + 1);
  table->~EntryTable();
  ::operator delete (table, std::align_val_t{alignof(EntryTable)});
}

EntryTable::Slot& EntryTable::slot_of(const MemoryEntry& entry) noexcept {
  std::size_t i = spread(entry.hash) >> shift_;
  while (slots()[i].entry.load(std::memory_order_relaxed) != &entry) i = (i + 1) & mask_;
  return slots()[i];
}

void EntryTable::insert(MemoryEntry& entry) noexcept {
  std::size_t i = spread(entry.hash) >> shift_;
  for (;; i = (i + 1) & mask_) {
    MemoryEntry* const present = slots()[i].entry.load(std::memory_order_relaxed);
    if (present == removed()) break;
    if (present != nullptr) continue;
    ++used_;
    break;
  }
  slots()[i].sign.store(sign_of(entry), std::memory_order_relaxed);
  slots()[i].entry.store(&entry);
}

void EntryTable::replace(MemoryEntry& old, MemoryEntry& fresh) noexcept {
  Slot& slot = slot_of(old);
  slot.sign.store(sign_of(fresh), std::memory_order_relaxed);
  slot.entry.store(&fresh);
}

void EntryTable::erase(MemoryEntry& entry) noexcept {
  std::size_t i = static_cast<std::size_t>(&slot_of(entry) - slots());
  if (slots()[(i + 1) & mask_].entry.load(std::memory_order_relaxed) != nullptr) {
    slots()[i].entry.store(removed());
    return;
  }
  // Nothing follows, so no search needs a mark here, nor the marks right before.
  do {
    slots()[i].entry.store(nullptr);
    --used_;
    i = (i - 1) & mask_;
  } while (slots()[i].entry.load(std::memory_order_relaxed) == removed());
}

}  // namespace peak::cache
