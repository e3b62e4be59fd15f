// What was read below while another thread or process replaced or removed it came up over the newer state: for a moment
// in memory, for good on the server, and, since the server told of a removal before the folder had done it, for good in
// the memory of other processes.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cache/cache_folder.hpp"
#include "cache/map_remote.hpp"
#include "cache/redis_server.hpp"
#include "peak/cache/multi_level_cache.hpp"

namespace peak::cache {
namespace {

Object text(const std::string& content) { return std::make_shared<const value::Value>(value::Text{content}); }
std::string content(const Object& object) {
  if (object == nullptr) return "(missing)";
  return static_cast<const value::Value*>(object.get())->as<value::Text>()->utf8;
}

std::function<void()> in_the_clock;
Nanoseconds clock_with_company() {
  if (in_the_clock) std::exchange(in_the_clock, nullptr)();
  return 1;
}

CacheOptions with_disk(const CacheFolder& folder, std::shared_ptr<RemoteCache> remote = nullptr) {
  CacheOptions options;
  options.disk = DiskCacheOptions{.path = folder.path + "/cache"};
  options.remote = std::move(remote);
  return options;
}

TEST(CachePromotion, MemoryNeverShowsTheOldValueAgain) {
  const CacheFolder folder;
  CacheOptions options = with_disk(folder);
  options.memory.clock = clock_with_company;
  MultiLevelCache cache(options);
  ASSERT_TRUE(cache.set("key", text("old")).ok());
  cache.memory().clear();
  bool has_been_replaced = false;
  std::string replaced_by = "nothing";
  cache.memory().set_removal_listener([&](std::string_view, const Object& object, Removal) {
    if (content(object) == "new") replaced_by = content(cache.memory().get("key"));
  });
  // The clock is read when the entry is made, after the value was read below: there the other thread comes in.
  in_the_clock = [&] { has_been_replaced = cache.set("key", text("new")).ok(); };
  static_cast<void>(cache.get_below_memory("key"));
  EXPECT_TRUE(has_been_replaced);
  EXPECT_EQ(replaced_by, "nothing") << "the new value was taken out of memory";
  EXPECT_EQ(content(cache.memory().get("key")), "new");
}

TEST(CachePromotion, TheServerKeepsWhatIsNewer) {
  const CacheFolder folder;
  const auto remote = std::make_shared<MapRemote>();
  MultiLevelCache cache(with_disk(folder, remote));
  MultiLevelCache other(with_disk(folder, remote));
  ASSERT_TRUE(cache.set("key", text("old")).ok());
  cache.memory().clear();
  remote->clear();
  remote->before_add = [&] { ASSERT_TRUE(other.set("key", text("new")).ok()); };
  static_cast<void>(cache.get("key"));
  MultiLevelCache third(with_disk(folder, remote));
  EXPECT_EQ(content(third.get("key")), "new");
}

TEST(CachePromotion, TheServerGetsNothingThatWasRemoved) {
  const CacheFolder folder;
  const auto remote = std::make_shared<MapRemote>();
  MultiLevelCache cache(with_disk(folder, remote));
  MultiLevelCache other(with_disk(folder, remote));
  ASSERT_TRUE(cache.set("key", text("old")).ok());
  cache.memory().clear();
  remote->clear();
  remote->before_add = [&] { EXPECT_TRUE(other.erase("key")); };
  static_cast<void>(cache.get("key"));
  EXPECT_FALSE(remote->contains("key"));
  MultiLevelCache third(with_disk(folder, remote));
  EXPECT_EQ(content(third.get("key")), "(missing)");
}

TEST(CachePromotion, WhoHearsOfARemovalFindsNothingInTheFolder) {
  const CacheFolder folder;
  const auto remote = std::make_shared<MapRemote>();
  MultiLevelCache cache(with_disk(folder, remote));
  MultiLevelCache other(with_disk(folder, remote));
  ASSERT_TRUE(cache.set("key", text("old")).ok());
  std::string found;
  remote->before_erase = [&] {
    remote->values.clear();  // the server has done it and told the other process, which asks at once
    found = content(other.get("key"));
  };
  cache.erase("key");
  EXPECT_EQ(found, "(missing)");
}

TEST(CachePromotion, RedisAddsOnlyWhatIsNotThere) {
  if (!has_redis_server()) {
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no redis-server: install it (scripts/setup test)";
    GTEST_SKIP() << "no redis-server: install it (scripts/setup test)";
  }
  const RedisServer server;
  const auto opened = RedisCache::open(server.options());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const auto& cache = *opened;
  RedisOptions listening = server.options();
  std::atomic<int> heard{0};
  listening.on_invalidation = [&](const RedisInvalidation& what) {
    if (what.kind == RedisInvalidation::Kind::kKeys) ++heard;
  };
  const auto listener = RedisCache::open(listening);
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  ASSERT_TRUE(cache->wait_until_available(std::chrono::seconds(20)));
  ASSERT_TRUE((*listener)->wait_until_available(std::chrono::seconds(20)));
  using std::chrono::milliseconds;
  const std::vector<std::string> tags = {"prices"};
  EXPECT_TRUE(cache->add({"key", "first", milliseconds(600'000), tags}));
  EXPECT_FALSE(cache->add({"key", "second", milliseconds(1'000), tags}));
  const auto found = cache->get("key");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->bytes, "first");
  EXPECT_EQ(found->tags, tags);
  ASSERT_TRUE(found->remaining.has_value());
  EXPECT_GT(*found->remaining, milliseconds(500'000));
  EXPECT_TRUE(cache->set({"last", "x", std::nullopt, {}}));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (heard == 0 && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(heard, 1) << "to bring a value up from below is no change that others must hear of";
  // The tag of the value that was refused has not shortened the first one's place among its tag's.
  std::this_thread::sleep_for(milliseconds(1'100));
  EXPECT_TRUE(cache->set({"sweeps the tag", "x", std::nullopt, tags}));
  EXPECT_EQ(cache->erase_tag("prices"), 2U);
  EXPECT_FALSE(cache->contains("key"));
}

}  // namespace
}  // namespace peak::cache
