// Hash: 128-bit content hash (XXH3), the same on every platform, for fingerprints and cache keys.
//
// Not cryptographic: it guards against accidents, not against an adversary.
// Threads: pure functions; a Hasher belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace peak {

/// 128 bits of content hash; equal content gives equal hashes on every machine and version.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
  /// 32 lower-case hexadecimal digits, high half first.
  [[nodiscard]] std::string hex() const;
};

/// The hash of one run of bytes.
[[nodiscard]] Hash128 hash_bytes(const void* data, std::size_t size_bytes) noexcept;

/// The hash of bytes given piece by piece. Pieces are not delimited: add lengths where that matters.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(const void* data, std::size_t size_bytes) noexcept;
  /// The text with its length before it, so that ("ab", "c") and ("a", "bc") differ.
  void add_text(std::string_view text) noexcept;
  void add_integer(std::uint64_t value) noexcept;  ///< as eight little-endian bytes
  [[nodiscard]] Hash128 finish() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace peak
