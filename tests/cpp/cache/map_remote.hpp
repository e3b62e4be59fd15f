// A second level for tests, without a server.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "peak/cache/remote_cache.hpp"

namespace peak::cache {

/// A second level in memory that keeps packed values, as a server would.
class MapRemote final : public RemoteCache {
 public:
  std::map<std::string, std::string, std::less<>> values;
  std::function<void(const RemoteChange&)> listener;
  /// Called when one of these was asked for and not yet done: what another process does in that moment.
  std::function<void()> before_add, before_erase;
  int round_trips = 0;

  std::optional<StoredValue> get(std::string_view key) override {
    ++round_trips;
    return find(key);
  }
  std::vector<std::optional<StoredValue>> get_many(std::span<const std::string> keys) override {
    ++round_trips;
    std::vector<std::optional<StoredValue>> found;
    for (const std::string& key : keys) found.push_back(find(key));
    return found;
  }
  bool set(const Item& item) override {
    values[std::string(item.key)] = value::pack(*item.encoded);
    return true;
  }
  std::size_t set_many(std::span<const Item> items) override {
    for (const Item& item : items) set(item);
    return items.size();
  }
  bool add(const Item& item) override {
    if (before_add) std::exchange(before_add, nullptr)();
    return !contains(item.key) && set(item);
  }
  bool erase(std::string_view key) override {
    if (before_erase) std::exchange(before_erase, nullptr)();
    return values.erase(std::string(key)) != 0;
  }
  std::size_t invalidate_tag(std::string_view) override { return 0; }
  std::size_t invalidate_prefix(std::string_view prefix) override {
    return std::erase_if(values, [&](const auto& pair) { return pair.first.starts_with(prefix); });
  }
  void clear() override { values.clear(); }
  bool contains(std::string_view key) override { return values.find(key) != values.end(); }
  bool available() const noexcept override { return true; }
  LevelStatistics statistics() const override { return {}; }
  void set_invalidation_listener(std::function<void(const RemoteChange&)> given) override {
    listener = std::move(given);
  }
  void set_folder(std::uint64_t) override {}

 private:
  std::optional<StoredValue> find(std::string_view key) const {
    const auto found = values.find(key);
    if (found == values.end()) return std::nullopt;
    return StoredValue{*value::unpack(value::ByteRun::own(found->second)), kForever, {}};
  }
};

}  // namespace peak::cache
