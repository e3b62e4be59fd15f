#include "peak/base/bits.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "peak/base/simd.hpp"

namespace peak {
namespace {

TEST(Bits, AgreesWithBytesAtEverySize) {
  std::mt19937_64 random(7);
  for (std::size_t size = 0; size < 200; ++size) {
    std::vector<std::uint8_t> bytes(size);
    std::size_t ones = 0;
    for (auto& byte : bytes) {
      byte = static_cast<std::uint8_t>(random() % 3);  // any value but 0 counts as set
      ones += byte != 0;
    }
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      ASSERT_EQ(Bits::from_bytes(bytes).count(), ones) << level;
    }
    ASSERT_TRUE(set_simd_level("").ok());
    const Bits bits = Bits::from_bytes(bytes);
    ASSERT_EQ(bits.size(), size);
    ASSERT_EQ(bits.count(), ones);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(bits[i], bytes[i] != 0);
      ASSERT_EQ(bits.view()[i], bytes[i] != 0);
    }
  }
}

TEST(Bits, SetAndResetTouchOneBit) {
  Bits bits(130);
  for (const std::size_t i : {0U, 63U, 64U, 129U}) {
    bits.set(i);
    EXPECT_EQ(bits.count(), 1U);
    EXPECT_TRUE(bits[i]);
    bits.reset(i);
    EXPECT_EQ(bits.count(), 0U);
  }
}

TEST(BitView, IsFalseOutsideAndWhenEmpty) {
  Bits bits(64);
  for (std::size_t i = 0; i < 64; ++i) bits.set(i);
  EXPECT_FALSE(bits.view()[64]);
  EXPECT_EQ(bits.view().word(0), ~std::uint64_t{0});
  EXPECT_EQ(bits.view().word(1), 0U);
  EXPECT_FALSE(BitView{}[0]);
  EXPECT_EQ(BitView{}.word(0), 0U);
}

}  // namespace
}  // namespace peak
