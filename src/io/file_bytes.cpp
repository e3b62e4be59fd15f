#include "io/file_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "io/large_memory.hpp"
#include "peak/parallel/thread_pool.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kFirstRoom = std::size_t{64} << 10;
constexpr std::size_t kBlock = std::size_t{4} << 20;        // what one thread reads at a time
constexpr std::size_t kMostPerCall = std::size_t{1} << 30;  // some systems refuse larger reads

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return value_; }

 private:
  int value_;
};

Error system_error(const std::string& path, int number) {
  if (number == ENOENT || number == ENOTDIR) return not_found((path.empty() ? "''" : path) + ": no such file");
  return io_error(path + ": cannot be read: " + std::strerror(number));
}

Error too_large(const std::string& path, std::size_t max_bytes) {
  return bad_data(path + ": holds more than " + std::to_string(max_bytes) + " bytes (max_bytes)");
}

/// Memory that grows and is not set to zero first.
class Room {
 public:
  bool grow(std::size_t size, std::size_t used) {
    std::shared_ptr<char[]> larger = large_memory<char>(size);
    if (larger == nullptr) return false;
    if (used != 0) std::memcpy(larger.get(), memory_.get(), used);
    memory_ = std::move(larger);
    size_ = size;
    return true;
  }
  [[nodiscard]] char* at(std::size_t place) const noexcept { return memory_.get() + place; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] FileBytes bytes(std::size_t used) const { return {{memory_.get(), used}, memory_}; }

 private:
  std::shared_ptr<char[]> memory_;
  std::size_t size_ = 0;
};

/// The first bytes of a large file, block by block on several threads; how many lie before the first block that came
/// short.
std::size_t read_blocks(int file, char* memory, std::size_t size) {
  const std::size_t count = size / kBlock;
  std::vector<std::size_t> got(count, 0);
  const auto read_block = [&](std::size_t i) {
    while (got[i] < kBlock) {
      const ssize_t more =
          ::pread(file, memory + i * kBlock + got[i], kBlock - got[i], static_cast<off_t>(i * kBlock + got[i]));
      if (more < 0 && errno == EINTR) continue;
      if (more <= 0) return;
      got[i] += static_cast<std::size_t>(more);
    }
  };
  if (!ThreadPool::shared().parallel_for(count, read_block, {.grain = 1}).ok()) return 0;
  std::size_t used = 0;
  for (std::size_t i = 0; i < count; ++i) {
    used += got[i];
    if (got[i] < kBlock) break;
  }
  return used;
}

/// Whether it is a file or a pipe. Others are not even opened: a terminal or a device may wait for ever, or never end.
Status check_kind(const std::string& path, mode_t mode) {
  if (S_ISREG(mode) || S_ISFIFO(mode)) return {};
  if (S_ISDIR(mode)) {
    return io_error(path +
                    ": is a directory; name a file in it (a folder is read whole by 'peak data convert' and "
                    "peaktrade.read_dataset)");
  }
  return io_error(path + ": is " + (S_ISSOCK(mode) ? "a socket" : "a device") + "; give a file");
}

/// Reads a pipe that was opened without waiting for its writer.
Result<FileBytes> read_pipe(const std::string& path, int file, std::size_t max_bytes, const PipePatience& patience) {
  PipeReader pipe(path, file, patience);
  Room room;
  std::size_t used = 0;
  for (;;) {
    if (used == room.size() && !room.grow(used == 0 ? kFirstRoom : 2 * used, used))
      return io_error(path + ": not enough memory for " + std::to_string(2 * used) + " bytes");
    PEAK_ASSIGN_OR_RETURN(const std::size_t got, pipe.read(room.at(used), std::min(room.size() - used, kMostPerCall)));
    if (got == 0) return room.bytes(used);
    used += got;
    if (used > max_bytes) return too_large(path, max_bytes);
  }
}

}  // namespace

Result<FileBytes> read_file(const std::string& path, std::size_t max_bytes, const PipePatience& patience) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error(path, errno);
  PEAK_RETURN_IF_ERROR(check_kind(path, info.st_mode));
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return system_error(path, errno);
  if (::fstat(file.get(), &info) != 0) return system_error(path, errno);
  PEAK_RETURN_IF_ERROR(check_kind(path, info.st_mode));
  if (S_ISFIFO(info.st_mode)) return read_pipe(path, file.get(), max_bytes, patience);
  const auto expected = info.st_size > 0 ? static_cast<std::size_t>(info.st_size) : std::size_t{0};
  if (expected > max_bytes) return too_large(path, max_bytes);
  Room room;
  std::size_t used = 0;
  for (std::size_t size = expected == 0 ? kFirstRoom : expected + 1;; size = room.size() * 2) {
    if (!room.grow(size, used)) return io_error(path + ": not enough memory for " + std::to_string(size) + " bytes");
    if (used == 0 && expected >= 2 * kBlock && ThreadPool::shared().size() > 1) {
      used = read_blocks(file.get(), room.at(0), expected);
      if (::lseek(file.get(), static_cast<off_t>(used), SEEK_SET) < 0) return system_error(path, errno);
    }
    while (used < room.size()) {
      const std::size_t want = room.size() - used < kMostPerCall ? room.size() - used : kMostPerCall;
      const ssize_t got = ::read(file.get(), room.at(used), want);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error(path, errno);
      if (got == 0) return room.bytes(used);
      used += static_cast<std::size_t>(got);
      if (used > max_bytes) return too_large(path, max_bytes);
    }
  }
}

FileHead file_head(const std::string& path) {
  FileHead head;
  struct stat info {};
  // Opening a pipe waits for its writer, so it is asked first what the path is.
  if (::stat(path.c_str(), &info) != 0) return head;
  head.is_pipe = S_ISFIFO(info.st_mode);
  if (!S_ISREG(info.st_mode)) return head;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return head;
  head.size_bytes = static_cast<std::size_t>(info.st_size);
  head.bytes.resize(16);
  const ssize_t got = ::read(file.get(), head.bytes.data(), head.bytes.size());
  head.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return head;
}

}  // namespace peak::io
