// A file that appears whole or not at all.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "peak/base/status.hpp"

namespace peak::report {

/// A file that is written piece by piece.
class WholeFile {
 public:
  /// Opens a file beside `path` under a name of its own, which commit() renames into place; a symbolic link is
  /// followed, a pipe or device is written to directly.
  [[nodiscard]] static Result<WholeFile> create(const std::string& path);
  WholeFile(WholeFile&& other) noexcept { *this = std::move(other); }
  WholeFile& operator=(WholeFile&& other) noexcept;
  /// Without a commit before it, nothing stays.
  ~WholeFile();

  /// False for a pipe or a device: what is written is gone at once.
  [[nodiscard]] bool is_beside() const noexcept { return !beside_.empty(); }
  [[nodiscard]] Status append(std::string_view content);
  [[nodiscard]] Status commit();

 private:
  WholeFile() = default;
  std::string path_, target_, beside_;  // beside_ is empty when written to directly
  int file_ = -1;
};

/// Writes beside `path` under a name of its own and renames into place, so that a reader, a full disk or a kill leaves
/// the old file or the new one. A symbolic link is followed; a pipe or device is written to directly.
[[nodiscard]] Status write_whole_file(const std::string& path, std::string_view content);

}  // namespace peak::report
