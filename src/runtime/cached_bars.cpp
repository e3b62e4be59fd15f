#include "peak/runtime/cached_bars.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <utility>

#include "peak/base/buffer.hpp"
#include "peak/base/hash.hpp"
#include "peak/cache/recorded_statistics.hpp"
#include "peak/config/configuration.hpp"
#include "peak/io/database.hpp"
#include "runtime/loaded_value.hpp"

namespace peak::runtime {
namespace {

/// What is read changes with the reader: raise this when io gives other bars for the same file.
constexpr std::uint64_t kReaderVersion = 1;
/// Times that are younger than this when they are looked at may hide a later change.
constexpr Nanoseconds kTimesSettle = kNanosecondsPerSecond / 10;

Nanoseconds wall_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// All that the system tells of a file without reading it.
struct FileTimes {
  std::int64_t device = 0, inode = 0, size = 0, changed = 0, status_changed = 0;
  friend bool operator==(const FileTimes&, const FileTimes&) = default;
};

bool times_of(const std::string& path, FileTimes& times) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * kNanosecondsPerSecond + time.tv_nsec;
  };
#if defined(__APPLE__)
  const timespec changed = status.st_mtimespec, status_changed = status.st_ctimespec;
#else
  const timespec changed = status.st_mtim, status_changed = status.st_ctim;
#endif
  times = {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
           static_cast<std::int64_t>(status.st_size), nanoseconds(changed), nanoseconds(status_changed)};
  return true;
}

/// Hash of a file's bytes, read piece by piece; false if it cannot be read.
bool content_of(const std::string& path, Hash128& hash) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  Buffer<char> piece(kPiece);
  Hasher hasher;
  ssize_t got = 0;
  while ((got = ::read(file, piece.data(), kPiece)) > 0) hasher.add(piece.data(), static_cast<std::size_t>(got));
  ::close(file);
  hash = hasher.finish();
  return got == 0;
}

/// What is remembered of a path: its times, when they were looked at, and the content that it had then.
struct Identity {
  FileTimes times;
  Nanoseconds seen_at = 0;
  Hash128 content;

  [[nodiscard]] bool settled() const noexcept {
    return times.changed < seen_at - kTimesSettle && times.status_changed < seen_at - kTimesSettle;
  }
  [[nodiscard]] value::Value to_value() const {
    value::List list;
    for (const std::int64_t number :
         {times.device, times.inode, times.size, times.changed, times.status_changed, seen_at,
          static_cast<std::int64_t>(content.high), static_cast<std::int64_t>(content.low)}) {
      list.items.emplace_back(number);
    }
    return list;
  }
  static bool from(const std::optional<cache::StoredValue>& stored, Identity& identity) {
    if (!stored) return false;
    const auto value = value::to_value(stored->encoded);
    const auto* const list = value.ok() ? value->as<value::List>() : nullptr;
    if (list == nullptr || list->items.size() != 8) return false;
    std::int64_t numbers[8];
    for (std::size_t i = 0; i < 8; ++i) {
      const auto* const number = list->items[i].as<std::int64_t>();
      if (number == nullptr) return false;
      numbers[i] = *number;
    }
    identity.times = {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
    identity.seen_at = numbers[5];
    identity.content = {static_cast<std::uint64_t>(numbers[6]), static_cast<std::uint64_t>(numbers[7])};
    return true;
  }
};

/// The file's present identity: the remembered one while it can be trusted, else with its content hashed anew.
bool identify(cache::DiskCache& cache, const std::string& path, FileCheck check, Identity& identity) {
  std::error_code failed;
  const std::string key = "file/" + std::filesystem::absolute(path, failed).lexically_normal().string();
  FileTimes now;
  const Nanoseconds seen_at = wall_now();
  if (failed || !times_of(path, now)) return false;
  const bool known = Identity::from(cache.get(key), identity) && identity.times == now;
  if (known && check == FileCheck::kTimes && identity.settled()) return true;
  identity.times = now;
  identity.seen_at = seen_at;
  FileTimes after;
  // A file that is being written has no content yet.
  if (!content_of(path, identity.content) || !times_of(path, after) || !(after == now)) return false;
  if (const auto encoded = value::encode(identity.to_value()); encoded.ok()) cache.set(key, *encoded);
  return true;
}

/// Bars of this content, read with these options from a file of this name.
std::string key_of(const Identity& identity, const std::string& path, const io::ReadOptions& options) {
  Hasher hasher;
  hasher.add_integer(kReaderVersion);
  hasher.add_integer(identity.content.high);
  hasher.add_integer(identity.content.low);
  hasher.add_text(std::filesystem::path(path).filename().string());
  const auto how = value::content_hash(value_of(options));
  hasher.add_integer(how.ok() ? how->high : 0);
  hasher.add_integer(how.ok() ? how->low : 0);
  return "bars/" + hasher.finish().hex();
}

Result<io::LoadedBars> cached(cache::DiskCache& cache, const std::string& key) {
  const std::optional<cache::StoredValue> stored = cache.get(key);
  if (!stored) return not_found(key);
  PEAK_ASSIGN_OR_RETURN(const value::Value value, value::to_value(stored->encoded));
  return loaded_of(value);
}

}  // namespace

Result<CachedBars> read_bars(cache::DiskCache& cache, const std::string& path, const io::ReadOptions& options,
                             FileCheck check) {
  Identity identity;
  CachedBars result;
  // What a database holds lies in its log as well, and another program may write it.
  const bool identified = !io::is_database_file(path) && identify(cache, path, check, identity);
  const std::string key = identified ? key_of(identity, path, options) : std::string();
  if (identified) {
    if (Result<io::LoadedBars> found = cached(cache, key); found.ok()) {
      result.loaded = std::move(*found);
      result.loaded.detected.path = path;
      result.from_cache = true;
      return result;
    }
  }
  PEAK_ASSIGN_OR_RETURN(result.loaded, io::read_bars(path, options));
  FileTimes after;
  if (!identified || !times_of(path, after) || !(after == identity.times)) return result;
  if (const auto encoded = value::encode(value_of(result.loaded)); encoded.ok()) cache.set(key, *encoded);
  return result;
}

Result<CachedBars> read_bars_through(const std::string& folder, const std::string& path,
                                     const io::ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const config::Configuration configuration, config::Configuration::load());
  cache::DiskCacheOptions disk;
  disk.path = folder;
  disk.max_bytes = static_cast<std::uint64_t>(configuration.integer(config::Setting::kL3MaxMb)) << 20;
  const auto cache = cache::DiskCache::open(disk);
  if (!cache.ok()) {
    PEAK_ASSIGN_OR_RETURN(io::LoadedBars loaded, io::read_bars(path, options));
    return CachedBars{std::move(loaded), false, "no cache: " + cache.error().message};
  }
  PEAK_ASSIGN_OR_RETURN(CachedBars bars, read_bars(**cache, path, options));
  cache::CacheStatistics counts;
  counts.l3 = (*cache)->statistics();
  static_cast<void>(cache::record_statistics(**cache, counts));  // only a report misses it
  return bars;
}

}  // namespace peak::runtime
