#include "peak/cache/memory_cache.hpp"

#include <time.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>
#include <mutex>
#include <optional>
#include <span>

#include "cache/counters.hpp"
#include "cache/memory_shard.hpp"
#include "cache/reader_slots.hpp"

namespace peak::cache {
namespace {

constexpr std::size_t kEntriesPerShard = 8192;
constexpr std::size_t kMostShards = 16;
constexpr std::size_t kFewEntries = 4096;  // of a shard, that a processor's own cache holds about
constexpr std::uint64_t kSmallestShardBytes = std::uint64_t{64} << 20;

std::size_t shards_for(const MemoryCacheOptions& options) {
  std::size_t wanted = options.shards;
  if (wanted == 0) {
    wanted = std::min(kMostShards, options.max_entries / kEntriesPerShard);
    if (options.max_bytes != 0) wanted = std::min<std::size_t>(wanted, options.max_bytes / kSmallestShardBytes);
  }
  return std::bit_floor(std::clamp<std::size_t>(wanted, 1, options.max_entries));
}

Nanoseconds later(Nanoseconds now, Nanoseconds length) noexcept {
  return length > kForever - now ? kForever : now + length;
}

/// A number in [0, 1) that differs from call to call.
double chance() noexcept {
  thread_local std::uint64_t state = reinterpret_cast<std::uintptr_t>(&state);
  state = state * 6364136223846793005U + 1442695040888963407U;
  return static_cast<double>(state >> 11) * 0x1p-53;
}

}  // namespace

/// While freeing means to interrupt other threads (reader_slots.hpp) it is done for so much at once.
constexpr std::size_t kRetiredEntries = 64;
constexpr std::uint64_t kRetiredBytes = std::uint64_t{1} << 20;

struct MemoryCache::Impl {
  std::unique_ptr<std::optional<MemoryShard>[]> shards;  // side by side: one look less on the way of a hit
  std::size_t shard_mask = 0;
  Counters counters;
  RemovalListener listener;

  std::mutex retired_mutex;
  struct Retired {
    MemoryEntry* entry = nullptr;
    EntryTable::Owner table;
    std::uint64_t stamp = 0;
  };
  std::vector<Retired> retired;  // out of sight, but perhaps still looked at
  std::uint64_t retired_bytes = 0;
  std::atomic<bool> any_retired{false};

