// The floor that a cache in memory is measured against.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/cache/memory_cache.hpp"

namespace peak::cache {

/// Open addressing, keys and objects in the table, no locks, no limits, no lifetimes.
class FlatMap {
 public:
  explicit FlatMap(std::size_t entries) : slots_(std::bit_ceil(2 * entries)) {}
  void set(const std::string& key, Object object) {
    std::size_t i = hash_key(key) & (slots_.size() - 1);
    while (slots_[i].object != nullptr && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = {hash_key(key), key, std::move(object)};
  }
  [[nodiscard]] const void* get(std::string_view key, std::uint64_t hash) const {
    for (std::size_t i = hash & (slots_.size() - 1); slots_[i].object != nullptr; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].hash == hash && slots_[i].key == key) return slots_[i].object.get();
    }
    return nullptr;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::string key;
    Object object;
  };
  std::vector<Slot> slots_;
};

}  // namespace peak::cache
