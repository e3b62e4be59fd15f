#include <mutex>
#include <utility>

#include "peak/cache/redis.hpp"

namespace peak::cache {
namespace {

using std::chrono::milliseconds;

constexpr Nanoseconds kPerMillisecond = 1'000'000;

/// Who hears of invalidations: shared with the client's thread, which may call while the listener is being replaced.
struct Listener {
  std::mutex mutex;
  std::function<void(const RemoteChange&)> hear;
  std::uint64_t folder = 0;

  void tell(const RedisInvalidation& what) {
    const std::lock_guard lock(mutex);
    if (!hear) return;
    RemoteChange change;
    change.is_elsewhere = what.is_told && (what.folder == 0 || what.folder != folder);
    using Kind = RedisInvalidation::Kind;
    switch (what.kind) {
      case Kind::kKeys: change.kind = RemoteChange::Kind::kKey; break;
      case Kind::kPrefix: change.kind = RemoteChange::Kind::kPrefix; break;
      case Kind::kTag: change.kind = RemoteChange::Kind::kTag; break;
      case Kind::kEverything:
        change.kind = what.is_told ? RemoteChange::Kind::kEverything : RemoteChange::Kind::kUnknown;
        hear(change);
        return;
    }
    for (const std::string& name : what.names) {
      change.name = name;
      hear(change);
    }
  }
};

std::optional<milliseconds> life_of(Nanoseconds ttl) {
  if (ttl == kForever) return std::nullopt;
  return milliseconds(ttl / kPerMillisecond);
}

class RedisRemote final : public RemoteCache {
 public:
  RedisRemote(std::unique_ptr<RedisCache> redis, std::shared_ptr<Listener> listener)
      : listener_(std::move(listener)), redis_(std::move(redis)) {}

  std::optional<StoredValue> get(std::string_view key) override { return stored(redis_->get(key)); }

  std::vector<std::optional<StoredValue>> get_many(std::span<const std::string> keys) override {
    const std::vector<std::string_view> names(keys.begin(), keys.end());
    std::vector<std::optional<StoredValue>> values;
    for (auto& value : redis_->get_many(names)) values.push_back(stored(std::move(value)));
    return values;
  }

  bool set(const Item& item) override { return set_many({&item, 1}) == 1; }

  std::size_t set_many(std::span<const Item> items) override {
    std::vector<std::string> packed;
    packed.reserve(items.size());
    std::vector<RedisItem> named;
    for (const Item& item : items) {
      // While nobody answers there is nothing to pack for; the keys are still noted.
      packed.push_back(redis_->available() ? value::pack(*item.encoded) : std::string());
      named.push_back({item.key, packed.back(), life_of(item.ttl), item.tags});
    }
    return redis_->set_many(named);
  }

  bool add(const Item& item) override {
    if (!redis_->available()) return false;
    const std::string packed = value::pack(*item.encoded);
    return redis_->add({item.key, packed, life_of(item.ttl), item.tags});
  }

  bool erase(std::string_view key) override { return redis_->erase(key); }
  std::size_t invalidate_tag(std::string_view tag) override { return redis_->erase_tag(tag); }
  std::size_t invalidate_prefix(std::string_view prefix) override { return redis_->erase_prefix(prefix); }
  void clear() override { redis_->clear(); }
  bool contains(std::string_view key) override { return redis_->contains(key); }
  bool available() const noexcept override { return redis_->available(); }

  LevelStatistics statistics() const override {
    const RedisStats stats = redis_->stats();
    LevelStatistics level;
    level.enabled = true;
    level.available = stats.available;
    level.hits = stats.hits;
    level.misses = stats.misses;
    level.sets = stats.sets;
    level.errors = stats.errors + unreadable_.load(std::memory_order_relaxed);
    return level;
  }

  void set_invalidation_listener(std::function<void(const RemoteChange&)> listener) override {
    const std::lock_guard lock(listener_->mutex);
    listener_->hear = std::move(listener);
  }

  void set_folder(std::uint64_t identity) override {
    const std::lock_guard lock(listener_->mutex);
    listener_->folder = identity;
    redis_->set_folder(identity);
  }

 private:
  std::optional<StoredValue> stored(std::optional<RedisValue> value) {
    if (!value.has_value()) return std::nullopt;
    Result<value::Encoded> encoded = value::unpack(value::ByteRun::own(std::move(value->bytes)));
    if (!encoded.ok()) {
      unreadable_.fetch_add(1, std::memory_order_relaxed);
      return std::nullopt;
    }
    const Nanoseconds remaining = value->remaining.has_value() ? value->remaining->count() * kPerMillisecond : kForever;
    return StoredValue{std::move(encoded).value(), remaining, std::move(value->tags)};
  }

  std::shared_ptr<Listener> listener_;
  std::unique_ptr<RedisCache> redis_;
  std::atomic<std::uint64_t> unreadable_{0};
};

}  // namespace

Result<std::shared_ptr<RemoteCache>> open_remote(RedisOptions options) {
  auto listener = std::make_shared<Listener>();
  options.on_invalidation = [listener](const RedisInvalidation& what) { listener->tell(what); };
  PEAK_ASSIGN_OR_RETURN(std::unique_ptr<RedisCache> redis, RedisCache::open(std::move(options)));
  return std::shared_ptr<RemoteCache>(std::make_shared<RedisRemote>(std::move(redis), std::move(listener)));
}

}  // namespace peak::cache
