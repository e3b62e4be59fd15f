#include "cache/reader_slots.hpp"

#include <algorithm>
#include <chrono>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace peak::cache {
namespace {

std::atomic<ReaderSlot*> all_slots{nullptr};
std::atomic<unsigned> slots_made{0};

#if defined(__linux__) && defined(__NR_membarrier)
bool membarrier(int command) noexcept { return syscall(__NR_membarrier, command, 0, 0) == 0; }
bool register_for_fences() noexcept { return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

/// Every running thread of the process passes a fence before this returns. A process may have to register anew (after
/// a fork, where the system forgets).
bool fence_all_threads() noexcept {
  return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) ||
         (register_for_fences() && membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
}
#else
bool register_for_fences() noexcept { return false; }
bool fence_all_threads() noexcept { return false; }
#endif

/// Asked before the process's first slot is made and never changed after it.
bool writers_fence_for_readers() noexcept {
  static const bool can = register_for_fences();
  return can;
}

bool others_have_slots() noexcept {
  for (const ReaderSlot* slot = all_slots.load(); slot != nullptr; slot = slot->next) {
    if (slot != this_threads_slot && slot->taken.load()) return true;
  }
  return false;
}

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
  slot->fences = !writers_fence_for_readers();
  slot->next = all_slots.load();
  while (!all_slots.compare_exchange_weak(slot->next, slot)) {
  }
  return slot;
}

}  // namespace

constinit thread_local ReaderSlot* this_threads_slot PEAK_FAST_THREAD_LOCAL = nullptr;
std::atomic<std::uint64_t> reader_epoch{1};

ReaderSlot& make_reader_slot() noexcept {
  ReaderSlot* slot = free_slot();
  if (slot == nullptr) slot = new_slot();
  slot_keeper.slot = slot;
  this_threads_slot = slot;
  return *slot;
}

bool safe_stamp_is_dear() noexcept { return writers_fence_for_readers() && others_have_slots(); }

Nanoseconds coarse_clock() noexcept {
#if defined(CLOCK_MONOTONIC_COARSE)
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
#else
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
#endif
}

/// A second of the wall clock may last two when a time server sets it back a little.
void ReaderSlot::begin_second(std::int64_t now) noexcept {
  second = now;
  second_is_over = coarse_clock() + 2 * kNanosecondsPerSecond;
}

std::uint64_t safe_stamp() noexcept {
  // Without the fence nothing is safe: rather memory that stays than memory that somebody still looks at.
  if (safe_stamp_is_dear() && !fence_all_threads()) return 0;
  std::uint64_t safe = reader_epoch.load();
  for (const ReaderSlot* slot = all_slots.load(); slot != nullptr; slot = slot->next) {
    const std::uint64_t since = slot->since.load();
    if (since != 0) safe = std::min(safe, since);
  }
  return safe;
}

}  // namespace peak::cache
