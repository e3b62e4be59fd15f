// Looking after a cache folder: checking every entry, clearing away what nobody needs, leases, notes beside the
// entries.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <unordered_set>

#include "cache/disk_impl.hpp"
#include "cache/value_file.hpp"
#include "peak/base/hash.hpp"

namespace peak::cache {
namespace {

constexpr std::size_t kDamagedKeysShown = 20;

/// An entry as the index names it.
struct IndexedEntry {
  std::uint64_t position = 0;
  std::size_t slot = 0;
};

/// How one entry was found.
enum class State : unsigned char { kGone, kGood, kExpired, kDamaged };

class Inspection {
 public:
  Inspection(DiskCache::Impl& impl, DiskReport& report) : impl_(impl), core_(impl.core()), report_(report) {}

  std::vector<IndexedEntry> bad;            ///< to be removed
  std::unordered_set<std::uint64_t> files;  ///< that entries name

  void look_at_all() {
    std::vector<IndexedEntry> entries;
    core_.look([&](StoreFile& store) {
      for (std::size_t i = 0; i < store.slots(); ++i) {
        const std::uint64_t position = StoreFile::load(store.slot(i)->position);
        if ((position & ~kFlags) != 0) entries.push_back({position & ~kUsedFlag, i});
      }
    });
    for (const IndexedEntry& entry : entries) look_at(entry);
  }

 private:
  void look_at(const IndexedEntry& entry) {
    ReadRecord record;
    State state = State::kGone;
    core_.look([&](StoreFile& store) { state = read(store, entry, record); });
    if (state == State::kGood && record.header.kind == RecordKind::kFile) {
      files.insert(record.header.file);
      if (!impl_.value_of(record).ok()) {
        // It may have been replaced while its file was read.
        core_.look([&](StoreFile& store) { state = still_named(store, entry) ? State::kDamaged : State::kGone; });
      }
    }
    if (state == State::kGood) ++report_.entries;
    if (state == State::kExpired) ++report_.expired;
    if (state == State::kDamaged) {
      ++report_.damaged;
      if (report_.damaged_keys.size() < kDamagedKeysShown && record.body.data != nullptr) {
        report_.damaged_keys.emplace_back(texts_of(record.header, record.body.bytes()).key);
      }
    }
    if (state == State::kDamaged || state == State::kExpired) bad.push_back(entry);
  }

  static bool still_named(StoreFile& store, const IndexedEntry& entry) {
    return (StoreFile::load(store.slot(entry.slot)->position) & ~kUsedFlag) == entry.position;
  }

  State read(StoreFile& store, const IndexedEntry& entry, ReadRecord& record) const {
    const RingName ring = ring_of(entry.position);
    const auto header = store.record(entry.position, ring);
    if (header) {
      record = {*header, value::ByteRun::copy_of(store.body(*header, ring))};
      const bool whole = hash_bytes(record.body.data, record.body.size).low == header->body_check;
      if (whole && header->hash == store.slot(entry.slot)->hash) {
        return core_.alive(*header, core_.now()) ? State::kGood : State::kExpired;
      }
    }
    return still_named(store, entry) ? State::kDamaged : State::kGone;
  }

  DiskCache::Impl& impl_;
  DiskCore& core_;
  DiskReport& report_;
};

/// Removes entries whose slots still name what was found bad. Also with nothing to remove: a writer counts anew what
/// one that died left half counted.
void remove_bad(DiskCore& core, const std::vector<IndexedEntry>& bad, DiskReport& report) {
  core.write([&](DiskWriter& writer) {
    for (const IndexedEntry& entry : bad) report.removed += writer.erase_at(entry.slot, entry.position) ? 1U : 0U;
  });
}

bool is_note_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c == '-' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
}

class LockedRange final : public DiskCache::Lease {
 public:
  explicit LockedRange(FileDescriptor file) : file_(std::move(file)) {}

 private:
  FileDescriptor file_;  // closing it ends the lock
};

}  // namespace

Result<DiskReport> DiskCache::verify(bool repair) {
  DiskReport report;
  DiskCore& core = impl_->core();
  if (!core.is_open()) return io_error(impl_->options.path + ": the cache folder is not open: " + core.last_error());
  Inspection inspection(*impl_, report);
  inspection.look_at_all();
  if (repair) remove_bad(core, inspection.bad, report);
  for_each_value_file(core.values_folder(), [&](std::uint64_t file, std::uint64_t, Nanoseconds) {
    if (!inspection.files.contains(file)) ++report.orphans;
  });
  report.bytes = statistics().bytes;
  return report;
}

