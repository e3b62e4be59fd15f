// Disk core: what one process has open of a cache folder. After a fork the child leaves its copy alone and opens anew.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

#include "cache/counters.hpp"
#include "cache/disk_writer.hpp"
#include "cache/file_descriptor.hpp"
#include "cache/store_file.hpp"
#include "peak/cache/disk_cache.hpp"

namespace peak::cache {

/// A record that was read and checked, with its body in memory of its own.
struct ReadRecord {
  RecordHeader header;
  value::ByteRun body;
};

class DiskCore {
 public:
  DiskCore(const DiskCacheOptions& options, Counters& counters) : options_(options), counters_(counters) {}

  /// Makes the folder and opens the store; again at most once a second after it failed.
  [[nodiscard]] Status open();

  /// The record of a key, if it is there, whole and alive. Counts damage; marks the entry as used.
  [[nodiscard]] std::optional<ReadRecord> read(std::string_view key, std::uint64_t hash);
  /// Whether a key is there and alive, as far as the record's header tells.
  [[nodiscard]] bool contains(std::string_view key, std::uint64_t hash);

  /// Runs change(writer) under the locks; false (and an error told) when nothing can be written.
  template <typename Change>
  bool write(Change change) {
    const std::lock_guard guard(mutex_);
    if (!ready_to_write()) return false;
    const FileLock lock(lock_file_.get());
    if (!lock || !intact_or_reopened(true)) return false;
    DiskWriter writer(*store_, {values_folder(), options_.max_bytes, now()});
    if (!writer.ready()) {
      replace_damaged();
      return false;
    }
    change(writer);
    note(writer.counts());
    return true;
  }
  /// Runs look(store) while no thread of this process writes.
  template <typename Look>
  bool look(Look look) {
    const std::shared_lock guard(mutex_);
    if (store_ == nullptr || !store_->intact()) return false;
    look(*store_);
    return true;
  }

  [[nodiscard]] std::string values_folder() const { return options_.path + "/values"; }
  [[nodiscard]] Nanoseconds now() const;
  /// Whether an entry with these times may still be given.
  [[nodiscard]] bool alive(const RecordHeader& header, Nanoseconds now) const noexcept;
  void fail(const std::string& why, std::uint64_t count = 1);
  [[nodiscard]] std::string last_error() const;
  [[nodiscard]] bool is_open() const;
  [[nodiscard]] bool is_read_only() const;

 private:
  [[nodiscard]] Status open_locked();
  [[nodiscard]] bool ready_to_write();
  /// For writers (under the file lock) and for readers that found the store gone.
  [[nodiscard]] bool intact_or_reopened(bool file_locked);
  void replace_damaged();
  void note(const DiskWriter::Counts& counts);
  enum class Verdict : unsigned char { kFound, kMissing, kDamaged };
  [[nodiscard]] Verdict read_once(std::string_view key, std::uint64_t hash, ReadRecord& record);
  void drop_damaged(std::string_view key, std::uint64_t hash);

  const DiskCacheOptions& options_;
  Counters& counters_;
  mutable std::shared_mutex mutex_;
  std::unique_ptr<StoreFile> store_;
  FileDescriptor lock_file_;
  Nanoseconds tried_at_ = 0;  ///< on the monotonic clock
  bool read_only_ = false;
  mutable std::mutex error_mutex_;
  std::string last_error_;
};

}  // namespace peak::cache
