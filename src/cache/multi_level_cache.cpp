#include "peak/cache/multi_level_cache.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "cache/background.hpp"
#include "cache/single_flight.hpp"
#include "peak/cache/recorded_statistics.hpp"

namespace peak::cache {
namespace {

constexpr std::size_t kPopularKeys = 1000;
constexpr const char* kPopularNote = "popular-keys";

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

/// Runs work(i) for i in [0, count) on so many threads.
template <typename Work>
void on_threads(std::size_t threads, std::size_t count, Work work) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next{0};
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < std::min(threads, count); ++i) others.emplace_back(loop);
  loop();
  for (std::thread& thread : others) thread.join();
}

}  // namespace

struct MultiLevelCache::Impl {
  CacheOptions options;
  std::shared_ptr<const ObjectCodec> codec;
  MemoryCache memory;
  MemoryCache absent;  // keys whose computation found nothing, with the failure
  std::shared_ptr<DiskCache> disk;
  std::string disk_failure;
  ChangeCounts changes;
  SingleFlight flights;
  std::atomic<std::uint64_t> computations{0}, waits{0}, stale_served{0}, refreshes{0};
  std::mutex warn_mutex;
  std::string warned;
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
      if (message.empty() || message == warned) return;
      warned = message;
    }
    if (options.warn) options.warn(message);
  }

  void open_disk();
  Object promote(std::string_view key, StoredValue stored, std::uint64_t before);
  Object below(std::string_view key);
  Status store(std::string_view key, const Object& object, const SetOptions& how);
  void store_in_memory(std::string_view key, const Object& object, const SetOptions& how);
  Result<Object> compute(std::string_view key, const Compute& compute, const SetOptions& how);
  Result<Object> compute_leased(std::string_view key, const Compute& compute, const SetOptions& how);
  std::unique_ptr<DiskCache::Lease> lease(std::string_view key, bool& waited);
  Object fresh_or_stale(std::string_view key, std::uint64_t hash, const Compute& compute, const SetOptions& how);
  void refresh(std::string_view key, const Compute& compute, const SetOptions& how);
};

void MultiLevelCache::Impl::open_disk() {
  if (!options.disk) return;
  auto opened = DiskCache::open(*options.disk);
  if (opened.ok()) {
    disk = std::move(*opened);
  } else {
    disk_failure = opened.error().message;
    warn("the disk cache is left out: " + disk_failure);
  }
}

/// Puts what was found below into memory, unless the key changed since `before`.
Object MultiLevelCache::Impl::promote(std::string_view key, StoredValue stored, std::uint64_t before) {
  Result<Object> object = codec->decode(stored.encoded);
  if (!object.ok()) return nullptr;
  const std::uint64_t key_hash = hash(key);
  SetOptions how;
  how.ttl = std::min(stored.remaining, memory.options().ttl);
  how.tags = std::move(stored.tags);
  how.charge = codec->charge(*object);
  how.stale_for = options.stale_for;
  if (changes.of(key_hash) != before) return std::move(*object);
  memory.set(key, key_hash, *object, how);
  if (changes.of(key_hash) != before) memory.erase(key, key_hash, Removal::kReplaced);
  return std::move(*object);
}

Object MultiLevelCache::Impl::below(std::string_view key) {
  const std::uint64_t before = changes.of(hash(key));
  if (options.remote != nullptr) {
    if (std::optional<StoredValue> stored = options.remote->get(key)) {
      if (Object object = promote(key, std::move(*stored), before)) return object;
    }
  }
  if (disk == nullptr) return nullptr;
  std::optional<StoredValue> stored = disk->get(key);
  if (!stored) return nullptr;
  if (options.remote != nullptr) options.remote->set({key, &stored->encoded, stored->remaining, stored->tags});
  return promote(key, std::move(*stored), before);
}

void MultiLevelCache::Impl::store_in_memory(std::string_view key, const Object& object, const SetOptions& how) {
  const std::uint64_t key_hash = hash(key);
  SetOptions in_memory = how;
  if (in_memory.charge == 0) in_memory.charge = codec->charge(object);
  if (in_memory.stale_for == 0) in_memory.stale_for = options.stale_for;
  changes.add(key_hash);
  memory.set(key, key_hash, object, in_memory);
  if (options.negative_ttl > 0) absent.erase(key, key_hash);
}

