#include "report/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace peak::report {
namespace {

Error system_error(const std::string& path, const char* what, int code) {
  return io_error("cannot write '" + path + "': " + what + ": " + std::strerror(code));
}

Status write_all(int file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path, "writing", errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_directly(const std::string& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return system_error(path, "opening", errno);
  Status status = write_all(file, content, path);
  if (::close(file) != 0 && status.ok()) return system_error(path, "closing", errno);
  return status;
}

/// The file that a symbolic link stands for; the path itself if it is none.
std::string followed(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string target = resolved;
  std::free(resolved);
  return target;
}

std::string name_beside(const std::string& path) {
  static std::atomic<unsigned> count{0};
  return path + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(count.fetch_add(1));
}

}  // namespace

Status write_whole_file(const std::string& path, std::string_view content) {
  if (path.empty()) return invalid_argument("cannot write a file without a name: give a path");
  struct stat existing {};
  const bool exists = ::stat(path.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) {
    return io_error("cannot write '" + path + "': it is a folder; give the name of a file in it");
  }
  if (exists && !S_ISREG(existing.st_mode)) return write_directly(path, content);

  const std::string target = exists ? followed(path) : path;
  const std::string beside = name_beside(target);
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) {
    const int code = errno;
    return system_error(path, code == ENOENT ? "its folder does not exist" : "creating", code);
  }
  Status status = write_all(file, content, path);
  if (::close(file) != 0 && status.ok()) status = system_error(path, "closing", errno);
  if (status.ok() && ::rename(beside.c_str(), target.c_str()) != 0) status = system_error(path, "renaming", errno);
  if (!status.ok()) ::unlink(beside.c_str());
  return status;
}

}  // namespace peak::report
