// Two races with the thread that looks after the server.
//
// An answer of the server that is older than the removal of a value is not taken.
// A server that is full refuses a new value; the cache then removes the key's old one in the background and does not
// serve the key until that is done. A read whose answer came before the removal, and was looked at after it, gave the
// old value.
//
// The circuit was closed without the lock under which others look before they wait for it: who had just looked was not
// woken, and waited to the end of his patience.
#include <gtest/gtest.h>

#include <string>

#include "cache/redis_server.hpp"
#include "peak/cache/redis.hpp"

namespace peak::cache {
namespace {

class RedisAnswersTest : public testing::Test {
 protected:
  void SetUp() override {
    if (has_redis_server()) return;
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no redis-server: install it (scripts/setup test)";
    GTEST_SKIP() << "no redis-server: install it (scripts/setup test)";
  }
};

TEST_F(RedisAnswersTest, AWaitEndsWhenTheServerAnswers) {
  const RedisServer server;
  for (int round = 0; round < 300; ++round) {
    auto opened = RedisCache::open(server.options());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    ASSERT_TRUE((*opened)->wait_until_available(std::chrono::hours(1)));  // beyond the time limit of the test program
  }
}

TEST_F(RedisAnswersTest, ARefusedValueNeverShowsItsPredecessor) {
  const RedisServer server({"--maxmemory", "3mb", "--maxmemory-policy", "noeviction"});
  RedisOptions options = server.options();
  options.timeout = std::chrono::seconds(10);
  auto opened = RedisCache::open(options);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  RedisCache& cache = **opened;
  ASSERT_TRUE(cache.wait_until_available(std::chrono::seconds(300)));
  const std::string large(1'000'000, 'x');
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    cache.clear();
    if (!cache.set({"key", "old", std::nullopt, {}})) continue;
    for (int i = 0; i < 4; ++i) cache.set({"large " + std::to_string(i), large, std::nullopt, {}});
    if (cache.set({"key", large, std::nullopt, {}})) continue;
    ++refused;
    const std::optional<RedisValue> value = cache.get("key");
    EXPECT_TRUE(!value.has_value() || value->bytes != "old") << "round " << round;
    const std::string_view key = "key";
    const auto many = cache.get_many({&key, 1});
    EXPECT_TRUE(!many[0].has_value() || many[0]->bytes != "old") << "round " << round;
  }
  EXPECT_GT(refused, 10) << "the server was meant to be full";
}

}  // namespace
}  // namespace peak::cache
