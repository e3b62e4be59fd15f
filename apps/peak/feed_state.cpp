#include "feed_state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "report/whole_file.hpp"

namespace peak::command {
namespace {

/// One for all names under which the state can be reached.
std::string lock_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(path, error);
  return (error ? path : whole.string()) + ".lock";
}

Result<int> take_lock(const std::string& path) {
  const std::string beside = lock_path(path);
  const int lock = ::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock < 0) return io_error("--state: cannot make '" + beside + "': " + std::strerror(errno));
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  const int code = errno;
  ::close(lock);
  if (code != EWOULDBLOCK) return io_error("--state: cannot lock '" + beside + "': " + std::strerror(code));
  return io_error("--state: another feed that is running has '" + path +
                  "': end it first, or give this one a state of its own");
}

Status restore(const std::string& path, Runner& runner) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind == std::filesystem::file_type::not_found) return {};
  if (kind == std::filesystem::file_type::directory) return invalid_argument("it is a folder; give the name of a file");
  if (kind != std::filesystem::file_type::regular) {
    return invalid_argument("it is a pipe, a device or a socket, which keeps nothing; give the name of a file");
  }
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return io_error("it cannot be read");
  Status restored = runner.restore(bytes);
  if (restored.ok()) return restored;
  return Error{restored.error().code,
               restored.error().message +
                   "\ngive the strategy, options and columns that it was saved with, or another file for a new run"};
}

}  // namespace

Result<FeedState> FeedState::open(const std::string& path, Runner& runner) {
  PEAK_ASSIGN_OR_RETURN(const int lock, take_lock(path));
  FeedState state(path, lock);
  if (Status restored = restore(path, runner); !restored.ok()) return restored.error().within("--state " + path);
  return state;
}

FeedState::FeedState(FeedState&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

FeedState::~FeedState() {
  if (lock_ >= 0) ::close(lock_);
}

Status FeedState::save(const Runner& runner) const { return report::write_whole_file(path_, runner.save()); }

}  // namespace peak::command
