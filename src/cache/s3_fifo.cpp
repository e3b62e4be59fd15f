#include "cache/s3_fifo.hpp"

#include <algorithm>
#include <bit>

namespace peak::cache {
namespace {

/// On a loop longer than the cache and the remembered keys together no entry would ever be found: each is thrown out
/// and forgotten before it comes round. So when for kFruitlessSizes times the cache's size no newcomer proved itself,
/// one now and then goes on to the main queue unasked, in the place of the oldest there that was not asked for either.
/// The longer nothing proves itself the seldomer: main's entries then live as long as that has lasted, which is a whole
/// loop once one has gone round.
constexpr std::size_t kFruitlessSizes = 4;
constexpr std::size_t kSparedInterval = 32;
constexpr std::size_t kLongestLoop = 1024;  ///< in sizes of the cache; bounds how long another pattern goes unnoticed

}  // namespace

GhostKeys::GhostKeys(std::size_t capacity)
    : places_(kWays * std::bit_ceil(std::max<std::size_t>(1, 2 * capacity / kWays))),
      gone_(2 * capacity + 2),
      capacity_(capacity) {}

GhostKeys::Place* GhostKeys::bucket(std::uint64_t hash) noexcept {
  const std::size_t buckets = places_.size() / kWays;
  return places_.data() + kWays * ((hash * 0x9E3779B97F4A7C15U >> 20) & (buckets - 1));
}

void GhostKeys::forget(Place& place) noexcept {
  gone_[place.turn % gone_.size()] = true;
  place = {};
  --live_;
}

void GhostKeys::insert(std::uint64_t hash) {
  const std::uint32_t mark = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(hash >> 32 ^ hash * 31));
  Place* const first = bucket(hash);
  Place* oldest = first;
  for (Place* place = first; place != first + kWays; ++place) {
    if (place->mark == mark || !remembered(*place)) {
      oldest = place;
      break;
    }
    if (place->turn < oldest->turn) oldest = place;
  }
  if (remembered(*oldest)) forget(*oldest);
  *oldest = {++turn_, mark};
  gone_[turn_ % gone_.size()] = false;
  ++live_;
  while (live_ > capacity_ || turn_ - forgotten_ >= gone_.size()) {
    if (!gone_[++forgotten_ % gone_.size()]) --live_;
  }
}

bool GhostKeys::take(std::uint64_t hash) {
  const std::uint32_t mark = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(hash >> 32 ^ hash * 31));
  Place* const first = bucket(hash);
  for (Place* place = first; place != first + kWays; ++place) {
    if (place->mark != mark || !remembered(*place)) continue;
    forget(*place);
    return true;
  }
  return false;
}

void GhostKeys::clear() {
  std::fill(places_.begin(), places_.end(), Place{});
  forgotten_ = turn_;
  live_ = 0;
}

S3Fifo::S3Fifo(const ShardLimits& limits)
    : ghosts_(std::max<std::size_t>(1, limits.entries - limits.entries / 10)),
      entries_(limits.entries),
      small_entries_(std::max<std::size_t>(1, limits.entries / 10)),
      small_bytes_(limits.bytes == 0 ? ~std::uint64_t{0} : limits.bytes / 10) {
  bear_fruit();
}

void S3Fifo::insert(MemoryEntry& entry) {
  if (ghosts_.take(entry.hash)) {
    bear_fruit();
    main_.push(entry);
  } else if (!has_evicted_ && small_is_full()) {
    main_.push(entry);
  } else {
    small_.push(entry);
  }
}

void S3Fifo::replace(MemoryEntry& old, MemoryEntry& fresh) {
  fresh.uses.store(old.uses.load(std::memory_order_relaxed), std::memory_order_relaxed);
  queue_of(old).replace(old, fresh);
}

MemoryEntry* S3Fifo::victim() {
  has_evicted_ = true;
  for (;;) {
    if (small_.count != 0 && (small_is_full() || main_.count == 0)) {
      if (MemoryEntry* const entry = victim_of_small()) return entry;
    } else {
      return victim_of_main();
    }
  }
}

void S3Fifo::bear_fruit() noexcept {
  fruitless_ = 0;
  next_spared_ = kFruitlessSizes * entries_;
}

bool S3Fifo::spares_next() noexcept {
  if (++fruitless_ < next_spared_) return false;
  next_spared_ = fruitless_ + std::max(kSparedInterval, std::min(fruitless_ / entries_, kLongestLoop));
  if (main_.count + small_entries_ < entries_) return true;
  MemoryEntry* const oldest = main_.tail;
  if (oldest == nullptr) return false;
  const std::uint8_t uses = oldest->uses.load(std::memory_order_relaxed);
  if (uses == 0) return true;
  // It had its use; whether it has still is seen when it comes round again.
  oldest->uses.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
  main_.remove(*oldest);
  main_.push(*oldest);
  return false;
}

/// The oldest newcomer that was asked for less than twice; the others move on. Null when all moved on.
MemoryEntry* S3Fifo::victim_of_small() {
  while (small_.count != 0) {
    MemoryEntry* const entry = small_.tail;
    small_.remove(*entry);
    if (entry->uses.load(std::memory_order_relaxed) > 1) {
      bear_fruit();
    } else if (!spares_next()) {
      ghosts_.insert(entry->hash);
      return entry;
    }
    entry->uses.store(0, std::memory_order_relaxed);
    main_.push(*entry);
  }
  return nullptr;
}

MemoryEntry* S3Fifo::victim_of_main() {
  for (;;) {
    MemoryEntry* const entry = main_.tail;
    main_.remove(*entry);
    const std::uint8_t uses = entry->uses.load(std::memory_order_relaxed);
    if (uses == 0) return entry;
    entry->uses.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
    main_.push(*entry);
  }
}

void S3Fifo::clear() {
  small_ = {.name = QueueName::kSmall};
  main_ = {.name = QueueName::kMain};
  ghosts_.clear();
  bear_fruit();
  has_evicted_ = false;
}

}  // namespace peak::cache
