#include "peak/base/bits.hpp"

#include <bit>
#include <cstring>

#include "peak/base/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "base/bits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// words[w] gets the bits of bytes[64 w .. 64 w + 64): set where the byte is not zero.
void pack_words(const std::uint8_t* bytes, std::size_t words, std::uint64_t* to) {
  const HWY_CAPPED(std::uint8_t, 64) d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t w = 0; w < words; ++w) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 64; i += lanes) {
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(d, hn::Ne(hn::LoadU(d, bytes + 64 * w + i), hn::Zero(d)), bits);
      std::uint64_t part = 0;
      std::memcpy(&part, bits, sizeof part);
      word |= part << i;
    }
    to[w] = word;
  }
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak {

HWY_EXPORT(pack_words);

static_assert(std::endian::native == std::endian::little, "pack_words takes the first byte for the lowest");

Bits Bits::from_bytes(std::span<const std::uint8_t> bytes) {
  Bits bits(bytes.size());
  HWY_DYNAMIC_DISPATCH(pack_words)(bytes.data(), bytes.size() / 64, bits.words_.data());
  for (std::size_t i = bytes.size() / 64 * 64; i < bytes.size(); ++i) {
    bits.words_[i / 64] |= std::uint64_t{bytes[i] != 0} << (i % 64);
  }
  return bits;
}

std::size_t Bits::count() const noexcept {
  std::size_t total = 0;
  for (const std::uint64_t word : words_) total += static_cast<std::size_t>(set_bits(word));
  return total;
}

}  // namespace peak
#endif
