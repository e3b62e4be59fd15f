// RemoteCache: level two, a store that other machines share. The Redis client behind it is in src/cache/redis_*.
//
// Promise    No call takes longer than the time-out the cache was opened with; after a failure the circuit is open and
//            calls return at once (available() is false) until the server answers again. A failure is never an error
//            to the caller: reading gives nothing, writing does nothing, and both are counted.
// Values     travel packed (value/encoded.hpp), with a checksum that get() verifies; damaged ones are misses.
// Threads    every member may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/cache/entry.hpp"
#include "peak/cache/statistics.hpp"

namespace peak::cache {

/// What another process did below the same server.
struct RemoteChange {
  enum class Kind : unsigned char {
    kKey,         ///< `name` is a key
    kPrefix,      ///< ... a prefix of keys
    kTag,         ///< ... a tag
    kEverything,  ///< it cleared all
    kUnknown,     ///< nobody listened for a time: anything may have changed
  };
  Kind kind = Kind::kUnknown;
  std::string_view name;
  bool is_elsewhere = false;  ///< by a process with another folder than set_folder()'s, which holds the old state still
};

class RemoteCache {
 public:
  struct Item {
    std::string_view key;
    const value::Encoded* encoded = nullptr;
    Nanoseconds ttl = kForever;  ///< never kDefaultLifetime: the cache above resolves it
    std::span<const std::string> tags;
  };

  virtual ~RemoteCache() = default;
  [[nodiscard]] virtual std::optional<StoredValue> get(std::string_view key) = 0;
  /// One for each key, in order; one round trip.
  [[nodiscard]] virtual std::vector<std::optional<StoredValue>> get_many(std::span<const std::string> keys) = 0;
  /// True if the server has it. One round trip.
  virtual bool set(const Item& item) = 0;
  virtual std::size_t set_many(std::span<const Item> items) = 0;
  /// Stores what a level below had where the server has nothing, and tells nobody: it is no change. False if the server
  /// has a value by now or could not take this one. One round trip.
  virtual bool add(const Item& item) = 0;
  virtual bool erase(std::string_view key) = 0;
  virtual std::size_t invalidate_tag(std::string_view tag) = 0;
  virtual std::size_t invalidate_prefix(std::string_view prefix) = 0;
  /// Removes what lies in this cache's namespace.
  virtual void clear() = 0;
  [[nodiscard]] virtual bool contains(std::string_view key) = 0;
  [[nodiscard]] virtual bool available() const noexcept = 0;
  [[nodiscard]] virtual LevelStatistics statistics() const = 0;
  /// Called on a thread of the client's own when another process changed something.
  virtual void set_invalidation_listener(std::function<void(const RemoteChange&)> listener) = 0;
  /// The folder below this process (DiskCache::identity()), told to others with each change from now on.
  virtual void set_folder(std::uint64_t identity) = 0;
};

}  // namespace peak::cache
