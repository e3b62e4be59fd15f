// Input lines: the lines of a file or of standard input as they come, without waiting past a request to stop.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/parallel/stop_token.hpp"

namespace peak::command {

class InputLines {
 public:
  enum class Event : unsigned char {
    kLine,
    kQuiet,    ///< nothing has come for the time given
    kEnd,      ///< of the file, or the other end of the pipe is closed
    kStopped,  ///< on request; a line that has not come whole is left
  };

  /// "-" is standard input. A line of more than `most_bytes` is an error, and so is a file that cannot be read.
  [[nodiscard]] static Result<InputLines> open(const std::string& path, std::size_t most_bytes);
  InputLines(InputLines&& other) noexcept;
  InputLines& operator=(InputLines&&) = delete;
  ~InputLines();

  /// What comes next. kLine: line() is it, without its end; the last one may lack that.
  [[nodiscard]] Result<Event> next(const StopToken& stop, std::chrono::milliseconds quiet);
  /// Valid until the next call of next().
  [[nodiscard]] std::string_view line() const noexcept { return line_; }
  /// "standard input", or the path.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  InputLines(int file, std::string name, std::size_t most_bytes)
      : file_(file), name_(std::move(name)), most_bytes_(most_bytes) {}

  int file_;
  std::string name_;
  std::size_t most_bytes_;
  std::string buffer_;
  std::size_t start_ = 0, seen_ = 0;  // of the line that is being read, and up to where it has no end
  bool ended_ = false;
  std::string_view line_;
};

}  // namespace peak::command
