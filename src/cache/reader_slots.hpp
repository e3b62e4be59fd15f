// Reader slots: how a reader without a lock keeps what it looks at from being freed.
//
// A reader writes the present epoch into its thread's slot, looks, and clears the slot. A writer first takes an object
// out of every reader's sight, then raises the epoch, and frees the object when every slot is clear or holds a later
// epoch: such readers came after the object was out of sight. All operations on slots and on what readers follow are
// sequentially consistent, so that "came after" means the same to everybody.
#pragma once

#include <atomic>
#include <cstdint>

namespace peak::cache {

struct alignas(64) ReaderSlot {
  std::atomic<std::uint64_t> since{0};  ///< epoch at which the reader came; 0: not reading
  unsigned depth = 0;                   ///< readings within readings, of the owning thread
  unsigned index = 0;                   ///< 0, 1, 2, ... in the order in which slots were made; for counters
  std::atomic<bool> taken{true};
  ReaderSlot* next = nullptr;
};

/// The calling thread's slot. Its threads give slots back when they end, and slots are never freed.
[[nodiscard]] ReaderSlot& make_reader_slot() noexcept;

#if defined(__linux__)
// Not through a function call even in a shared library: this is on the way of every hit.
#define PEAK_FAST_THREAD_LOCAL __attribute__((tls_model("initial-exec")))
#else
#define PEAK_FAST_THREAD_LOCAL
#endif
extern thread_local ReaderSlot* this_threads_slot PEAK_FAST_THREAD_LOCAL;
extern std::atomic<std::uint64_t> reader_epoch;

[[nodiscard]] inline ReaderSlot& reader_slot() noexcept {
  return this_threads_slot != nullptr ? *this_threads_slot : make_reader_slot();
}

/// While one lives, nothing that its thread can see is freed.
class Reading {
 public:
  Reading() noexcept : slot_(reader_slot()) {
    if (slot_.depth++ == 0) slot_.since.store(reader_epoch.load());
  }
  ~Reading() {
    if (--slot_.depth == 0) slot_.since.store(0, std::memory_order_release);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  [[nodiscard]] unsigned index() const noexcept { return slot_.index; }

 private:
  ReaderSlot& slot_;
};

/// A stamp for objects that were just taken out of sight.
[[nodiscard]] inline std::uint64_t retire_stamp() noexcept { return reader_epoch.fetch_add(1) + 1; }
/// Objects with a stamp up to this may be freed now.
[[nodiscard]] std::uint64_t safe_stamp() noexcept;

}  // namespace peak::cache
