#include "peak/base/bits.hpp"

#include <bit>
#include <cstring>

namespace peak {
namespace {

static_assert(std::endian::native == std::endian::little, "eight_bits takes the first byte for the lowest");

/// Bit i is set where byte i of eight is not zero.
std::uint64_t eight_bits(const std::uint8_t* bytes) noexcept {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  constexpr std::uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
  // The high bit of each byte: set by a carry out of the low seven, or set before.
  const std::uint64_t ones = ((((value & kLow) + kLow) | value) & ~kLow) >> 7;
  // Byte i holds 1 at bit 8 i; the factor's bit 56 - 7 i moves it to bit 56 + i, and no two sums meet below.
  return (ones * 0x0102040810204080) >> 56;
}

}  // namespace

Bits Bits::from_bytes(std::span<const std::uint8_t> bytes) {
  Bits bits(bytes.size());
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) bits.words_[i / 64] |= eight_bits(&bytes[i]) << (i % 64);
  for (; i < bytes.size(); ++i) bits.words_[i / 64] |= std::uint64_t{bytes[i] != 0} << (i % 64);
  return bits;
}

std::size_t Bits::count() const noexcept {
  std::size_t total = 0;
  for (const std::uint64_t word : words_) total += static_cast<std::size_t>(set_bits(word));
  return total;
}

}  // namespace peak
