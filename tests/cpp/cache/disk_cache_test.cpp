// The folder: what is stored is found, by other openings too, within its budget and its time.
#include "peak/cache/disk_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <thread>

#include "cache/cache_folder.hpp"
#include "cache/traces.hpp"

namespace peak::cache {
namespace {

std::atomic<Nanoseconds> wall_time{0};
Nanoseconds wall_clock() { return wall_time.load(); }

TEST(DiskCache, KeepsWhatItWasGivenAndLaterOpeningsFindIt) {
  const CacheFolder folder;
  const std::string keys[] = {
      "BTC/USD", "../x", "", "/etc/passwd", "a\nb", std::string("\0\xff", 2), std::string(1 << 20, 'k')};
  {
    const auto cache = folder.open();
    for (const std::string& key : keys) EXPECT_TRUE(cache->set(key, text_value(content_of(key.substr(0, 9), 100))));
    EXPECT_EQ(cache->size(), std::size(keys));
  }
  const auto cache = folder.open();
  for (const std::string& key : keys) {
    EXPECT_EQ(text_of(cache->get(key)), content_of(key.substr(0, 9), 100));
    EXPECT_TRUE(cache->contains(key));
  }
  EXPECT_EQ(text_of(cache->get("BTC")), "(missing)");
  EXPECT_TRUE(cache->erase("../x"));
  EXPECT_FALSE(cache->erase("../x"));
  EXPECT_EQ(text_of(cache->get("../x")), "(missing)");
  EXPECT_EQ(cache->statistics().hits, std::size(keys));
  EXPECT_EQ(cache->statistics().misses, 2U);
  cache->clear();
  EXPECT_EQ(cache->size(), 0U);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    EXPECT_EQ(entry.path().filename(), "cache");  // no key left the folder
  }
}

TEST(DiskCache, AgreesWithAMapInTwoOpenings) {
  const CacheFolder folder;
  const std::shared_ptr<DiskCache> caches[] = {folder.open({.inline_bytes = 2000}),
                                               folder.open({.inline_bytes = 2000})};
  std::map<std::string, std::string> model;
  std::mt19937 random(5);
  for (int i = 0; i < 4000 / kPartOfRounds; ++i) {
    DiskCache& cache = *caches[random() % 2];
    const std::string key = "key" + std::to_string(random() % 100);
    switch (random() % 5) {
      case 0:
      case 1: {
        model[key] = content_of(key + std::to_string(i), random() % 10 == 0 ? 50'000 : random() % 1500);
        ASSERT_TRUE(cache.set(key, text_value(model[key])));
        break;
      }
      case 2: ASSERT_EQ(cache.erase(key), model.erase(key) == 1); break;
      default: ASSERT_EQ(text_of(cache.get(key)), model.contains(key) ? model[key] : "(missing)");
    }
    ASSERT_EQ(cache.size(), model.size());
  }
  const auto report = caches[0]->verify();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->entries, model.size());
  EXPECT_EQ(report->damaged + report->orphans, 0U);
}

TEST(DiskCache, LargeValuesComeBackWithoutBeingCopied) {
  const CacheFolder folder;
  for (const std::size_t map_bytes : {std::size_t{0}, std::size_t{1} << 30}) {
    const auto cache = folder.open({.map_bytes = map_bytes});
    ASSERT_TRUE(cache->set("frame", array_value(100'000, 7)));
    const auto stored = cache->get("frame");
    ASSERT_TRUE(stored);
    ASSERT_EQ(stored->encoded.buffers.size(), 1U);
    const value::ByteRun& buffer = stored->encoded.buffers[0];
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data) % value::kBufferAlignment, 0U);
    cache->clear();  // what was handed out stays
    double last = 0;
    std::memcpy(&last, buffer.data + buffer.size - sizeof last, sizeof last);
    EXPECT_EQ(last, 7.0 + 99'999.0);
  }
}

TEST(DiskCache, LifetimesHoldAndAClockThatWasSetBackMakesNothingLiveLonger) {
  const CacheFolder folder;
  wall_time = 1'000 * kNanosecondsPerSecond;
  const auto cache = folder.open({.clock = wall_clock});
  cache->set("short", text_value("a"), 10 * kNanosecondsPerSecond);
  cache->set("forever", text_value("b"));
  EXPECT_FALSE(cache->set("never", text_value("c"), 0));
  wall_time = 1'004 * kNanosecondsPerSecond;
  EXPECT_EQ(cache->get("short")->remaining, 6 * kNanosecondsPerSecond);
  EXPECT_EQ(cache->get("forever")->remaining, kForever);
  wall_time = 500 * kNanosecondsPerSecond;  // its age cannot be known any more
  EXPECT_EQ(text_of(cache->get("short")), "(missing)");
  EXPECT_EQ(text_of(cache->get("forever")), "b");
  EXPECT_TRUE(cache->set("short", text_value("new"), 10 * kNanosecondsPerSecond));
  EXPECT_EQ(text_of(cache->get("short")), "new");
  wall_time = 510 * kNanosecondsPerSecond;
  EXPECT_EQ(text_of(cache->get("short")), "(missing)");
  const auto report = cache->gc();
  EXPECT_EQ(report->expired, 1U);
  EXPECT_EQ(report->removed, 1U);
  EXPECT_EQ(cache->size(), 1U);
}

TEST(DiskCache, TheBudgetHoldsForAllFilesTogether) {
  for (const std::size_t value_size : {100U, 3'000U, 40'000U}) {
    const CacheFolder folder;
    constexpr std::uint64_t kBudget = 2 << 20;
    const auto cache = folder.open({.max_bytes = kBudget, .inline_bytes = 8 * 1024});
    const int count = value_size > 10'000 ? 300 : 3000;
    int kept = 0;
    for (int i = 0; i < count; ++i) {
      const std::string key = std::to_string(i);
      if (cache->set(key, text_value(content_of(key, value_size)))) ++kept;
      if (i % 200 == 0) {
        ASSERT_LE(folder.bytes(), kBudget) << value_size << " " << i;
      }
      if (i % 3 == 0) static_cast<void>(cache->get("0"));  // in use all the time, so it stays
    }
    EXPECT_EQ(kept, count);
    EXPECT_LE(folder.bytes(), kBudget);
    EXPECT_LE(cache->statistics().bytes, kBudget);
    const std::string last = std::to_string(count - 1);
    EXPECT_EQ(text_of(cache->get(last)), content_of(last, value_size));
    EXPECT_EQ(text_of(cache->get("0")), content_of("0", value_size)) << value_size;
    EXPECT_GT(cache->statistics().evictions, 0U);
    EXPECT_GE(cache->size(), value_size == 100 ? 2000U : kBudget / 4 / value_size);  // one entry to a KiB at most
    const auto report = cache->verify();
    EXPECT_EQ(report->entries, cache->size());
    EXPECT_EQ(report->damaged, 0U);
  }
}

TEST(DiskCache, OneKeyStoredOverAndOverEvictsNobody) {
  const CacheFolder folder;
  const auto cache = folder.open({.max_bytes = 1 << 20});
  for (int i = 0; i < 100; ++i) cache->set("other" + std::to_string(i), text_value("kept"));
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(cache->set("key", text_value(content_of(std::to_string(i), 500))));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(text_of(cache->get("other" + std::to_string(i))), "kept");
  EXPECT_EQ(cache->statistics().evictions, 0U);
}

TEST(DiskCache, WhatIsTooLargeIsNotStoredAndTheOldValueGoes) {
  const CacheFolder folder;
  const auto cache = folder.open({.max_bytes = 256 * 1024});
  EXPECT_TRUE(cache->set("key", text_value("old")));
  EXPECT_FALSE(cache->set("key", array_value(100'000, 0)));
  EXPECT_EQ(text_of(cache->get("key")), "(missing)");
  EXPECT_NE(cache->statistics().last_error.find("larger"), std::string::npos);
  EXPECT_FALSE(cache->set(std::string(1 << 20, 'k'), text_value("long key")));
  EXPECT_EQ(cache->verify()->orphans, 0U);
}

TEST(DiskCache, TagsPrefixesAndOrder) {
  const CacheFolder folder;
  wall_time = kNanosecondsPerSecond;
  const auto cache = folder.open({.clock = wall_clock});
  const std::string both[] = {"crypto", "daily"}, daily[] = {"daily"};
  cache->set("prices/SPY", text_value("1"), kForever, daily);
  wall_time = 2 * kNanosecondsPerSecond;
  cache->set("prices/BTC", array_value(20'000, 0), kForever, both);
  cache->set("other", text_value("3"));
  EXPECT_EQ(cache->get("prices/BTC")->tags, (std::vector<std::string>{"crypto", "daily"}));
  std::vector<std::string> keys;
  cache->for_each([&](const DiskEntry& entry) {
    keys.emplace_back(entry.key);
    return true;
  });
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0], "prices/SPY");
  EXPECT_EQ(cache->invalidate_tag("crypto"), 1U);
  EXPECT_EQ(cache->invalidate_prefix("prices/"), 1U);
  EXPECT_EQ(cache->size(), 1U);
  EXPECT_EQ(cache->verify()->orphans, 0U);
}

TEST(DiskCache, NotesAreReplacedWhole) {
  const CacheFolder folder;
  const auto cache = folder.open();
  EXPECT_EQ(cache->read_note("popular-keys").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(cache->write_note("popular-keys", "a long text").ok());
  ASSERT_TRUE(cache->write_note("popular-keys", "short").ok());
  EXPECT_EQ(*cache->read_note("popular-keys"), "short");
  EXPECT_EQ(cache->write_note("../x", "").error().code, ErrorCode::kInvalidArgument);
}

TEST(DiskCache, ManyThreadsAtOnce) {
  const CacheFolder folder;
  const auto cache = folder.open({.max_bytes = 1 << 20, .inline_bytes = 1000});
  std::atomic<int> wrong{0};
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 600; ++i) {
      const std::string key = std::to_string(random() % 60);
      if (random() % 3 == 0) {
        cache->set(key, text_value(content_of(key, random() % 8 == 0 ? 5000 : 200)));
      } else if (random() % 10 == 0) {
        cache->erase(key);
      } else {
        const std::string found = text_of(cache->get(key));
        if (found != "(missing)" && found != content_of(key, found.size())) ++wrong;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache->statistics().errors, 0U);
  EXPECT_EQ(cache->verify()->entries, cache->size());
}

}  // namespace
}  // namespace peak::cache
