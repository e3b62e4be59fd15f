// DiskCache: level three, values in a folder that processes share and that outlives them.
//
// Files      One file holds the index and a ring of records for small values; values above inline_bytes lie in files of
//            their own, immutable and named once, which are read back without a copy (docs/file_formats.md tells the
//            format). Names of files never come from keys, so no key can leave the folder.
// Safety     Every record and every file carries a checksum that is verified at each read, and the whole key. What was
//            cut, flipped, swapped or removed is a miss and a count in errors. The size of the file is looked at before
//            each access, so a cut file does not raise a signal. Only one case is left to the system: a large
//            value's file that another program cuts while somebody still looks at it (map_large_values = false copies
//            instead).
// kill -9    A record is written whole before the index names it, and the state has two copies, so a process that dies
//            at any instant leaves the last state that was reached; its locks end with it. Nothing is flushed to the
//            device: after a power failure the folder opens, and what was torn is missed.
// Limits     max_bytes holds for all files together; there are at most max_bytes / 1 KiB entries, and half a million,
//            about twenty thousand of them with files of their own. Half of the bytes are for small values, and what
//            those leave is for large ones. At a limit the oldest go, but those that were read since they were written
//            stay once more. Index and ring of files take their room (12 MiB at most) when the folder is made.
// Lifetimes  on the wall clock, as processes come and go. An entry that seems to come from the future (the clock
//            was set back) is treated as expired rather than kept too long.
// Failure    open() fails only if the folder can neither be made nor read. Reading and writing never fail the
//            caller: they miss, or do nothing (a full disk, a read-only folder), count an error and tell last_error.
//            Deleting works on a full disk.
// Versions   Each format has file names of its own, so programs of different versions share a folder without harm.
// Fork       The child opens the folder anew at its first call.
// Threads    every member may be called from any thread; many processes may have one folder open.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/cache/entry.hpp"
#include "peak/cache/statistics.hpp"

namespace peak::cache {

struct DiskCacheOptions {
  std::string path = "data/cache";                   ///< folder; made if missing
  std::uint64_t max_bytes = std::uint64_t{1} << 30;  ///< of all files; at least 64 KiB
  Nanoseconds ttl = kForever;                        ///< for set() with kDefaultLifetime
  std::size_t inline_bytes = 32 * 1024;              ///< packed values above this get a file of their own
  std::size_t map_bytes = std::size_t{1} << 20;      ///< files below this are read rather than mapped
  bool map_large_values = true;
  bool read_only = false;  ///< change nothing, not even counts of use
  /// Wall clock in nanoseconds since 1970, for tests; null: the system's.
  Nanoseconds (*clock)() = nullptr;
};

/// What verify() and gc() found.
struct DiskReport {
  std::uint64_t entries = 0;  ///< good ones
  std::uint64_t bytes = 0;    ///< of all files
  std::uint64_t damaged = 0;  ///< entries whose checksum, size or file is wrong
  std::uint64_t expired = 0;
  std::uint64_t orphans = 0;  ///< value files that no entry names
  std::uint64_t removed = 0;  ///< entries and files taken away (gc, or verify with repair)
  std::uint64_t bytes_freed = 0;
  std::vector<std::string> damaged_keys;  ///< the first twenty, where the key could still be read
};

/// One entry as for_each() shows it.
struct DiskEntry {
  std::string_view key;
  std::uint64_t bytes = 0;  ///< packed size of the value
  Nanoseconds stored_at = 0;
  Nanoseconds remaining = kForever;
  std::vector<std::string> tags;
};

class DiskCache {
 public:
  struct Impl;  // for the library's own files

  [[nodiscard]] static Result<std::shared_ptr<DiskCache>> open(const DiskCacheOptions& options);
  ~DiskCache();
  DiskCache(const DiskCache&) = delete;
  DiskCache& operator=(const DiskCache&) = delete;

  [[nodiscard]] std::optional<StoredValue> get(std::string_view key);
  [[nodiscard]] bool contains(std::string_view key);
  /// False when it was not stored (full disk, read-only, too large, ttl of zero).
  bool set(std::string_view key, const value::Encoded& encoded, Nanoseconds ttl = kDefaultLifetime,
           std::span<const std::string> tags = {});
  bool erase(std::string_view key);
  void clear();
  std::size_t invalidate_tag(std::string_view tag);
  std::size_t invalidate_prefix(std::string_view prefix);

  [[nodiscard]] std::uint64_t size() const;
  /// Constant time.
  [[nodiscard]] LevelStatistics statistics() const;
  [[nodiscard]] const DiskCacheOptions& options() const noexcept;

  /// Reads every entry and checks it; with `repair` removes what is damaged.
  [[nodiscard]] Result<DiskReport> verify(bool repair = false);
  /// Removes expired entries, damaged ones and value files that no entry names and that are older than `grace`.
  [[nodiscard]] Result<DiskReport> gc(Nanoseconds grace = 600 * kNanosecondsPerSecond);
  /// Calls visit for every live entry, oldest first; visit must not call the cache. Stops when visit gives false.
  void for_each(const std::function<bool(const DiskEntry&)>& visit);

  /// The right to compute a key, among all processes on this folder. Ends when destroyed and when its process dies.
  class Lease {
   public:
    virtual ~Lease() = default;
  };
  /// Null while another process computes `key`. Where the system has no locks that end with their holder's open file
  /// (neither Linux nor macOS), every caller gets a lease.
  [[nodiscard]] std::unique_ptr<Lease> try_lease(std::string_view key);

  /// A number of the folder's own, the same for all processes on it and another one for a copy of it; 0: it could not
  /// be noted down.
  [[nodiscard]] std::uint64_t identity() const;

  /// A text that is kept beside the entries and replaced whole: the most used keys of the last run, counts of use.
  /// `name` is letters, digits and hyphens.
  [[nodiscard]] Result<std::string> read_note(const std::string& name) const;
  [[nodiscard]] Status write_note(const std::string& name, std::string_view text);

 private:
  explicit DiskCache(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace peak::cache
