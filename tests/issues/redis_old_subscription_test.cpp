// A server that was killed and started again within the pause of the thread that looks for it: when a caller saw the
// failure first, and a message lay unread before the end of the old subscription, the thread kept that subscription.
// It closed the circuit, met the end, and opened the circuit again: a healthy server was away twice as long, and the
// keys that were set meanwhile were forgotten.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "cache/redis_server.hpp"
#include "peak/cache/redis.hpp"

namespace peak::cache {
namespace {

using std::chrono::seconds;

constexpr seconds kPatience{300};

TEST(RedisOldSubscriptionTest, IsNotTakenForOneOfTheServerThatWasStartedAgain) {
  if (!has_redis_server()) {
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no redis-server: install it (scripts/setup test)";
    GTEST_SKIP() << "no redis-server: install it (scripts/setup test)";
  }
  RedisServer server;
  server.stop(SIGKILL);
  std::atomic<bool> may_go_on{false};
  std::atomic<int> heard{0};
  RedisOptions options = server.options();
  // The thread is held between the closing of the circuit and its listening.
  options.on_event = [&](std::string_view event) {
    if (event.find("answers again") != std::string_view::npos) may_go_on.wait(false);
  };
  options.on_invalidation = [&](const RedisInvalidation&) { ++heard; };
  auto opened = RedisCache::open(options);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  RedisCache& cache = **opened;
  while (cache.stats().openings == 0) std::this_thread::yield();
  server.start();
  ASSERT_TRUE(cache.wait_until_available(kPatience));
  EXPECT_EQ(heard.exchange(0), 1);
  // Its message goes to every subscriber, this one too, which does not read it yet.
  ASSERT_TRUE(cache.set({"key", "value", std::nullopt, {}}));
  ASSERT_TRUE(cache.get("key").has_value());
  server.stop(SIGKILL);
  EXPECT_FALSE(cache.get("key").has_value());
  EXPECT_FALSE(cache.available());
  server.start();
  {
    const auto other = RedisCache::open(server.options());
    ASSERT_TRUE(other.ok() && (*other)->wait_until_available(kPatience));
  }
  may_go_on = true;
  may_go_on.notify_all();
  ASSERT_TRUE(cache.wait_until_available(kPatience));
  EXPECT_GT(heard.load(), 0) << "it listens anew before values are served: changes may have been missed";
  EXPECT_TRUE(cache.set({"key", "again", std::nullopt, {}}));
  EXPECT_TRUE(cache.get("key").has_value());
  EXPECT_EQ(cache.stats().openings, 2U) << "away at the start, and when it was killed";
}

}  // namespace
}  // namespace peak::cache
