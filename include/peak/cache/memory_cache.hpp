// MemoryCache: level one, objects in this process, bounded by entries and bytes.
//
// Reading    takes no lock and writes nothing that another reader reads (after a key's first three hits): readers
//            announce themselves in a slot of their own thread and walk a table whose entries never change; writers
//            replace entries and free the old ones when no reader that could see them is left. A hit moves nothing.
// Writing    takes one lock per shard. Caches of up to 8192 entries have one shard, so that the eviction order is
//            exact; larger ones up to 16.
// Shares     get() gives a std::shared_ptr. In shards of up to 4096 entries, what several threads ask for often gets
//            further places to count shares in, each with a use_count() of its own: 200 bytes to an object and 128 for
//            each of up to eight threads, above its charge.
// Limits     max_entries and max_bytes hold after every call. An object whose charge is above a shard's part of
//            max_bytes is not kept (set() gives false).
// Lifetimes  on the monotonic clock, to 5 ms; an expired entry is a miss and is removed when it is met or evicted. On
//            x86-64 Linux a thread looks at that clock once in each second of the wall clock, whose number costs next
//            to nothing, and nearer than two seconds to an end. Set back so that a thread meets the very second again
//            in which it looked last, the wall clock can so lengthen a life, at most until that second is over.
// Objects    are released after all locks are dropped, by the call that let go of them; while other threads use caches,
//            up to 64 objects (or 1 MiB of charges) wait for a later call, since to make sure that nobody looks at them
//            any more is dear then.
// Listeners  see entry.hpp. They may call the cache.
// Fork       a child may go on using its copy if no other thread was writing at the fork.
// Threads    every member may be called from any thread at any time, but the destructor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "peak/cache/entry.hpp"
#include "peak/cache/statistics.hpp"

namespace peak::cache {

/// Which entry goes when there is no room. S3-FIFO is what the cache uses; the others are there to compare.
enum class EvictionPolicy : unsigned char {
  /// Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023: a small queue for newcomers (a tenth),
  /// a main queue with second chances, and a memory of keys lately thrown out. Where that finds nothing (a loop longer
  /// than the memory of keys), a newcomer now and then is kept unasked, so that some are found.
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

class Reading;
struct MemoryEntry;

class MemoryCache {
 public:
  explicit MemoryCache(const MemoryCacheOptions& options = {});
  ~MemoryCache();
  MemoryCache(const MemoryCache&) = delete;
  MemoryCache& operator=(const MemoryCache&) = delete;

  /// An entry with its times, on the clock of now().
  struct Found {
    Object object;
    Nanoseconds expires_at = kForever;
    Nanoseconds ttl = kForever;  ///< as it was set, after jitter
    bool fresh = false;          ///< not expired; a get() would give it
    [[nodiscard]] explicit operator bool() const noexcept { return object != nullptr; }
  };

  [[nodiscard]] Object get(std::string_view key) { return get(key, options_.hash(key)); }
  /// As above with the key's hash at hand (as CPython keeps one in each string).
  [[nodiscard]] Object get(std::string_view key, std::uint64_t hash);
  /// As get(), with times; is not counted, and gives entries past their time too while they are kept (stale_for).
  [[nodiscard]] Found peek(std::string_view key, std::uint64_t hash);
  [[nodiscard]] bool contains(std::string_view key);

  /// Calls call(const void* object) on a hit, without touching the object's reference count: for the fastest path.
  /// The object lives at least until call returns; call must be short, must not block and must not call the cache.
  /// `counts_miss` false: a miss is not counted, since the caller asks again by another way.
  template <typename Call>
  bool visit(std::string_view key, std::uint64_t hash, Call&& call, bool counts_miss = true) {
    using Target = std::remove_reference_t<Call>;
    return visit_object(
        key, hash, [](void* context, const void* object) { (*static_cast<Target*>(context))(object); }, &call,
        counts_miss);
  }

  /// Stores; replaces what was there. False if it was not kept (larger than the budget, or a ttl of zero).
  bool set(std::string_view key, Object object, const SetOptions& options = {}) {
    return set(key, options_.hash(key), std::move(object), options);
  }
  bool set(std::string_view key, std::uint64_t hash, Object object, const SetOptions& options);
  /// As set() if `wanted()` is true, else nothing: for what was read elsewhere and may have been replaced since. Nobody
  /// stores or removes the key between that question and the entry's appearance: `wanted` runs under the shard's lock
  /// and must be short, must not throw and must not call the cache. An object too large for the budget changes nothing.
  template <typename Wanted>
  bool set_if(Wanted&& wanted, std::string_view key, std::uint64_t hash, Object object, const SetOptions& options) {
    using Target = std::remove_reference_t<Wanted>;
    return set_object_if([](void* context) { return static_cast<bool>((*static_cast<Target*>(context))()); }, &wanted,
                         key, hash, std::move(object), options);
  }
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
  /// Keys that were asked for most lately, in that order as far as the policy's counts tell.
  [[nodiscard]] std::vector<std::string> popular_keys(std::size_t most) const;
  [[nodiscard]] const MemoryCacheOptions& options() const noexcept { return options_; }
  [[nodiscard]] Nanoseconds now() const noexcept;
  /// Set before the cache is shared between threads.
  void set_removal_listener(RemovalListener listener);

 private:
  struct Impl;
  [[nodiscard]] bool is_alive(const MemoryEntry& entry, Nanoseconds ahead) const noexcept;
  template <typename Condition>
  std::size_t erase_if(Condition condition, Removal why);
  template <typename Answer, typename OnHit>
  Answer look_up(std::string_view key, std::uint64_t hash, OnHit on_hit, bool counts_miss = true);
  void note_miss(std::string_view key, std::uint64_t hash, bool counts);
  bool visit_object(std::string_view key, std::uint64_t hash, void (*call)(void*, const void*), void* context,
                    bool counts_miss);
  [[nodiscard]] MemoryEntry* entry_of(std::string_view key, std::uint64_t hash, Object object,
                                      const SetOptions& options) const;
  bool set_object_if(bool (*wanted)(void*), void* context, std::string_view key, std::uint64_t hash, Object object,
                     const SetOptions& options);

  MemoryCacheOptions options_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peak::cache