/// Lower levels first: whoever finds the new value in memory may rely on it being below, too.
Status MultiLevelCache::Impl::store(std::string_view key, const Object& object, const SetOptions& how) {
  if (has_lower() && !how.memory_only) {
    PEAK_ASSIGN_OR_RETURN(const value::Encoded encoded, codec->encode(object));
    const Nanoseconds ttl = how.ttl == kDefaultLifetime ? options.ttl : how.ttl;
    if (options.remote != nullptr) options.remote->set({key, &encoded, ttl, how.tags});
    if (disk != nullptr && !disk->set(key, encoded, ttl, how.tags) && ttl > 0) warn(disk->statistics().last_error);
  }
  store_in_memory(key, object, how);
  return {};
}

/// The right to compute among processes; null when it was not to be had in time.
std::unique_ptr<DiskCache::Lease> MultiLevelCache::Impl::lease(std::string_view key, bool& waited) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(options.lease_timeout);
  auto pause = std::chrono::milliseconds(1);
  for (;;) {
    if (auto lease = disk->try_lease(key)) return lease;
    waited = true;
    if (std::chrono::steady_clock::now() >= end || (options.stop && options.stop())) return nullptr;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
}

Result<Object> MultiLevelCache::Impl::compute_leased(std::string_view key, const Compute& function,
                                                     const SetOptions& how) {
  std::unique_ptr<DiskCache::Lease> held;
  if (disk != nullptr && !how.memory_only) {
    bool waited = false;
    held = lease(key, waited);
    if (waited) waits.fetch_add(1, std::memory_order_relaxed);
    // Another process may have stored it since this one looked.
    if (held == nullptr && options.stop && options.stop()) {
      return Error{ErrorCode::kCancelled, "stopped while another process computed the value"};
    }
    if (waited || disk->contains(key)) {
      if (Object object = below(key)) return object;
    }
  }
  computations.fetch_add(1, std::memory_order_relaxed);
  Result<Object> result = function();
  if (result.ok()) {
    PEAK_RETURN_IF_ERROR(store(key, *result, how));
  } else if (result.error().code == ErrorCode::kNotFound && options.negative_ttl > 0) {
    absent.set(key, hash(key), std::make_shared<const Error>(result.error()), {});
  }
  return result;
}

Result<Object> MultiLevelCache::Impl::compute(std::string_view key, const Compute& function, const SetOptions& how) {
  bool mine = false;
  const std::shared_ptr<Flight> flight = flights.join(key, mine);
  if (!mine && !flight->is_mine()) {
    waits.fetch_add(1, std::memory_order_relaxed);
    if (std::optional<Result<Object>> result = flight->wait(options.lease_timeout, options.stop))
      return *std::move(result);
  }
  // Too long a wait, or a function that asks for its own key: computed without telling anybody.
  if (!mine) return compute_leased(key, function, how);
  // Whatever happens, nobody is left waiting.
  struct Landing {
    Impl& impl;
    std::string_view key;
    Flight& flight;
    Result<Object> result = Error{ErrorCode::kInternal, "the computation did not end"};
    ~Landing() { impl.flights.end(key, flight, result); }
  } landing{*this, key, *flight};
  const MemoryCache::Found found = memory.peek(key, hash(key));  // a flight may just have landed
  landing.result = found.fresh ? Result<Object>(found.object) : compute_leased(key, function, how);
  return landing.result;
}

/// Computes anew where nobody waits, unless somebody does so already.
void MultiLevelCache::Impl::refresh(std::string_view key, const Compute& function, const SetOptions& how) {
  bool mine = false;
  std::shared_ptr<Flight> flight = flights.join(key, mine);
  if (!mine) return;
  refreshes.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(outstanding_mutex);
    ++outstanding;
  }
  auto work = [this, key = std::string(key), function, how, flight = std::move(flight)] {
    computations.fetch_add(1, std::memory_order_relaxed);
    Result<Object> result = function();
    if (result.ok()) {
      if (const Status stored = store(key, *result, how); !stored.ok()) result = stored.error();
    }
    flights.end(key, *flight, result);
    const std::lock_guard lock(outstanding_mutex);
    --outstanding;
    outstanding_changed.notify_all();
  };
  if (options.executor) {
    options.executor(std::move(work));
  } else {
    background.run(std::move(work));
  }
}

