#include "cache/memory_shard.hpp"

#include <algorithm>

namespace peak::cache {
namespace {

constexpr std::size_t kSmallestTable = 64;

}  // namespace

MemoryShard::MemoryShard(EvictionPolicy policy, const ShardLimits& limits)
    : own_table_(EntryTable::make(kSmallestTable)), order_(make_eviction_order(policy, limits)), limits_(limits) {
  table_.store(own_table_.get());
  moves_on_hit_ = order_->moves_on_hit();
}

MemoryShard::~MemoryShard() {
  own_table_->for_each([](MemoryEntry& entry) { MemoryEntry::destroy(&entry); });
}

/// An order that moves entries on each hit sees every one: nothing is much used there.
void MemoryShard::count_hit(MemoryEntry& entry) {
  const std::uint8_t count = entry.uses.load(std::memory_order_relaxed);
  const int most = moves_on_hit_ ? MemoryEntry::kMostUses - 1 : MemoryEntry::kMostUses;
  if (count < most) entry.uses.store(static_cast<std::uint8_t>(count + 1), std::memory_order_relaxed);
  if (!moves_on_hit_) return;
  const std::lock_guard lock(mutex_);
  if (entry.queue != QueueName::kNone) order_->hit(entry);  // not taken out since it was found
}

void MemoryShard::remove(MemoryEntry& entry, Removal why, Removals& removals) {
  if (entry.queue != QueueName::kNone) order_->erase(entry);
  own_table_->erase(entry);
  count_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(entry.charge, std::memory_order_relaxed);
  removals.entries.emplace_back(&entry, why);
}

/// Evicts until so much more fits.
void MemoryShard::make_room(std::size_t entries, std::uint64_t bytes, Removals& removals) {
  while (count() != 0 &&
         (count() + entries > limits_.entries || (limits_.bytes != 0 && this->bytes() + bytes > limits_.bytes))) {
    remove(*order_->victim(), Removal::kEvicted, removals);
  }
}

void MemoryShard::renew_table(Removals& removals) {
  std::size_t slots = kSmallestTable;
  while (slots < 2 * (count() + 1)) slots *= 2;
  if (slots < 3 * count()) slots *= 2;  // room for the marks of as many removals as there are entries
  auto fresh = EntryTable::make(slots);
  own_table_->for_each([&](MemoryEntry& entry) { fresh->insert(entry); });
  table_.store(fresh.get());
  std::swap(own_table_, fresh);
  removals.tables.push_back(std::move(fresh));
}

void MemoryShard::set(MemoryEntry& entry, std::uint64_t mixed, Removals& removals) {
  const std::lock_guard lock(mutex_);
  put(entry, mixed, removals);
}

/// With the lock held.
void MemoryShard::put(MemoryEntry& entry, std::uint64_t mixed, Removals& removals) {
  if (MemoryEntry* const old = own_table_->find(entry.key(), mixed)) {
    bytes_.fetch_add(entry.charge - old->charge, std::memory_order_relaxed);
    order_->replace(*old, entry);
    own_table_->replace(*old, entry);
    removals.entries.emplace_back(old, Removal::kReplaced);
    make_room(0, 0, removals);
    return;
  }
  make_room(1, entry.charge, removals);
  if (own_table_->crowded()) renew_table(removals);
  own_table_->insert(entry);
  order_->insert(entry);
  count_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(entry.charge, std::memory_order_relaxed);
}

bool MemoryShard::erase(std::string_view key, std::uint64_t mixed, Removal why, Removals& removals) {
  const std::lock_guard lock(mutex_);
  MemoryEntry* const entry = own_table_->find(key, mixed);
  if (entry != nullptr) remove(*entry, why, removals);
  return entry != nullptr;
}

void MemoryShard::erase_expired(std::string_view key, std::uint64_t mixed, Nanoseconds now, Removals& removals) {
  const std::lock_guard lock(mutex_);
  MemoryEntry* const entry = own_table_->find(key, mixed);
  if (entry != nullptr && entry->keep_until <= now) remove(*entry, Removal::kExpired, removals);
}

void MemoryShard::clear(Removals& removals) {
  const std::lock_guard lock(mutex_);
  own_table_->for_each([&](MemoryEntry& entry) {
    entry.queue = QueueName::kNone;
    removals.entries.emplace_back(&entry, Removal::kCleared);
  });
  auto fresh = EntryTable::make(kSmallestTable);
  table_.store(fresh.get());
  std::swap(own_table_, fresh);
  removals.tables.push_back(std::move(fresh));
  order_->clear();
  count_.store(0, std::memory_order_relaxed);
  bytes_.store(0, std::memory_order_relaxed);
}

}  // namespace peak::cache
