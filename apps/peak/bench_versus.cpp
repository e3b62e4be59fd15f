#include "bench_versus.hpp"

#include <algorithm>
#include <filesystem>

#include "peak/base/suggest.hpp"
#include "program.hpp"

namespace peak::command {
namespace {

namespace fs = std::filesystem;

constexpr const char* kScript = "bench/versus/run.py";

bool has_script(const fs::path& folder) {
  std::error_code failed;
  return fs::is_regular_file(folder / kScript, failed);
}

/// The nearest folder at or above `start` that is a source tree; empty if there is none.
fs::path source_above(fs::path start) {
  while (!start.empty()) {
    if (has_script(start)) return start;
    if (start == start.root_path()) break;
    start = start.parent_path();
  }
  return {};
}

Result<fs::path> source_tree(const std::string& given) {
  std::error_code failed;
  if (!given.empty()) {
    if (has_script(given)) return fs::path(given);
    return not_found("--source: there is no " + (fs::path(given) / kScript).string());
  }
  for (const fs::path& start : {fs::current_path(failed), fs::path(this_program()).parent_path()}) {
    if (const fs::path found = source_above(start); !found.empty()) return found;
  }
  return unsupported(
      "--vs needs Peak Trade's source tree (bench/versus), which is not above the present folder and not installed "
      "with "
      "the command: name it with --source FOLDER. 'peak bench' without --vs measures this build alone and needs "
      "nothing.");
}

}  // namespace

Status run_versus(const VersusRequest& request) {
  PEAK_ASSIGN_OR_RETURN(const fs::path source, source_tree(request.source));
  const std::vector<std::string> known = {"backtest", "sweep", "classes", "process", "cache"};
  std::vector<std::string> words = {request.python, (source / kScript).string(), "every", "--peak", this_program()};
  if (!request.tasks.empty()) words.emplace_back("--tasks");
  for (const std::string& task : request.tasks) {
    if (std::find(known.begin(), known.end(), task) == known.end()) {
      return invalid_argument("--task: there is no task '" + task + "'" + suggestion(task, known));
    }
    words.push_back(task);
  }
  if (!request.page.empty()) words.insert(words.end(), {"--page", fs::absolute(request.page).string()});
  const Result<int> status = run_program(words);
  if (!status.ok()) return status.error().within("--python");
  if (*status != 0) {
    return io_error("the comparison ended with exit status " + std::to_string(*status) +
                    "; the peers are installed by: " + request.python + " -m pip install -r " +
                    (source / "bench/versus/requirements.txt").string());
  }
  return {};
}

}  // namespace peak::command
