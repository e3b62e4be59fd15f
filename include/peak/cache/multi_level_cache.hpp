// MultiLevelCache: memory, a shared server and a folder as one cache, with one computation per key at a time.
//
// Reading    asks L1, L2, L3 in turn and promotes what it finds, with the time to live that is left.
// Writing    writes every level. A level that fails is skipped and counted; the result is still right.
// Computing  get_or_compute() runs the function once per key: other threads of this process wait for its result, and
//            with L3 other processes wait too, by a lease that ends with the holder's death. Nobody waits longer than
//            lease_timeout; then he computes himself. A failure goes to those who waited and is not stored.
// Freshness  refresh_ahead: a hit in the last part of an entry's life starts a computation in the background.
//            stale_for: an entry past its life is still given for that long while one runs.
//            negative_ttl: a kNotFound failure is remembered for that long.
// Objects    see entry.hpp: one cache holds objects of one kind, those of its codec.
// Threads    every member may be called from any thread; no lock is held while functions, codecs and listeners run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/cache/disk_cache.hpp"
#include "peak/cache/memory_cache.hpp"
#include "peak/cache/remote_cache.hpp"
#include "peak/value/value.hpp"

namespace peak::cache {

struct CacheOptions {
  MemoryCacheOptions memory;
  std::shared_ptr<RemoteCache> remote;       ///< null: no L2
  std::optional<DiskCacheOptions> disk;      ///< nothing: no L3
  std::shared_ptr<const ObjectCodec> codec;  ///< null: value_codec()
  /// Time to live for kDefaultLifetime; L1 has memory.ttl where that is less.
  Nanoseconds ttl = kForever;
  /// Fraction of the life, counted from its end, in which a hit of get_or_compute() refreshes; 0: never. Where only
  /// L1's life ends the value is brought up from below again, else it is computed.
  double refresh_ahead = 0.0;
  Nanoseconds stale_for = 0;
  Nanoseconds negative_ttl = 0;
  Nanoseconds lease_timeout = 60 * kNanosecondsPerSecond;
  /// Asked every 20 ms by those who wait for a computation of another thread or process; true ends the wait with
  /// kCancelled. For Ctrl-C.
  std::function<bool()> stop;
  /// Runs background work; null: a thread of the cache's own.
  std::function<void(std::function<void()>)> executor;
  /// Called for the first failure of a level and again when its kind changes: for a log line.
  std::function<void(const std::string& message)> warn;
};

/// A function that makes the object of a key. An exception of it is a kInternal failure with its words.
using Compute = std::function<Result<Object>()>;

class MultiLevelCache {
 public:
  /// Never fails: a folder that cannot be opened leaves L3 out, with a warning and its reason in the statistics.
  explicit MultiLevelCache(CacheOptions options);
  ~MultiLevelCache();  ///< waits for background work; notes the most used keys in the folder
  MultiLevelCache(const MultiLevelCache&) = delete;
  MultiLevelCache& operator=(const MultiLevelCache&) = delete;

  /// Null when no level has it.
  [[nodiscard]] Object get(std::string_view key);
  /// L1 missed (and counted it): ask the levels below, promote. For callers with a fast path of their own to memory().
  [[nodiscard]] Object get_below_memory(std::string_view key);
  /// One for each key, in order; L2 is asked once for all.
  [[nodiscard]] std::vector<Object> get_many(std::span<const std::string> keys);
  /// kInvalidArgument when the codec refuses the object; nothing is stored then.
  [[nodiscard]] Status set(std::string_view key, Object object, const SetOptions& options = {});
  [[nodiscard]] Status set_many(std::span<const std::pair<std::string, Object>> items, const SetOptions& options = {});
  [[nodiscard]] Result<Object> get_or_compute(std::string_view key, const Compute& compute,
                                              const SetOptions& options = {});
  bool erase(std::string_view key);  ///< true if some level had it
  void clear();
  [[nodiscard]] bool contains(std::string_view key);
  /// Live entries of L3, else of L1.
  [[nodiscard]] std::uint64_t size();
  /// How many entries went, in the level where most did.
  std::size_t invalidate_tag(std::string_view tag);
  std::size_t invalidate_prefix(std::string_view prefix);

  struct WarmItem {
    std::string key;
    Compute compute;
    SetOptions options;
  };
  struct WarmReport {
    std::size_t present = 0;  ///< were in the cache already
    std::size_t computed = 0;
    std::vector<std::pair<std::string, Error>> failed;
  };
  /// Fills keys on `threads` threads (0: as many as cores). progress(done, all) is called from them, one at a time;
  /// false stops early.
  [[nodiscard]] WarmReport warm(std::span<const WarmItem> items, std::size_t threads = 0,
                                const std::function<bool(std::size_t, std::size_t)>& progress = nullptr);
  /// Brings the keys that the last run on this folder used most from the levels below into memory; how many were there.
  std::size_t warm_from_last_run(std::size_t threads = 0);

  [[nodiscard]] CacheStatistics statistics() const;
  [[nodiscard]] MemoryCache& memory() noexcept;
  [[nodiscard]] RemoteCache* remote() noexcept;  ///< null without L2
  [[nodiscard]] DiskCache* disk() noexcept;      ///< null without L3
  [[nodiscard]] const CacheOptions& options() const noexcept;
  /// Waits until background refreshes that were started are done.
  void wait_for_background();

  /// For C++ programs whose codec is value_codec().
  [[nodiscard]] std::shared_ptr<const value::Value> get_value(std::string_view key) {
    return std::static_pointer_cast<const value::Value>(get(key));
  }
  [[nodiscard]] Status set_value(std::string_view key, value::Value value, const SetOptions& options = {}) {
    return set(key, std::make_shared<const value::Value>(std::move(value)), options);
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One sentence of advice for each level that falls short of its target (L1 80 %, L2 50 %, L3 30 %; the guide's), none
/// while fewer than 100 requests were counted.
[[nodiscard]] std::vector<std::string> hit_rate_advice(const CacheStatistics& statistics);

}  // namespace peak::cache
