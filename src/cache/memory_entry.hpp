// Memory entry: a key with its object and its place in the order of eviction, in one block of memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "peak/cache/entry.hpp"

namespace peak::cache {

/// Which of a policy's queues an entry stands in.
enum class QueueName : unsigned char { kNone, kSmall, kMain, kProtected };

/// What a hit reads stands in the second cache line with the start of the key; the rest is for writers.
struct alignas(64) MemoryEntry {
  Object object;
  MemoryEntry* before = nullptr;  ///< towards the head of its queue (newer)
  MemoryEntry* after = nullptr;
  std::uint64_t charge = 0;
  Nanoseconds ttl = kForever;
  Nanoseconds keep_until = kForever;  ///< expires_at and then stale_for
  std::unique_ptr<const std::vector<std::string>> tags;

  const void* raw = nullptr;  ///< object.get()
  std::uint64_t hash = 0;
  Nanoseconds expires_at = kForever;
  std::uint32_t key_size = 0;
  std::atomic<std::uint8_t> uses{0};  ///< hits since it was last looked at by the policy, 3 at most
  QueueName queue = QueueName::kNone;

  [[nodiscard]] static MemoryEntry* make(std::string_view key, Object object);
  static void destroy(MemoryEntry* entry) noexcept;
  [[nodiscard]] std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(this) + kKeyOffset, key_size};
  }
  /// Counts a hit. Nothing is written once three are counted, so that hits on the same key do not slow each other.
  void use() noexcept {
    const std::uint8_t count = uses.load(std::memory_order_relaxed);
    if (count < 3) uses.store(static_cast<std::uint8_t>(count + 1), std::memory_order_relaxed);
  }

  static constexpr std::size_t kKeyOffset = 64 + 32;
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
