// Who waits for another's computation can be called away; the computation itself goes on.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "peak/cache/multi_level_cache.hpp"

namespace peak::cache {
namespace {

TEST(StopTest, AWaitEndsWhenItIsToldTo) {
  std::atomic<bool> stop{false};
  std::atomic<bool> computing{false};
  std::atomic<bool> finish{false};
  CacheOptions options;
  options.stop = [&] { return stop.load(); };
  MultiLevelCache cache(options);
  const auto five = std::make_shared<const value::Value>(5);
  std::thread pilot([&] {
    const Result<Object> result = cache.get_or_compute("key", [&]() -> Result<Object> {
      computing = true;
      while (!finish) std::this_thread::yield();
      return Object(five);
    });
    EXPECT_TRUE(result.ok());
  });
  while (!computing) std::this_thread::yield();
  stop = true;
  const Result<Object> waited = cache.get_or_compute("key", [&]() -> Result<Object> { return Object(five); });
  ASSERT_FALSE(waited.ok());
  EXPECT_EQ(waited.error().code, ErrorCode::kCancelled);
  finish = true;
  pilot.join();
  EXPECT_EQ(cache.get("key"), five);
}

}  // namespace
}  // namespace peak::cache
