#include "cache/memory_entry.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace peak::cache {

// The key starts right after the last member, inside the struct's padding.
static_assert(offsetof(MemoryEntry, raw) == 64);
static_assert(offsetof(MemoryEntry, queue) < MemoryEntry::kKeyOffset);

MemoryEntry* MemoryEntry::make(std::string_view key, Object object) {
  const std::size_t size = std::max(sizeof(MemoryEntry), kKeyOffset + key.size());
  auto* const entry = new (::operator new (size, std::align_val_t{alignof(MemoryEntry)})) MemoryEntry;
  entry->raw = object.get();
  entry->object = std::move(object);
  entry->key_size = static_cast<std::uint32_t>(key.size());
  if (!key.empty()) std::memcpy(reinterpret_cast<char*>(entry) + kKeyOffset, key.data(), key.size());
  return entry;
}

void MemoryEntry::destroy(MemoryEntry* entry) noexcept {
  entry->~MemoryEntry();
  ::operator delete (entry, std::align_val_t{alignof(MemoryEntry)});
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
