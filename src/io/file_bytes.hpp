// File bytes: a whole file in memory, or the reason why not.
//
// Files are read, not mapped: a mapped file that another program cuts while it is being read kills the process.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/base/text_file.hpp"

namespace peak::io {

struct FileBytes {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};

using peak::PipePatience;

/// Reads to the end, also from pipes. kNotFound; kBadData beyond `max_bytes`, for what is no file (a folder, a device,
/// a pipe to which nobody writes) and for what may not be read; kIo when the system fails on the way.
Result<FileBytes> read_file(const std::string& path, std::size_t max_bytes, const PipePatience& patience = {});

/// The first bytes (at most 16) of a plain file, and its size; nothing of a pipe, from which they would be gone.
struct FileHead {
  std::string bytes;
  std::size_t size_bytes = 0;
  bool is_pipe = false;
};
FileHead file_head(const std::string& path);

}  // namespace peak::io
