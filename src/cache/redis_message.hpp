// RedisMessage: what a process publishes when it changed keys: 8 bytes that name the folder below it, 8 random ones
// that name the process, one for the kind, then each name with its length before it (four bytes, little-endian).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "peak/cache/redis.hpp"

namespace peak::cache::redis {

struct RedisSender {
  std::uint64_t folder = 0;
  std::uint64_t process = 0;
};

[[nodiscard]] std::uint64_t random_process();
[[nodiscard]] std::string message_of(const RedisSender& sender, RedisInvalidation::Kind kind,
                                     std::span<const std::string_view> names);
/// Nothing for the process's own message; "everything" for one that cannot be read.
[[nodiscard]] std::optional<RedisInvalidation> invalidation_of(std::string_view message, std::uint64_t own_process);

}  // namespace peak::cache::redis
