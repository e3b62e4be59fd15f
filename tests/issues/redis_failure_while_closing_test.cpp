// The thread that looks after Redis asked the server, did more, and then closed the circuit, whatever had happened
// meanwhile: when a caller had opened it in between, since the server was gone, it was closed all the same. Callers
// then waited for a server that was not there, and the user was told that it answers again.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "cache/redis_server.hpp"
#include "peak/cache/redis.hpp"

namespace peak::cache {
namespace {

TEST(RedisFailureWhileClosingTest, AnAnswerOlderThanTheFailureClosesNothing) {
  if (!has_redis_server()) {
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no redis-server: install it (scripts/setup test)";
    GTEST_SKIP() << "no redis-server: install it (scripts/setup test)";
  }
  constexpr std::chrono::seconds kLongest{300};
  RedisServer server;
  {
    const auto other = RedisCache::open(server.options());
    ASSERT_TRUE(other.ok() && (*other)->wait_until_available(kLongest));
  }
  std::atomic<bool> goes_on{false};
  std::atomic<int> heard{0};
  RedisOptions options = server.options();
  // The thread is held between the server's answer and the closing of the circuit, which callers need not wait for.
  options.on_invalidation = [&](const RedisInvalidation&) {
    ++heard;
    goes_on.wait(false);
  };
  auto opened = RedisCache::open(options);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  RedisCache& cache = **opened;
  while (heard == 0) std::this_thread::yield();
  EXPECT_TRUE(cache.set({"key", "value", std::nullopt, {}}));
  server.stop(SIGKILL);
  EXPECT_FALSE(cache.get("key").has_value());
  EXPECT_EQ(cache.stats().openings, 1U);
  goes_on = true;
  goes_on.notify_all();
  server.start();
  // It listens anew, which it does when it has found the server again or, if it closed the circuit, has met the end.
  while (heard < 2) std::this_thread::yield();
  ASSERT_TRUE(cache.wait_until_available(kLongest));
  EXPECT_EQ(cache.stats().openings, 1U) << "it was closed for a server that was gone, and opened again";
}

}  // namespace
}  // namespace peak::cache
