// What is behind DiskCache, for the files that implement it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "cache/counters.hpp"
#include "cache/disk_core.hpp"
#include "cache/reader_slots.hpp"

namespace peak::cache {

struct DiskCache::Impl {
  DiskCacheOptions options;
  mutable Counters counters;
  std::atomic<DiskCore*> present{nullptr};
  std::atomic<std::uint64_t> generation{0};
  std::mutex fork_mutex;

  ~Impl() { delete present.load(); }
  /// What this process has open. In a child the parent's core is left alone: its locks may be held by threads that do
  /// not exist here.
  [[nodiscard]] DiskCore& core();
  void count(Counter counter) { counters.add(counter, reader_slot().index); }
  /// The value of a record that was read, from its body or from its file.
  [[nodiscard]] Result<value::Encoded> value_of(const ReadRecord& record);
};

}  // namespace peak::cache