/// What memory has: fresh, or past its time but still to be given. Starts a refresh where one is due.
Object MultiLevelCache::Impl::fresh_or_stale(std::string_view key, std::uint64_t key_hash, const Compute& function,
                                             const SetOptions& how) {
  Object object = memory.get(key, key_hash);
  const bool has_times = options.refresh_ahead > 0 || options.stale_for > 0 || how.stale_for > 0;
  if (!has_times) return object;
  const MemoryCache::Found found = memory.peek(key, key_hash);
  if (object == nullptr && found && !found.fresh) {
    stale_served.fetch_add(1, std::memory_order_relaxed);
    refresh(key, function, how);
    return found.object;
  }
  if (object == nullptr || found.expires_at == kForever || options.refresh_ahead <= 0) return object;
  const auto left = static_cast<double>(found.expires_at - memory.now());
  if (left < options.refresh_ahead * static_cast<double>(found.ttl)) refresh(key, function, how);
  return object;
}

MultiLevelCache::MultiLevelCache(CacheOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->open_disk();
  if (impl_->options.remote == nullptr) return;
  Impl* const impl = impl_.get();
  impl_->options.remote->set_invalidation_listener([impl](std::optional<std::string_view> key) {
    if (key) {
      impl->changes.add(impl->hash(*key));
      impl->memory.erase(*key, impl->hash(*key), Removal::kInvalidated);
    } else {
      impl->changes.add_to_all();
      impl->memory.clear();
    }
  });
}

MultiLevelCache::~MultiLevelCache() {
  wait_for_background();
  if (impl_->options.remote != nullptr) impl_->options.remote->set_invalidation_listener(nullptr);
  if (impl_->disk == nullptr || impl_->disk->statistics().read_only) return;
  static_cast<void>(record_statistics(*impl_->disk, statistics()));
  value::List keys;
  for (std::string& key : impl_->memory.popular_keys(kPopularKeys))
    keys.items.emplace_back(value::Bytes{std::move(key)});
  if (keys.items.empty()) return;
  if (const auto encoded = value::encode(keys); encoded.ok()) {
    static_cast<void>(impl_->disk->write_note(kPopularNote, value::pack(*encoded)));
  }
}

Object MultiLevelCache::get(std::string_view key) {
  if (Object object = impl_->memory.get(key)) return object;
  return impl_->below(key);
}

Object MultiLevelCache::get_below_memory(std::string_view key) { return impl_->below(key); }

std::vector<Object> MultiLevelCache::get_many(std::span<const std::string> keys) {
  std::vector<Object> objects(keys.size());
  std::vector<std::string> missing;
  std::vector<std::size_t> places;
  std::vector<std::uint64_t> before;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    objects[i] = impl_->memory.get(keys[i]);
    if (objects[i] != nullptr) continue;
    missing.push_back(keys[i]);
    places.push_back(i);
    before.push_back(impl_->changes.of(impl_->hash(keys[i])));
  }
  std::vector<std::optional<StoredValue>> remote(missing.size());
  if (impl_->options.remote != nullptr && !missing.empty()) remote = impl_->options.remote->get_many(missing);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    Object& object = objects[places[i]];
    if (remote[i]) object = impl_->promote(missing[i], std::move(*remote[i]), before[i]);
    if (object != nullptr || impl_->disk == nullptr) continue;
    if (std::optional<StoredValue> stored = impl_->disk->get(missing[i])) {
      object = impl_->promote(missing[i], std::move(*stored), before[i]);
    }
  }
  return objects;
}

Status MultiLevelCache::set(std::string_view key, Object object, const SetOptions& options) {
  if (object == nullptr) return invalid_argument("a cache holds objects, not null pointers");
  return impl_->store(key, object, options);
}

