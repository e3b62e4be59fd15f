#include "peak/base/hash.hpp"

#include <cstdio>

#define XXH_INLINE_ALL  // one translation unit, so that the vector code is chosen here and no library is loaded
#include <xxhash.h>

namespace peak {

struct Hasher::State {
  XXH3_state_t xxh;
};

std::string Hash128::hex() const {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

Hash128 hash_bytes(const void* data, std::size_t size_bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(data, size_bytes);
  return {hash.high64, hash.low64};
}

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Hasher::~Hasher() = default;

void Hasher::add(const void* data, std::size_t size_bytes) noexcept {
  if (size_bytes != 0) XXH3_128bits_update(&state_->xxh, data, size_bytes);
}

void Hasher::add_text(std::string_view text) noexcept {
  add_integer(text.size());
  add(text.data(), text.size());
}

void Hasher::add_integer(std::uint64_t value) noexcept {
  unsigned char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(value >> (8 * i));
  add(bytes, sizeof bytes);
}

Hash128 Hasher::finish() const noexcept {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return {hash.high64, hash.low64};
}

}  // namespace peak
