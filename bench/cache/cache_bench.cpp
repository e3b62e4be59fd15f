// The cache's own times: a hit in memory beside an unlocked flat map, on one thread and on two; the folder's get and
// put.
//
//   peak_cache_bench --benchmark_repetitions=9 --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/flat_map.hpp"
#include "peak/cache/disk_cache.hpp"
#include "peak/cache/memory_cache.hpp"
#include "peak/value/value.hpp"

namespace {

using namespace peak::cache;

constexpr std::size_t kMost = 1'000'000;

const std::vector<std::string>& keys() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < kMost; ++i) made.push_back("prices/BTC/USD/" + std::to_string(i * 7919 % kMost));
    return made;
  }();
  return names;
}

Object number(std::size_t i) { return std::make_shared<const std::uint64_t>(i); }

/// Keys in an order that the processor cannot guess.
std::size_t next(std::uint64_t& state, std::size_t entries) {
  state = state * 6364136223846793005U + 1442695040888963407U;
  return static_cast<std::size_t>((state >> 33) * entries >> 31);
}

void flat_map_get(benchmark::State& state) {
  const auto entries = static_cast<std::size_t>(state.range(0));
  static std::unique_ptr<FlatMap> map;
  if (state.thread_index() == 0) {
    map = std::make_unique<FlatMap>(entries);
    for (std::size_t i = 0; i < entries; ++i) map->set(keys()[i], number(i));
  }
  std::uint64_t random = static_cast<std::uint64_t>(state.thread_index() + 1), sum = 0;
  for (auto step : state) {
    static_cast<void>(step);
    const std::string& key = keys()[next(random, entries)];
    sum += *static_cast<const std::uint64_t*>(map->get(key, hash_key(key)));
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations());
}

template <bool kShares>  // whether the caller takes a share of the object, or looks at it in place
void memory_cache_hit(benchmark::State& state) {
  const auto entries = static_cast<std::size_t>(state.range(0));
  static std::unique_ptr<MemoryCache> cache;
  if (state.thread_index() == 0) {
    cache = std::make_unique<MemoryCache>(MemoryCacheOptions{.max_entries = 2 * entries, .max_bytes = 0});
    for (std::size_t i = 0; i < entries; ++i) cache->set(keys()[i], number(i));
  }
  std::uint64_t random = static_cast<std::uint64_t>(state.thread_index() + 1), sum = 0;
  for (auto step : state) {
    static_cast<void>(step);
    const std::string& key = keys()[next(random, entries)];
    if constexpr (kShares) {
      sum += *static_cast<const std::uint64_t*>(cache->get(key).get());
    } else {
      cache->visit(key, hash_key(key), [&](const void* object) { sum += *static_cast<const std::uint64_t*>(object); });
    }
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations());
}

/// A folder that is there while the program runs.
DiskCache& folder() {
  struct Folder {
    std::string path;
    std::shared_ptr<DiskCache> cache;
    Folder() {
      std::string pattern = (std::filesystem::temp_directory_path() / "peak_bench_XXXXXX").string();
      path = mkdtemp(pattern.data());
      cache = *DiskCache::open({.path = path});
    }
    ~Folder() {
      cache = nullptr;
      std::filesystem::remove_all(path);
    }
  };
  static Folder open;
  return *open.cache;
}

const peak::value::Encoded& hundred_bytes() {
  static const auto encoded = *peak::value::encode(peak::value::Bytes{std::string(100, 'x')});
  return encoded;
}

void disk_put_100_bytes(benchmark::State& state) {
  std::size_t i = 0;
  for (auto step : state) {
    static_cast<void>(step);
    folder().set(keys()[i++ % 10'000], hundred_bytes());
  }
}

void disk_get_100_bytes(benchmark::State& state) {
  for (std::size_t i = 0; i < 10'000; ++i) folder().set(keys()[i], hundred_bytes());
  std::uint64_t random = 1;
  for (auto step : state) {
    static_cast<void>(step);
    if (!folder().get(keys()[next(random, 10'000)])) state.SkipWithError("a miss");
  }
}

/// 10,000 rows of time, open, high, low, close and volume, as encoded buffers: checksum included.
void disk_get_frame(benchmark::State& state) {
  peak::Table table;
  for (const char* name : {"time", "open", "high", "low", "close", "volume"}) {
    table.columns.push_back(
        peak::Column::own(name, std::vector<double>(static_cast<std::size_t>(state.range(0)), 1.5)));
  }
  folder().set("frame", *peak::value::encode(peak::value::value_of_table(table)));
  for (auto step : state) {
    static_cast<void>(step);
    const auto stored = folder().get("frame");
    if (!stored || !peak::value::to_value(stored->encoded).ok()) state.SkipWithError("a miss");
  }
}

void content_hash_of_array(benchmark::State& state) {
  const std::vector<double> numbers(static_cast<std::size_t>(state.range(0)) / sizeof(double), 1.5);
  const peak::value::Value value = peak::value::array_of(numbers);
  for (auto step : state) {
    static_cast<void>(step);
    benchmark::DoNotOptimize(peak::value::content_hash(value));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(flat_map_get)->Arg(1000)->Arg(1'000'000)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(memory_cache_hit<false>)->Arg(1000)->Arg(1'000'000)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(memory_cache_hit<true>)->Arg(1000)->Arg(1'000'000)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(disk_put_100_bytes);
BENCHMARK(disk_get_100_bytes);
BENCHMARK(disk_get_frame)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(content_hash_of_array)->Arg(1 << 20)->Arg(64 << 20);