  MemoryShard& shard(std::uint64_t mixed) noexcept { return *shards[mixed >> 20 & shard_mask]; }
  [[nodiscard]] auto all_shards() const noexcept { return std::span(shards.get(), shard_mask + 1); }
  void tell(const MemoryEntry& entry, Removal why, unsigned thread);
  void finish(Removals removals);
  void free_retired();
};

/// A listener that throws harms nobody but itself: the entries still have to be freed and the caller has his answer.
void MemoryCache::Impl::tell(const MemoryEntry& entry, Removal why, unsigned thread) {
  if (!listener) return;
  try {
    listener(entry.key(), entry.object, why);
  } catch (...) {
    counters.add(Counter::kErrors, thread);
  }
}

/// Counts and tells what was removed, and frees what no reader can see any more. Called without locks.
void MemoryCache::Impl::finish(Removals removals) {
  if (!removals.empty()) {
    const unsigned thread = reader_slot().index;
    for (const auto& [entry, why] : removals.entries) {
      if (why == Removal::kEvicted) counters.add(Counter::kEvictions, thread);
      if (why == Removal::kExpired) counters.add(Counter::kExpirations, thread);
      tell(*entry, why, thread);
    }
    const std::uint64_t stamp = retire_stamp();
    const std::lock_guard lock(retired_mutex);
    for (const auto& [entry, why] : removals.entries) {
      retired.push_back({entry, nullptr, stamp});
      retired_bytes += entry->charge;
    }
    for (auto& table : removals.tables) retired.push_back({nullptr, std::move(table), stamp});
    any_retired.store(true, std::memory_order_relaxed);
  }
  if (any_retired.load(std::memory_order_relaxed)) free_retired();
}

void MemoryCache::Impl::free_retired() {
  std::vector<Retired> free;
  {
    const std::lock_guard lock(retired_mutex);
    if (retired.size() < kRetiredEntries && retired_bytes < kRetiredBytes && safe_stamp_is_dear()) return;
    const std::uint64_t safe = safe_stamp();
    const auto kept = std::partition(retired.begin(), retired.end(), [&](const Retired& r) { return r.stamp > safe; });
    std::move(kept, retired.end(), std::back_inserter(free));
    retired.erase(kept, retired.end());
    for (const Retired& dead : free) retired_bytes -= dead.entry == nullptr ? 0 : dead.entry->charge;
    any_retired.store(!retired.empty(), std::memory_order_relaxed);
  }
  for (const Retired& dead : free) {
    if (dead.entry != nullptr) MemoryEntry::destroy(dead.entry);
  }
}

MemoryCache::MemoryCache(const MemoryCacheOptions& options) : options_(options), impl_(std::make_unique<Impl>()) {
  options_.max_entries = std::max<std::size_t>(1, options_.max_entries);
  options_.ttl_jitter = std::clamp(options_.ttl_jitter, 0.0, 1.0);
  if (options_.hash == nullptr) options_.hash = &hash_key;
  options_.shards = shards_for(options_);
  impl_->shards = std::make_unique<std::optional<MemoryShard>[]>(options_.shards);
  impl_->shard_mask = options_.shards - 1;
  for (std::size_t i = 0; i < options_.shards; ++i) {
    ShardLimits limits{options_.max_entries / options_.shards, options_.max_bytes / options_.shards};
    if (i < options_.max_entries % options_.shards) ++limits.entries;
    impl_->shards[i].emplace(options_.policy, limits);
  }
}

MemoryCache::~MemoryCache() {
  for (const Impl::Retired& dead : impl_->retired) {
    if (dead.entry != nullptr) MemoryEntry::destroy(dead.entry);
  }
}

Nanoseconds MemoryCache::now() const noexcept { return options_.clock == nullptr ? coarse_clock() : options_.clock(); }

/// `ahead` is Reading::time_ahead().
bool MemoryCache::is_alive(const MemoryEntry& entry, Nanoseconds ahead) const noexcept {
  if (entry.expires_at == kForever) return true;
  if (options_.clock == nullptr && entry.expires_at > ahead) return true;
  return entry.expires_at > now();
}

/// The way of every hit: what on_hit gives, or Answer{}.
template <typename Answer, typename OnHit>
Answer MemoryCache::look_up(std::string_view key, std::uint64_t hash, OnHit on_hit, bool counts_miss) {
  const std::uint64_t mixed = spread(hash);
  MemoryShard& shard = impl_->shard(mixed);
  {
    const Reading reading;
    const Nanoseconds ahead = reading.time_ahead();  // before the search: less has to outlive the call
    MemoryEntry* const entry = shard.find(key, mixed);
    if (entry != nullptr && is_alive(*entry, ahead)) [[likely]] {
      shard.note_hit(*entry);
      impl_->counters.add(Counter::kHits, reading.index());
      return on_hit(*entry, reading.index(), shard);
    }
  }
  note_miss(key, hash, counts_miss);
  return Answer{};
}

/// Out of the way of hits. An expired entry is removed.
void MemoryCache::note_miss(std::string_view key, std::uint64_t hash, bool counts) {
  if (counts) impl_->counters.add(Counter::kMisses, reader_slot().index);
  const std::uint64_t mixed = spread(hash);
  MemoryShard& shard = impl_->shard(mixed);
  const auto is_over = [&] {
    const Reading reading;
    const MemoryEntry* const entry = shard.find(key, mixed);
    return entry != nullptr && entry->keep_until <= now();
  };
  if (!is_over()) return;
  Removals removals;
  shard.erase_expired(key, mixed, now(), removals);
  impl_->finish(std::move(removals));
}

bool MemoryCache::visit_object(std::string_view key, std::uint64_t hash, void (*call)(void*, const void*),
                               void* context, bool counts_miss) {
  const auto visit = [&](const MemoryEntry& entry, unsigned, const MemoryShard&) {
    call(context, entry.object.get());
    return true;
  };
  return look_up<bool>(key, hash, visit, counts_miss);
}

Object MemoryCache::get(std::string_view key, std::uint64_t hash) {
  const auto share = [](MemoryEntry& entry, unsigned thread, const MemoryShard& shard) -> Object {
    if (entry.is_read_by(thread)) [[likely]]
      return entry.object;
    return entry.share_of(thread, shard.count() <= kFewEntries);
  };
  return look_up<Object>(key, hash, share);
}

MemoryCache::Found MemoryCache::peek(std::string_view key, std::uint64_t hash) {
  const std::uint64_t mixed = spread(hash);
  const Reading reading;
  const MemoryEntry* const entry = impl_->shard(mixed).find(key, mixed);
  if (entry == nullptr) return {};
  const Nanoseconds time = now();
  if (entry->keep_until <= time) return {};
  return {entry->object, entry->expires_at, entry->ttl, entry->expires_at > time};
}

bool MemoryCache::contains(std::string_view key) {
  const Found found = peek(key, options_.hash(key));
  return found && found.fresh;
}

/// Null if it is not to be kept.
MemoryEntry* MemoryCache::entry_of(std::string_view key, std::uint64_t hash, Object object,
                                   const SetOptions& options) const {
  const ShardLimits& limits = impl_->shard(spread(hash)).limits();
  const Nanoseconds ttl = options.ttl == kDefaultLifetime ? options_.ttl : options.ttl;
  const std::uint64_t charge = options.charge + key.size() + sizeof(MemoryEntry);
  const bool too_large = limits.bytes != 0 && charge > limits.bytes;
  if (object == nullptr || ttl <= 0 || too_large || key.size() > MemoryEntry::kMostKeyBytes) return nullptr;
  MemoryEntry* const entry = MemoryEntry::make(key, std::move(object));
  entry->hash = hash;
  entry->charge = charge;
  if (ttl != kForever) {
    const double shortened = static_cast<double>(ttl) * options_.ttl_jitter * chance();
    entry->ttl = std::max<Nanoseconds>(1, ttl - static_cast<Nanoseconds>(shortened));
    entry->expires_at = later(now(), entry->ttl);
    entry->keep_until = later(entry->expires_at, std::max<Nanoseconds>(0, options.stale_for));
  }
  if (!options.tags.empty()) entry->tags = std::make_unique<const std::vector<std::string>>(options.tags);
  return entry;
}

bool MemoryCache::set(std::string_view key, std::uint64_t hash, Object object, const SetOptions& options) {
  MemoryEntry* const entry = entry_of(key, hash, std::move(object), options);
  if (entry == nullptr) {
    erase(key, hash, Removal::kReplaced);  // what was there is no longer what the caller wants to find
    return false;
  }
  impl_->counters.add(Counter::kSets, reader_slot().index);
  const std::uint64_t mixed = spread(hash);
  Removals removals;
  impl_->shard(mixed).set(*entry, mixed, removals);
  impl_->finish(std::move(removals));
  return true;
}

bool MemoryCache::set_object_if(bool (*wanted)(void*), void* context, std::string_view key, std::uint64_t hash,
                                Object object, const SetOptions& options) {
  MemoryEntry* const entry = entry_of(key, hash, std::move(object), options);
  if (entry == nullptr) return false;
  const std::uint64_t mixed = spread(hash);
  Removals removals;
  if (!impl_->shard(mixed).set_if([&] { return wanted(context); }, *entry, mixed, removals)) {
    MemoryEntry::destroy(entry);  // nobody has seen it
    return false;
  }
  impl_->counters.add(Counter::kSets, reader_slot().index);
  impl_->finish(std::move(removals));
  return true;
}

bool MemoryCache::erase(std::string_view key, std::uint64_t hash, Removal why) {
  const std::uint64_t mixed = spread(hash);
  Removals removals;
  const bool found = impl_->shard(mixed).erase(key, mixed, why, removals);
  impl_->finish(std::move(removals));
  return found;
}

void MemoryCache::clear() {
  Removals removals;
  for (auto& shard : impl_->all_shards()) shard->clear(removals);
  impl_->finish(std::move(removals));
}

template <typename Condition>
std::size_t MemoryCache::erase_if(Condition condition, Removal why) {
  Removals removals;
  std::size_t count = 0;
  for (auto& shard : impl_->all_shards()) count += shard->erase_if(condition, why, removals);
  impl_->finish(std::move(removals));
  return count;
}

std::size_t MemoryCache::invalidate_tag(std::string_view tag) {
  const auto carries = [&](const MemoryEntry& entry) {
    return entry.tags != nullptr && std::find(entry.tags->begin(), entry.tags->end(), tag) != entry.tags->end();
  };
  return erase_if(carries, Removal::kInvalidated);
}

std::size_t MemoryCache::invalidate_prefix(std::string_view prefix) {
  return erase_if([&](const MemoryEntry& entry) { return entry.key().starts_with(prefix); }, Removal::kInvalidated);
}

std::size_t MemoryCache::remove_expired() {
  const Nanoseconds time = now();
  return erase_if([&](const MemoryEntry& entry) { return entry.keep_until <= time; }, Removal::kExpired);
}

std::size_t MemoryCache::size() const noexcept {
  std::size_t count = 0;
  for (auto& shard : impl_->all_shards()) count += shard->count();
  return count;
}

std::size_t MemoryCache::size_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (auto& shard : impl_->all_shards()) bytes += shard->bytes();
  return bytes;
}

