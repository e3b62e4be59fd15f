#include "cache/memory_entry.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace peak::cache {

// The key starts right after the last member, inside the struct's padding. Some standard libraries' pointers are of no
// standard layout, for which compilers warn of offsetof and give it all the same.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
static_assert(offsetof(MemoryEntry, object) == 64);
static_assert(offsetof(MemoryEntry, reader) < MemoryEntry::kKeyOffset);
#pragma GCC diagnostic pop

MemoryEntry* MemoryEntry::make(std::string_view key, Object object) {
  const std::size_t size = std::max(sizeof(MemoryEntry), kKeyOffset + key.size());
  auto* const entry = new (::operator new (size, std::align_val_t{alignof(MemoryEntry)})) MemoryEntry;
  entry->object = std::move(object);
  entry->key_size = static_cast<std::uint32_t>(key.size());
  if (!key.empty()) std::memcpy(reinterpret_cast<char*>(entry) + kKeyOffset, key.data(), key.size());
  return entry;
}

void MemoryEntry::destroy(MemoryEntry* entry) noexcept {
  entry->~MemoryEntry();
  ::operator delete (entry, std::align_val_t{alignof(MemoryEntry)});
}

/// A thread that is not the one known takes a share.
const Object& MemoryEntry::meet_reader(unsigned thread, bool few) {
  std::uint8_t known = kNoReader;
  if (reader.compare_exchange_strong(known, mark_of(thread)) || known == mark_of(thread) ||
      uses.load(std::memory_order_relaxed) < kMostUses || !few) {
    return object;
  }
  Shares* present = shares.load(std::memory_order_acquire);
  if (present == nullptr) {
    auto fresh = std::make_unique<Shares>();
    if (shares.compare_exchange_strong(present, fresh.get(), std::memory_order_acq_rel)) present = fresh.release();
  }
  reader.store(kSeveralReaders, std::memory_order_release);
  return present->of(thread, object);
}

void EntryQueue::push(MemoryEntry& entry) noexcept {
  entry.queue = name;
  entry.before = nullptr;
  entry.after = head;
  (head == nullptr ? tail : head->before) = &entry;
  head = &entry;
  ++count;
  bytes += entry.charge;
}

void EntryQueue::remove(MemoryEntry& entry) noexcept {
  (entry.before == nullptr ? head : entry.before->after) = entry.after;
  (entry.after == nullptr ? tail : entry.after->before) = entry.before;
  entry.queue = QueueName::kNone;
  --count;
  bytes -= entry.charge;
}

void EntryQueue::replace(MemoryEntry& old, MemoryEntry& fresh) noexcept {
  fresh.queue = name;
  fresh.before = old.before;
  fresh.after = old.after;
  (old.before == nullptr ? head : old.before->after) = &fresh;
  (old.after == nullptr ? tail : old.after->before) = &fresh;
  old.queue = QueueName::kNone;
  bytes += fresh.charge - old.charge;
}

}  // namespace peak::cache