Status MultiLevelCache::set_many(std::span<const std::pair<std::string, Object>> items, const SetOptions& options) {
  std::vector<value::Encoded> encoded;
  if (impl_->has_lower() && !options.memory_only) {
    for (const auto& [key, object] : items) {
      PEAK_ASSIGN_OR_RETURN(encoded.emplace_back(), impl_->codec->encode(object));
    }
  }
  const Nanoseconds ttl = options.ttl == kDefaultLifetime ? impl_->options.ttl : options.ttl;
  std::vector<RemoteCache::Item> remote;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    remote.push_back({items[i].first, &encoded[i], ttl, options.tags});
    if (impl_->disk != nullptr) impl_->disk->set(items[i].first, encoded[i], ttl, options.tags);
  }
  if (impl_->options.remote != nullptr && !remote.empty()) impl_->options.remote->set_many(remote);
  for (const auto& [key, object] : items) impl_->store_in_memory(key, object, options);
  return {};
}

Result<Object> MultiLevelCache::get_or_compute(std::string_view key, const Compute& compute,
                                               const SetOptions& options) {
  const std::uint64_t hash = impl_->hash(key);
  if (Object object = impl_->fresh_or_stale(key, hash, compute, options)) return object;
  if (impl_->options.negative_ttl > 0) {
    if (const Object failure = impl_->absent.get(key, hash)) return *static_cast<const Error*>(failure.get());
  }
  if (!options.memory_only && impl_->has_lower()) {
    if (Object object = impl_->below(key)) return object;
  }
  return impl_->compute(key, compute, options);
}

bool MultiLevelCache::erase(std::string_view key) {
  bool found = impl_->options.remote != nullptr && impl_->options.remote->erase(key);
  if (impl_->disk != nullptr) found = impl_->disk->erase(key) || found;
  const std::uint64_t hash = impl_->hash(key);
  impl_->changes.add(hash);
  if (impl_->options.negative_ttl > 0) impl_->absent.erase(key, hash);
  return impl_->memory.erase(key, hash) || found;
}

void MultiLevelCache::clear() {
  if (impl_->options.remote != nullptr) impl_->options.remote->clear();
  if (impl_->disk != nullptr) impl_->disk->clear();
  impl_->changes.add_to_all();
  impl_->absent.clear();
  impl_->memory.clear();
}

bool MultiLevelCache::contains(std::string_view key) {
  return impl_->memory.contains(key) || (impl_->options.remote != nullptr && impl_->options.remote->contains(key)) ||
         (impl_->disk != nullptr && impl_->disk->contains(key));
}

std::uint64_t MultiLevelCache::size() { return impl_->disk != nullptr ? impl_->disk->size() : impl_->memory.size(); }

std::size_t MultiLevelCache::invalidate_tag(std::string_view tag) {
  std::size_t most = impl_->options.remote != nullptr ? impl_->options.remote->invalidate_tag(tag) : 0;
  if (impl_->disk != nullptr) most = std::max(most, impl_->disk->invalidate_tag(tag));
  impl_->changes.add_to_all();
  return std::max(most, impl_->memory.invalidate_tag(tag));
}

std::size_t MultiLevelCache::invalidate_prefix(std::string_view prefix) {
  std::size_t most = impl_->options.remote != nullptr ? impl_->options.remote->invalidate_prefix(prefix) : 0;
  if (impl_->disk != nullptr) most = std::max(most, impl_->disk->invalidate_prefix(prefix));
  impl_->changes.add_to_all();
  return std::max(most, impl_->memory.invalidate_prefix(prefix));
}

MultiLevelCache::WarmReport MultiLevelCache::warm(std::span<const WarmItem> items, std::size_t threads,
                                                  const std::function<bool(std::size_t, std::size_t)>& progress) {
  WarmReport report;
  std::mutex mutex;
  std::size_t done = 0;
  std::atomic<bool> stop{false};
  on_threads(threads, items.size(), [&](std::size_t i) {
    if (stop) return;
    const bool present = impl_->memory.contains(items[i].key) || get(items[i].key) != nullptr;
    const Result<Object> result =
        present ? Result<Object>(Object()) : get_or_compute(items[i].key, items[i].compute, items[i].options);
    const std::lock_guard lock(mutex);
    if (present) {
      ++report.present;
    } else if (result.ok()) {
      ++report.computed;
    } else {
      report.failed.emplace_back(items[i].key, result.error());
    }
    if (progress && !progress(++done, items.size())) stop = true;
  });
  return report;
}

