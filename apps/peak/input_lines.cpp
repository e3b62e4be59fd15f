#include "input_lines.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace peak::command {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 16;

}  // namespace

Result<InputLines> InputLines::open(const std::string& path, std::size_t most_bytes) {
  if (path == "-") return InputLines(STDIN_FILENO, "standard input", most_bytes);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const int code = errno;
    const std::string message = "cannot read '" + path + "': " + std::strerror(code);
    return code == ENOENT ? not_found(message) : io_error(message);
  }
  InputLines lines(file, path, most_bytes);
  struct stat status {};
  if (::fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
    return invalid_argument("cannot read '" + path + "': it is a folder; give one file, or a stream");
  }
  return lines;
}

InputLines::InputLines(InputLines&& other) noexcept
    : file_(std::exchange(other.file_, -1)), name_(std::move(other.name_)), most_bytes_(other.most_bytes_) {}

InputLines::~InputLines() {
  if (file_ > STDIN_FILENO) ::close(file_);
}

Result<InputLines::Event> InputLines::next(const StopToken& stop, std::chrono::milliseconds quiet) {
  for (;;) {
    if (stop.stop_requested()) return Event::kStopped;
    if (const std::size_t end = buffer_.find('\n', seen_); end != std::string::npos) {
      line_ = std::string_view(buffer_).substr(start_, end - start_);
      start_ = seen_ = end + 1;
      return Event::kLine;
    }
    buffer_.erase(0, std::exchange(start_, 0));
    seen_ = buffer_.size();
    if (ended_) {
      if (buffer_.empty()) return Event::kEnd;
      line_ = buffer_;
      start_ = buffer_.size();
      return Event::kLine;
    }
    if (buffer_.size() > most_bytes_) {
      return bad_data("a line has more than " + std::to_string(most_bytes_) +
                      " bytes: this is no stream of bars, or its line ends are lost (max_line_bytes)");
    }
    // A signal between here and the wait is seen when the wait is over.
    pollfd waited{.fd = file_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(quiet.count()));
    if (ready == 0) return Event::kQuiet;
    if (ready < 0 && errno == EINTR) continue;
    buffer_.resize(seen_ + kReadBytes);
    const ssize_t got = ::read(file_, buffer_.data() + seen_, kReadBytes);
    const int code = errno;
    buffer_.resize(seen_ + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && (code == EINTR || code == EAGAIN)) continue;
    if (got < 0) return io_error(std::string("reading failed: ") + std::strerror(code));
    ended_ = got == 0;
  }
}

}  // namespace peak::command