LevelStatistics MemoryCache::statistics() const {
  LevelStatistics statistics;
  statistics.enabled = statistics.available = true;
  statistics.hits = impl_->counters.total(Counter::kHits);
  statistics.misses = impl_->counters.total(Counter::kMisses);
  statistics.sets = impl_->counters.total(Counter::kSets);
  statistics.evictions = impl_->counters.total(Counter::kEvictions);
  statistics.expirations = impl_->counters.total(Counter::kExpirations);
  statistics.errors = impl_->counters.total(Counter::kErrors);
  statistics.size = size();
  statistics.max_size = options_.max_entries;
  statistics.bytes = size_bytes();
  statistics.max_bytes = options_.max_bytes;
  return statistics;
}

std::vector<std::string> MemoryCache::popular_keys(std::size_t most) const {
  std::vector<std::pair<unsigned, std::string>> keys;
  for (auto& shard : impl_->all_shards()) {
    shard->for_each([&](const MemoryEntry& entry) {
      keys.emplace_back(entry.uses.load(std::memory_order_relaxed) + (entry.queue == QueueName::kSmall ? 0U : 4U),
                        std::string(entry.key()));
    });
  }
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
    return a.first > b.first || (a.first == b.first && a.second < b.second);
  });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(most, keys.size()); ++i) names.push_back(std::move(keys[i].second));
  return names;
}

void MemoryCache::set_removal_listener(RemovalListener listener) { impl_->listener = std::move(listener); }

}  // namespace peak::cache
