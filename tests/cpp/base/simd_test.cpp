#include "peak/base/simd.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace peak {
namespace {

TEST(Simd, WidestLevelIsUsedUnlessTheEnvironmentSaysOtherwise) {
  ASSERT_FALSE(simd_levels().empty());
  if (std::getenv("PEAK_SIMD") == nullptr) {
    EXPECT_EQ(simd_level(), simd_levels().front());
  }
}

TEST(Simd, EveryLevelCanBeSetAndTakenBack) {
  const std::string before = simd_level();
  for (const std::string& level : simd_levels()) {
    ASSERT_TRUE(set_simd_level(level).ok());
    EXPECT_EQ(simd_level(), level);
  }
  ASSERT_TRUE(set_simd_level("").ok());
  EXPECT_EQ(simd_level(), before);
}

TEST(Simd, ScalarIsTheNarrowestInAnyCase) {
  ASSERT_TRUE(set_simd_level("Scalar").ok());
  EXPECT_EQ(simd_level(), simd_levels().back());
  ASSERT_TRUE(set_simd_level("").ok());
}

TEST(Simd, AnUnknownLevelIsRefusedWithTheKnownAndChangesNothing) {
  const std::string before = simd_level();
  const Status status = set_simd_level("MMX");
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("MMX"), std::string::npos);
  EXPECT_NE(status.error().message.find(simd_levels().front()), std::string::npos);
  EXPECT_EQ(simd_level(), before);
}

}  // namespace
}  // namespace peak
