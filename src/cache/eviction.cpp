#include "cache/eviction.hpp"

#include "cache/s3_fifo.hpp"
#include "cache/tiny_lfu.hpp"

namespace peak::cache {
namespace {

class LeastRecentlyUsed final : public EvictionOrder {
 public:
  void insert(MemoryEntry& entry) override { queue_.push(entry); }
  void hit(MemoryEntry& entry) override {
    queue_.remove(entry);
    queue_.push(entry);
  }
  [[nodiscard]] bool moves_on_hit() const noexcept override { return true; }
  void erase(MemoryEntry& entry) override { queue_.remove(entry); }
  void replace(MemoryEntry& old, MemoryEntry& fresh) override { queue_.replace(old, fresh); }
  [[nodiscard]] MemoryEntry* victim() override {
    MemoryEntry* const last = queue_.tail;
    queue_.remove(*last);
    return last;
  }
  void clear() override { queue_ = {.name = QueueName::kMain}; }

 private:
  EntryQueue queue_{.name = QueueName::kMain};
};

/// A hand walks from the oldest to the newest entry, spares those that were asked for and takes the first that was not.
class Sieve final : public EvictionOrder {
 public:
  void insert(MemoryEntry& entry) override { queue_.push(entry); }
  void erase(MemoryEntry& entry) override {
    if (hand_ == &entry) hand_ = entry.before;
    queue_.remove(entry);
  }
  void replace(MemoryEntry& old, MemoryEntry& fresh) override {
    if (hand_ == &old) hand_ = &fresh;
    queue_.replace(old, fresh);
  }
  [[nodiscard]] MemoryEntry* victim() override {
    MemoryEntry* place = hand_ == nullptr ? queue_.tail : hand_;
    while (place->uses.load(std::memory_order_relaxed) != 0) {
      place->uses.store(0, std::memory_order_relaxed);
      place = place->before == nullptr ? queue_.tail : place->before;
    }
    hand_ = place->before;
    queue_.remove(*place);
    return place;
  }
  void clear() override {
    queue_ = {.name = QueueName::kMain};
    hand_ = nullptr;
  }

 private:
  EntryQueue queue_{.name = QueueName::kMain};
  MemoryEntry* hand_ = nullptr;
};

}  // namespace

const char* eviction_policy_name(EvictionPolicy policy) noexcept {
  switch (policy) {
    case EvictionPolicy::kS3Fifo: return "s3fifo";
    case EvictionPolicy::kLru: return "lru";
    case EvictionPolicy::kSieve: return "sieve";
    case EvictionPolicy::kWTinyLfu: return "wtinylfu";
  }
  return "unknown";
}

std::unique_ptr<EvictionOrder> make_eviction_order(EvictionPolicy policy, const ShardLimits& limits) {
  switch (policy) {
    case EvictionPolicy::kLru: return std::make_unique<LeastRecentlyUsed>();
    case EvictionPolicy::kSieve: return std::make_unique<Sieve>();
    case EvictionPolicy::kWTinyLfu: return std::make_unique<WindowTinyLfu>(limits);
    case EvictionPolicy::kS3Fifo: break;
  }
  return std::make_unique<S3Fifo>(limits);
}

}  // namespace peak::cache
