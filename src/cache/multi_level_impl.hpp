// What a MultiLevelCache is made of: its levels, who computes at present, and what is told about it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cache/background.hpp"
#include "cache/single_flight.hpp"
#include "peak/cache/multi_level_cache.hpp"

namespace peak::cache {

/// Counts changes by key, so that a value read from below is not put into memory over one that was stored meanwhile.
class ChangeCounts {
 public:
  [[nodiscard]] std::uint64_t of(std::uint64_t hash) const noexcept {
    return all_.load() + counts_[hash % kParts].load();
  }
  void add(std::uint64_t hash) noexcept { counts_[hash % kParts].fetch_add(1); }
  void add_to_all() noexcept { all_.fetch_add(1); }

 private:
  static constexpr std::size_t kParts = 1024;
  std::array<std::atomic<std::uint64_t>, kParts> counts_{};
  std::atomic<std::uint64_t> all_{0};
};

struct MultiLevelCache::Impl {
  CacheOptions options;
  std::shared_ptr<const ObjectCodec> codec;
  MemoryCache memory;
  MemoryCache absent;  // keys whose computation found nothing, with the failure
  std::shared_ptr<DiskCache> disk;
  std::string disk_failure;
  ChangeCounts changes;
  SingleFlight flights;
  std::atomic<std::uint64_t> unreadable_remote{0}, unreadable_disk{0};  ///< which the codec refused
  std::atomic<std::uint64_t> computations{0}, waits{0}, stale_served{0}, refreshes{0};
  std::mutex warn_mutex;
  std::vector<std::string> warned;  ///< each line is told once
  std::mutex outstanding_mutex;
  std::condition_variable outstanding_changed;
  std::size_t outstanding = 0;
  Background background;  // last: its thread uses the rest

  explicit Impl(CacheOptions given)
      : options(std::move(given)),
        codec(options.codec != nullptr ? options.codec : value_codec()),
        memory(options.memory),
        absent({.max_entries = std::max<std::size_t>(64, options.memory.max_entries / 4),
                .ttl = options.negative_ttl,
                .hash = options.memory.hash,
                .clock = options.memory.clock}) {}

  [[nodiscard]] std::uint64_t hash(std::string_view key) const { return memory.options().hash(key); }
  [[nodiscard]] bool has_lower() const noexcept { return options.remote != nullptr || disk != nullptr; }

  void warn(const std::string& message) {
    {
      const std::lock_guard lock(warn_mutex);
      constexpr std::size_t kMost = 100;
      if (message.empty() || warned.size() == kMost) return;
      if (std::find(warned.begin(), warned.end(), message) != warned.end()) return;
      warned.push_back(message);
    }
    if (options.warn) options.warn(message);
  }

  void open_disk();
  void hear(const RemoteChange& change);
  Object promote(std::string_view key, StoredValue stored, std::uint64_t before,
                 std::atomic<std::uint64_t>& unreadable);
  Object promote_from_disk(std::string_view key, StoredValue stored, std::uint64_t before);
  Object below(std::string_view key, Nanoseconds outlives = 0);
  Status store(std::string_view key, const Object& object, const SetOptions& how);
  void store_on_disk(std::string_view key, const value::Encoded& encoded, Nanoseconds ttl,
                     std::span<const std::string> tags);
  void store_in_memory(std::string_view key, const Object& object, const SetOptions& how);
  Result<Object> compute(std::string_view key, const Compute& function, const SetOptions& how);
  Result<Object> compute_leased(std::string_view key, const Compute& function, const SetOptions& how,
                                Nanoseconds outlives);
  std::unique_ptr<DiskCache::Lease> lease(std::string_view key, bool& waited);
  Object fresh_or_stale(std::string_view key, std::uint64_t key_hash, const Compute& function, const SetOptions& how);
  void refresh(std::string_view key, const Compute& function, const SetOptions& how, Nanoseconds outlives);
};

}  // namespace peak::cache
