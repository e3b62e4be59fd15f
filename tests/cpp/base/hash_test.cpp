#include "peak/base/hash.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace peak {
namespace {

// Expected values from the Python package xxhash 4.1.0, xxh3_128_hexdigest: keys on disk depend on them for ever.
TEST(Hash, AgreesWithPublishedXxh3) {
  EXPECT_EQ(hash_bytes("", 0).hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash_bytes("a", 1).hex(), "a96faf705af16834e6c632b61e964e1f");
  EXPECT_EQ(hash_bytes("abc", 3).hex(), "06b05ab6733a618578af5f94892f3950");
  std::vector<unsigned char> long_input(1280);
  for (std::size_t i = 0; i < long_input.size(); ++i) long_input[i] = static_cast<unsigned char>(i);
  EXPECT_EQ(hash_bytes(long_input.data(), long_input.size()).hex(), "d92ab3a1cb0542a74844b009e164352e");
}

TEST(Hasher, PiecesGiveTheHashOfTheWhole) {
  std::vector<unsigned char> input(1280);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<unsigned char>(i);
  for (const std::size_t piece : {1U, 7U, 64U, 1000U}) {
    Hasher hasher;
    for (std::size_t i = 0; i < input.size(); i += piece) {
      hasher.add(input.data() + i, std::min<std::size_t>(piece, input.size() - i));
    }
    EXPECT_EQ(hasher.finish().hex(), "d92ab3a1cb0542a74844b009e164352e");
  }
}

// The length as eight little-endian bytes goes before a text; expected values from the same package on such bytes.
TEST(Hasher, TextsAreDelimited) {
  Hasher first, second;
  first.add_text("ab");
  first.add_text("c");
  second.add_text("a");
  second.add_text("bc");
  EXPECT_EQ(first.finish().hex(), "f2eda2708bcfd51cc05c0ee4c9f60440");
  EXPECT_EQ(second.finish().hex(), "f310f4d71be93bc46456c91685adede6");
}

TEST(Hasher, IntegersAreLittleEndianOnEveryMachine) {
  Hasher hasher;
  hasher.add_integer(0x0102030405060708);
  EXPECT_EQ(hasher.finish().hex(), "f29531cf5c95abf55e5d745f3707486f");
}

}  // namespace
}  // namespace peak