Result<DiskReport> DiskCache::gc(Nanoseconds grace) {
  DiskReport report;
  DiskCore& core = impl_->core();
  if (!core.is_open()) return io_error(impl_->options.path + ": the cache folder is not open: " + core.last_error());
  if (core.is_read_only()) return io_error(impl_->options.path + ": may not be written");
  const std::uint64_t before = statistics().bytes;
  Inspection inspection(*impl_, report);
  inspection.look_at_all();
  remove_bad(core, inspection.bad, report);
  const Nanoseconds now = core.now();
  std::uint64_t orphan_bytes = 0;
  for_each_value_file(core.values_folder(), [&](std::uint64_t file, std::uint64_t bytes, Nanoseconds changed) {
    if (inspection.files.contains(file)) return;
    ++report.orphans;
    const bool is_old = changed + grace <= now || changed > now + grace;  // or the clock was set back
    if (!is_old || !remove_value_file(core.values_folder(), file)) return;
    ++report.removed;
    orphan_bytes += bytes;
  });
  report.bytes = statistics().bytes;
  report.bytes_freed = orphan_bytes + (before > report.bytes ? before - report.bytes : 0);
  return report;
}

std::unique_ptr<DiskCache::Lease> DiskCache::try_lease(std::string_view key) {
#if defined(F_OFD_SETLK)
  const std::string path = impl_->options.path + "/leases-1.lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return std::make_unique<LockedRange>(FileDescriptor());  // nobody can be asked, so nobody is waited for
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(hash_key(key) >> 2);  // a byte of its own among 2^62
  range.l_len = 1;
  if (fcntl(file.get(), F_OFD_SETLK, &range) != 0 && (errno == EAGAIN || errno == EACCES)) return nullptr;
  return std::make_unique<LockedRange>(std::move(file));
#else
  static_cast<void>(key);
  return std::make_unique<LockedRange>(FileDescriptor());
#endif
}

/// A random number, noted down by the first who asks, and the folder's inode, which a copy does not have.
std::uint64_t DiskCache::identity() const {
  constexpr const char* kIdentityNote = "identity";
  const std::string& folder = impl_->options.path;
  Result<std::string> noted = read_note(kIdentityNote);
  if (!noted.ok()) {
    std::random_device source;
    const std::string own = folder + "/" + kIdentityNote + "-" + std::to_string(getpid());
    {
      const FileDescriptor file(::open(own.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
      std::string number;
      for (int i = 0; i < 4; ++i) number += std::to_string(source()) + " ";
      if (!file || ::write(file.get(), number.data(), number.size()) != static_cast<ssize_t>(number.size()))
        number = {};
      // The first one's stays: link() does not replace.
      if (!number.empty()) static_cast<void>(::link(own.c_str(), (folder + "/" + kIdentityNote + ".note").c_str()));
      ::unlink(own.c_str());
    }
    noted = read_note(kIdentityNote);
  }
  struct stat status {};
  if (!noted.ok() || noted->empty() || ::stat(folder.c_str(), &status) != 0) return 0;
  const std::string name = *noted + std::to_string(status.st_ino);
  return hash_bytes(name.data(), name.size()).low;
}

Result<std::string> DiskCache::read_note(const std::string& name) const {
  if (!is_note_name(name)) return invalid_argument("'" + name + "' is no name of a note: letters, digits and hyphens");
  const std::string path = impl_->options.path + "/" + name + ".note";
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return not_found(path + ": is not there");
  std::string text;
  char part[4096];
  ssize_t got = 0;
  while ((got = ::read(file.get(), part, sizeof part)) > 0) text.append(part, static_cast<std::size_t>(got));
  if (got < 0) return io_error(path + ": cannot be read: " + std::strerror(errno));
  return text;
}

Status DiskCache::write_note(const std::string& name, std::string_view text) {
  if (!is_note_name(name)) return invalid_argument("'" + name + "' is no name of a note: letters, digits and hyphens");
  const std::string path = impl_->options.path + "/" + name + ".note";
  const std::string fresh = path + "." + std::to_string(getpid());
  {
    const FileDescriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) return io_error(fresh + ": cannot be made: " + std::strerror(errno));
    const bool whole = ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (!whole) {
      const Error error = io_error(fresh + ": cannot be written: " + std::strerror(errno));
      ::unlink(fresh.c_str());
      return error;
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return io_error(path + ": cannot be replaced: " + std::strerror(errno));
  return {};
}

}  // namespace peak::cache
