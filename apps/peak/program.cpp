#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#if defined(__APPLE__)
#include <mach-o/dyld.h>
#endif

extern char** environ;  // POSIX: no header declares it

namespace peak::command {
namespace {

using Clock = std::chrono::steady_clock;

/// posix_spawn's list of what is done with files, and its end.
struct FileActions {
  posix_spawn_file_actions_t list{};
  FileActions() { posix_spawn_file_actions_init(&list); }
  ~FileActions() { posix_spawn_file_actions_destroy(&list); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

Result<pid_t> start(const std::vector<std::string>& words, const FileActions& files) {
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int failed = posix_spawnp(&process, arguments[0], &files.list, nullptr, arguments.data(), environ);
  if (failed == ENOENT) return not_found("there is no program '" + words[0] + "' on the PATH");
  if (failed != 0) return io_error("'" + words[0] + "' cannot be run: " + std::strerror(failed));
  return process;
}

int wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/// Reads until the other end closes; false when the time is over.
bool read_all(int file, Clock::time_point end, std::string& text) {
  char buffer[4096];
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd waiting{.fd = file, .events = POLLIN, .revents = 0};
    if (left <= 0) return false;
    const int ready = poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t count = read(file, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

Result<std::string> output_of(const std::vector<std::string>& words, std::chrono::milliseconds limit) {
  int ends[2];
  if (pipe(ends) != 0) return io_error(std::string("no pipe: ") + std::strerror(errno));
  FileActions files;
  posix_spawn_file_actions_addopen(&files.list, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files.list, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files.list, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&files.list, ends[0]);
  posix_spawn_file_actions_addclose(&files.list, ends[1]);
  const Result<pid_t> process = start(words, files);
  close(ends[1]);
  std::string text;
  const bool in_time = process.ok() && read_all(ends[0], Clock::now() + limit, text);
  close(ends[0]);
  if (!process.ok()) return process.error();
  if (!in_time) kill(*process, SIGKILL);
  const int status = wait_for(*process);
  if (!in_time) return io_error("'" + words[0] + "' took longer than " + std::to_string(limit.count()) + " ms");
  if (status != 0) return io_error("'" + words[0] + "' failed with exit status " + std::to_string(status));
  return text;
}

Result<int> run_program(const std::vector<std::string>& words) {
  const FileActions files;
  PEAK_ASSIGN_OR_RETURN(const pid_t process, start(words, files));
  return wait_for(process);
}

std::string this_program() {
#if defined(__APPLE__)
  char path[4096];
  std::uint32_t size = sizeof path;
  return _NSGetExecutablePath(path, &size) == 0 ? path : "";
#else
  std::error_code failed;
  return std::filesystem::read_symlink("/proc/self/exe", failed).string();
#endif
}

}  // namespace peak::command
