#include "cache/reader_slots.hpp"

#include <algorithm>

namespace peak::cache {
namespace {

std::atomic<ReaderSlot*> all_slots{nullptr};
std::atomic<unsigned> slots_made{0};

/// Gives the slot back when its thread ends.
struct SlotKeeper {
  ReaderSlot* slot = nullptr;
  ~SlotKeeper() {
    this_threads_slot = nullptr;
    if (slot != nullptr) slot->taken.store(false, std::memory_order_release);
  }
};
thread_local SlotKeeper slot_keeper;

ReaderSlot* free_slot() noexcept {
  for (ReaderSlot* slot = all_slots.load(); slot != nullptr; slot = slot->next) {
    bool taken = false;
    if (slot->taken.compare_exchange_strong(taken, true)) return slot;
  }
  return nullptr;
}

ReaderSlot* new_slot() {
  auto* const slot = new ReaderSlot;  // lives as long as the program: a writer may look at it at any time
  slot->index = slots_made.fetch_add(1);
  slot->next = all_slots.load();
  while (!all_slots.compare_exchange_weak(slot->next, slot)) {
  }
  return slot;
}

}  // namespace

thread_local ReaderSlot* this_threads_slot PEAK_FAST_THREAD_LOCAL = nullptr;
std::atomic<std::uint64_t> reader_epoch{1};

ReaderSlot& make_reader_slot() noexcept {
  ReaderSlot* slot = free_slot();
  if (slot == nullptr) slot = new_slot();
  slot_keeper.slot = slot;
  this_threads_slot = slot;
  return *slot;
}

std::uint64_t safe_stamp() noexcept {
  std::uint64_t safe = reader_epoch.load();
  for (const ReaderSlot* slot = all_slots.load(); slot != nullptr; slot = slot->next) {
    const std::uint64_t since = slot->since.load();
    if (since != 0) safe = std::min(safe, since);
  }
  return safe;
}

}  // namespace peak::cache
