// Any bytes as changes to a store file, and to the saved state of a runner: whatever lies there, looking up, verifying
// and storing end without a signal, and what is found under a key is what was stored under it.
//
// The input is a list of changes of eight bytes: where, what, how. A sound file is changed rather than made from the
// input, because the file's checksums would keep the fuzzer at the door. Even changes are followed by new checksums of
// the state, so that what is behind them is reached as well.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "cache/disk_format.hpp"
#include "peak/base/hash.hpp"
#include "peak/cache/disk_cache.hpp"
#include "peak/sim/panel_runner.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/value/value.hpp"

namespace {

using peak::cache::DiskCache;
using peak::cache::StoreState;

void require(bool holds) {
  if (!holds) std::abort();
}

const std::string& folder() {
  static const std::string path = [] {
    std::string pattern = (std::filesystem::temp_directory_path() / "peak_store_fuzz_XXXXXX").string();
    require(mkdtemp(pattern.data()) != nullptr);
    return pattern;
  }();
  return path;
}

std::shared_ptr<DiskCache> open() {
  auto cache = DiskCache::open({.path = folder(), .max_bytes = 64 * 1024, .inline_bytes = 500, .map_bytes = 0});
  require(cache.ok());
  return *cache;
}

std::string text_of(int key) { return "value of " + std::to_string(key) + std::string(key % 4 == 3 ? 900 : 40, 'x'); }

const std::string& sound_file() {
  static const std::string bytes = [] {
    {
      const auto cache = open();
      for (int key = 0; key < 12; ++key) {
        cache->set(std::to_string(key), *peak::value::encode(peak::value::Text{text_of(key)}));
      }
    }
    std::ifstream file(folder() + "/store-1.peak", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  return bytes;
}

const std::vector<std::string>& symbols() {
  static const std::vector<std::string> names = {"A", "B"};
  return names;
}

peak::PanelRunner new_runner() {
  static const peak::StrategyDefinition strategy =
      peak::allocation_of_formula("normalize(top(roc(close, 2), 1))").value();
  return std::move(peak::PanelRunner::create(symbols(), strategy).value());
}

peak::SymbolBar bar_of(std::uint32_t symbol, std::int64_t day, double close) {
  return {symbol, {day * peak::kNanosecondsPerDay, close, close, close, close}};
}

const std::string& sound_state() {
  static const std::string bytes = [] {
    peak::PanelRunner runner = new_runner();
    for (std::int64_t day = 1; day < 9; ++day) {
      std::vector<peak::SymbolBar> bars = {bar_of(0, 10 * day, 10.0 + static_cast<double>(day % 3))};
      if (day % 4 != 0) bars.push_back(bar_of(1, 10 * day, 20.0 - static_cast<double>(day % 2)));
      require(runner.push(bars).ok());
    }
    return runner.save();
  }();
  return bytes;
}

/// A changed state is refused and leaves the runner as it was, or is one that another runner could have saved.
void restore_changed(std::string state, bool sealed) {
  if (sealed && state.size() > 16) {
    state.resize(state.size() - 16);
    const peak::Hash128 hash = peak::hash_bytes(state.data(), state.size());
    state.append(reinterpret_cast<const char*>(&hash.high), 8);
    state.append(reinterpret_cast<const char*>(&hash.low), 8);
  }
  peak::PanelRunner runner = new_runner();
  if (!runner.restore(state).ok()) {
    require(runner.run().bar() == -1);
    return;
  }
  require(runner.save() == state);
  require(runner.result().ok());
}

void seal_states(std::string& file) {
  for (const std::size_t place : peak::cache::kStatePlaces) {
    StoreState state;
    if (place + sizeof state > file.size()) continue;
    std::memcpy(&state, file.data() + place, sizeof state);
    state.check = peak::hash_bytes(&state, offsetof(StoreState, check)).low;
    std::memcpy(file.data() + place, &state, sizeof state);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string file = sound_file(), state = sound_state();
  for (std::size_t i = 0; i + 8 <= size && i < 8 * 64; i += 8) {
    std::uint32_t where = 0;
    std::memcpy(&where, data + i, 3);
    const std::size_t at = where % file.size();
    if (data[i + 3] == 255) {
      file.resize(at + 1);
    } else {
      std::memcpy(file.data() + at, data + i + 4, std::min<std::size_t>(1 + data[i + 3] % 4, file.size() - at));
    }
    if (data[i + 3] % 2 == 0) seal_states(file);
    const std::size_t place = where % state.size();
    if (data[i + 3] == 255) {
      state.resize(place + 1);
    } else {
      std::memcpy(state.data() + place, data + i + 4, std::min<std::size_t>(1 + data[i + 3] % 4, state.size() - place));
    }
  }
  restore_changed(state, size % 3 != 0);
  std::ofstream(folder() + "/store-1.peak", std::ios::binary | std::ios::trunc) << file;
  const auto cache = open();
  for (int key = 0; key < 12; ++key) {
    const auto stored = cache->get(std::to_string(key));
    if (!stored) continue;
    const auto value = peak::value::to_value(stored->encoded);
    require(value.ok() && value->as<peak::value::Text>()->utf8 == text_of(key));
  }
  require(cache->verify(size % 2 == 0).ok());
  for (int key = 0; key < 30; ++key)
    cache->set("new" + std::to_string(key), *peak::value::encode(peak::value::Text{text_of(key)}));
  cache->erase("3");
  static_cast<void>(cache->statistics());
  cache->clear();
  return 0;
}
