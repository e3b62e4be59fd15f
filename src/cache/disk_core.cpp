#include "cache/disk_core.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "cache/reader_slots.hpp"
#include "peak/base/buffer.hpp"
#include "peak/base/hash.hpp"

namespace peak::cache {
namespace {

/// Clocks of machines that share a folder, and steps of time servers, differ by this much without meaning anything.
constexpr Nanoseconds kClockTolerance = 2 * kNanosecondsPerSecond;

Nanoseconds monotonic_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Nanoseconds DiskCore::now() const {
  if (options_.clock != nullptr) return options_.clock();
#if defined(CLOCK_REALTIME_COARSE)
  timespec time;
  clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
#else
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
#endif
}

bool DiskCore::alive(const RecordHeader& header, Nanoseconds now) const noexcept {
  if (header.expires_at == kForever) return true;
  return header.expires_at > now && header.stored_at <= now + kClockTolerance;
}

void DiskCore::fail(const std::string& why, std::uint64_t count) {
  counters_.add(Counter::kErrors, reader_slot().index, count);
  const std::lock_guard lock(error_mutex_);
  last_error_ = why;
}

std::string DiskCore::last_error() const {
  const std::lock_guard lock(error_mutex_);
  return last_error_;
}

bool DiskCore::is_open() const {
  const std::shared_lock guard(mutex_);
  return store_ != nullptr;
}

bool DiskCore::is_read_only() const {
  const std::shared_lock guard(mutex_);
  return read_only_;
}

Status DiskCore::open() {
  const std::lock_guard guard(mutex_);
  return open_locked();
}

/// With mutex_ held. A folder that may not be written is opened for reading.
Status DiskCore::open_locked() {
  store_ = nullptr;
  tried_at_ = monotonic_now();
  read_only_ = options_.read_only;
  std::error_code ignored;
  if (!read_only_) std::filesystem::create_directories(values_folder(), ignored);
  if (!read_only_) {
    const std::string path = options_.path + "/store-1.lock";
    lock_file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!lock_file_ && (errno == EACCES || errno == EROFS || errno == EPERM)) read_only_ = true;
    if (!lock_file_ && !read_only_) return io_error(path + ": cannot be opened: " + std::strerror(errno));
  }
  bool damaged = false;
  std::optional<FileLock> lock;
  if (!read_only_) lock.emplace(lock_file_.get());
  Result<std::unique_ptr<StoreFile>> store = StoreFile::open(options_.path, options_.max_bytes, read_only_, damaged);
  if (damaged) fail(options_.path + ": the store was damaged and is begun anew");
  if (!store.ok()) return std::move(store).error();
  store_ = std::move(*store);
  return {};
}

bool DiskCore::intact_or_reopened(bool file_locked) {
  if (store_ != nullptr && store_->intact()) return true;
  const bool tried_lately = monotonic_now() - tried_at_ < kNanosecondsPerSecond;
  if (store_ == nullptr && tried_lately) return false;
  if (!file_locked) return open_locked().ok() && store_->intact();
  // The lock is held already: only the store is opened, unless the whole folder went away.
  bool damaged = false;
  std::error_code ignored;
  std::filesystem::create_directories(values_folder(), ignored);
  store_ = nullptr;
  tried_at_ = monotonic_now();
  Result<std::unique_ptr<StoreFile>> store = StoreFile::open(options_.path, options_.max_bytes, false, damaged);
  fail(store.ok() ? options_.path + ": the store was cut or removed and is begun anew" : store.error().message);
  if (!store.ok()) return false;
  store_ = std::move(*store);
  return store_->intact();
}

bool DiskCore::ready_to_write() {
  if (options_.read_only || (read_only_ && store_ != nullptr)) return false;
  if (lock_file_ && store_ != nullptr) return true;
  if (monotonic_now() - tried_at_ < kNanosecondsPerSecond) return false;
  const Status opened = open_locked();
  if (!opened.ok()) fail(opened.error().message);
  return opened.ok() && !read_only_;
}

/// Both copies of the state are damaged: what the file holds cannot be trusted any more.
void DiskCore::replace_damaged() {
  store_ = nullptr;
  StoreFile::announce_replacement(options_.path + "/store-1.peak");
  ::unlink((options_.path + "/store-1.peak").c_str());
  fail(options_.path + ": the store's state is damaged; it is begun anew");
  tried_at_ = 0;
  static_cast<void>(intact_or_reopened(true));
}

void DiskCore::note(const DiskWriter::Counts& counts) {
  const unsigned thread = reader_slot().index;
  if (counts.evictions != 0) counters_.add(Counter::kEvictions, thread, counts.evictions);
  if (counts.expirations != 0) counters_.add(Counter::kExpirations, thread, counts.expirations);
  if (counts.errors != 0) counters_.add(Counter::kErrors, thread, counts.errors);
}

/// Looks once. Memory that another process is just writing over shows as damage; the caller looks again.
DiskCore::Verdict DiskCore::read_once(std::string_view key, std::uint64_t hash, ReadRecord& record) {
  Verdict verdict = Verdict::kMissing;
  for (unsigned which = 0; which < 2; ++which) {
    for (IndexSlot& slot : store_->bucket(hash, which)) {
      if (StoreFile::load(slot.hash) != hash) continue;
      std::uint64_t position = StoreFile::load(slot.position);
      if ((position & ~kFlags) == 0) continue;
      const RingName ring = ring_of(position);
      const auto header = store_->record(position, ring);
      if (!header || header->hash != hash) {
        verdict = Verdict::kDamaged;
        continue;
      }
      if (header->key_bytes != key.size()) continue;
      value::ByteRun body = value::ByteRun::copy_of(store_->body(*header, ring));
      if (hash_bytes(body.data, body.size).low != header->body_check) {
        verdict = Verdict::kDamaged;
        continue;
      }
      if (body.text().substr(body.size - key.size()) != key) continue;
      if ((position & kUsedFlag) == 0 && store_->writable()) {
        __atomic_compare_exchange_n(&slot.position, &position, position | kUsedFlag, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED);
      }
      record = {*header, std::move(body)};
      return Verdict::kFound;
    }
  }
  return verdict;
}

std::optional<ReadRecord> DiskCore::read(std::string_view key, std::uint64_t hash) {
  ReadRecord record;
  Verdict verdict = Verdict::kMissing;
  {
    const std::shared_lock guard(mutex_);
    if (store_ != nullptr) store_->fetch_buckets(hash);
    if (store_ != nullptr && store_->readable()) {
      verdict = read_once(key, hash, record);
      if (verdict == Verdict::kMissing) return std::nullopt;
    } else {
      verdict = Verdict::kDamaged;
    }
  }
  if (verdict == Verdict::kDamaged) {
    const std::lock_guard guard(mutex_);
    if (store_ == nullptr || !store_->intact()) {
      if (!intact_or_reopened(false)) return std::nullopt;
    }
    std::optional<FileLock> lock;
    if (lock_file_ && !read_only_) lock.emplace(lock_file_.get());  // now nobody is in the middle of writing
    if (!store_->intact()) return std::nullopt;
    verdict = read_once(key, hash, record);
    if (verdict == Verdict::kDamaged) drop_damaged(key, hash);
  }
  if (verdict != Verdict::kFound || !alive(record.header, now())) return std::nullopt;
  return record;
}

/// With all locks held: takes slots of this hash out of the index whose records are not whole.
void DiskCore::drop_damaged(std::string_view key, std::uint64_t hash) {
  std::string shown(key.substr(0, 80));
  fail(options_.path + ": the entry of '" + shown + "' is damaged");
  if (!store_->writable()) return;
  DiskWriter writer(*store_, {values_folder(), options_.max_bytes, now()});
  if (!writer.ready()) return;
  const DiskPlace place = writer.find(key, hash);
  if (place) return writer.erase(place);
  for (unsigned which = 0; which < 2; ++which) {
    for (IndexSlot& slot : store_->bucket(hash, which)) {
      if (slot.hash == hash && !store_->record(slot.position, ring_of(slot.position))) writer.erase_slot(slot);
    }
  }
}

bool DiskCore::contains(std::string_view key, std::uint64_t hash) {
  const std::shared_lock guard(mutex_);
  if (store_ == nullptr || !store_->readable()) return false;
  ReadRecord record;
  return read_once(key, hash, record) == Verdict::kFound && alive(record.header, now());
}

}  // namespace peak::cache
