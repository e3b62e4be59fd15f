#include "redis_message.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <random>

namespace peak::redis {

std::string random_sender() {
  std::random_device source;
  std::array<std::uint32_t, kSenderBytes / sizeof(std::uint32_t)> words;
  for (std::uint32_t& word : words) word = source();
  return {reinterpret_cast<const char*>(words.data()), kSenderBytes};
}

std::string message_of(std::string_view sender, RedisInvalidation::Kind kind, std::span<const std::string_view> names) {
  std::string message(sender);
  message += static_cast<char>(kind);
  for (const std::string_view name : names) {
    const auto size = static_cast<std::uint32_t>(name.size());
    message.append(reinterpret_cast<const char*>(&size), sizeof(size));
    message += name;
  }
  return message;
}

std::optional<RedisInvalidation> invalidation_of(std::string_view message, std::string_view own_sender) {
  if (message.starts_with(own_sender)) return std::nullopt;
  RedisInvalidation invalidation;
  if (message.size() < kSenderBytes + 1) return invalidation;
  const auto kind = static_cast<unsigned char>(message[kSenderBytes]);
  if (kind > static_cast<unsigned char>(RedisInvalidation::Kind::kEverything)) return invalidation;
  message.remove_prefix(kSenderBytes + 1);
  std::vector<std::string> names;
  while (!message.empty()) {
    std::uint32_t size = 0;
    if (message.size() < sizeof(size)) return invalidation;
    std::memcpy(&size, message.data(), sizeof(size));
    message.remove_prefix(sizeof(size));
    if (message.size() < size) return invalidation;
    names.emplace_back(message.substr(0, size));
    message.remove_prefix(size);
  }
  invalidation.kind = static_cast<RedisInvalidation::Kind>(kind);
  invalidation.names = std::move(names);
  return invalidation;
}

}  // namespace peak::redis
