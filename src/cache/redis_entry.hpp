// RedisEntry: a cached value as it lies in Redis.
//
//     0  "PKR1"        4  compression, one byte (0 none, 1 lz4, 2 zstd), three zeros
//     8  expiry, milliseconds since 1970, 0: never        16  time to live when it was set, milliseconds, 0: for ever
//    24  bytes before compression                          32  XXH3-128 of the key (length first), bytes 0 to 31 and
//    the rest 48  the bytes, compressed
//
// All integers little-endian. The checksum covers the key, so that a value copied under another name is not taken.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/cache/redis.hpp"

namespace peak::cache::redis {

/// Milliseconds of the wall clock, which is what machines share.
[[nodiscard]] std::chrono::milliseconds wall_clock() noexcept;

/// What is stored for `item`; kUnsupported when the build lacks the compression.
[[nodiscard]] Result<std::string> entry_of(const RedisItem& item, const RedisOptions& options,
                                           std::chrono::milliseconds now);
/// kBadData for what entry_of did not write under this key; nothing when its life is over.
[[nodiscard]] Result<std::optional<RedisValue>> value_of_entry(std::string_view key, std::string_view entry,
                                                               std::size_t max_value_bytes,
                                                               std::chrono::milliseconds now);
[[nodiscard]] bool has_compression(RedisCompression compression) noexcept;

}  // namespace peak::cache::redis
