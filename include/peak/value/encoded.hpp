// Encoded: a value as bytes, ready for a disk, a socket, another process or a hash.
//
// Purpose    The one form in which values leave a process: cache levels, worker messages, keys by content.
// Form       `structure` is the canonical text of the value (docs/file_formats.md): same value, same bytes, on every
//            machine and in every version that writes format 1. Large payloads (arrays, columns) stay outside as
//            `buffers`, which the structure names by index, so that they can be written, mapped and handed on without
//            being copied.
// Packed     Both in one run of bytes: preamble, structure, then each buffer at a multiple of 64 bytes from the start.
// Ownership  A ByteRun keeps its memory alive through `owner` (null: somebody else does, for as long as it is used).
// Failure    unpack() takes any bytes; what is not a packed value is kBadData, never a crash.
// Threads    values; immutable runs may be read by many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/hash.hpp"
#include "peak/base/status.hpp"

namespace peak::value {

/// Version of the canonical form. It enters packed values and content hashes.
inline constexpr std::uint8_t kFormatVersion = 1;
/// Buffers lie at multiples of this in packed values, as Arrow recommends.
inline constexpr std::size_t kBufferAlignment = 64;

/// Bytes and whoever keeps them alive.
struct ByteRun {
  const std::byte* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> owner;

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data, size}; }
  [[nodiscard]] std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data), size}; }
  /// A run that owns a copy of `bytes`, aligned to kBufferAlignment.
  [[nodiscard]] static ByteRun copy_of(std::span<const std::byte> bytes);
  /// A run that takes a text over.
  [[nodiscard]] static ByteRun own(std::string bytes);
};

/// A value in canonical form.
struct Encoded {
  ByteRun structure;
  std::vector<ByteRun> buffers;

  /// Bytes of the structure and of all buffers, without padding.
  [[nodiscard]] std::size_t size_bytes() const noexcept;
};

/// Bytes that pack() makes of `encoded`.
[[nodiscard]] std::size_t packed_size(const Encoded& encoded) noexcept;
/// Writes packed_size() bytes to `target`; padding is zero.
void pack_into(const Encoded& encoded, std::byte* target) noexcept;
[[nodiscard]] std::string pack(const Encoded& encoded);
/// The parts of a packed value as views that share `packed.owner`; nothing is copied. Buffers are aligned to 64 bytes
/// if `packed.data` is.
[[nodiscard]] Result<Encoded> unpack(const ByteRun& packed);

/// The identity of a value by its content: equal on every machine, in every process and version of format 1. A buffer
/// enters by its bytes, at the speed of the hash (see content_hash in docs/cache.md); the structure names its type.
[[nodiscard]] Hash128 content_hash(const Encoded& encoded) noexcept;

}  // namespace peak::value
