// Reader slots: how a reader without a lock keeps what it looks at from being freed.
//
// A reader writes the present epoch into its thread's slot, looks, and clears the slot. A writer first takes an object
// out of every reader's sight, then raises the epoch, and frees the object when every slot is clear or holds a later
// epoch: such readers came after the object was out of sight.
//
// "Came after" needs a fence on both sides: the reader's between writing its slot and looking, the writer's between
// taking out of sight and looking at the slots. Readers are many and writers few, so where the system can make every
// thread of the process pass a fence (membarrier(2) of Linux) the writer asks it to, and readers have none: a hit costs
// seven nanoseconds less, and what follows it need not wait for it. Elsewhere readers fence. All other operations on
// slots and on what readers follow are sequentially consistent.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>
#include <limits>

#include "peak/base/time.hpp"

namespace peak::cache {

struct alignas(64) ReaderSlot {
  std::atomic<std::uint64_t> since{0};  ///< epoch at which the reader came; 0: not reading
  bool fences = true;                   ///< whether the reader does; the same in every slot of the process
  unsigned index = 0;                   ///< 0, 1, 2, ... in the order in which slots were made; for counters
  std::atomic<bool> taken{true};
  ReaderSlot* next = nullptr;
  std::int64_t second = -1;  ///< of the wall clock, when the owning thread last looked
  /// On the monotonic clock: certainly later than that second.
  Nanoseconds second_is_over = 0;

  void begin_second(std::int64_t now) noexcept;
};

/// The calling thread's slot. Its threads give slots back when they end, and slots are never freed.
[[nodiscard]] ReaderSlot& make_reader_slot() noexcept;

#if defined(__linux__)
// Not through a function call even in a shared library: this is on the way of every hit.
#define PEAK_FAST_THREAD_LOCAL __attribute__((tls_model("initial-exec")))
#else
#define PEAK_FAST_THREAD_LOCAL
#endif
extern constinit thread_local ReaderSlot* this_threads_slot PEAK_FAST_THREAD_LOCAL;
extern std::atomic<std::uint64_t> reader_epoch;

[[nodiscard]] inline ReaderSlot& reader_slot() noexcept {
  return this_threads_slot != nullptr ? *this_threads_slot : make_reader_slot();
}

/// The monotonic clock, to 5 ms: reading it so takes 6 ns where exactly takes 23.
[[nodiscard]] Nanoseconds coarse_clock() noexcept;

/// While one lives, nothing that its thread can see is freed.
class Reading {
 public:
  Reading() noexcept : slot_(reader_slot()), is_within_(slot_.since.load(std::memory_order_relaxed) != 0) {
    if (is_within_) [[unlikely]]
      return;
    if (slot_.fences) [[unlikely]] {
      slot_.since.store(reader_epoch.load());
    } else {
      slot_.since.store(reader_epoch.load(), std::memory_order_release);
      std::atomic_signal_fence(std::memory_order_seq_cst);  // no instruction: keeps the compiler from looking before
    }
  }
  ~Reading() {
    if (!is_within_) [[likely]]
      slot_.since.store(0, std::memory_order_release);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  [[nodiscard]] unsigned index() const noexcept { return slot_.index; }
  /// A time that coarse_clock() has certainly not reached. Asks that clock once a second: where the wall clock's second
  /// can be had with one look at memory, it tells for all times farther off than a second whether they can have come.
  [[nodiscard]] Nanoseconds time_ahead() const noexcept {
#if defined(__linux__) && defined(__x86_64__)
    const std::int64_t second = ::time(nullptr);
    if (second != slot_.second) [[unlikely]]
      slot_.begin_second(second);
    return slot_.second_is_over;
#else
    return std::numeric_limits<Nanoseconds>::max();
#endif
  }

 private:
  ReaderSlot& slot_;
  bool is_within_;  ///< another reading of this thread, which keeps what this one looks at
};

/// A stamp for objects that were just taken out of sight.
[[nodiscard]] inline std::uint64_t retire_stamp() noexcept { return reader_epoch.fetch_add(1) + 1; }
/// Objects with a stamp up to this may be freed now. Asks the system for a fence when other threads have slots.
[[nodiscard]] std::uint64_t safe_stamp() noexcept;
/// Whether safe_stamp() must interrupt other threads, so that callers had better ask seldom.
[[nodiscard]] bool safe_stamp_is_dear() noexcept;

}  // namespace peak::cache
