// Memory entry: a key with its object and its place in the order of eviction, in one block of memory.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/shares.hpp"
#include "peak/cache/entry.hpp"

namespace peak::cache {

/// Which of a policy's queues an entry stands in.
enum class QueueName : unsigned char { kNone, kSmall, kMain, kProtected };

/// What a hit reads stands in the second cache line with the start of the key; the rest is for writers.
struct alignas(64) MemoryEntry {
  MemoryEntry* before = nullptr;  ///< towards the head of its queue (newer)
  MemoryEntry* after = nullptr;
  std::uint64_t hash = 0;
  std::uint64_t charge = 0;
  Nanoseconds ttl = kForever;
  Nanoseconds keep_until = kForever;  ///< expires_at and then stale_for
  std::unique_ptr<const std::vector<std::string>> tags;

  alignas(64) Object object;
  Nanoseconds expires_at = kForever;
  std::atomic<Shares*> shares{nullptr};  ///< owned; there once several threads ask often
  std::uint32_t key_size = 0;
  std::atomic<std::uint8_t> uses{0};  ///< hits since it was last looked at by the policy, 3 at most
  QueueName queue = QueueName::kNone;
  std::atomic<std::uint8_t> reader{kNoReader};  ///< the thread that takes shares, by its mark_of()

  ~MemoryEntry() { delete shares.load(std::memory_order_relaxed); }
  [[nodiscard]] static MemoryEntry* make(std::string_view key, Object object);
  static void destroy(MemoryEntry* entry) noexcept;
  [[nodiscard]] std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(this) + kKeyOffset, key_size};
  }
  /// Whether hits need not be counted any more, so that hits on the same key do not slow each other.
  [[nodiscard]] bool is_much_used() const noexcept { return uses.load(std::memory_order_relaxed) == kMostUses; }
  /// Whether the thread (ReaderSlot::index) alone takes shares of the object.
  [[nodiscard]] bool is_read_by(unsigned thread) const noexcept {
    return reader.load(std::memory_order_acquire) == mark_of(thread);
  }
  /// What a thread copies to have a share of the object. Further places are made only among `few` entries: among many,
  /// threads seldom meet at one, and further places are further lines to fetch.
  [[nodiscard]] const Object& share_of(unsigned thread, bool few) {
    return reader.load(std::memory_order_acquire) == kSeveralReaders
               ? shares.load(std::memory_order_acquire)->of(thread, object)
               : meet_reader(thread, few);
  }

  static constexpr std::uint32_t kMostKeyBytes = std::numeric_limits<std::uint32_t>::max() - 1;
  static constexpr std::uint8_t kMostUses = 3;
  static constexpr std::uint8_t kSeveralReaders = 254, kNoReader = 255;
  static constexpr std::size_t kKeyOffset = 64 + 40;

 private:
  /// Late threads share a mark.
  [[nodiscard]] static std::uint8_t mark_of(unsigned thread) noexcept {
    return static_cast<std::uint8_t>(std::min<unsigned>(thread, kSeveralReaders - 1));
  }
  [[nodiscard]] const Object& meet_reader(unsigned thread, bool few);
};
static_assert(sizeof(MemoryEntry) == 128);

/// A list of entries, newest at the head.
struct EntryQueue {
  QueueName name = QueueName::kNone;
  MemoryEntry* head = nullptr;
  MemoryEntry* tail = nullptr;
  std::size_t count = 0;
  std::uint64_t bytes = 0;

  void push(MemoryEntry& entry) noexcept;
  void remove(MemoryEntry& entry) noexcept;
  /// Puts `fresh` where `old` stands.
  void replace(MemoryEntry& old, MemoryEntry& fresh) noexcept;
};

}  // namespace peak::cache
