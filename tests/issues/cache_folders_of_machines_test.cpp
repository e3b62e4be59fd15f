// Two machines on one server, each with a folder of its own: what one replaced or removed stayed in the other's folder,
// which gave it again once the server was away or had forgotten the key.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "cache/cache_folder.hpp"
#include "cache/redis_server.hpp"
#include "peak/cache/multi_level_cache.hpp"
#include "peak/cache/redis.hpp"

namespace peak::cache {
namespace {

Object text(const std::string& content) { return std::make_shared<const value::Value>(value::Text{content}); }
std::string content(const Object& object) {
  if (object == nullptr) return "(missing)";
  return static_cast<const value::Value*>(object.get())->as<value::Text>()->utf8;
}

std::unique_ptr<MultiLevelCache> opened(const RedisServer& server, const std::string& folder) {
  CacheOptions options;
  options.disk = DiskCacheOptions{.path = folder};
  RedisOptions redis = server.options();
  redis.timeout = std::chrono::milliseconds(2'000);  // a loaded machine is no dead server
  auto remote = open_remote(redis);
  if (!remote.ok()) return nullptr;
  options.remote = *remote;
  return std::make_unique<MultiLevelCache>(std::move(options));
}

template <typename Condition>
bool becomes(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TEST(CacheFoldersOfMachines, LoseWhatAnotherMachineReplacedOrRemoved) {
  if (!has_redis_server()) {
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no redis-server: install it (scripts/setup test)";
    GTEST_SKIP() << "no redis-server: install it (scripts/setup test)";
  }
  RedisServer server;
  const CacheFolder first_machine, second_machine;
  const auto here = opened(server, first_machine.path + "/cache");
  const auto beside = opened(server, first_machine.path + "/cache");  // another process on the first machine
  const auto there = opened(server, second_machine.path + "/cache");
  ASSERT_TRUE(here != nullptr && beside != nullptr && there != nullptr);
  for (const auto* cache : {&here, &beside, &there}) {
    ASSERT_TRUE(becomes([&] { return (*cache)->remote()->available(); }));
  }
  for (const char* key : {"replaced", "removed", "a/prefix", "kept"}) {
    ASSERT_TRUE(there->set(key, text("old")).ok());
    ASSERT_TRUE(there->disk()->contains(key));
  }
  ASSERT_TRUE(there->set("tagged", text("old"), {.tags = {"tag"}}).ok());
  ASSERT_TRUE(here->set("replaced", text("new")).ok());
  here->erase("removed");
  here->invalidate_prefix("a/");
  here->invalidate_tag("tag");
  EXPECT_TRUE(becomes([&] { return !there->disk()->contains("replaced"); }));
  EXPECT_TRUE(becomes([&] { return !there->disk()->contains("tagged"); }));
  // Who hears of a change by a process over the same folder leaves that folder alone.
  ASSERT_TRUE(here->set("last", text("first")).ok());
  EXPECT_TRUE(becomes([&] { return beside->get("last") != nullptr && beside->memory().contains("last"); }));
  ASSERT_TRUE(here->set("last", text("second")).ok());
  EXPECT_TRUE(becomes([&] { return !beside->memory().contains("last"); }));
  EXPECT_TRUE(here->disk()->contains("last"));
  server.stop(SIGKILL);
  there->memory().clear();
  for (const char* key : {"replaced", "removed", "a/prefix", "tagged"}) {
    EXPECT_EQ(content(there->get(key)), "(missing)") << key;
  }
  EXPECT_EQ(content(there->get("kept")), "old");
}

TEST(CacheFoldersOfMachines, HaveAnIdentityThatACopyHasNot) {
  const CacheFolder folder;
  const std::string path = folder.path + "/cache";
  const auto first = DiskCache::open({.path = path});
  const auto second = DiskCache::open({.path = path});
  ASSERT_TRUE(first.ok() && second.ok());
  const std::uint64_t identity = (*first)->identity();
  EXPECT_NE(identity, 0U);
  EXPECT_EQ((*second)->identity(), identity);
  EXPECT_EQ((*first)->identity(), identity);
  ASSERT_EQ(std::system(("cp -R '" + path + "' '" + path + "-copy'").c_str()), 0);
  const auto copy = DiskCache::open({.path = path + "-copy"});
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_NE((*copy)->identity(), identity);
}

}  // namespace
}  // namespace peak::cache
