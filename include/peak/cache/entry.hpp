// Entry: what belongs to a cached value besides its key.
//
// Objects    The memory level keeps objects as they are, behind `Object`: a Value of C++, a Python object, anything
//            with an owner. The levels below keep encoded values; an ObjectCodec leads from one to the other.
// Times      Lengths are Nanoseconds. kForever never expires; kDefaultLifetime is what the cache was opened with.
//            A time to live of zero or less stores nothing.
// Threads    values.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/value/encoded.hpp"

namespace peak::cache {

/// A shared, immutable object. Its deleter may run on any thread, and runs while no lock of the cache is held.
using Object = std::shared_ptr<const void>;

inline constexpr Nanoseconds kForever = std::numeric_limits<Nanoseconds>::max();
inline constexpr Nanoseconds kDefaultLifetime = kNoTime;

/// How an entry is stored.
struct SetOptions {
  Nanoseconds ttl = kDefaultLifetime;
  std::vector<std::string> tags = {};  ///< names under which invalidate_tag() finds it
  std::size_t charge = 0;              ///< bytes for the memory level's budget; 0: the codec's estimate
  bool memory_only = false;            ///< keep it out of L2 and L3
  Nanoseconds stale_for = 0;           ///< how long L1 keeps it past its time, for MemoryCache::peek()
};

/// A value read from L2 or L3.
struct StoredValue {
  value::Encoded encoded;
  Nanoseconds remaining = kForever;  ///< time to live that is left
  std::vector<std::string> tags;
};

/// Why an entry left the memory level.
enum class Removal : unsigned char { kEvicted, kExpired, kReplaced, kDeleted, kInvalidated, kCleared };
[[nodiscard]] const char* removal_name(Removal removal) noexcept;

/// Called after an entry left, without any lock held, on the thread whose call removed it. It may call the cache (a
/// listener that stores what was evicted calls itself without end). An exception of it ends there and is counted in
/// L1's errors.
using RemovalListener = std::function<void(std::string_view key, const Object& object, Removal why)>;

/// Leads objects of one kind to encoded values and back. Called without locks held; may be called from any thread.
class ObjectCodec {
 public:
  virtual ~ObjectCodec() = default;
  /// kInvalidArgument naming the type and its path for what cannot be stored.
  [[nodiscard]] virtual Result<value::Encoded> encode(const Object& object) const = 0;
  [[nodiscard]] virtual Result<Object> decode(const value::Encoded& encoded) const = 0;
  /// Bytes that the object holds in memory, roughly.
  [[nodiscard]] virtual std::size_t charge(const Object& object) const = 0;
};

/// The codec for objects that are value::Value: std::make_shared<const value::Value>(...).
[[nodiscard]] std::shared_ptr<const ObjectCodec> value_codec();

/// Hash of a key. All callers of one cache must give the same hash for the same key.
using KeyHash = std::uint64_t (*)(std::string_view key);
/// XXH3 of the bytes; the default.
[[nodiscard]] std::uint64_t hash_key(std::string_view key) noexcept;

}  // namespace peak::cache
