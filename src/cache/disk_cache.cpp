#include "peak/cache/disk_cache.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cache/disk_impl.hpp"
#include "cache/fork_generation.hpp"
#include "cache/reader_slots.hpp"
#include "cache/value_file.hpp"

namespace peak::cache {
namespace {

constexpr std::uint64_t kSmallestBudget = 64 * 1024;

StoredValue stored_value(value::Encoded encoded, const ReadRecord& record, Nanoseconds now) {
  StoredValue stored;
  stored.encoded = std::move(encoded);
  stored.remaining = record.header.expires_at == kForever ? kForever : record.header.expires_at - now;
  for (const std::string_view tag : texts_of(record.header, record.body.bytes()).tags) stored.tags.emplace_back(tag);
  return stored;
}

}  // namespace

DiskCore& DiskCache::Impl::core() {
  if (generation.load(std::memory_order_acquire) == fork_generation()) return *present.load();
  const std::lock_guard lock(fork_mutex);
  if (generation.load() == fork_generation()) return *present.load();
  auto* const fresh = new DiskCore(options, counters);
  static_cast<void>(fresh->open());  // if it fails, calls miss and it is tried again later
  present.store(fresh);
  generation.store(fork_generation(), std::memory_order_release);
  return *fresh;
}

DiskCache::DiskCache(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DiskCache::~DiskCache() = default;

Result<std::shared_ptr<DiskCache>> DiskCache::open(const DiskCacheOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->options.max_bytes = std::max(options.max_bytes, kSmallestBudget);
  impl->generation = fork_generation();
  impl->present = new DiskCore(impl->options, impl->counters);
  PEAK_RETURN_IF_ERROR(impl->present.load()->open());
  return std::shared_ptr<DiskCache>(new DiskCache(std::move(impl)));
}

const DiskCacheOptions& DiskCache::options() const noexcept { return impl_->options; }

/// The value of a record that was read, from its body or from its file.
Result<value::Encoded> DiskCache::Impl::value_of(const ReadRecord& record) {
  const RecordHeader& header = record.header;
  if (header.kind == RecordKind::kValue) {
    value::ByteRun packed = record.body;
    packed.size = static_cast<std::size_t>(header.value_bytes);
    return value::unpack(packed);
  }
  const bool map = options.map_large_values && header.value_bytes >= options.map_bytes;
  PEAK_ASSIGN_OR_RETURN(const value::ByteRun packed,
                        read_value_file(core().values_folder(), {header.file, header.hash, header.value_bytes, map}));
  return value::unpack(packed);
}

std::optional<StoredValue> DiskCache::get(std::string_view key) {
  const std::uint64_t hash = hash_key(key);
  DiskCore& core = impl_->core();
  std::optional<ReadRecord> record = core.read(key, hash);
  for (int attempt = 0; record; ++attempt) {
    Result<value::Encoded> encoded = impl_->value_of(*record);
    if (encoded.ok()) {
      impl_->count(Counter::kHits);
      return stored_value(std::move(*encoded), *record, core.now());
    }
    // A file that is gone may have been replaced since the record was read; the same record again means damage.
    const std::uint64_t position = record->header.position, file = record->header.file;
    record = attempt == 0 ? core.read(key, hash) : std::nullopt;
    if (record && record->header.position == position && record->header.file == file) {
      core.fail(encoded.error().message);
      core.write([&](DiskWriter& writer) {
        const DiskPlace place = writer.find(key, hash);
        if (place && place.header.position == position) writer.erase(place);
      });
      break;
    }
  }
  impl_->count(Counter::kMisses);
  return std::nullopt;
}

bool DiskCache::contains(std::string_view key) { return impl_->core().contains(key, hash_key(key)); }

bool DiskCache::set(std::string_view key, const value::Encoded& encoded, Nanoseconds ttl,
                    std::span<const std::string> tags) {
  DiskCore& core = impl_->core();
  if (ttl == kDefaultLifetime) ttl = impl_->options.ttl;
  DiskWriter::Entry entry;
  entry.key = key;
  entry.hash = hash_key(key);
  entry.tags = tags;
  entry.value_bytes = value::packed_size(encoded);
  const Nanoseconds now = core.now();
  entry.expires_at = ttl >= kForever - now ? kForever : now + ttl;
  bool inside = entry.value_bytes <= impl_->options.inline_bytes;
  if (ttl <= 0) {
    erase(key);
    return false;
  }
  std::string why;
  const auto put = [&](DiskWriter& writer) {
    const DiskWriter::Outcome outcome = writer.put(entry);
    if (outcome == DiskWriter::Outcome::kStored) return;
    why = outcome == DiskWriter::Outcome::kTooLarge ? "an entry is too large for max_bytes" : "the disk is full";
    writer.erase(key, entry.hash);  // rather nothing than the value before
  };
  if (inside) {
    const auto fits = [&](DiskWriter& writer) {
      inside = writer.fits(entry.value_bytes + key.size() + 4096, RingName::kValues);
      if (!inside) return;
      entry.inside = &encoded;
      put(writer);
    };
    if (!core.write(fits)) return false;
  }
  if (!inside) {
    bool room = false;
    const std::uint64_t bytes = value_file_bytes(entry.value_bytes);
    if (!core.write([&](DiskWriter& writer) { room = writer.make_room_for_file(bytes); })) return false;
    Result<std::uint64_t> file =
        room ? write_value_file(core.values_folder(), entry.hash, encoded)
             : Result<std::uint64_t>(io_error("a value is larger than max_bytes leaves room for"));
    if (file.ok()) entry.file = *file;
    const bool written = core.write([&](DiskWriter& writer) {
      if (!file.ok() || !writer.make_room_for_file(bytes)) {
        why = file.ok() ? "a value is larger than max_bytes leaves room for" : file.error().message;
        writer.erase(key, entry.hash);
      } else {
        put(writer);
      }
    });
    if (!written && why.empty()) why = "the folder cannot be written";
    if (!why.empty() && file.ok()) remove_value_file(core.values_folder(), *file);
  }
  if (!why.empty()) {
    core.fail(impl_->options.path + ": " + why);
    return false;
  }
  impl_->count(Counter::kSets);
  return true;
}

bool DiskCache::erase(std::string_view key) {
  bool found = false;
  impl_->core().write([&](DiskWriter& writer) { found = writer.erase(key, hash_key(key)); });
  return found;
}

void DiskCache::clear() {
  impl_->core().write([](DiskWriter& writer) { writer.clear(); });
}

std::size_t DiskCache::invalidate_tag(std::string_view tag) {
  std::size_t count = 0;
  impl_->core().write([&](DiskWriter& writer) {
    count = writer.erase_if([&](const RecordHeader& header, const RecordTexts& texts) {
      return header.tags_bytes != 0 && std::find(texts.tags.begin(), texts.tags.end(), tag) != texts.tags.end();
    });
  });
  return count;
}

std::size_t DiskCache::invalidate_prefix(std::string_view prefix) {
  std::size_t count = 0;
  impl_->core().write([&](DiskWriter& writer) {
    count =
        writer.erase_if([&](const RecordHeader&, const RecordTexts& texts) { return texts.key.starts_with(prefix); });
  });
  return count;
}

std::uint64_t DiskCache::size() const { return statistics().size; }

LevelStatistics DiskCache::statistics() const {
  LevelStatistics statistics;
  DiskCore& core = impl_->core();
  statistics.enabled = true;
  statistics.available = core.is_open();
  statistics.read_only = core.is_read_only();
  statistics.hits = impl_->counters.total(Counter::kHits);
  statistics.misses = impl_->counters.total(Counter::kMisses);
  statistics.sets = impl_->counters.total(Counter::kSets);
  statistics.evictions = impl_->counters.total(Counter::kEvictions);
  statistics.expirations = impl_->counters.total(Counter::kExpirations);
  statistics.errors = impl_->counters.total(Counter::kErrors);
  statistics.max_bytes = impl_->options.max_bytes;
  statistics.last_error = core.last_error();
  core.look([&](StoreFile& store) {
    if (const auto state = store.state()) {
      statistics.size = state->entries;
      statistics.bytes = store.file_bytes() + state->value_file_bytes;
    }
  });
  return statistics;
}

void DiskCache::for_each(const std::function<bool(const DiskEntry&)>& visit) {
  struct Item {
    Nanoseconds stored_at;
    std::string key;
  };
  DiskCore& core = impl_->core();
  std::vector<Item> items;
  core.look([&](StoreFile& store) {
    for (std::size_t i = 0; i < store.slots(); ++i) {
      const std::uint64_t position = StoreFile::load(store.slot(i)->position);
      if ((position & ~kFlags) == 0) continue;
      const auto header = store.record(position, ring_of(position));
      if (!header) continue;
      items.push_back({header->stored_at, std::string(texts_of(*header, store.body(*header, ring_of(position))).key)});
    }
  });
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.stored_at < b.stored_at; });
  for (const Item& item : items) {
    const auto record = core.read(item.key, hash_key(item.key));
    if (!record) continue;
    DiskEntry entry;
    entry.key = item.key;
    entry.bytes = record->header.value_bytes;
    entry.stored_at = record->header.stored_at;
    const Nanoseconds now = core.now();
    entry.remaining = record->header.expires_at == kForever ? kForever : record->header.expires_at - now;
    for (const std::string_view tag : texts_of(record->header, record->body.bytes()).tags) entry.tags.emplace_back(tag);
    if (!visit(entry)) return;
  }
}

}  // namespace peak::cache
