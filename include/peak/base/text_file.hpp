// Text files that a user names: strategies, settings. Whatever the name turns out to stand for, the answer comes.
//
// Threads: functions without state; a PipeReader belongs to one thread.
#pragma once

#include <cstddef>
#include <string>

#include "peak/base/status.hpp"

namespace peak {

/// How long a pipe is waited for: until somebody writes to it at all, and between two writes.
struct PipePatience {
  int first_ms = 10'000;
  int next_ms = 60'000;
};

/// Reads a pipe that was opened without waiting for its writer (O_NONBLOCK), with patience that ends.
class PipeReader {
 public:
  /// `path` is for messages; `file` stays the caller's and open.
  PipeReader(std::string path, int file, const PipePatience& patience)
      : path_(std::move(path)), file_(file), patience_(patience) {}

  /// The next bytes, at most `room` of them; 0 at the end. kBadData if nobody writes or the writer falls silent, kIo
  /// when the system fails.
  Result<std::size_t> read(char* to, std::size_t room);

 private:
  std::string path_;
  int file_;
  PipePatience patience_;
  bool has_writer_ = false;
};

/// The first `most_bytes` bytes of a file or a pipe. `what` is what messages call it, such as "strategy file".
/// kNotFound; kInvalidArgument for a folder, a device or a socket; kBadData for a pipe that stays empty; kIo for what
/// may not be read.
Result<std::string> read_text_file(const std::string& path, const std::string& what, std::size_t most_bytes,
                                   const PipePatience& patience = {});

}  // namespace peak
