#include "peak/base/buffer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace peak {
namespace {

TEST(Buffer, HoldsWhatIsWrittenAndIsAlignedForVectors) {
  for (const std::size_t size : {0U, 1U, 63U, 4096U, 1'000'000U}) {
    Buffer<double> buffer(size, 2.5);
    ASSERT_EQ(buffer.size(), size);
    ASSERT_EQ(buffer.empty(), size == 0);
    if (size != 0) {
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
    }
    ASSERT_EQ(std::accumulate(buffer.begin(), buffer.end(), 0.0), 2.5 * static_cast<double>(size));
  }
}

TEST(Buffer, CopiesAreTheirOwnAndMovesLeaveNothing) {
  const std::vector<std::int64_t> values{1, 2, 3};
  Buffer<std::int64_t> first{std::span<const std::int64_t>(values)};
  Buffer<std::int64_t> second = first;
  second[0] = 9;
  EXPECT_EQ(first[0], 1);
  Buffer<std::int64_t> third = std::move(second);
  EXPECT_EQ(third[0], 9);
  EXPECT_EQ(third.back(), 3);
  first = third;
  EXPECT_EQ(first[0], 9);
}

}  // namespace
}  // namespace peak
