#include "io/file_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "io/large_memory.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kFirstRoom = std::size_t{64} << 10;
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
  if (number == ENOENT || number == ENOTDIR) return not_found(path + ": no such file");
  return io_error(path + ": cannot be read: " + std::strerror(number));
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

}  // namespace

Result<FileBytes> read_file(const std::string& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error(path, errno);
  if (S_ISDIR(info.st_mode)) return io_error(path + ": is a directory; give a file");
  const auto expected = info.st_size > 0 ? static_cast<std::size_t>(info.st_size) : std::size_t{0};
  const auto too_large = [&] {
    return bad_data(path + ": holds more than " + std::to_string(max_bytes) + " bytes (max_bytes)");
  };
  if (expected > max_bytes) return too_large();
  Room room;
  std::size_t used = 0;
  for (std::size_t size = expected == 0 ? kFirstRoom : expected + 1;; size = room.size() * 2) {
    if (!room.grow(size, used)) return io_error(path + ": not enough memory for " + std::to_string(size) + " bytes");
    while (used < room.size()) {
      const std::size_t want = room.size() - used < kMostPerCall ? room.size() - used : kMostPerCall;
      const ssize_t got = ::read(file.get(), room.at(used), want);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error(path, errno);
      if (got == 0) return room.bytes(used);
      used += static_cast<std::size_t>(got);
      if (used > max_bytes) return too_large();
    }
  }
}

FileHead file_head(const std::string& path) {
  FileHead head;
  struct stat info {};
  // Opening a pipe waits for its writer, so it is asked first what the path is.
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return head;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return head;
  head.size_bytes = static_cast<std::size_t>(info.st_size);
  head.bytes.resize(16);
  const ssize_t got = ::read(file.get(), head.bytes.data(), head.bytes.size());
  head.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return head;
}

}  // namespace peak::io
