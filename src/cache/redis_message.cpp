#include "redis_message.hpp"

#include <cstdint>
#include <random>

#include "redis_texts.hpp"

namespace peak::cache::redis {

namespace {

constexpr std::size_t kSenderBytes = 2 * sizeof(std::uint64_t);

void append_number(std::uint64_t number, std::string& text) {
  for (unsigned shift = 0; shift < 64; shift += 8) text += static_cast<char>(number >> shift & 0xFF);
}

std::uint64_t number_at(std::string_view text, std::size_t place) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < 8; ++i) number |= std::uint64_t{static_cast<unsigned char>(text[place + i])} << (8 * i);
  return number;
}

}  // namespace

std::uint64_t random_process() {
  std::random_device source;
  const std::uint64_t high = source();
  return high << 32 | source();
}

std::string message_of(const RedisSender& sender, RedisInvalidation::Kind kind,
                       std::span<const std::string_view> names) {
  std::string message;
  append_number(sender.folder, message);
  append_number(sender.process, message);
  message += static_cast<char>(kind);
  append_texts(names, message);
  return message;
}

std::optional<RedisInvalidation> invalidation_of(std::string_view message, std::uint64_t own_process) {
  RedisInvalidation invalidation;
  if (message.size() < kSenderBytes + 1) return invalidation;
  if (number_at(message, sizeof(std::uint64_t)) == own_process) return std::nullopt;
  const auto kind = static_cast<unsigned char>(message[kSenderBytes]);
  if (kind > static_cast<unsigned char>(RedisInvalidation::Kind::kEverything)) return invalidation;
  std::optional<std::vector<std::string>> names = texts_of(message.substr(kSenderBytes + 1));
  if (!names.has_value()) return invalidation;
  invalidation.kind = static_cast<RedisInvalidation::Kind>(kind);
  invalidation.names = std::move(*names);
  invalidation.is_told = true;
  invalidation.folder = number_at(message, 0);
  return invalidation;
}

}  // namespace peak::cache::redis
