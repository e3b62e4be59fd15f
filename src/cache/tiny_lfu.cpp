#include "cache/tiny_lfu.hpp"

#include <algorithm>
#include <bit>

namespace peak::cache {
namespace {

constexpr unsigned kRows = 4;
constexpr std::array<std::uint64_t, kRows> kSeeds = {0x9E3779B97F4A7C15U, 0xC2B2AE3D27D4EB4FU, 0x165667B19E3779F9U,
                                                     0xD6E8FEB86659FD93U};

}  // namespace

UseSketch::UseSketch(std::size_t entries)
    : row_size_(std::bit_ceil(std::max<std::size_t>(16, entries))), halve_at_(10 * std::max<std::size_t>(1, entries)) {
  counts_.resize(kRows * row_size_);
}

std::size_t UseSketch::place(std::uint64_t hash, unsigned row) const noexcept {
  return row * row_size_ + ((hash ^ hash >> 29) * kSeeds[row] >> 32 & (row_size_ - 1));
}

void UseSketch::count(std::uint64_t hash) {
  for (unsigned row = 0; row < kRows; ++row) {
    std::uint8_t& count = counts_[place(hash, row)];
    if (count < 15) ++count;
  }
  if (++seen_ < halve_at_) return;
  seen_ /= 2;
  for (std::uint8_t& count : counts_) count /= 2;
}

unsigned UseSketch::estimate(std::uint64_t hash) const {
  unsigned least = 15;
  for (unsigned row = 0; row < kRows; ++row) least = std::min<unsigned>(least, counts_[place(hash, row)]);
  return least;
}

void UseSketch::clear() {
  std::fill(counts_.begin(), counts_.end(), std::uint8_t{0});
  seen_ = 0;
}

WindowTinyLfu::WindowTinyLfu(const ShardLimits& limits)
    : uses_(limits.entries),
      window_entries_(std::max<std::size_t>(1, limits.entries / 100)),
      protected_entries_((limits.entries - window_entries_) * 4 / 5) {}

EntryQueue& WindowTinyLfu::queue_of(const MemoryEntry& entry) noexcept {
  return entry.queue == QueueName::kSmall ? window_ : entry.queue == QueueName::kMain ? probation_ : protected_;
}

void WindowTinyLfu::insert(MemoryEntry& entry) {
  uses_.count(entry.hash);
  window_.push(entry);
  // While there is room, what leaves the window goes on without having to prove itself.
  while (window_.count > window_entries_) {
    MemoryEntry* const oldest = window_.tail;
    window_.remove(*oldest);
    probation_.push(*oldest);
  }
}

void WindowTinyLfu::hit(MemoryEntry& entry) {
  uses_.count(entry.hash);
  EntryQueue& queue = queue_of(entry);
  queue.remove(entry);
  if (&queue != &probation_) return queue.push(entry);
  protected_.push(entry);
  while (protected_.count > protected_entries_) {
    MemoryEntry* const oldest = protected_.tail;
    protected_.remove(*oldest);
    probation_.push(*oldest);
  }
}

/// The candidate came last out of the window and stands at the head of probation; the victim stands at its tail.
MemoryEntry* WindowTinyLfu::victim() {
  EntryQueue& pool = probation_.count != 0 ? probation_ : protected_.count != 0 ? protected_ : window_;
  MemoryEntry* loser = pool.tail;
  if (&pool == &probation_ && probation_.count > 1) {
    MemoryEntry* const candidate = probation_.head;
    if (uses_.estimate(candidate->hash) <= uses_.estimate(loser->hash)) loser = candidate;
  }
  pool.remove(*loser);
  return loser;
}

void WindowTinyLfu::clear() {
  window_ = {.name = QueueName::kSmall};
  probation_ = {.name = QueueName::kMain};
  protected_ = {.name = QueueName::kProtected};
  uses_.clear();
}

}  // namespace peak::cache
