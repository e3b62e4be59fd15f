// A file that appears whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "peak/base/status.hpp"

namespace peak::report {

/// Writes beside `path` under a name of its own and renames into place, so that a reader, a full disk or a kill leaves
/// the old file or the new one. A symbolic link is followed; a pipe or device is written to directly.
[[nodiscard]] Status write_whole_file(const std::string& path, std::string_view content);

}  // namespace peak::report
