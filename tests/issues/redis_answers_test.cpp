// An answer that announces a thousand million elements, in a few bytes of garbage, had room for them all set aside, and
// each of them looked at: half a minute of the caller's time. It is an error as soon as it is read.
//
// And two races with the thread that looks after the server:
//
// An answer of the server that is older than the removal of a value is not taken.
// A server that is full refuses a new value; the cache then removes the key's old one in the background and does not
// serve the key until that is done. A read whose answer came before the removal, and was looked at after it, gave the
// old value.
//
// The circuit was closed without the lock under which others look before they wait for it: who had just looked was not
// woken, and waited to the end of his patience.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "cache/redis_connection.hpp"
#include "cache/redis_server.hpp"
#include "peak/cache/redis.hpp"

namespace peak::cache {
namespace {

TEST(RedisAnswerTest, MoreElementsThanAnyAnswerHasAreAnErrorAtOnce) {
  const FakeServer server([](int connection) {
    char buffer[4096];
    const std::string answer = "+PONG\r\n*1000000000\r\n";
    if (read(connection, buffer, sizeof(buffer)) <= 0) return;
    if (write(connection, answer.data(), answer.size()) < 0) return;
    while (read(connection, buffer, sizeof(buffer)) > 0) {
    }
  });
  RedisOptions options;
  options.host = "127.0.0.1";
  options.port = server.port();
  redis::Deadline deadline(std::chrono::minutes(5));  // a wait for the elements would end with kCancelled
  const auto addresses = redis::resolve(options);
  ASSERT_TRUE(addresses.ok()) << addresses.error().message;
  const auto connection = redis::RedisConnection::open(*addresses, options, deadline);
  ASSERT_TRUE(connection.ok()) << connection.error().message;
  redis::Commands commands;
  commands.add({"GET", "key"});
  const auto replies = (*connection)->exchange(commands, deadline);
  ASSERT_FALSE(replies.ok());
  EXPECT_EQ(replies.error().code, ErrorCode::kIo) << replies.error().message;
}

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

// Room for several large values beside what the server itself needs, so that clear() always has one to remove: the
// cache then sends values again at once, which a refusal otherwise ends for a second.
TEST_F(RedisAnswersTest, ARefusedValueNeverShowsItsPredecessor) {
  const RedisServer server({"--maxmemory", "8mb", "--maxmemory-policy", "noeviction"});
  RedisOptions options = server.options();
  options.timeout = std::chrono::seconds(10);
  auto opened = RedisCache::open(options);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  RedisCache& cache = **opened;
  ASSERT_TRUE(cache.wait_until_available(std::chrono::seconds(300)));
  const std::string large(1'000'000, 'x');
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
  for (int refused = 0; refused < 20;) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the server was meant to be full; refusals: " << refused;
    cache.clear();
    // The server may not have given back all memory yet.
    if (!cache.set({"key", "old", std::nullopt, {}})) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    for (int i = 0; i < 16 && cache.set({"large " + std::to_string(i), large, std::nullopt, {}}); ++i) {
    }
    if (cache.set({"key", large, std::nullopt, {}})) continue;
    ++refused;
    const std::optional<RedisValue> value = cache.get("key");
    EXPECT_TRUE(!value.has_value() || value->bytes != "old") << "refusal " << refused;
    const std::string_view key = "key";
    const auto many = cache.get_many({&key, 1});
    EXPECT_TRUE(!many[0].has_value() || many[0]->bytes != "old") << "refusal " << refused;
  }
}

}  // namespace
}  // namespace peak::cache
