#include "peak/base/text_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace peak {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (file_ >= 0) ::close(file_);
  }
  [[nodiscard]] int get() const noexcept { return file_; }

 private:
  int file_;
};

std::string reason(int error) { return std::generic_category().message(error); }

/// Waits for something to read, or for the end; false after so many milliseconds without.
bool wait_for_pipe(int file, int milliseconds) {
  pollfd asked{.fd = file, .events = POLLIN, .revents = 0};
  int ready;
  do {
    ready = ::poll(&asked, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

Status check_kind(const std::string& path, mode_t mode) {
  if (S_ISREG(mode) || S_ISFIFO(mode)) return {};
  if (S_ISDIR(mode)) return invalid_argument(path + ": this is a folder, not a file");
  return invalid_argument(path + ": this is " + (S_ISSOCK(mode) ? "a socket" : "a device") + ", not a file");
}

}  // namespace

Result<std::size_t> PipeReader::read(char* to, std::size_t room) {
  for (;;) {
    const ssize_t got = ::read(file_, to, room);
    if (got > 0) {
      has_writer_ = true;
      return static_cast<std::size_t>(got);
    }
    if (got == 0) {
      if (has_writer_) return std::size_t{0};
      // Its writer may be about to come; after this, no more bytes are the end.
      if (!wait_for_pipe(file_, patience_.first_ms)) return bad_data(path_ + ": is a pipe that nobody writes to");
      has_writer_ = true;
    } else if (errno == EAGAIN) {
      has_writer_ = true;
      if (!wait_for_pipe(file_, patience_.next_ms)) {
        return bad_data(path_ + ": is a pipe whose writer has been silent for " +
                        std::to_string(patience_.next_ms / 1000) + " s; write to a file first");
      }
    } else if (errno != EINTR) {
      return io_error(path_ + ": " + reason(errno));
    }
  }
}

Result<std::string> read_text_file(const std::string& path, const std::string& what, std::size_t most_bytes,
                                   const PipePatience& patience) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return not_found(path + ": there is no such " + what);
    return io_error(path + ": this " + what + " cannot be read: " + reason(errno));
  }
  PEAK_RETURN_IF_ERROR(check_kind(path, info.st_mode));
  const OpenFile file(path);
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
    return io_error(path + ": this " + what + " cannot be read: " + reason(errno));
  }
  PEAK_RETURN_IF_ERROR(check_kind(path, info.st_mode));
  PipeReader pipe(path, file.get(), patience);
  std::string text;
  while (text.size() < most_bytes) {
    const std::size_t used = text.size(), room = std::min(most_bytes - used, kPiece);
    text.resize(used + room);
    std::size_t got = 0;
    if (S_ISFIFO(info.st_mode)) {
      PEAK_ASSIGN_OR_RETURN(got, pipe.read(text.data() + used, room));
    } else {
      ssize_t more;
      do {
        more = ::read(file.get(), text.data() + used, room);
      } while (more < 0 && errno == EINTR);
      if (more < 0) return io_error(path + ": this " + what + " cannot be read: " + reason(errno));
      got = static_cast<std::size_t>(more);
    }
    text.resize(used + got);
    if (got == 0) break;
  }
  return text;
}

}  // namespace peak
