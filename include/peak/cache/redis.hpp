// RedisCache: the second level of the cache, shared by the processes and machines that use one Redis.
//
// Purpose    bytes under keys with a time to live, in a Redis server (6 or newer) that others may restart, fill or
//            lose. A fault of the server is never a fault of the caller: it is a miss, counted, and said once through
//            on_event.
// Time       no call takes longer than `timeout`, of which the server has nine tenths, beyond what its bytes need at
//            20 MB/s. The first call that fails opens the circuit: from then on every call returns at once (one atomic
//            load), while a thread of this object looks for the server and closes the circuit when it answers again, as
//            fast as callers need it. A server that is full, or may not write, goes on answering and is read; values
//            are not sent to it but once a second, until it takes one.
// Truth      a value carries a checksum over its key, life and bytes: what does not match is a miss and an error in the
//            statistics. Writes and deletions that may not have reached the server are remembered, and their keys are
//            deleted there before the circuit closes, so that a server that comes back never serves what was replaced.
// Others     each change is published on the namespace's channel; on_invalidation hears the changes of other processes
//            (not its own), and "everything" when the subscription begins, also after an interruption.
// Format     src/cache/redis_entry.hpp.
// Threads    all functions from any thread. Callbacks run on a caller's thread or on this object's own; they must
//            not call back into the object. After fork() the child gets connections and a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/cache/remote_cache.hpp"

namespace peak::cache {

/// How values are packed on their way to the server. A reader unpacks each form that its build knows.
enum class RedisCompression : unsigned char { kNone, kLz4, kZstd };

/// What another process did to keys of the namespace.
struct RedisInvalidation {
  enum class Kind : unsigned char {
    kKeys,        ///< `names` are keys
    kPrefix,      ///< `names` are prefixes of keys
    kTag,         ///< `names` are tags
    kEverything,  ///< cleared, or changes may have been missed
  };
  Kind kind = Kind::kEverything;
  std::vector<std::string> names;
  bool is_told = false;      ///< a process said so; else nobody listened for a time
  std::uint64_t folder = 0;  ///< what that process has below it (set_folder()); 0: none
};

struct RedisOptions {
  std::string host = "localhost";
  std::uint16_t port = 6379;
  std::string socket_path;  ///< a Unix socket instead of host and port
  std::string user;         ///< of Redis 6 access lists; empty is the default user
  std::string password;     ///< empty: none is sent
  unsigned database = 0;
  bool tls = false;                       ///< needs a build with OpenSSL, else open() says so
  std::string tls_ca_file;                ///< PEM; empty: the system's certificates
  bool tls_verify = true;                 ///< the server's certificate and name
  std::string key_space = "peaktrade";    ///< keys are "<key_space>:v:<key>"; must not be empty
  std::chrono::milliseconds timeout{50};  ///< 1 ms to 1 minute
  std::size_t connections = 8;            ///< at most, 1 to 1024; made when needed
  RedisCompression compression = RedisCompression::kNone;
  std::size_t compress_from_bytes = 1024;                 ///< smaller values are sent as they are
  std::size_t max_value_bytes = std::size_t{256} << 20U;  ///< larger values are not stored
  std::function<void(std::string_view)> on_event;         ///< one line for a log; rare
  std::function<void(const RedisInvalidation&)> on_invalidation;
};

/// `options` with what the URL says: redis://[[user]:password@]host[:port][/database], rediss:// for TLS, or
/// unix:///path[?db=N]. User and password may be percent-encoded. kParse with the part that is wrong.
[[nodiscard]] Result<RedisOptions> redis_options_from_url(std::string_view url, RedisOptions options = {});

/// Bytes as they were set, and how long they still live; nothing: for ever.
struct RedisValue {
  std::string bytes;
  std::optional<std::chrono::milliseconds> remaining;
  std::vector<std::string> tags;
};

/// One value to set.
struct RedisItem {
  std::string_view key;
  std::string_view bytes;
  std::optional<std::chrono::milliseconds> ttl;  ///< nothing: for ever; less than 1 ms: not stored
  std::span<const std::string> tags;
};

struct RedisStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t sets = 0;
  std::uint64_t errors = 0;         ///< failed calls, refused writes, damaged values
  std::uint64_t skipped = 0;        ///< calls while the circuit was open; neither hits nor misses
  std::uint64_t openings = 0;       ///< of the circuit
  std::uint64_t invalidations = 0;  ///< messages of other processes
  bool available = false;           ///< the circuit is closed
};

class RedisCache {
 public:
  /// Checks the options (kInvalidArgument, kUnsupported) and returns without waiting for the server.
  [[nodiscard]] static Result<std::unique_ptr<RedisCache>> open(RedisOptions options);
  ~RedisCache();
  RedisCache(const RedisCache&) = delete;
  RedisCache& operator=(const RedisCache&) = delete;

  /// The value, or nothing: not there, damaged, or the server cannot be asked.
  [[nodiscard]] std::optional<RedisValue> get(std::string_view key);
  /// In the order of the keys, in one round trip.
  [[nodiscard]] std::vector<std::optional<RedisValue>> get_many(std::span<const std::string_view> keys);
  [[nodiscard]] bool contains(std::string_view key);
  /// True if the server has it now.
  bool set(const RedisItem& item);
  /// In one round trip; how many the server has now.
  std::size_t set_many(std::span<const RedisItem> items);
  /// As set() where the server has nothing under the key; other processes are told nothing. False if it has.
  bool add(const RedisItem& item);
  /// True if it was there.
  bool erase(std::string_view key);
  /// What was set with the tag, or whose key starts so, or all of the namespace; how many are gone.
  std::size_t erase_tag(std::string_view tag);
  std::size_t erase_prefix(std::string_view prefix);
  std::size_t clear();

  /// Whether the circuit is closed. One atomic load.
  [[nodiscard]] bool available() const noexcept;
  /// Waits until it is; false after `limit`.
  [[nodiscard]] bool wait_until_available(std::chrono::milliseconds limit) const;
  /// Goes with each change that is told from now on: processes over the same folder need not change it again.
  void set_folder(std::uint64_t identity) noexcept;
  /// How many invalidations have been heard; unchanged across a get means that what it gave was not replaced meanwhile.
  [[nodiscard]] std::uint64_t invalidations() const noexcept;
  [[nodiscard]] RedisStats stats() const noexcept;

 private:
  struct State;
  explicit RedisCache(std::unique_ptr<State> state);
  [[nodiscard]] State& state() const;
  mutable std::atomic<State*> state_;
};

/// The second level of a MultiLevelCache on that server; its invalidations go to the listener that the cache sets,
/// after which options.on_invalidation is not called any more.
[[nodiscard]] Result<std::shared_ptr<RemoteCache>> open_remote(RedisOptions options);

}  // namespace peak::cache
