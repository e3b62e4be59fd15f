#include "cache/value_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>

#include "cache/disk_format.hpp"
#include "cache/file_descriptor.hpp"
#include "peak/base/buffer.hpp"
#include "peak/base/hash.hpp"

namespace peak::cache {
namespace {

constexpr const char* kSuffix = ".value";

std::string path_of(const std::string& folder, std::uint64_t file) {
  char name[32];
  std::snprintf(name, sizeof name, "/%016llx%s", static_cast<unsigned long long>(file), kSuffix);
  return folder + name;
}

/// A name that nobody has used: time, process and a counter, hashed. O_EXCL catches the rest.
std::uint64_t fresh_name() {
  static std::atomic<std::uint64_t> counter{0};
  const std::uint64_t parts[] = {
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()),
      static_cast<std::uint64_t>(getpid()), counter.fetch_add(1), reinterpret_cast<std::uintptr_t>(&counter)};
  return hash_bytes(parts, sizeof parts).low | 1;  // never 0
}

bool write_all(int descriptor, const std::byte* data, std::size_t size, std::uint64_t at) {
  while (size != 0) {
    const ssize_t written = pwrite(descriptor, data, size, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (written == 0) errno = ENOSPC;
      return false;
    }
    data += written;
    size -= static_cast<std::size_t>(written);
    at += static_cast<std::uint64_t>(written);
  }
  return true;
}

bool read_all(int descriptor, std::byte* data, std::size_t size) {
  std::uint64_t at = 0;
  while (size != 0) {
    const ssize_t got = pread(descriptor, data, size, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    size -= static_cast<std::size_t>(got);
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

/// Writes the packed form part by part: everything before the first buffer in one piece, then each buffer from where
/// it lies. Gives the hash of all of it.
bool write_packed(int descriptor, const value::Encoded& encoded, Hash128& hash) {
  value::Encoded front = encoded;
  for (value::ByteRun& buffer : front.buffers) buffer = {nullptr, 0, nullptr};
  std::string head = value::pack(front);
  for (std::size_t i = 0; i < encoded.buffers.size(); ++i) {  // the sizes, which follow the preamble of 16 bytes
    const std::uint64_t size = encoded.buffers[i].size;
    std::memcpy(head.data() + 16 + 8 * i, &size, sizeof size);
  }
  head.resize(16 + 8 * encoded.buffers.size() + encoded.structure.size);
  Hasher hasher;
  std::uint64_t place = 0;
  const auto put = [&](const void* data, std::size_t size) {
    hasher.add(data, size);
    const bool done = write_all(descriptor, static_cast<const std::byte*>(data), size, sizeof(ValueFileHeader) + place);
    place += size;
    return done;
  };
  static constexpr std::byte kGap[value::kBufferAlignment] = {};
  bool done = put(head.data(), head.size());
  for (std::size_t i = 0; done && i < encoded.buffers.size(); ++i) {
    const std::uint64_t gap = (value::kBufferAlignment - place % value::kBufferAlignment) % value::kBufferAlignment;
    done = put(kGap, static_cast<std::size_t>(gap)) && put(encoded.buffers[i].data, encoded.buffers[i].size);
  }
  hash = hasher.finish();
  return done;
}

/// The file's pages, until the last who looks at them is gone; null if they cannot be had.
std::shared_ptr<const std::byte> mapped(int descriptor, std::size_t size) {
#if defined(MAP_POPULATE)
  constexpr int kFlagsOfMap = MAP_SHARED | MAP_POPULATE;  // one call instead of a fault for every few pages
#else
  constexpr int kFlagsOfMap = MAP_SHARED;
#endif
  void* const memory = mmap(nullptr, size, PROT_READ, kFlagsOfMap, descriptor, 0);
  if (memory == MAP_FAILED) return nullptr;
  return {static_cast<const std::byte*>(memory),
          [size](const std::byte* data) { munmap(const_cast<std::byte*>(data), size); }};
}

}  // namespace

std::uint64_t value_file_bytes(std::uint64_t packed_bytes) noexcept { return sizeof(ValueFileHeader) + packed_bytes; }

Result<std::uint64_t> write_value_file(const std::string& folder, std::uint64_t hash, const value::Encoded& encoded) {
  const std::uint64_t name = fresh_name();
  const std::string path = path_of(folder, name);
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return io_error(std::string("the file of a value cannot be made: ") + std::strerror(errno));
  ValueFileHeader header;
  header.file = name;
  header.hash = hash;
  header.value_bytes = value::packed_size(encoded);
  Hash128 check;
  bool done = write_packed(file.get(), encoded, check);
  header.check_high = check.high;
  header.check_low = check.low;
  done = done && write_all(file.get(), reinterpret_cast<const std::byte*>(&header), sizeof header, 0);
  if (done) return name;
  const Error error = io_error(std::string("the file of a value cannot be written: ") + std::strerror(errno));
  unlink(path.c_str());
  return error;
}

Result<value::ByteRun> read_value_file(const std::string& folder, const ValueFileReading& reading) {
  const std::string path = path_of(folder, reading.file);
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return errno == ENOENT ? not_found(path + ": is not there") : io_error(path + ": " + std::strerror(errno));
  struct stat status;
  const auto size = static_cast<std::size_t>(value_file_bytes(reading.value_bytes));
  if (fstat(file.get(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) != size) {
    return bad_data(path + ": has another size than it was written with");
  }
  value::ByteRun run;
  if (reading.map) {
    std::shared_ptr<const std::byte> pages = mapped(file.get(), size);
    if (pages == nullptr) return io_error(path + ": cannot be mapped: " + std::strerror(errno));
    run = {pages.get(), size, pages};
  } else {
    auto memory = std::make_shared<Buffer<std::byte>>(size);
    if (!read_all(file.get(), memory->data(), size)) return bad_data(path + ": ends too early");
    run = {memory->data(), size, memory};
  }
  ValueFileHeader header;
  std::memcpy(&header, run.data, sizeof header);
  run.data += sizeof header;
  run.size -= sizeof header;
  const Hash128 check = hash_bytes(run.data, run.size);
  if (header.magic != ValueFileHeader{}.magic || header.file != reading.file || header.hash != reading.hash ||
      header.value_bytes != reading.value_bytes || check != Hash128{header.check_high, header.check_low}) {
    return bad_data(path + ": does not match its checksum");
  }
  return run;
}

bool remove_value_file(const std::string& folder, std::uint64_t file) noexcept {
  return unlink(path_of(folder, file).c_str()) == 0;
}

void for_each_value_file(const std::string& folder,
                         const std::function<void(std::uint64_t, std::uint64_t, Nanoseconds)>& visit) {
  DIR* const directory = opendir(folder.c_str());
  if (directory == nullptr) return;
  while (const dirent* const entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    std::uint64_t file = 0;
    if (name.size() != 16 + std::strlen(kSuffix) || !name.ends_with(kSuffix)) continue;
    if (std::from_chars(name.data(), name.data() + 16, file, 16).ptr != name.data() + 16) continue;
    struct stat status;
    if (stat((folder + "/" + entry->d_name).c_str(), &status) != 0) continue;
    visit(file, static_cast<std::uint64_t>(status.st_size), Nanoseconds{status.st_mtime} * kNanosecondsPerSecond);
  }
  closedir(directory);
}

}  // namespace peak::cache
