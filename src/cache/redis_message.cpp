#include "redis_message.hpp"

#include <array>
#include <cstdint>
#include <random>

#include "redis_texts.hpp"

namespace peak::cache::redis {

std::string random_sender() {
  std::random_device source;
  std::array<std::uint32_t, kSenderBytes / sizeof(std::uint32_t)> words;
  for (std::uint32_t& word : words) word = source();
  return {reinterpret_cast<const char*>(words.data()), kSenderBytes};
}

std::string message_of(std::string_view sender, RedisInvalidation::Kind kind, std::span<const std::string_view> names) {
  std::string message(sender);
  message += static_cast<char>(kind);
  append_texts(names, message);
  return message;
}

std::optional<RedisInvalidation> invalidation_of(std::string_view message, std::string_view own_sender) {
  if (message.starts_with(own_sender)) return std::nullopt;
  RedisInvalidation invalidation;
  if (message.size() < kSenderBytes + 1) return invalidation;
  const auto kind = static_cast<unsigned char>(message[kSenderBytes]);
  if (kind > static_cast<unsigned char>(RedisInvalidation::Kind::kEverything)) return invalidation;
  std::optional<std::vector<std::string>> names = texts_of(message.substr(kSenderBytes + 1));
  if (!names.has_value()) return invalidation;
  invalidation.kind = static_cast<RedisInvalidation::Kind>(kind);
  invalidation.names = std::move(*names);
  return invalidation;
}

}  // namespace peak::cache::redis
