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

WholeFile& WholeFile::operator=(WholeFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(target_, other.target_);
  std::swap(beside_, other.beside_);
  std::swap(file_, other.file_);
  return *this;
}

WholeFile::~WholeFile() {
  if (file_ < 0) return;
  ::close(file_);
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

Result<WholeFile> WholeFile::create(const std::string& path) {
  if (path.empty()) return invalid_argument("cannot write a file without a name: give a path");
  struct stat existing {};
  const bool exists = ::stat(path.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) {
    return io_error("cannot write '" + path + "': it is a folder; give the name of a file in it");
  }
  WholeFile made;
  made.path_ = path;
  if (exists && !S_ISREG(existing.st_mode)) {
    made.file_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (made.file_ < 0) return system_error(path, "opening", errno);
    return made;
  }
  made.target_ = exists ? followed(path) : path;
  made.beside_ = name_beside(made.target_);
  made.file_ = ::open(made.beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (made.file_ >= 0) return made;
  const int code = errno;
  return system_error(path, code == ENOENT ? "its folder does not exist" : "creating", code);
}

Status WholeFile::append(std::string_view content) { return write_all(file_, content, path_); }

Status WholeFile::commit() {
  Status status;
  if (::close(std::exchange(file_, -1)) != 0) status = system_error(path_, "closing", errno);
  if (beside_.empty()) return status;
  if (status.ok() && ::rename(beside_.c_str(), target_.c_str()) != 0) status = system_error(path_, "renaming", errno);
  if (!status.ok()) ::unlink(beside_.c_str());
  return status;
}

Status write_whole_file(const std::string& path, std::string_view content) {
  PEAK_ASSIGN_OR_RETURN(WholeFile file, WholeFile::create(path));
  PEAK_RETURN_IF_ERROR(file.append(content));
  return file.commit();
}

}  // namespace peak::report
