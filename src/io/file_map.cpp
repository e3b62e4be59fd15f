#include "io/file_map.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace peak::io {
namespace {

/// Below this size a read into memory is quicker than the page faults of a map.
constexpr std::size_t kMapFrom = std::size_t{16} << 20;
constexpr std::size_t kChunk = std::size_t{1} << 20;

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
  const std::string reason = std::strerror(number);
  if (number == ENOENT || number == ENOTDIR) return not_found(path + ": no such file");
  return io_error(path + ": cannot be read: " + reason);
}

Result<FileMap> map_whole(int descriptor, std::size_t size, const std::string& path) {
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (data == MAP_FAILED) return system_error(path, errno);
  std::shared_ptr<const void> owner(data, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  return FileMap{{static_cast<const char*>(data), size}, std::move(owner)};
}

/// Reads until the end; `expected` is the size that the file system tells (0 for pipes).
Result<FileMap> read_whole(int descriptor, std::size_t expected, std::size_t max_bytes, const std::string& path) {
  auto buffer = std::make_shared<std::string>();
  std::size_t used = 0;
  for (std::size_t want = expected + 1;; want = kChunk) {
    buffer->resize(used + want);
    const ssize_t got = ::read(descriptor, buffer->data() + used, want);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, errno);
    used += static_cast<std::size_t>(got);
    if (got == 0) break;
    if (used > max_bytes) {
      return bad_data(path + ": holds more than " + std::to_string(max_bytes) + " bytes (max_bytes)");
    }
  }
  buffer->resize(used);
  const std::string_view bytes(*buffer);
  return FileMap{bytes, std::move(buffer)};
}

}  // namespace

Result<FileMap> map_file(const std::string& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error(path, errno);
  if (S_ISDIR(info.st_mode)) return io_error(path + ": is a directory; give a file");
  const auto size = info.st_size > 0 ? static_cast<std::size_t>(info.st_size) : std::size_t{0};
  if (S_ISREG(info.st_mode) && size >= kMapFrom) return map_whole(file.get(), size, path);
  return read_whole(file.get(), size, max_bytes, path);
}

}  // namespace peak::io
