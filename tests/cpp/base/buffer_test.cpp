#include "peak/base/buffer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <numeric>
#include <thread>
#include <utility>
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

// Blocks go round between all threads: no two owners may ever hold the same one.
TEST(Buffer, NoTwoThreadsAreGivenTheSameMemory) {
  constexpr std::uint32_t kThreads = 4, kRounds = 200'000;
  std::atomic<std::size_t> wrong = 0;
  const auto work = [&](std::uint32_t id) {
    Buffer<std::uint32_t> before(5000);
    before[0] = id;
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      Buffer<std::uint32_t> next(5000);
      next[0] = id;
      wrong += before[0] != id;
      before = std::move(next);
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t id = 1; id <= kThreads; ++id) threads.emplace_back(work, id);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0U);
}

TEST(Buffer, WhatOneThreadGivesBackAnotherMayUse) {
  for (std::size_t round = 0; round < 300; ++round) {  // more blocks than are kept
    std::vector<Buffer<double>> made;
    std::thread([&] {
      for (std::size_t i = 0; i < 4; ++i) made.emplace_back(10'000, static_cast<double>(round + i));
    }).join();
    for (std::size_t i = 0; i < 4; ++i) ASSERT_EQ(made[i].back(), static_cast<double>(round + i));
  }
}

}  // namespace
}  // namespace peak
