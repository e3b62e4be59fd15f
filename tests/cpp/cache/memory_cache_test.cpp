// The memory level: limits, lifetimes, invalidation, listeners, and the order of eviction against the paper's
// algorithm.
#include "peak/cache/memory_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <random>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "cache/reader_slots.hpp"
#include "cache/traces.hpp"

namespace peak::cache {
namespace {

std::atomic<Nanoseconds> test_time{0};
Nanoseconds test_clock() { return test_time.load(); }

Object number(int value) { return std::make_shared<const int>(value); }
int value_of(const Object& object) { return object == nullptr ? -1 : *static_cast<const int*>(object.get()); }

constexpr EvictionPolicy kPolicies[] = {EvictionPolicy::kS3Fifo, EvictionPolicy::kLru, EvictionPolicy::kSieve,
                                        EvictionPolicy::kWTinyLfu};

TEST(MemoryCache, KeepsWhatItWasGiven) {
  MemoryCache cache;
  EXPECT_EQ(cache.get("BTC/USD"), nullptr);
  EXPECT_TRUE(cache.set("BTC/USD", number(1)));
  EXPECT_TRUE(cache.set("BTC/USD", number(2)));
  EXPECT_TRUE(cache.set("", number(3)));
  EXPECT_TRUE(cache.set(std::string(1 << 20, 'k'), number(4)));
  EXPECT_EQ(value_of(cache.get("BTC/USD")), 2);
  EXPECT_EQ(value_of(cache.get("")), 3);
  EXPECT_EQ(value_of(cache.get(std::string(1 << 20, 'k'))), 4);
  EXPECT_TRUE(cache.erase("BTC/USD"));
  EXPECT_FALSE(cache.erase("BTC/USD"));
  EXPECT_FALSE(cache.contains("BTC/USD"));
  int seen = 0;
  EXPECT_TRUE(cache.visit("", hash_key(""), [&](const void* object) { seen = *static_cast<const int*>(object); }));
  EXPECT_EQ(seen, 3);
  const LevelStatistics statistics = cache.statistics();
  EXPECT_EQ(statistics.hits, 4U);
  EXPECT_EQ(statistics.misses, 1U);
  EXPECT_EQ(statistics.sets, 4U);
  EXPECT_EQ(statistics.size, 2U);
  cache.clear();
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(cache.size_bytes(), 0U);
}

// Any order of calls on any policy: what is found is what was last stored, and the limits hold after every call.
TEST(MemoryCache, AgreesWithAMapAndHoldsItsLimits) {
  for (const EvictionPolicy policy : kPolicies) {
    for (const std::size_t shards : {1U, 4U}) {
      MemoryCache cache({.max_entries = 64, .max_bytes = 40'000, .policy = policy, .shards = shards});
      std::unordered_map<std::string, int> model;
      std::mt19937 random(7);
      for (int i = 0; i < 30'000 / kPartOfRounds; ++i) {
        const std::string key = "key" + std::to_string(random() % 200);
        switch (random() % 8) {
          case 0:
          case 1:
          case 2:
            if (cache.set(key, number(i), {.charge = random() % 1500})) model[key] = i;
            break;
          case 3:
            EXPECT_EQ(cache.erase(key) && !model.contains(key), false);
            model.erase(key);
            break;
          default: {
            const Object found = cache.get(key);
            if (found != nullptr) {
              ASSERT_EQ(value_of(found), model.at(key));
            }
          }
        }
        ASSERT_LE(cache.size(), 64U);
        ASSERT_LE(cache.size_bytes(), 40'000U);
      }
      EXPECT_GT(cache.size(), 10U);
    }
  }
}

TEST(MemoryCache, WhatIsLargerThanTheBudgetIsNotKeptAndTheOldValueGoes) {
  MemoryCache cache({.max_bytes = 1000});
  EXPECT_TRUE(cache.set("key", number(1)));
  EXPECT_FALSE(cache.set("key", number(2), {.charge = 5000}));
  EXPECT_EQ(cache.get("key"), nullptr);
}

TEST(MemoryCache, LifetimesHold) {
  test_time = 0;
  MemoryCache cache({.ttl = 100, .clock = test_clock});
  cache.set("default", number(1));
  cache.set("short", number(2), {.ttl = 10});
  cache.set("forever", number(3), {.ttl = kForever});
  cache.set("stale", number(4), {.ttl = 10, .stale_for = 1000});
  EXPECT_FALSE(cache.set("never", number(5), {.ttl = 0}));
  test_time = 9;
  EXPECT_EQ(value_of(cache.get("short")), 2);
  test_time = 10;
  EXPECT_EQ(cache.get("short"), nullptr);
  EXPECT_EQ(cache.get("stale"), nullptr);
  const MemoryCache::Found stale = cache.peek("stale", hash_key("stale"));
  EXPECT_EQ(value_of(stale.object), 4);
  EXPECT_FALSE(stale.fresh);
  EXPECT_EQ(cache.size(), 3U);  // the expired one was removed when it was met
  test_time = 100;
  EXPECT_EQ(cache.get("default"), nullptr);
  EXPECT_EQ(value_of(cache.get("forever")), 3);
  test_time = 1010;
  EXPECT_FALSE(cache.peek("stale", hash_key("stale")));
  EXPECT_EQ(cache.remove_expired(), 1U);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.statistics().expirations, 3U);
}

TEST(MemoryCache, JitterShortensLifetimesByItsFractionAtMost) {
  test_time = 0;
  MemoryCache cache({.ttl = 1'000'000, .ttl_jitter = 0.5, .clock = test_clock});
  Nanoseconds least = kForever, most = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string key = std::to_string(i);
    cache.set(key, number(i));
    const Nanoseconds ttl = cache.peek(key, hash_key(key)).ttl;
    least = std::min(least, ttl);
    most = std::max(most, ttl);
  }
  EXPECT_GE(least, 500'000);
  EXPECT_LE(most, 1'000'000);
  EXPECT_GT(most - least, 300'000);  // 500 draws spread over a range of 500,000
}

TEST(MemoryCache, TagsAndPrefixes) {
  MemoryCache cache;
  cache.set("prices/BTC", number(1), {.tags = {"crypto", "daily"}});
  cache.set("prices/SPY", number(2), {.tags = {"daily"}});
  cache.set("price", number(3));
  EXPECT_EQ(cache.invalidate_tag("crypto"), 1U);
  EXPECT_EQ(cache.get("prices/BTC"), nullptr);
  EXPECT_EQ(cache.invalidate_prefix("prices/"), 1U);
  EXPECT_EQ(value_of(cache.get("price")), 3);
}

TEST(MemoryCache, ListenersHearWhyAndMayCallTheCache) {
  test_time = 0;
  MemoryCache cache({.max_entries = 1, .clock = test_clock});
  std::vector<std::string> heard;
  cache.set_removal_listener([&](std::string_view key, const Object& object, Removal why) {
    heard.push_back(std::string(key) + " " + std::to_string(value_of(object)) + " " + removal_name(why));
    static_cast<void>(cache.contains(key));
  });
  cache.set("a", number(1));
  cache.set("a", number(2));
  cache.set("b", number(3));
  cache.erase("b");
  cache.set("c", number(4), {.ttl = 5});
  test_time = 5;
  static_cast<void>(cache.get("c"));
  cache.set("d", number(5));
  cache.clear();
  EXPECT_EQ(heard,
            (std::vector<std::string>{"a 1 replaced", "a 2 evicted", "b 3 deleted", "c 4 expired", "d 5 cleared"}));
}

TEST(MemoryCache, AListenerThatThrowsHarmsNobody) {
  MemoryCache cache({.max_entries = 2});
  int heard = 0;
  cache.set_removal_listener([&](std::string_view, const Object&, Removal) {
    ++heard;
    throw std::runtime_error("no");
  });
  const auto object = std::make_shared<const int>(1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(cache.set(std::to_string(i), object));
  cache.clear();
  EXPECT_EQ(heard, 5);
  EXPECT_EQ(cache.statistics().errors, 5U);
  EXPECT_EQ(cache.statistics().evictions, 3U);
  EXPECT_EQ(object.use_count(), 1) << "all entries were freed";
}

TEST(MemoryCache, ObjectsAreReleasedWithoutLocks) {
  MemoryCache cache({.max_entries = 4});
  struct Nosy {
    MemoryCache& cache;
    int key;
    ~Nosy() { cache.set("from destructor " + std::to_string(key % 3), number(key)); }
  };
  for (int i = 0; i < 100; ++i) cache.set(std::to_string(i), std::make_shared<const Nosy>(cache, i));
  EXPECT_LE(cache.size(), 4U);
  cache.clear();  // while the cache still lives
}

TEST(MemoryCache, ADeletedObjectIsReleasedAtOnce) {
  MemoryCache cache;
  const auto object = std::make_shared<const int>(1);
  cache.set("key", object);
  EXPECT_EQ(object.use_count(), 2);
  cache.erase("key");
  EXPECT_EQ(object.use_count(), 1);
}

// Freeing beside other readers means to interrupt them, so it is done for many objects at once: no more than 64 wait,
// and no more than a mebibyte.
TEST(MemoryCache, BesideOtherReadersFewObjectsWait) {
  MemoryCache cache({.max_entries = 1000});
  std::atomic<bool> reads{false}, stop{false};
  std::thread reader([&] {
    static_cast<void>(cache.get("nothing"));
    reads = true;
    reads.notify_all();
    stop.wait(false);
  });
  reads.wait(false);
  const auto small = std::make_shared<const int>(1);
  for (int i = 0; i < 500; ++i) cache.set(std::to_string(i), small);
  for (int i = 0; i < 500; ++i) cache.erase(std::to_string(i));
  EXPECT_LE(small.use_count(), 1 + 64);
  const auto large = std::make_shared<const int>(2);
  cache.set("large", large, {.charge = 2 << 20});
  cache.erase("large");
  EXPECT_EQ(large.use_count(), 1);
  EXPECT_EQ(small.use_count(), 1);
  stop = true;
  stop.notify_all();
  reader.join();
}

// Keys of every length that differ in one byte, wherever that stands.
// Threads that ask for one object often count their shares in places of their own (cache/shares.hpp): a share taken
// there keeps the object when the entry is gone, and all of them together let it go.
TEST(MemoryCache, SharesOfSeveralThreadsKeepTheObjectAndLetItGo) {
  MemoryCache cache;
  const auto object = std::make_shared<const int>(7);
  cache.set("key", object);
  constexpr unsigned kThreads = 12;  // more than there are places
  std::array<Object, kThreads> held;
  std::atomic<unsigned> ready{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      ready.fetch_add(1);
      while (ready.load() != kThreads) std::this_thread::yield();
      for (int k = 0; k < 100; ++k) held[i] = cache.get("key");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Object& share : held) EXPECT_EQ(share, object);
  cache.erase("key");
  EXPECT_EQ(cache.get("key"), nullptr);
  for (const Object& share : held) EXPECT_EQ(value_of(share), 7);
  EXPECT_GT(object.use_count(), 1);
  held.fill(nullptr);
  static_cast<void>(cache.remove_expired());  // whatever waited goes
  EXPECT_EQ(object.use_count(), 1);
}

TEST(MemoryCache, KeysAreComparedToTheLastByte) {
  // All keys have the same hash, so that only their bytes tell them apart.
  MemoryCache cache({.max_entries = 10, .hash = [](std::string_view) { return std::uint64_t{7}; }});
  for (std::size_t size = 0; size <= 80; ++size) {
    const std::string key(size, 'k');
    cache.set(key, number(static_cast<int>(size)));
    EXPECT_EQ(value_of(cache.get(key)), static_cast<int>(size));
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = key;
      other[at] = 'K';
      EXPECT_EQ(cache.get(other), nullptr) << size << " " << at;
    }
    cache.erase(key);
  }
}

TEST(ReaderSlots, ANestedReadingEndsNothing) {
  const ReaderSlot& slot = reader_slot();
  EXPECT_EQ(slot.since, 0U);
  {
    const Reading outer;
    const std::uint64_t stamp = retire_stamp();
    { const Reading inner; }
    EXPECT_NE(slot.since, 0U);
    EXPECT_LT(safe_stamp(), stamp);  // what went out of sight after it came is kept
  }
  EXPECT_EQ(slot.since, 0U);
}

TEST(ReaderSlots, WhatIsPastIsNeverAhead) {
  const Reading reading;
  for (int i = 0; i < 1000; ++i) {
    const Nanoseconds past = coarse_clock();
    EXPECT_GT(reading.time_ahead(), past);
  }
}

/// Algorithm 1 of the S3-FIFO paper in plain containers, with exact queues, to compare hit ratios with. As in its
/// authors' libCacheSim newcomers fill the main queue too until something was thrown out (bench/versus/cache/ratios.py
/// compares with that itself).
class PlainS3Fifo {
 public:
  explicit PlainS3Fifo(std::size_t size) : size_(size) {}
  bool request(std::uint64_t key) {
    if (const auto found = uses_.find(key); found != uses_.end()) {
      found->second = std::min(found->second + 1, 3);
      return true;
    }
    for (; small_.size() + main_.size() >= size_; has_evicted_ = true) evict();
    if (ghost_keys_.erase(key) != 0) {
      ghosts_.erase(std::find(ghosts_.begin(), ghosts_.end(), key));
      main_.push_front(key);
    } else if (!has_evicted_ && small_.size() >= size_ / 10) {
      main_.push_front(key);
    } else {
      small_.push_front(key);
    }
    uses_[key] = 0;
    return false;
  }

 private:
  void evict() {
    if (!small_.empty() && (small_.size() >= std::max<std::size_t>(1, size_ / 10) || main_.empty())) {
      const std::uint64_t key = small_.back();
      small_.pop_back();
      if (uses_[key] > 1) {
        uses_[key] = 0;
        main_.push_front(key);
        return;
      }
      uses_.erase(key);
      ghosts_.push_front(key);
      ghost_keys_.insert(key);
      if (ghosts_.size() > size_ - size_ / 10) {
        ghost_keys_.erase(ghosts_.back());
        ghosts_.pop_back();
      }
      return;
    }
    const std::uint64_t key = main_.back();
    main_.pop_back();
    if (uses_[key] > 0) {
      --uses_[key];
      main_.push_front(key);
    } else {
      uses_.erase(key);
    }
  }
  std::size_t size_;
  bool has_evicted_ = false;
  std::deque<std::uint64_t> small_, main_, ghosts_;
  std::unordered_set<std::uint64_t> ghost_keys_;
  std::unordered_map<std::uint64_t, int> uses_;
};

double hit_ratio(const Trace& trace, std::size_t size, EvictionPolicy policy) {
  MemoryCache cache({.max_entries = size, .max_bytes = 0, .policy = policy});
  const Object object = number(1);
  for (const std::uint64_t key : trace.keys) {
    const std::string_view name(reinterpret_cast<const char*>(&key), sizeof key);
    if (cache.get(name) == nullptr) cache.set(name, object);
  }
  return cache.statistics().hit_rate();
}

TEST(MemoryCache, HitRatiosAreThoseOfThePaper) {
  for (const Trace& trace : test_traces(30'000)) {
    for (const std::size_t size : {100U, 1000U}) {
      PlainS3Fifo plain(size);
      std::size_t hits = 0;
      for (const std::uint64_t key : trace.keys) hits += plain.request(key) ? 1U : 0U;
      const double expected = static_cast<double>(hits) / static_cast<double>(trace.keys.size());
      EXPECT_NEAR(hit_ratio(trace, size, EvictionPolicy::kS3Fifo), expected, 0.01) << trace.name << ", " << size;
    }
  }
}

TEST(MemoryCache, ALoopOfAnyLengthFindsSomething) {
  for (const std::size_t loop : {1100U, 1900U, 3000U, 10000U}) {
    const Trace trace = loop_trace(loop, (kPartOfRounds == 1 ? 30U : 12U) * loop);
    EXPECT_GT(hit_ratio(trace, 1000, EvictionPolicy::kS3Fifo), 0.02) << loop;
  }
  EXPECT_EQ(hit_ratio(loop_trace(1100, 33'000), 1000, EvictionPolicy::kLru), 0.0);
}

// Main is full of another loop's keys, which were all asked for, when a loop begins that is far longer than what is
// remembered.
TEST(MemoryCache, ALoopAfterAnotherFindsSomething) {
  MemoryCache cache({.max_entries = 100, .max_bytes = 0});
  const Object object = number(1);
  const auto round = [&](std::size_t first, std::size_t loop) {
    std::size_t hits = 0;
    for (std::size_t key = first; key < first + loop; ++key) {
      if (cache.get(std::to_string(key)) != nullptr) {
        ++hits;
      } else {
        cache.set(std::to_string(key), object);
      }
    }
    return hits;
  };
  std::size_t hits = 0;
  for (int i = 0; i < 20; ++i) hits = round(0, 120);
  EXPECT_GT(hits, 50U);
  for (int i = 0; i < 20; ++i) hits = round(1'000'000, 3000);
  EXPECT_GT(hits, 20U);
}

TEST(MemoryCache, FrequencyBeatsRecencyWhereItShould) {
  const auto traces = test_traces(30'000);
  for (const Trace& trace : traces) {
    if (trace.name != "zipf with scans") continue;
    const double lru = hit_ratio(trace, 500, EvictionPolicy::kLru);
    for (const auto policy : {EvictionPolicy::kS3Fifo, EvictionPolicy::kSieve, EvictionPolicy::kWTinyLfu}) {
      EXPECT_GT(hit_ratio(trace, 500, policy), lru) << eviction_policy_name(policy);
    }
  }
}

// Readers, writers, removers and statistics at once. What a reader gets is always whole; sanitizers watch the rest.
TEST(MemoryCache, ManyThreadsAtOnce) {
  for (const EvictionPolicy policy : kPolicies) {
    MemoryCache cache({.max_entries = 50, .policy = policy});
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    const auto work = [&](unsigned seed) {
      std::mt19937 random(seed);
      while (!stop) {
        const int index = static_cast<int>(random() % 100);
        const std::string key = std::to_string(index);
        const unsigned what = random() % 16;
        if (what == 0) {
          cache.erase(key);
        } else if (what < 6) {
          cache.set(key, std::make_shared<const std::pair<int, int>>(index, -index), {.tags = {"tag"}});
        } else if (const Object found = cache.get(key)) {
          const auto& pair = *static_cast<const std::pair<int, int>*>(found.get());
          if (pair.first != index || pair.second != -index) ++wrong;
        }
      }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i) threads.emplace_back(work, i);
    for (int i = 0; i < 30; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      EXPECT_LE(cache.size(), 50U);
      static_cast<void>(cache.statistics());
      if (i % 10 == 5) cache.invalidate_tag("tag");
      if (i % 10 == 9) cache.clear();
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

/// One call on one key: what it did, what it saw, and when it began and ended on a common counter.
struct Call {
  char what;  // 's'et, 'g'et, 'e'rase
  int value;  // stored or seen; -1: nothing
  int began, ended;
};

/// Whether some order of the calls, that keeps the order of those that did not overlap, explains all that was seen.
bool explained(const std::vector<Call>& calls, unsigned done, int present) {
  if (done == (1U << calls.size()) - 1) return true;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if ((done >> i & 1U) != 0) continue;
    bool first = true;
    for (std::size_t j = 0; j < calls.size(); ++j) {
      first = first && ((done >> j & 1U) != 0 || j == i || calls[j].ended > calls[i].began);
    }
    if (!first || (calls[i].what == 'g' && calls[i].value != present)) continue;
    const int next = calls[i].what == 's' ? calls[i].value : calls[i].what == 'e' ? -1 : present;
    if (explained(calls, done | 1U << i, next)) return true;
  }
  return false;
}

TEST(MemoryCache, CallsOnAKeyAreLinearisable) {
  constexpr int kThreads = 3, kCalls = 5, kRounds = 4000 / kPartOfRounds;
  MemoryCache cache({.max_entries = kRounds});
  std::atomic<int> counter{0}, arrived{0};
  std::vector<std::array<std::vector<Call>, kThreads>> rounds(kRounds);
  const auto work = [&](int thread) {
    std::mt19937 random(static_cast<unsigned>(thread));
    for (int round = 0; round < kRounds; ++round) {
      ++arrived;
      for (int spin = 0; arrived < kThreads * (round + 1); ++spin) {
        if (spin > 3000) std::this_thread::yield();
      }
      const std::string key = std::to_string(round);
      for (int i = 0; i < kCalls; ++i) {
        Call call{"sgge"[random() % 4], 10 * thread + i, counter++, 0};
        if (call.what == 's') cache.set(key, number(call.value));
        if (call.what == 'g') call.value = value_of(cache.get(key));
        if (call.what == 'e') cache.erase(key);
        call.ended = counter++;
        rounds[static_cast<std::size_t>(round)][static_cast<std::size_t>(thread)].push_back(call);
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  for (const auto& round : rounds) {
    std::vector<Call> all;
    for (const auto& part : round) all.insert(all.end(), part.begin(), part.end());
    ASSERT_TRUE(explained(all, 0, -1)) << "round " << &round - rounds.data();
  }
}

}  // namespace
}  // namespace peak::cache
