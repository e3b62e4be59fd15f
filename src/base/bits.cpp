#include "peak/base/bits.hpp"

#include <bit>

namespace peak {

Bits Bits::from_bytes(std::span<const std::uint8_t> bytes) {
  Bits bits(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bits.words_[i / 64] |= std::uint64_t{bytes[i] != 0} << (i % 64);
  }
  return bits;
}

std::size_t Bits::count() const noexcept {
  std::size_t total = 0;
  for (const std::uint64_t word : words_) total += static_cast<std::size_t>(std::popcount(word));
  return total;
}

}  // namespace peak
