// The levels from C++ beside their floors, in turns, the best of many rounds: a hit in memory beside an unlocked flat
// map, on one thread and on two, which share the entries or have their own; 100 bytes from and to the folder; 100 bytes
// from Redis beside PING by hiredis alone. Prints one JSON object a line.
//
//     peak_cache_versus [PORT]      PORT: a server on the loopback, such as: redis-server --port 7777 --save ""
#include <hiredis.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cache/flat_map.hpp"
#include "peak/cache/disk_cache.hpp"
#include "peak/cache/memory_cache.hpp"
#include "peak/cache/redis.hpp"
#include "peak/value/value.hpp"

namespace {

using namespace peak::cache;

constexpr int kRounds = 150;  // short ones: some then meet a machine that does nothing else

/// Keys in an order that the processor cannot guess.
struct RandomOrder {
  std::uint64_t state;
  std::size_t below(std::size_t limit) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>((state >> 33) * limit >> 31);
  }
};

/// Nanoseconds for each of `count` calls.
template <typename Call>
double nanoseconds_of(int count, Call call) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) call();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / count;
}

/// The same on so many threads at once: from the start of the first to the end of the last, by all calls together.
template <typename MakeCall>
double nanoseconds_on_threads(int threads, int count, MakeCall make_call) {
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      auto call = make_call(i);
      call();
      ++ready;
      while (!go.load()) {
      }
      for (int k = 0; k < count; ++k) call();
    });
  }
  while (ready.load() != threads) std::this_thread::yield();
  const auto start = std::chrono::steady_clock::now();
  go = true;
  for (std::thread& thread : all) thread.join();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / count / threads;
}

/// `ratio` to the floor, or 0; `throughput` of two threads over that of one, or 0.
void say(const std::string& group, const char* work, double nanoseconds, double ratio = 0, double throughput = 0) {
  std::printf(R"({"group": "%s", "work": "%s", "nanoseconds": %.2f, "ratio": %.3f, "throughput": %.3f})"
              "\n",
              group.c_str(), work, nanoseconds, ratio, throughput);
}

void keep_best(double& best, double figure) { best = std::min(best, figure); }
constexpr double kNone = std::numeric_limits<double>::infinity();

constexpr int kCalls = 20'000;

/// False if a cache answers what it should not.
bool memory(std::size_t entries) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < entries; ++i) keys.push_back("prices/BTC/USD/" + std::to_string(i * 7919 % 1'000'000));
  FlatMap map(entries);
  MemoryCache cache({.max_entries = 2 * entries, .max_bytes = 0});
  for (std::size_t i = 0; i < entries; ++i) {
    const Object object = std::make_shared<const std::uint64_t>(i);
    map.set(keys[i], object);
    cache.set(keys[i], object);
    if (map.get(keys[i], hash_key(keys[i])) != cache.get(keys[i]).get()) return false;
  }
  const auto number = [](const void* object) { return *static_cast<const std::uint64_t*>(object); };
  std::atomic<std::uint64_t> sum{0};  // so that nothing is left out
  const auto with_random_keys = [&](auto look) {
    return [&, look](int seed) {
      return [&, look, order = RandomOrder{static_cast<std::uint64_t>(seed + 1)}, own = std::uint64_t{0}]() mutable {
        const std::string& key = keys[order.below(entries)];
        own += look(key, hash_key(key));
        if (own == 1) sum += own;
      };
    };
  };
  const auto flat =
      with_random_keys([&](const std::string& key, std::uint64_t hash) { return number(map.get(key, hash)); });
  const auto visit = with_random_keys([&](const std::string& key, std::uint64_t hash) {
    std::uint64_t found = 0;
    cache.visit(key, hash, [&](const void* object) { found = number(object); });
    return found;
  });
  const auto get =
      with_random_keys([&](const std::string& key, std::uint64_t hash) { return number(cache.get(key, hash).get()); });
  const auto measure = [](auto make_call, double& one, double& two) {
    keep_best(one, nanoseconds_on_threads(1, kCalls, make_call));
    keep_best(two, nanoseconds_on_threads(2, kCalls, make_call));
  };
  // What one thread alone asks for, before others come: later its shares are counted in other places
  // (cache/shares.hpp).
  double alone_flat = kNone, alone_get = kNone;
  auto own_flat = flat(0);
  auto own_get = get(0);
  for (int round = 0; round < kRounds; ++round) {
    keep_best(alone_flat, nanoseconds_of(kCalls, own_flat));
    keep_best(alone_get, nanoseconds_of(kCalls, own_get));
  }
  // Each thread asks for entries of its own: no line of memory with a count of shares is written by both.
  const auto get_own = [&](int seed) {
    return [&, seed, order = RandomOrder{static_cast<std::uint64_t>(seed + 1)}, own = std::uint64_t{0}]() mutable {
      const std::size_t half = entries / 2;
      const std::string& key = keys[order.below(half) + (seed == 0 ? 0 : half)];
      own += number(cache.get(key, hash_key(key)).get());
      if (own == 1) sum += own;
    };
  };
  double one[4] = {kNone, kNone, kNone, kNone}, two[4] = {kNone, kNone, kNone, kNone};
  for (int round = 0; round < kRounds; ++round) measure(get_own, one[3], two[3]);
  for (int round = 0; round < kRounds; ++round) {
    measure(flat, one[0], two[0]);
    measure(visit, one[1], two[1]);
    measure(get, one[2], two[2]);
  }
  const std::string group = "C++, hit in memory, " + std::to_string(entries) + " entries";
  say(group, "MemoryCache::get by one thread", alone_get, alone_get / alone_flat);
  const char* const names[] = {"unlocked flat map", "MemoryCache::visit", "MemoryCache::get, entries of both threads"};
  for (int i = 0; i < 3; ++i) say(group, names[i], one[i], one[i] / one[0], one[i] / two[i]);
  say(group, "MemoryCache::get, entries of one thread each", one[3], 0, one[3] / two[3]);
  return true;
}

