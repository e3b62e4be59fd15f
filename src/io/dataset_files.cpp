#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "peak/io/dataset.hpp"

namespace peak::io {
namespace {

namespace fs = std::filesystem;

bool is_data(const fs::path& path) {
  static constexpr const char* kEndings[] = {".csv",  ".txt",     ".tsv",     ".gz",    ".zst", ".zip",
                                             ".json", ".parquet", ".feather", ".arrow", ".ipc"};
  const std::string name = path.filename().string();
  if (name.empty() || name.front() == '.') return false;
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](const char* ending) { return name.ends_with(ending); });
}

/// Files of a folder and of the folders in it that are named like symbol=SPY.
Status add_folder(const fs::path& folder, std::vector<std::string>& files, int depth) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    entries.push_back(at->path());
  if (error) return io_error(folder.string() + ": " + error.message());
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    const bool is_part = entry.filename().string().find('=') != std::string::npos;
    if (fs::is_directory(entry, error)) {
      if (is_part && depth < 8) PEAK_RETURN_IF_ERROR(add_folder(entry, files, depth + 1));
    } else if (is_data(entry)) {
      files.push_back(entry.string());
    }
  }
  return {};
}

Status add_pattern(const std::string& pattern, std::vector<std::string>& files) {
  glob_t found{};
  const int failed = ::glob(pattern.c_str(), 0, nullptr, &found);
  for (std::size_t i = 0; failed == 0 && i < found.gl_pathc; ++i) files.emplace_back(found.gl_pathv[i]);
  ::globfree(&found);
  if (failed == GLOB_NOMATCH) return not_found("no file is named like '" + pattern + "'");
  return failed == 0 ? Status() : Status(io_error("cannot look for '" + pattern + "'"));
}

}  // namespace

Result<std::vector<std::string>> dataset_files(std::span<const std::string> paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      const std::size_t before = files.size();
      PEAK_RETURN_IF_ERROR(add_folder(path, files, 0));
      if (files.size() == before) return bad_data("the folder '" + path + "' has no files of data");
    } else if (path.find_first_of("*?[") != std::string::npos && !fs::exists(path, error)) {
      PEAK_RETURN_IF_ERROR(add_pattern(path, files));
    } else {
      files.push_back(path);
    }
  }
  if (files.empty()) return invalid_argument("name at least one file, folder or pattern");
  return files;
}

}  // namespace peak::io
