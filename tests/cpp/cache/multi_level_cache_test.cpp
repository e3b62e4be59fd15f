// The levels as one cache: promotion, lifetimes, one computation at a time, freshness, warming, records of use.
#include "peak/cache/multi_level_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "cache/cache_folder.hpp"
#include "cache/map_remote.hpp"
#include "peak/cache/recorded_statistics.hpp"
#include "peak/cache/size_advice.hpp"

namespace peak::cache {
namespace {

std::atomic<Nanoseconds> test_time{0};
Nanoseconds test_clock() { return test_time.load(); }

Object text(const std::string& content) { return std::make_shared<const value::Value>(value::Text{content}); }
std::string content(const Object& object) {
  if (object == nullptr) return "(missing)";
  const auto* const value = static_cast<const value::Value*>(object.get())->as<value::Text>();
  return value == nullptr ? "(other)" : value->utf8;
}
std::string content(const Result<Object>& result) {
  return result.ok() ? content(*result) : "error: " + result.error().message;
}

CacheOptions with_disk(const CacheFolder& folder) {
  CacheOptions options;
  options.disk = DiskCacheOptions{.path = folder.path + "/cache"};
  return options;
}

TEST(MultiLevelCache, WritesEveryLevelAndPromotes) {
  const CacheFolder folder;
  const auto remote = std::make_shared<MapRemote>();
  CacheOptions options = with_disk(folder);
  options.remote = remote;
  MultiLevelCache cache(options);
  ASSERT_TRUE(cache.set("key", text("value")).ok());
  EXPECT_TRUE(cache.memory().contains("key"));
  EXPECT_TRUE(remote->contains("key"));
  EXPECT_TRUE(cache.disk()->contains("key"));
  cache.memory().clear();
  EXPECT_EQ(content(cache.get("key")), "value");  // from L2
  EXPECT_TRUE(cache.memory().contains("key"));
  cache.memory().clear();
  remote->clear();
  EXPECT_EQ(content(cache.get("key")), "value");  // from L3
  EXPECT_TRUE(cache.memory().contains("key"));
  EXPECT_TRUE(remote->contains("key"));
  EXPECT_TRUE(cache.erase("key"));
  EXPECT_EQ(content(cache.get("key")), "(missing)");
  EXPECT_FALSE(cache.contains("key"));
}

TEST(MultiLevelCache, ValuesOfCppPrograms) {
  MultiLevelCache cache({});
  ASSERT_TRUE(cache.set_value("numbers", value::array_of(std::vector<double>{1, 2, 3})).ok());
  const auto found = cache.get_value("numbers");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->as<value::Array>()->info.shape, (std::vector<std::int64_t>{3}));
}

TEST(MultiLevelCache, LifetimesHoldOnEveryLevel) {
  const CacheFolder folder;
  test_time = 1'000 * kNanosecondsPerSecond;
  CacheOptions options = with_disk(folder);
  options.memory.clock = options.disk->clock = test_clock;
  MultiLevelCache cache(options);
  ASSERT_TRUE(cache.set("key", text("value"), {.ttl = 10 * kNanosecondsPerSecond}).ok());
  cache.memory().clear();
  test_time = 1'006 * kNanosecondsPerSecond;
  EXPECT_EQ(content(cache.get("key")), "value");  // back in memory with the four seconds that are left
  test_time = 1'010 * kNanosecondsPerSecond;
  EXPECT_EQ(content(cache.get("key")), "(missing)");
}

TEST(MultiLevelCache, SixtyFourThreadsAndOneMissingKeyAreOneComputation) {
  const CacheFolder folder;
  MultiLevelCache cache(with_disk(folder));
  std::atomic<int> computed{0}, wrong{0};
  std::barrier start(64);
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      const auto result = cache.get_or_compute("key", [&]() -> Result<Object> {
        ++computed;
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        return text("value");
      });
      if (content(result) != "value") ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(computed, 1);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache.statistics().computations, 1U);
}

TEST(MultiLevelCache, AFailureGoesToThoseWhoWaitedAndIsNotKept) {
  MultiLevelCache cache({});
  int calls = 0;
  const Compute fails = [&]() -> Result<Object> {
    ++calls;
    return io_error("no data");
  };
  EXPECT_EQ(content(cache.get_or_compute("key", fails)), "error: no data");
  EXPECT_EQ(content(cache.get_or_compute("key", fails)), "error: no data");
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(content(cache.get_or_compute("key", [] { return Result<Object>(text("value")); })), "value");
}

