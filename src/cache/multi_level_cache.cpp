#include "peak/cache/multi_level_cache.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "cache/multi_level_impl.hpp"
#include "peak/cache/recorded_statistics.hpp"

namespace peak::cache {
namespace {

constexpr std::size_t kPopularKeys = 1000;
constexpr const char* kPopularNote = "popular-keys";

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
Object MultiLevelCache::Impl::promote(std::string_view key, StoredValue stored, std::uint64_t before,
                                      std::atomic<std::uint64_t>& unreadable) {
  Result<Object> object = codec->decode(stored.encoded);
  if (!object.ok()) {
    unreadable.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  const std::uint64_t key_hash = hash(key);
  SetOptions how;
  how.ttl = std::min(stored.remaining, memory.options().ttl);
  how.tags = std::move(stored.tags);
  how.charge = codec->charge(*object);
  how.stale_for = options.stale_for;
  // Whoever changes a key counts that before he goes to memory: seen unchanged under memory's lock, he is still to
  // come.
  memory.set_if([&] { return changes.of(key_hash) == before; }, key, key_hash, *object, how);
  return std::move(*object);
}

/// From the first level that has it with a life longer than `outlives` before it.
Object MultiLevelCache::Impl::below(std::string_view key, Nanoseconds outlives) {
  const std::uint64_t before = changes.of(hash(key));
  if (options.remote != nullptr) {
    std::optional<StoredValue> stored = options.remote->get(key);
    if (stored && stored->remaining > outlives) {
      if (Object object = promote(key, std::move(*stored), before, unreadable_remote)) return object;
    }
  }
  if (disk == nullptr) return nullptr;
  std::optional<StoredValue> stored = disk->get(key);
  if (!stored || stored->remaining <= outlives) return nullptr;
  return promote_from_disk(key, std::move(*stored), before);
}

Object MultiLevelCache::Impl::promote_from_disk(std::string_view key, StoredValue stored, std::uint64_t before) {
  // Removals go through the folder first: either this one sees that the folder has it no more, or the one who removes
  // it comes to the server after it.
  if (options.remote != nullptr && options.remote->add({key, &stored.encoded, stored.remaining, stored.tags}) &&
      !disk->contains(key)) {
    options.remote->erase(key);
  }
  return promote(key, std::move(stored), before, unreadable_disk);
}

void MultiLevelCache::Impl::store_in_memory(std::string_view key, const Object& object, const SetOptions& how) {
  const std::uint64_t key_hash = hash(key);
  SetOptions in_memory = how;
  if (in_memory.charge == 0) in_memory.charge = codec->charge(object);
  if (in_memory.ttl == kDefaultLifetime) in_memory.ttl = std::min(memory.options().ttl, options.ttl);
  if (in_memory.stale_for == 0) in_memory.stale_for = options.stale_for;
  changes.add(key_hash);
  memory.set(key, key_hash, object, in_memory);
  if (options.negative_ttl > 0) absent.erase(key, key_hash);
}

void MultiLevelCache::Impl::store_on_disk(std::string_view key, const value::Encoded& encoded, Nanoseconds ttl,
                                          std::span<const std::string> tags) {
  if (!disk->set(key, encoded, ttl, tags) && ttl > 0) warn(disk->statistics().last_error);
}

/// Lower levels first: whoever finds the new value in memory may rely on it being below, too, and whoever hears of the
/// change from the server finds nothing old in the folder.
Status MultiLevelCache::Impl::store(std::string_view key, const Object& object, const SetOptions& how) {
  if (has_lower() && !how.memory_only) {
    PEAK_ASSIGN_OR_RETURN(const value::Encoded encoded, codec->encode(object));
    const Nanoseconds ttl = how.ttl == kDefaultLifetime ? options.ttl : how.ttl;
    if (disk != nullptr) store_on_disk(key, encoded, ttl, how.tags);
    if (options.remote != nullptr) options.remote->set({key, &encoded, ttl, how.tags});
  }
  store_in_memory(key, object, how);
  return {};
}

MultiLevelCache::MultiLevelCache(CacheOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->open_disk();
  if (impl_->options.remote == nullptr) return;
  if (impl_->disk != nullptr) impl_->options.remote->set_folder(impl_->disk->identity());
  Impl* const impl = impl_.get();
  impl_->options.remote->set_invalidation_listener([impl](const RemoteChange& change) { impl->hear(change); });
}

/// Another process changed something. Where it has another folder, this one's holds what was before.
void MultiLevelCache::Impl::hear(const RemoteChange& change) {
  using Kind = RemoteChange::Kind;
  if (change.is_elsewhere && disk != nullptr) {
    switch (change.kind) {
      case Kind::kKey: disk->erase(change.name); break;
      case Kind::kPrefix: disk->invalidate_prefix(change.name); break;
      case Kind::kTag: disk->invalidate_tag(change.name); break;
      case Kind::kEverything: disk->clear(); break;
      case Kind::kUnknown: break;  // a folder outlives its processes, of which each begins so
    }
  }
  if (change.kind == Kind::kKey) {
    const std::uint64_t key_hash = hash(change.name);
    changes.add(key_hash);
    if (options.negative_ttl > 0) absent.erase(change.name, key_hash);
    memory.erase(change.name, key_hash, Removal::kInvalidated);
  } else {
    changes.add_to_all();
    absent.clear();
    memory.clear();
  }
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
    if (remote[i]) object = impl_->promote(missing[i], std::move(*remote[i]), before[i], impl_->unreadable_remote);
    if (object != nullptr || impl_->disk == nullptr) continue;
    if (std::optional<StoredValue> stored = impl_->disk->get(missing[i])) {
      object = impl_->promote_from_disk(missing[i], std::move(*stored), before[i]);
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
  }
  for (std::size_t i = 0; impl_->disk != nullptr && i < encoded.size(); ++i) {
    impl_->store_on_disk(items[i].first, encoded[i], ttl, options.tags);
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
  bool found = impl_->disk != nullptr && impl_->disk->erase(key);
  if (impl_->options.remote != nullptr) found = impl_->options.remote->erase(key) || found;
  const std::uint64_t hash = impl_->hash(key);
  impl_->changes.add(hash);
  if (impl_->options.negative_ttl > 0) impl_->absent.erase(key, hash);
  return impl_->memory.erase(key, hash) || found;
}

void MultiLevelCache::clear() {
  if (impl_->disk != nullptr) impl_->disk->clear();
  if (impl_->options.remote != nullptr) impl_->options.remote->clear();
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
  std::size_t most = impl_->disk != nullptr ? impl_->disk->invalidate_tag(tag) : 0;
  if (impl_->options.remote != nullptr) most = std::max(most, impl_->options.remote->invalidate_tag(tag));
  impl_->changes.add_to_all();
  impl_->absent.invalidate_tag(tag);
  return std::max(most, impl_->memory.invalidate_tag(tag));
}

std::size_t MultiLevelCache::invalidate_prefix(std::string_view prefix) {
  std::size_t most = impl_->disk != nullptr ? impl_->disk->invalidate_prefix(prefix) : 0;
  if (impl_->options.remote != nullptr) most = std::max(most, impl_->options.remote->invalidate_prefix(prefix));
  impl_->changes.add_to_all();
  impl_->absent.invalidate_prefix(prefix);
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
  for (const auto& [level, unreadable] :
       {std::pair(&statistics.l2, &impl_->unreadable_remote), std::pair(&statistics.l3, &impl_->unreadable_disk)}) {
    const std::uint64_t count = std::min(unreadable->load(), level->hits);
    level->hits -= count;
    level->misses += count;
    level->errors += count;
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

}  // namespace peak::cache