bool folder() {
  std::string path = (std::filesystem::temp_directory_path() / "peak_versus_XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) return false;
  constexpr std::size_t kKeys = 10'000;
  constexpr int kFolderCalls = 2'000;
  const peak::value::Encoded encoded = *peak::value::encode(peak::value::Bytes{std::string(100, 'x')});
  double get = kNone, put = kNone;
  bool right = true;
  {
    const auto cache = *DiskCache::open({.path = path});
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < kKeys; ++i) keys.push_back("prices/BTC/USD/" + std::to_string(i));
    for (const std::string& key : keys) right &= cache->set(key, encoded);
    RandomOrder order{1};
    for (int round = 0; round < kRounds; ++round) {
      keep_best(get, nanoseconds_of(kFolderCalls, [&] { right &= cache->get(keys[order.below(kKeys)]).has_value(); }));
      keep_best(put, nanoseconds_of(kFolderCalls, [&] { right &= cache->set(keys[order.below(kKeys)], encoded); }));
    }
  }
  std::filesystem::remove_all(path);
  say("C++, 100 bytes, folder", "DiskCache::get", get);
  say("C++, 100 bytes, folder", "DiskCache::set", put);
  return right;
}

bool redis(std::uint16_t port) {
  RedisOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.timeout = std::chrono::seconds(5);
  const auto cache = RedisCache::open(options);
  const std::string value(100, 'x');
  redisContext* plain = redisConnect("127.0.0.1", options.port);
  if (!cache.ok() || plain == nullptr || plain->err != 0 || !(*cache)->set({"key", value, std::nullopt, {}}) ||
      (*cache)->get("key")->bytes != value) {
    return false;
  }
  double ping = kNone, get = kNone;
  for (int round = 0; round < kRounds; ++round) {
    keep_best(ping, nanoseconds_of(200, [&] { freeReplyObject(redisCommand(plain, "PING")); }));
    keep_best(get, nanoseconds_of(200, [&] { static_cast<void>((*cache)->get("key")); }));
  }
  say("C++, 100 bytes, Redis", "PING by hiredis", ping, 1);
  say("C++, 100 bytes, Redis", "RedisCache::get", get, get / ping);
  redisFree(plain);
  return true;
}

}  // namespace

int main(int count, char** words) {
  const int port = count == 2 ? std::atoi(words[1]) : 0;
  if (count > 2 || port < 0 || port > 65535 || (count == 2 && port == 0)) {
    std::fprintf(stderr, "usage: peak_cache_versus [PORT]\n");
    return 2;
  }
  bool right = memory(1000) && memory(100'000) && folder();
  if (port != 0 && !redis(static_cast<std::uint16_t>(port))) {
    std::fprintf(stderr, "no server on port %d\n", port);
    right = false;
  }
  return right ? 0 : 1;
}