TEST(MultiLevelCache, AFunctionMayAskForItsOwnKey) {
  MultiLevelCache cache({});
  const Compute inner = [] { return Result<Object>(text("inner")); };
  const Compute outer = [&]() -> Result<Object> { return cache.get_or_compute("key", inner); };
  EXPECT_EQ(content(cache.get_or_compute("key", outer)), "inner");
}

TEST(MultiLevelCache, AbsenceIsRememberedWhenAskedFor) {
  test_time = 0;
  CacheOptions options;
  options.memory.clock = test_clock;
  options.negative_ttl = 100;
  MultiLevelCache cache(options);
  int calls = 0;
  const Compute nothing = [&]() -> Result<Object> {
    ++calls;
    return not_found("no such symbol");
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(content(cache.get_or_compute("key", nothing)), "error: no such symbol");
  EXPECT_EQ(calls, 1);
  test_time = 100;
  static_cast<void>(cache.get_or_compute("key", nothing));
  EXPECT_EQ(calls, 2);
  ASSERT_TRUE(cache.set("key", text("now there")).ok());
  EXPECT_EQ(content(cache.get_or_compute("key", nothing)), "now there");
}

TEST(MultiLevelCache, AStaleValueIsGivenWhileOneIsComputed) {
  test_time = 0;
  CacheOptions options;
  options.memory.clock = test_clock;
  options.memory.ttl = 100;
  options.stale_for = 1000;
  MultiLevelCache cache(options);
  int version = 0;
  const Compute next = [&]() -> Result<Object> { return text(std::to_string(++version)); };
  EXPECT_EQ(content(cache.get_or_compute("key", next)), "1");
  test_time = 150;
  EXPECT_EQ(content(cache.get("key")), "(missing)");  // only those who can compute get what is stale
  EXPECT_EQ(content(cache.get_or_compute("key", next)), "1");
  cache.wait_for_background();
  EXPECT_EQ(content(cache.get_or_compute("key", next)), "2");
  EXPECT_EQ(cache.statistics().stale_served, 1U);
}

TEST(MultiLevelCache, AHitNearTheEndOfItsLifeRefreshes) {
  test_time = 0;
  CacheOptions options;
  options.memory.clock = test_clock;
  options.memory.ttl = 100;
  options.refresh_ahead = 0.2;
  MultiLevelCache cache(options);
  int version = 0;
  const Compute next = [&]() -> Result<Object> { return text(std::to_string(++version)); };
  static_cast<void>(cache.get_or_compute("key", next));
  test_time = 79;
  EXPECT_EQ(content(cache.get_or_compute("key", next)), "1");
  cache.wait_for_background();
  EXPECT_EQ(version, 1);
  test_time = 81;
  EXPECT_EQ(content(cache.get_or_compute("key", next)), "1");
  cache.wait_for_background();
  EXPECT_EQ(content(cache.get("key")), "2");
}

TEST(MultiLevelCache, WhereOnlyMemorysLifeEndsNothingIsComputedAnew) {
  const CacheFolder folder;
  test_time = 1'000 * kNanosecondsPerSecond;
  for (const double jitter : {0.0, 0.5}) {
    CacheOptions options = with_disk(folder);
    options.memory.clock = options.disk->clock = test_clock;
    options.memory.ttl = 300 * kNanosecondsPerSecond;
    options.memory.ttl_jitter = jitter;
    options.refresh_ahead = 0.2;
    options.stale_for = 100 * kNanosecondsPerSecond;
    MultiLevelCache cache(options);
    cache.clear();
    const Nanoseconds start = test_time;
    int version = 0;
    const Compute next = [&]() -> Result<Object> { return text(std::to_string(++version)); };
    EXPECT_EQ(content(cache.get_or_compute("key", next)), "1");
    for (int i = 1; i < 100; ++i) {  // through many lives in memory: the folder keeps it for ever
      test_time = start + i * 40 * kNanosecondsPerSecond;
      EXPECT_EQ(content(cache.get_or_compute("key", next)), "1");
      cache.wait_for_background();
    }
    EXPECT_EQ(version, 1) << jitter;
    EXPECT_GT(cache.statistics().refreshes, 5U);
  }
}

TEST(MultiLevelCache, ARefreshAheadComputesWhereTheLifeBelowEndsToo) {
  const CacheFolder folder;
  test_time = 1'000 * kNanosecondsPerSecond;
  CacheOptions options = with_disk(folder);
  options.memory.clock = options.disk->clock = test_clock;
  options.refresh_ahead = 0.2;
  MultiLevelCache cache(options);
  int version = 0;
  const Compute next = [&]() -> Result<Object> { return text(std::to_string(++version)); };
  static_cast<void>(cache.get_or_compute("key", next, {.ttl = 100 * kNanosecondsPerSecond}));
  test_time = 1'081 * kNanosecondsPerSecond;
  EXPECT_EQ(content(cache.get_or_compute("key", next, {.ttl = 100 * kNanosecondsPerSecond})), "1");
  cache.wait_for_background();
  EXPECT_EQ(content(cache.get("key")), "2");
  cache.memory().clear();
  EXPECT_EQ(content(cache.get("key")), "2") << "below, too";
}

TEST(MultiLevelCache, ARefreshTakesWhatAnotherProcessComputedMeanwhile) {
  const CacheFolder folder;
  test_time = 1'000 * kNanosecondsPerSecond;
  CacheOptions options = with_disk(folder);
  options.memory.clock = options.disk->clock = test_clock;
  options.ttl = 100 * kNanosecondsPerSecond;
  options.stale_for = 1'000 * kNanosecondsPerSecond;
  MultiLevelCache one(options), other(options);
  int computed = 0;
  const Compute next = [&]() -> Result<Object> { return text(std::to_string(++computed)); };
  EXPECT_EQ(content(one.get_or_compute("key", next)), "1");
  test_time = 1'101 * kNanosecondsPerSecond;
  EXPECT_EQ(content(other.get_or_compute("key", next)), "2");
  EXPECT_EQ(content(one.get_or_compute("key", next)), "1");
  one.wait_for_background();
  EXPECT_EQ(content(one.get_or_compute("key", next)), "2");
  EXPECT_EQ(computed, 2);
}

TEST(MultiLevelCache, TheCachesOwnLifeHoldsInMemoryToo) {
  test_time = 0;
  CacheOptions options;
  options.memory.clock = test_clock;
  options.memory.ttl = 300;
  options.ttl = 100;
  MultiLevelCache cache(options);
  ASSERT_TRUE(cache.set("key", text("value")).ok());
  ASSERT_TRUE(cache.set("long", text("value"), {.ttl = 1'000}).ok());
  test_time = 99;
  EXPECT_EQ(content(cache.get("key")), "value");
  test_time = 100;
  EXPECT_EQ(content(cache.get("key")), "(missing)");
  EXPECT_EQ(content(cache.get("long")), "value");
}

TEST(MultiLevelCache, ExceptionsOfFunctionsAreFailures) {
  test_time = 0;
  CacheOptions options;
  options.memory.clock = test_clock;
  options.memory.ttl = 100;
  options.stale_for = 1000;
  MultiLevelCache cache(options);
  const Compute throws = []() -> Result<Object> { throw std::runtime_error("no data"); };
  const Compute throws_other = []() -> Result<Object> { throw 1; };
  const std::string told = "error: the function that computes the value threw an exception: no data";
  EXPECT_EQ(content(cache.get_or_compute("key", throws)), told);
  EXPECT_EQ(content(cache.get_or_compute("key", throws_other)),
            "error: the function that computes the value threw something that is no std::exception");
  EXPECT_EQ(content(cache.get_or_compute("key", [] { return Result<Object>(Object()); })),
            "error: the function that computes the value gave a null pointer");
  ASSERT_TRUE(cache.set("key", text("value")).ok());
  test_time = 150;
  EXPECT_EQ(content(cache.get_or_compute("key", throws)), "value") << "stale; computed in the background";
  cache.wait_for_background();
  test_time = 1'200;
  EXPECT_EQ(content(cache.get_or_compute("key", throws)), told);
  std::vector<MultiLevelCache::WarmItem> items(8, {"", throws, {}});
  for (std::size_t i = 0; i < items.size(); ++i) items[i].key = std::to_string(i);
  EXPECT_EQ(cache.warm(items, 4).failed.size(), items.size());
}

TEST(MultiLevelCache, ARefreshMayAskForItsOwnKey) {
  test_time = 0;
  CacheOptions options;
  options.memory.clock = test_clock;
  options.memory.ttl = 100;
  options.stale_for = 1000;
  options.lease_timeout = kForever;
  MultiLevelCache cache(options);
  const Compute inner = [] { return Result<Object>(text("inner")); };
  ASSERT_TRUE(cache.set("key", text("old")).ok());
  test_time = 1'050;
  std::atomic<int> computed{0};
  const Compute outer = [&]() -> Result<Object> {
    ++computed;
    cache.memory().clear();
    return cache.get_or_compute("key", inner);
  };
  EXPECT_EQ(content(cache.get_or_compute("key", outer)), "old");
  cache.wait_for_background();
  EXPECT_EQ(content(cache.get("key")), "inner");
  EXPECT_EQ(computed, 1);
}

TEST(MultiLevelCache, AbsenceEndsWithItsTagItsPrefixAndWhatOthersStore) {
  CacheOptions options;
  options.negative_ttl = kForever;
  const auto remote = std::make_shared<MapRemote>();
  options.remote = remote;
  MultiLevelCache cache(options);
  int calls = 0;
  const Compute nothing = [&]() -> Result<Object> {
    ++calls;
    return not_found("no such symbol");
  };
  const auto ask = [&] { static_cast<void>(cache.get_or_compute("prices/X", nothing, {.tags = {"prices"}})); };
  ask();
  ask();
  EXPECT_EQ(calls, 1);
  cache.invalidate_tag("prices");
  ask();
  EXPECT_EQ(calls, 2);
  cache.invalidate_prefix("prices/");
  ask();
  EXPECT_EQ(calls, 3);
  remote->listener({RemoteChange::Kind::kKey, "prices/X"});
  ask();
  EXPECT_EQ(calls, 4);
  remote->listener({});
  ask();
  EXPECT_EQ(calls, 5);
}

TEST(MultiLevelCache, WhatSeveralKeysFindInTheFolderGoesToTheServerToo) {
  const CacheFolder folder;
  const auto remote = std::make_shared<MapRemote>();
  CacheOptions options = with_disk(folder);
  options.remote = remote;
  MultiLevelCache cache(options);
  ASSERT_TRUE(cache.set("key", text("value")).ok());
  cache.memory().clear();
  remote->clear();
  const std::vector<std::string> keys = {"key"};
  EXPECT_EQ(content(cache.get_many(keys).front()), "value");
  EXPECT_TRUE(remote->contains("key"));
}

/// Refuses what it stored, as another version's codec would.
class ForgetfulCodec final : public ObjectCodec {
 public:
  [[nodiscard]] Result<value::Encoded> encode(const Object& object) const override {
    return value_codec()->encode(object);
  }
  [[nodiscard]] Result<Object> decode(const value::Encoded&) const override { return bad_data("unknown"); }
  [[nodiscard]] std::size_t charge(const Object& object) const override { return value_codec()->charge(object); }
};

TEST(MultiLevelCache, WhatTheCodecRefusesIsAMissAndCounted) {
  const CacheFolder folder;
  CacheOptions options = with_disk(folder);
  options.codec = std::make_shared<ForgetfulCodec>();
  MultiLevelCache cache(options);
  ASSERT_TRUE(cache.set("key", text("value")).ok());
  cache.memory().clear();
  EXPECT_EQ(content(cache.get("key")), "(missing)");
  EXPECT_EQ(cache.statistics().l3.hits, 0U);
  EXPECT_EQ(cache.statistics().l3.misses, 1U);
  EXPECT_EQ(cache.statistics().l3.errors, 1U);
}

TEST(MultiLevelCache, ManyKeysInOneRoundTrip) {
  CacheOptions options;
  const auto remote = std::make_shared<MapRemote>();
  options.remote = remote;
  MultiLevelCache cache(options);
  const std::vector<std::pair<std::string, Object>> items = {{"a", text("1")}, {"b", text("2")}};
  ASSERT_TRUE(cache.set_many(items).ok());
  cache.memory().clear();
  const std::vector<std::string> keys = {"a", "x", "b"};
  remote->round_trips = 0;
  const std::vector<Object> found = cache.get_many(keys);
  EXPECT_EQ(remote->round_trips, 1);
  EXPECT_EQ(content(found[0]), "1");
  EXPECT_EQ(content(found[1]), "(missing)");
  EXPECT_EQ(content(found[2]), "2");
}

TEST(MultiLevelCache, AnotherProcessesChangeLeavesNothingOldInMemory) {
  CacheOptions options;
  const auto remote = std::make_shared<MapRemote>();
  options.remote = remote;
  MultiLevelCache cache(options);
  ASSERT_TRUE(cache.set("key", text("old")).ok());
  remote->values["key"] = value::pack(text_value("new"));
  remote->listener({RemoteChange::Kind::kKey, "key"});
  EXPECT_EQ(content(cache.get("key")), "new");
  ASSERT_TRUE(cache.set("other", text("1")).ok());
  remote->listener({});
  EXPECT_FALSE(cache.memory().contains("other"));
}

TEST(MultiLevelCache, TagsAndPrefixesReachEveryLevel) {
  const CacheFolder folder;
  MultiLevelCache cache(with_disk(folder));
  ASSERT_TRUE(cache.set("prices/BTC", text("1"), {.tags = {"crypto"}}).ok());
  ASSERT_TRUE(cache.set("prices/SPY", text("2")).ok());
  cache.memory().clear();
  EXPECT_EQ(content(cache.get("prices/BTC")), "1");  // the tag comes up with the value
  EXPECT_EQ(cache.invalidate_tag("crypto"), 1U);
  EXPECT_EQ(content(cache.get("prices/BTC")), "(missing)");
  EXPECT_EQ(cache.invalidate_prefix("prices/"), 1U);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(MultiLevelCache, AFolderThatCannotBeIsLeftOut) {
  const CacheFolder folder;
  write_file(folder.path + "/file", "not a folder");
  CacheOptions options;
  options.disk = DiskCacheOptions{.path = folder.path + "/file/cache"};
  std::string warning;
  options.warn = [&](const std::string& message) { warning = message; };
  MultiLevelCache cache(options);
  EXPECT_NE(warning.find(folder.path), std::string::npos);
  ASSERT_TRUE(cache.set("key", text("value")).ok());
  EXPECT_EQ(content(cache.get("key")), "value");
  EXPECT_FALSE(cache.statistics().l3.available);
}

TEST(MultiLevelCache, WarmsInParallelWithProgress) {
  MultiLevelCache cache({});
  ASSERT_TRUE(cache.set("0", text("there")).ok());
  std::vector<MultiLevelCache::WarmItem> items;
  for (int i = 0; i < 20; ++i) {
    items.push_back({std::to_string(i),
                     [i]() -> Result<Object> {
                       if (i == 7) return io_error("no data");
                       return text(std::to_string(i));
                     },
                     {}});
  }
  std::size_t last = 0;
  const auto report = cache.warm(items, 4, [&](std::size_t done, std::size_t all) {
    EXPECT_EQ(done, ++last);
    EXPECT_EQ(all, 20U);
    return true;
  });
  EXPECT_EQ(report.present, 1U);
  EXPECT_EQ(report.computed, 18U);
  ASSERT_EQ(report.failed.size(), 1U);
  EXPECT_EQ(report.failed[0].first, "7");
  EXPECT_EQ(content(cache.get("19")), "19");
}

TEST(MultiLevelCache, ANewRunWarmsFromTheLastAndCountsAreAddedUp) {
  const CacheFolder folder;
  {
    MultiLevelCache cache(with_disk(folder));
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(cache.set(std::to_string(i), text("value")).ok());
    for (int i = 0; i < 5; ++i) static_cast<void>(cache.get("3"));
  }
  MultiLevelCache cache(with_disk(folder));
  EXPECT_EQ(cache.warm_from_last_run(2), 10U);
  EXPECT_TRUE(cache.memory().contains("3"));
  EXPECT_EQ(recorded_statistics(*cache.disk()).l1.hits, 5U);
  EXPECT_EQ(recorded_statistics(*cache.disk()).l3.sets, 10U);
}

TEST(MultiLevelCache, AdviceWhereALevelFallsShort) {
  CacheStatistics statistics;
  statistics.l1.hits = 30;
  statistics.l1.misses = 60;
  EXPECT_TRUE(hit_rate_advice(statistics).empty());  // fewer than 100 requests tell nothing
  statistics.l1.misses = 70;
  statistics.l3.hits = 40;
  statistics.l3.misses = 60;
  const auto advice = hit_rate_advice(statistics);
  ASSERT_EQ(advice.size(), 1U);
  EXPECT_EQ(advice[0].substr(0, 59), "L1 found 30 % of 100 requests (target: above 80 %): enlarge");
}

// 4,000 values on disk beside 1,000 in memory: 1.25 * 4,000 = 5,000 entries; 300 MB packed want 600 in memory.
TEST(SizeAdvice, RoomForTheWorkingSet) {
  CacheStatistics recorded;
  recorded.l1 = {.hits = 200, .misses = 800, .sets = 5000, .evictions = 4000};
  const WorkingSet seen{.entries = 4000, .bytes = std::uint64_t{300} << 20};
  MemorySettings memory{.size = 1000, .ttl_seconds = 300, .max_mb = 256};
  SizeAdvice advice = size_advice(recorded, seen, memory);
  ASSERT_TRUE(advice.size && advice.max_mb);
  EXPECT_EQ(advice.size->value, 5000U);
  EXPECT_EQ(advice.max_mb->value, 600U);
  EXPECT_EQ(advice.size->reason,
            "memory threw 4000 entries out for want of room; 4000 entries lie on disk, memory holds 1000");
  EXPECT_FALSE(advice.ttl_seconds);
  memory.room_mb = 500;  // more than the machine can spare
  EXPECT_FALSE(size_advice(recorded, seen, memory).max_mb);
  memory = {.size = 5000, .ttl_seconds = 300, .max_mb = 600};
  EXPECT_FALSE(size_advice(recorded, seen, memory).size);
  EXPECT_FALSE(size_advice(recorded, seen, memory).max_mb);
  recorded.l1.hits = 4000;  // 83 %: good enough
  EXPECT_FALSE(size_advice(recorded, seen, {.size = 1000, .max_mb = 256}).size);
}

// Half of 800 misses were entries that had expired and were found on disk; those there are two hours old: 4 hours.
TEST(SizeAdvice, LifeAsLongAsValuesAreGood) {
  CacheStatistics recorded;
  recorded.l1 = {.hits = 200, .misses = 800, .sets = 900, .expirations = 400};
  recorded.l3 = {.hits = 700, .misses = 100};
  const WorkingSet seen{.entries = 100, .bytes = 1000, .median_age = 7200 * kNanosecondsPerSecond};
  const SizeAdvice advice = size_advice(recorded, seen, {.size = 1000, .ttl_seconds = 300, .max_mb = 256});
  ASSERT_TRUE(advice.ttl_seconds);
  EXPECT_EQ(advice.ttl_seconds->value, 14'400U);
  EXPECT_FALSE(advice.size || advice.max_mb);
  recorded.l3 = {.hits = 0, .misses = 800};  // what expired was gone below too: the life was right
  EXPECT_FALSE(size_advice(recorded, seen, {.size = 1000, .ttl_seconds = 300, .max_mb = 256}).ttl_seconds);
  recorded.l1 = {.hits = 2, .misses = 8, .expirations = 8};  // too few to tell
  EXPECT_FALSE(size_advice(recorded, seen, {.size = 1, .ttl_seconds = 300, .max_mb = 1}).ttl_seconds);
}

TEST(SizeAdvice, TheWorkingSetIsWhatLives) {
  const CacheFolder folder;
  const auto cache = folder.open();
  EXPECT_EQ(working_set(*cache).entries, 0U);
  EXPECT_TRUE(cache->set("a", text_value("one")));
  EXPECT_TRUE(cache->set("b", text_value(std::string(5000, 'x'))));
  const WorkingSet seen = working_set(*cache);
  EXPECT_EQ(seen.entries, 2U);
  EXPECT_GT(seen.bytes, 5000U);
  EXPECT_GE(seen.median_age, 0);
}

// Readers promote from below while a writer stores; nobody finds a value older than one he saw.
TEST(MultiLevelCache, PromotionNeverBringsBackWhatWasReplaced) {
  const CacheFolder folder;
  CacheOptions options = with_disk(folder);
  options.memory.max_entries = 2;
  MultiLevelCache cache(options);
  std::atomic<int> stored{0};
  std::atomic<bool> stop{false};
  std::atomic<int> old{0};
  ASSERT_TRUE(cache.set("key", text("0")).ok());
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        static_cast<void>(cache.memory().set("filler" + std::to_string((i + t) % 3), text("")));  // presses "key" out
        const int before = stored.load();
        const std::string found = content(cache.get("key"));
        if (std::stoi(found) < before) ++old;
      }
    });
  }
  for (int i = 1; i < 1500; ++i) {
    ASSERT_TRUE(cache.set("key", text(std::to_string(i))).ok());
    stored = i;
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(old, 0);
  EXPECT_EQ(content(cache.get("key")), "1499");
}

}  // namespace
}  // namespace peak::cache
