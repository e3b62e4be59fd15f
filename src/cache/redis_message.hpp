// RedisMessage: what a process publishes when it changed keys: 16 bytes that name the sender, one for the kind, then
// each name with its length before it (four bytes, little-endian).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "peak/cache/redis.hpp"

namespace peak::cache::redis {

inline constexpr std::size_t kSenderBytes = 16;

[[nodiscard]] std::string random_sender();
[[nodiscard]] std::string message_of(std::string_view sender, RedisInvalidation::Kind kind,
                                     std::span<const std::string_view> names);
/// Nothing for the sender's own message; "everything" for one that cannot be read.
[[nodiscard]] std::optional<RedisInvalidation> invalidation_of(std::string_view message, std::string_view own_sender);

}  // namespace peak::cache::redis
