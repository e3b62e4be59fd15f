#include "peak/value/encoded.hpp"

#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "peak/base/buffer.hpp"

namespace peak::value {
namespace {

static_assert(std::endian::native == std::endian::little, "the canonical form is written as it lies in memory");

/// Before a packed value; the sizes of the buffers follow, eight bytes each.
struct Preamble {
  char magic[2] = {'P', 'V'};
  std::uint8_t version = kFormatVersion;
  std::uint8_t reserved = 0;
  std::uint32_t buffers = 0;
  std::uint64_t structure_bytes = 0;
};
static_assert(sizeof(Preamble) == 16);

std::size_t aligned(std::size_t size) noexcept {
  return (size + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

void copy_bytes(std::byte* target, const std::byte* source, std::size_t size) noexcept {
  if (size != 0) std::memcpy(target, source, size);
}

void zero_bytes(std::byte* from, std::byte* to) noexcept {
  if (to > from) std::memset(from, 0, static_cast<std::size_t>(to - from));
}

Error damaged(const char* what) { return bad_data(std::string("packed value: ") + what); }

}  // namespace

ByteRun ByteRun::copy_of(std::span<const std::byte> bytes) {
  auto memory = std::make_shared<Buffer<std::byte>>(bytes);
  const std::byte* const data = memory->data();
  return {data, bytes.size(), std::move(memory)};
}

ByteRun ByteRun::own(std::string bytes) {
  auto text = std::make_shared<const std::string>(std::move(bytes));
  return {reinterpret_cast<const std::byte*>(text->data()), text->size(), text};
}

std::size_t Encoded::size_bytes() const noexcept {
  std::size_t size = structure.size;
  for (const ByteRun& buffer : buffers) size += buffer.size;
  return size;
}

std::size_t packed_size(const Encoded& encoded) noexcept {
  std::size_t size = sizeof(Preamble) + 8 * encoded.buffers.size() + encoded.structure.size;
  for (const ByteRun& buffer : encoded.buffers) size = aligned(size) + buffer.size;
  return size;
}

void pack_into(const Encoded& encoded, std::byte* target) noexcept {
  Preamble preamble;
  preamble.buffers = static_cast<std::uint32_t>(encoded.buffers.size());
  preamble.structure_bytes = encoded.structure.size;
  std::byte* place = target;
  std::memcpy(place, &preamble, sizeof preamble);
  place += sizeof preamble;
  for (const ByteRun& buffer : encoded.buffers) {
    const std::uint64_t size = buffer.size;
    std::memcpy(place, &size, sizeof size);
    place += sizeof size;
  }
  copy_bytes(place, encoded.structure.data, encoded.structure.size);
  place += encoded.structure.size;
  for (const ByteRun& buffer : encoded.buffers) {
    std::byte* const start = target + aligned(static_cast<std::size_t>(place - target));
    zero_bytes(place, start);
    copy_bytes(start, buffer.data, buffer.size);
    place = start + buffer.size;
  }
}

std::string pack(const Encoded& encoded) {
  std::string packed(packed_size(encoded), '\0');
  pack_into(encoded, reinterpret_cast<std::byte*>(packed.data()));
  return packed;
}

Result<Encoded> unpack(const ByteRun& packed) {
  Preamble preamble;
  if (packed.size < sizeof preamble) return damaged("shorter than its preamble");
  std::memcpy(&preamble, packed.data, sizeof preamble);
  if (preamble.magic[0] != 'P' || preamble.magic[1] != 'V' || preamble.reserved != 0) return damaged("not one");
  if (preamble.version != kFormatVersion) return damaged("of another format version");
  std::size_t left = packed.size - sizeof preamble;
  if (preamble.buffers > left / 8) return damaged("more buffers than bytes");
  left -= 8 * std::size_t{preamble.buffers};
  if (preamble.structure_bytes > left) return damaged("structure past the end");
  Encoded encoded;
  std::size_t place = sizeof preamble + 8 * std::size_t{preamble.buffers};
  encoded.structure = {packed.data + place, static_cast<std::size_t>(preamble.structure_bytes), packed.owner};
  place += encoded.structure.size;
  encoded.buffers.reserve(preamble.buffers);
  for (std::size_t i = 0; i < preamble.buffers; ++i) {
    std::uint64_t size = 0;
    std::memcpy(&size, packed.data + sizeof preamble + 8 * i, sizeof size);
    place = aligned(place);
    if (place > packed.size || size > packed.size - place) return damaged("buffer past the end");
    encoded.buffers.push_back({packed.data + place, static_cast<std::size_t>(size), packed.owner});
    place += static_cast<std::size_t>(size);
  }
  if (place != packed.size) return damaged("bytes after its end");
  return encoded;
}

Hash128 content_hash(const Encoded& encoded) noexcept {
  Hasher hasher;
  hasher.add_integer(kFormatVersion);
  hasher.add_integer(encoded.structure.size);
  hasher.add(encoded.structure.data, encoded.structure.size);
  for (const ByteRun& buffer : encoded.buffers) {
    const Hash128 hash = hash_bytes(buffer.data, buffer.size);
    hasher.add_integer(buffer.size);
    hasher.add_integer(hash.high);
    hasher.add_integer(hash.low);
  }
  return hasher.finish();
}

}  // namespace peak::value
