#include "peak/benchmark/history.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace peak::benchmark {
namespace {

using Json = nlohmann::ordered_json;

/// Nothing for a line that is not a run: cut off by a kill, or written by somebody else.
std::optional<HistoryRun> run_of(const std::string& line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto text = [&](const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  HistoryRun run{.version = text("version"), .machine = text("machine"), .measurements = {}};
  const auto time = object.find("time_ns");
  if (time != object.end() && time->is_number_integer()) run.time = time->get<Nanoseconds>();
  const auto measurements = object.find("measurements");
  if (measurements == object.end()) return std::nullopt;
  Result<std::vector<Measurement>> read = from_json(measurements->dump());
  if (!read.ok()) return std::nullopt;
  run.measurements = std::move(*read);
  return run;
}

std::string line_of(const HistoryRun& run) {
  const Json object = {{"time", format_time(run.time)},
                       {"time_ns", run.time},
                       {"version", run.version},
                       {"machine", run.machine},
                       {"measurements", Json::parse(to_json(run.measurements))}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

}  // namespace

Result<std::vector<HistoryRun>> read_history(const std::string& path) {
  std::vector<HistoryRun> runs;
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return runs;
  std::ifstream file(path, std::ios::binary);
  if (!file) return io_error(path + ": cannot be opened");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    ++lines;
    if (std::optional<HistoryRun> run = run_of(line)) runs.push_back(std::move(*run));
  }
  if (lines > 0 && runs.empty()) {
    return bad_data(path + ": no line of it is a run of 'peak bench'; name another file for the history");
  }
  return runs;
}

Status add_to_history(const std::string& path, const HistoryRun& run) {
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::create_directories(folder, failed) && failed) {
    return io_error(folder.string() + ": cannot be made: " + failed.message());
  }
  // A line that a killed program left without its end must not swallow this one.
  std::string line = line_of(run);
  if (std::ifstream end(path, std::ios::binary | std::ios::ate); end && end.tellg() > 0) {
    end.seekg(-1, std::ios::end);
    if (end.get() != '\n') line.insert(line.begin(), '\n');
  }
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.write(line.data(), static_cast<std::streamsize>(line.size()));
  file.close();
  if (!file) return io_error(path + ": the run cannot be added");
  return {};
}

const Measurement* last_measurement(const std::vector<HistoryRun>& runs, std::string_view machine,
                                    std::string_view name) noexcept {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (run->machine != machine) continue;
    for (const Measurement& measurement : run->measurements) {
      if (measurement.name == name) return &measurement;
    }
  }
  return nullptr;
}

std::string default_history() {
  if (std::string given = variable("PEAK_BENCH_HISTORY"); !given.empty()) return given == "off" ? "" : given;
  const std::string home = variable("HOME");
#ifdef __APPLE__
  return home.empty() ? "" : home + "/Library/Caches/peaktrade/bench.jsonl";
#else
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) return cache + "/peaktrade/bench.jsonl";
  return home.empty() ? "" : home + "/.cache/peaktrade/bench.jsonl";
#endif
}

}  // namespace peak::benchmark
