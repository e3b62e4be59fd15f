// Counters: figures that many threads count without a lock and without slowing each other down.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace peak::cache {

/// What a level counts.
enum class Counter : unsigned char { kHits, kMisses, kSets, kEvictions, kExpirations, kErrors, kHighest };

class Counters {
 public:
  /// `thread` is ReaderSlot::index: the first 63 threads have a line of their own, later ones share the last.
  void add(Counter counter, unsigned thread, std::uint64_t count = 1) noexcept {
    Line& line = lines_[thread < kShared ? thread : kShared];
    std::atomic<std::uint64_t>& value = line.values[static_cast<std::size_t>(counter)];
    if (thread < kShared) {
      value.store(value.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    } else {
      value.fetch_add(count, std::memory_order_relaxed);
    }
  }
  [[nodiscard]] std::uint64_t total(Counter counter) const noexcept {
    std::uint64_t sum = 0;
    for (const Line& line : lines_)
      sum += line.values[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
    return sum;
  }

 private:
  static constexpr unsigned kShared = 63;
  struct alignas(64) Line {
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Counter::kHighest)> values{};
  };
  std::array<Line, kShared + 1> lines_{};
};

}  // namespace peak::cache
