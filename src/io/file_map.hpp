// File map: a file's bytes as memory, or the reason why not.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"

namespace peak::io {

struct FileMap {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};

/// Reads a whole file. Files of 16 MiB and more are mapped; what cannot be mapped (pipes) is read to its end, at most
/// `max_bytes`.
Result<FileMap> map_file(const std::string& path, std::size_t max_bytes);

}  // namespace peak::io
