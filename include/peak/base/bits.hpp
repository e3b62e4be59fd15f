// Bits: a column of yes/no values, 64 to a word, bar t in bit t % 64 of word t / 64; bits past the end are 0.
//
// Signals live in this form: logic works on 64 bars at once and an engine finds the next signal with one instruction.
// Threads: as std::vector.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace peak {

/// Words needed for `size` bits.
[[nodiscard]] constexpr std::size_t bit_words(std::size_t size) noexcept { return (size + 63) / 64; }

/// How many bits of a word are set. Compiled for any x86-64, std::popcount is a call that reads a table; these are a
/// dozen plain instructions.
[[nodiscard]] constexpr int set_bits(std::uint64_t word) noexcept {
#if defined(__POPCNT__) || !defined(__x86_64__)
  return std::popcount(word);
#else
  word -= (word >> 1) & 0x5555555555555555;                                 // counts of pairs
  word = (word & 0x3333333333333333) + ((word >> 2) & 0x3333333333333333);  // of four
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;                         // of bytes
  return static_cast<int>((word * 0x0101010101010101) >> 56);               // their sum
#endif
}

/// The bits of word `w` that stand for [from, to) in a row of bits.
[[nodiscard]] constexpr std::uint64_t bits_within(std::size_t w, std::size_t from, std::size_t to) noexcept {
  const std::size_t begin = w * 64;
  if (to <= begin || from >= begin + 64) return 0;
  std::uint64_t bits = ~std::uint64_t{0};
  if (from > begin) bits <<= from - begin;
  if (to - begin < 64) bits &= (std::uint64_t{1} << (to - begin)) - 1;
  return bits;
}

/// A view of bits that somebody else owns. An empty view stands for "no bit set".
struct BitView {
  const std::uint64_t* words = nullptr;
  std::size_t size = 0;

  [[nodiscard]] bool operator[](std::size_t i) const noexcept {
    return i < size && ((words[i / 64] >> (i % 64)) & 1U) != 0;
  }
  [[nodiscard]] std::uint64_t word(std::size_t index) const noexcept { return index * 64 < size ? words[index] : 0; }
};

/// Bits with their memory.
class Bits {
 public:
  Bits() = default;
  explicit Bits(std::size_t size) : words_(bit_words(size), 0), size_(size) {}
  /// One bit for each byte that is not zero.
  static Bits from_bytes(std::span<const std::uint8_t> bytes);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool operator[](std::size_t i) const noexcept { return ((words_[i / 64] >> (i % 64)) & 1U) != 0; }
  void set(std::size_t i) noexcept { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void reset(std::size_t i) noexcept { words_[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  [[nodiscard]] std::uint64_t* words() noexcept { return words_.data(); }
  [[nodiscard]] BitView view() const noexcept { return {words_.data(), size_}; }
  /// How many bits are set.
  [[nodiscard]] std::size_t count() const noexcept;

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

}  // namespace peak
