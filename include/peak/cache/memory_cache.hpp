// MemoryCache: level one, objects in this process, bounded by entries and bytes.
//
// Reading    takes no lock and writes nothing that another reader reads (after a key's first three hits): readers
//            announce themselves in a slot of their own thread and walk a table whose entries never change; writers
//            replace entries and free the old ones when no reader that could see them is left. A hit moves nothing.
// Writing    takes one lock per shard. Caches of up to 8192 entries have one shard, so that the eviction order is
//            exact; larger ones up to 16.
// Limits     max_entries and max_bytes hold after every call. An object whose charge is above a shard's part of
//            max_bytes is not kept (set() gives false).
// Lifetimes  on the monotonic clock, to 5 ms; an expired entry is a miss and is removed when it is met or evicted.
// Objects    are released after all locks are dropped, on the thread of the call that let go of them.
// Listeners  see entry.hpp. They may call the cache.
// Fork       a child may go on using its copy if no other thread was writing at the fork.
// Threads    every member may be called from any thread at any time, but the destructor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peak/cache/entry.hpp"
#include "peak/cache/statistics.hpp"

namespace peak::cache {

/// Which entry goes when there is no room. S3-FIFO is what the cache uses; the others are there to compare.
enum class EvictionPolicy : unsigned char {
  /// Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023: a small queue for newcomers (a tenth),
  /// a main queue with second chances, and a memory of keys lately thrown out. One newcomer in 32 is kept although it
  /// was not asked for again, so that a loop longer than the memory of keys still finds some of its entries.
  kS3Fifo,
  kLru,       ///< least recently used
  kSieve,     ///< Zhang et al., "SIEVE is simpler than LRU", NSDI 2024
  kWTinyLfu,  ///< Einziger et al., "TinyLFU", ACM ToS 2017: a window of 1 %, a segmented LRU behind a frequency filter
};
/// "s3fifo", "lru", "sieve", "wtinylfu".
[[nodiscard]] const char* eviction_policy_name(EvictionPolicy policy) noexcept;

struct MemoryCacheOptions {
  std::size_t max_entries = 1000;                  ///< at least 1
  std::size_t max_bytes = std::size_t{256} << 20;  ///< of charges and keys; 0: no limit
  Nanoseconds ttl = 300 * kNanosecondsPerSecond;
  double ttl_jitter =
      0.0;  ///< each time to live is shortened by up to this fraction, so that keys do not expire at once
  EvictionPolicy policy = EvictionPolicy::kS3Fifo;
  KeyHash hash = &hash_key;
  std::size_t shards = 0;  ///< 0: chosen as above
  /// Monotonic clock in nanoseconds, for tests; null: the system's coarse one.
  Nanoseconds (*clock)() = nullptr;
};

class MemoryCache {
 public:
  explicit MemoryCache(const MemoryCacheOptions& options = {});
  ~MemoryCache();
  MemoryCache(const MemoryCache&) = delete;
  MemoryCache& operator=(const MemoryCache&) = delete;

  /// What was found: the object, and how long it is still good. Only while fresh_until has not passed is it fresh.
  struct Found {
    Object object;
    Nanoseconds expires_at = kForever;  ///< on now()'s clock
    Nanoseconds ttl = kForever;         ///< as it was set, with jitter
    [[nodiscard]] explicit operator bool() const noexcept { return object != nullptr; }
  };

  [[nodiscard]] Object get(std::string_view key) { return get(key, options_.hash(key)); }
  /// As above with the key's hash at hand (as CPython keeps one in each string).
  [[nodiscard]] Object get(std::string_view key, std::uint64_t hash);
  /// As get(), with times; does not count as a hit or a miss and gives expired entries too while they are there.
  [[nodiscard]] Found peek(std::string_view key, std::uint64_t hash);
  [[nodiscard]] bool contains(std::string_view key);

  /// Calls visit(const void* object) on a hit, without touching the object's reference count: for the fastest path.
  /// The object lives at least until visit returns; visit must be short, must not block and must not call the cache.
  template <typename Visit>
  bool visit(std::string_view key, std::uint64_t hash, Visit&& visit) {
    const Reading reading(*this);
    const void* const object = find(key, hash);
    if (object == nullptr) return false;
    visit(object);
    return true;
  }

  /// Stores; replaces what was there. False if it was not kept (larger than the budget, or a ttl of zero).
  bool set(std::string_view key, Object object, const SetOptions& options = {}) {
    return set(key, options_.hash(key), std::move(object), options);
  }
  bool set(std::string_view key, std::uint64_t hash, Object object, const SetOptions& options);
  bool erase(std::string_view key) { return erase(key, options_.hash(key), Removal::kDeleted); }
  bool erase(std::string_view key, std::uint64_t hash, Removal why = Removal::kDeleted);
  void clear();
  /// Removes entries that carry the tag, or whose key starts with the prefix; how many. Looks at every entry.
  std::size_t invalidate_tag(std::string_view tag);
  std::size_t invalidate_prefix(std::string_view prefix);
  /// Removes expired entries; how many.
  std::size_t remove_expired();

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t size_bytes() const noexcept;
  /// Constant time; takes no lock.
  [[nodiscard]] LevelStatistics statistics() const;
  /// Keys with how often they were asked for lately (0-3, more is not counted), most asked first.
  [[nodiscard]] std::vector<std::string> popular_keys(std::size_t most) const;
  [[nodiscard]] const MemoryCacheOptions& options() const noexcept { return options_; }
  [[nodiscard]] Nanoseconds now() const noexcept;
  /// Set before the cache is shared between threads.
  void set_removal_listener(RemovalListener listener);

 private:
  class Shard;
  struct Impl;
  /// While one lives, nothing that its thread can find is freed.
  class Reading {
   public:
    explicit Reading(MemoryCache& cache) noexcept;
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    void* slot_;
  };
  [[nodiscard]] const void* find(std::string_view key, std::uint64_t hash) noexcept;

  MemoryCacheOptions options_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peak::cache
