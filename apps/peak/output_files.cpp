#include "output_files.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace peak::command {
namespace {

bool same_file(const std::string& a, const std::string& b) {
  struct stat first {
  }, second{};
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

const char* format_of(std::string_view ending) {
  if (ending == ".html") return "HTML";
  if (ending == ".db") return "SQLite";
  return ending == ".parquet" ? "Parquet" : "CSV";
}

Status check_ending(const NamedFile& output) {
  constexpr std::string_view kNotWritten[] = {".parquet", ".feather", ".arrow", ".xlsx", ".json"};
  for (const std::string_view ending : kNotWritten) {
    if (!output.path.ends_with(ending)) continue;
    if (std::find(output.endings.begin(), output.endings.end(), ending) != output.endings.end()) return {};
    std::string written, advice;
    for (const std::string_view known : output.endings) {
      written += (written.empty() ? "" : " or ") + std::string(format_of(known));
      advice += (advice.empty() ? "" : " or ") + std::string(known);
    }
    return invalid_argument(std::string(output.option) + ": '" + output.path + "': what is written is " + written +
                            "; end the name in " + advice);
  }
  return {};
}

}  // namespace

bool is_strategy_file(const std::string& strategy) {
  return strategy.ends_with(".toml") || strategy.find('/') != strategy.npos;
}

Status check_output_files(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs) {
  std::vector<NamedFile> taken(inputs.begin(), inputs.end());
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    for (const NamedFile& other : taken) {
      if (output.path == other.path || same_file(output.path, other.path)) {
        return invalid_argument(std::string(output.option) + ": '" + output.path + "' is also the file of " +
                                other.option + "; name another");
      }
    }
    PEAK_RETURN_IF_ERROR(check_ending(output));
    taken.push_back(output);
  }
  return {};
}

}  // namespace peak::command