std::size_t MultiLevelCache::warm_from_last_run(std::size_t threads) {
  if (impl_->disk == nullptr) return 0;
  Result<std::string> note = impl_->disk->read_note(kPopularNote);
  if (!note.ok()) return 0;
  const Result<value::Encoded> encoded = value::unpack(value::ByteRun::own(std::move(*note)));
  if (!encoded.ok()) return 0;
  const Result<value::Value> keys = value::to_value(*encoded);
  const auto* const list = keys.ok() ? keys->as<value::List>() : nullptr;
  if (list == nullptr) return 0;
  std::atomic<std::size_t> found{0};
  on_threads(threads, list->items.size(), [&](std::size_t i) {
    const auto* const key = list->items[i].as<value::Bytes>();
    if (key != nullptr && impl_->below(key->data) != nullptr) ++found;
  });
  return found;
}

CacheStatistics MultiLevelCache::statistics() const {
  CacheStatistics statistics;
  statistics.l1 = impl_->memory.statistics();
  if (impl_->options.remote != nullptr) statistics.l2 = impl_->options.remote->statistics();
  if (impl_->disk != nullptr) statistics.l3 = impl_->disk->statistics();
  if (impl_->disk == nullptr && impl_->options.disk) {
    statistics.l3.enabled = true;
    statistics.l3.last_error = impl_->disk_failure;
  }
  statistics.computations = impl_->computations.load();
  statistics.waits = impl_->waits.load();
  statistics.stale_served = impl_->stale_served.load();
  statistics.refreshes = impl_->refreshes.load();
  return statistics;
}

MemoryCache& MultiLevelCache::memory() noexcept { return impl_->memory; }
RemoteCache* MultiLevelCache::remote() noexcept { return impl_->options.remote.get(); }
DiskCache* MultiLevelCache::disk() noexcept { return impl_->disk.get(); }
const CacheOptions& MultiLevelCache::options() const noexcept { return impl_->options; }

void MultiLevelCache::wait_for_background() {
  std::unique_lock lock(impl_->outstanding_mutex);
  impl_->outstanding_changed.wait(lock, [this] { return impl_->outstanding == 0; });
}

std::vector<std::string> hit_rate_advice(const CacheStatistics& statistics) {
  constexpr std::uint64_t kEnough = 100;
  struct Target {
    const char* name;
    const LevelStatistics& level;
    double rate;
    const char* advice;
  };
  const Target targets[] = {
      {"L1", statistics.l1, 0.80, "enlarge l1_size or l1_ttl, or warm the cache with the keys of the last run"},
      {"L2", statistics.l2, 0.50, "check that all machines use the same namespace, and lengthen the time to live"},
      {"L3", statistics.l3, 0.30, "enlarge its byte budget or the time to live, or warm it before the work begins"}};
  std::vector<std::string> advice;
  for (const Target& target : targets) {
    const std::uint64_t asked = target.level.hits + target.level.misses;
    if (asked < kEnough || target.level.hit_rate() >= target.rate) continue;
    const auto percent = [](double rate) { return std::to_string(static_cast<int>(100 * rate + 0.5)) + " %"; };
    std::string text = std::string(target.name) + " found " + percent(target.level.hit_rate()) + " of " +
                       std::to_string(asked) + " requests (target: above " + percent(target.rate) + "): ";
    if (target.level.evictions > target.level.sets / 2) {
      text += "more than half of what was stored was evicted again; ";
    } else if (target.level.sets >= target.level.misses / 2 && target.level.evictions == 0) {
      text += "nothing was evicted, so most keys were asked for the first time; ";
    }
    advice.push_back(text + target.advice);
  }
  return advice;
}

}  // namespace peak::cache
