// peak bench: how fast this build is on this machine, and whether that changed.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench_versus.hpp"
#include "bench_works.hpp"
#include "commands.hpp"
#include "listing.hpp"
#include "option_makers.hpp"
#include "peak/base/text_file.hpp"
#include "peak/benchmark/history.hpp"
#include "peak/benchmark/measurement.hpp"
#include "peak/parallel/cpu_topology.hpp"
#include "peak/report/json.hpp"
#include "peak/report/text_table.hpp"
#include "progress.hpp"
#include "report/json_writer.hpp"
#include "report/whole_file.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

using benchmark::HistoryRun;
using benchmark::Measurement;
using report::JsonWriter;

struct Request {
  std::vector<std::string> only;
  std::string baseline, save, history = benchmark::default_history();
  double seconds = 0.5, tolerance = 0.05;
  bool list = false, json = false, check = false, versus = false;
  VersusRequest peers;
};
using Target = std::shared_ptr<Request>;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

Result<std::vector<BenchWork>> chosen(const Request& request) {
  std::vector<BenchWork> works = bench_works();
  for (const std::string& part : request.only) {
    const auto holds = [&](const BenchWork& work) { return lower(work.name).find(lower(part)) != std::string::npos; };
    if (std::none_of(works.begin(), works.end(), holds)) {
      return invalid_argument("--only: no work has '" + part + "' in its name; 'peak bench --list' shows all");
    }
  }
  std::erase_if(works, [&](const BenchWork& work) {
    return !request.only.empty() &&
           std::none_of(request.only.begin(), request.only.end(), [&](const std::string& part) {
             return lower(work.name).find(lower(part)) != std::string::npos;
           });
  });
  return works;
}

/// Rounds in which the works have their turns. A busy moment disturbs one round of some works and not all of one, and
/// the interval of the median over rounds tells how much rounds differ; samples of one round would only tell of that
/// round.
constexpr std::size_t kRounds = 9;

struct Prepared {
  const BenchWork* work;
  std::function<void()> call;
  std::size_t samples = 1, loops = 1;  ///< of a round
  std::vector<double> medians;         ///< of the rounds
};

Result<Prepared> prepared(const BenchWork& work, double seconds) {
  PEAK_ASSIGN_OR_RETURN(auto call, work.prepare());
  const benchmark::MeasureOptions options{.name = work.name, .iterations = 1, .warmup = 2};
  const double once = std::max(benchmark::measure(call, options).median, options.shortest_sample);
  Prepared made{.work = &work, .call = std::move(call), .medians = {}};
  made.samples = static_cast<std::size_t>(std::clamp(seconds / kRounds / once, 1.0, 500.0));
  return made;
}

void take_round(Prepared& work) {
  const Measurement round =
      benchmark::measure(work.call, {.name = work.work->name, .iterations = work.samples, .warmup = 1});
  work.medians.push_back(round.median);
  work.loops = round.loops * work.samples;
}

std::string machine_name() {
  const CpuTopology& cores = cpu_topology();
  return (cores.model.empty() ? "unknown processor" : cores.model) + ", " + std::to_string(cores.total_cores) +
         (cores.total_cores == 1 ? " core, " : " cores, ") + cores.simd_level;
}

Nanoseconds wall_clock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// What a measurement is compared with: the baseline's, else the last on this machine.
class Earlier {
 public:
  [[nodiscard]] static Result<Earlier> load(const Request& request, const std::string& machine) {
    Earlier earlier;
    earlier.machine_ = machine;
    if (!request.baseline.empty()) {
      constexpr std::size_t kLargestBaseline = 64 << 20;
      const Result<std::string> text = read_text_file(request.baseline, "baseline", kLargestBaseline);
      if (!text.ok()) {
        return Error{text.error().code, text.error().message + "; 'peak bench --save FILE' makes a baseline"};
      }
      Result<std::vector<Measurement>> read = benchmark::from_json(*text);
      if (!read.ok()) return bad_data(request.baseline + ": " + read.error().message);
      earlier.baseline_ = std::move(*read);
    } else if (!request.history.empty()) {
      PEAK_ASSIGN_OR_RETURN(earlier.runs_, benchmark::read_history(request.history));
    }
    return earlier;
  }

  [[nodiscard]] const Measurement* find(const std::string& name) const {
    for (const Measurement& measurement : baseline_) {
      if (measurement.name == name) return &measurement;
    }
    return benchmark::last_measurement(runs_, machine_, name);
  }

 private:
  std::string machine_;
  std::vector<Measurement> baseline_;
  std::vector<HistoryRun> runs_;
};

struct Row {
  Measurement now;
  std::optional<benchmark::Change> change;
};

std::string change_text(const Row& row) {
  if (!row.change) return "";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %.2fx (%.2f to %.2f)", benchmark::verdict_name(row.change->verdict),
                row.change->ratio, row.change->low, row.change->high);
  return text.data();
}

std::string rows_text(const Request& request, const std::vector<Row>& rows, const TextStyle& style) {
  TextTable table({{.title = "work"},
                   {.title = "median", .right = true},
                   {.title = "95 % between", .right = true},
                   {.title = request.baseline.empty() ? "since the last run" : "since the baseline"}});
  for (const Row& row : rows) {
    table.add_row(
        {row.now.name, benchmark::format_seconds(row.now.median),
         benchmark::format_seconds(row.now.median_low) + " and " + benchmark::format_seconds(row.now.median_high),
         change_text(row)});
  }
  return table.render(style);
}

std::string rows_json(const std::string& machine, const std::vector<Row>& rows) {
  JsonWriter json({});
  json.begin_object();
  json.text("version", engine_version());
  json.text("machine", machine);
  json.key("results");
  json.begin_array();
  for (const Row& row : rows) {
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("name", row.now.name);
    json.integer("iterations", static_cast<std::int64_t>(row.now.iterations));
    json.integer("loops", static_cast<std::int64_t>(row.now.loops));
    json.number("median", row.now.median);
    json.number("median_low", row.now.median_low);
    json.number("median_high", row.now.median_high);
    json.number("mean", row.now.mean);
    json.number("std", row.now.deviation);
    json.number("min", row.now.minimum);
    json.number("max", row.now.maximum);
    json.key("change");
    if (row.change) {
      json.begin_object(JsonWriter::Layout::kOneLine);
      json.text("verdict", benchmark::verdict_name(row.change->verdict));
      json.number("ratio", row.change->ratio);
      json.number("low", row.change->low);
      json.number("high", row.change->high);
      json.end_object();
    } else {
      json.null();
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take() + "\n";
}

Status show_list(const Request& request) {
  std::vector<std::vector<std::string>> rows;
  JsonWriter json({});
  json.begin_array();
  for (const BenchWork& work : bench_works()) {
    rows.push_back({work.name, work.meaning});
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("name", work.name);
    json.text("meaning", work.meaning);
    json.end_object();
  }
  json.end_array();
  if (request.json) return write_output(json.take() + "\n");
  return write_output(render_listing({{.title = "work"}, {.title = "what it is"}}, rows, output_style()));
}

/// What is slower than before, as one error.
Status regressions(const std::vector<Row>& rows) {
  std::string slower;
  for (const Row& row : rows) {
    if (row.change && row.change->verdict == benchmark::Verdict::kSlower) {
      slower += "\n" + row.now.name + ": " + change_text(row);
    }
  }
  if (slower.empty()) return {};
  return Error{ErrorCode::kIo, "slower than before, beyond chance (95 % intervals apart) and tolerance:" + slower};
}

Result<std::vector<Row>> measure_all(const Request& request, const std::vector<BenchWork>& works,
                                     const Earlier& earlier) {
  std::vector<Prepared> ready;
  for (const BenchWork& work : works) {
    Result<Prepared> made = prepared(work, request.seconds);
    if (!made.ok()) return made.error().within(work.name);
    ready.push_back(std::move(*made));
  }
  ProgressLine progress("turns");
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < ready.size(); ++i) {
      progress.show(round * ready.size() + i, kRounds * ready.size(), 0);
      take_round(ready[i]);
    }
  }
  std::vector<Row> rows;
  for (const Prepared& work : ready) {
    PEAK_ASSIGN_OR_RETURN(Measurement now, benchmark::summarize(work.work->name, work.medians, work.loops));
    Row row{.now = std::move(now), .change = std::nullopt};
    if (const Measurement* before = earlier.find(row.now.name)) {
      row.change = benchmark::compare(row.now, *before, request.tolerance);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Status run(const Request& request) {
  if (request.versus) return run_versus(request.peers);
  if (request.list) return show_list(request);
  PEAK_ASSIGN_OR_RETURN(const std::vector<BenchWork> works, chosen(request));
  const std::string machine = machine_name();
  PEAK_ASSIGN_OR_RETURN(const Earlier earlier, Earlier::load(request, machine));
  PEAK_ASSIGN_OR_RETURN(const std::vector<Row> rows, measure_all(request, works, earlier));
  std::vector<Measurement> all;
  for (const Row& row : rows) all.push_back(row.now);
  if (!request.save.empty()) PEAK_RETURN_IF_ERROR(report::write_whole_file(request.save, benchmark::to_json(all)));
  if (!request.history.empty()) {
    PEAK_RETURN_IF_ERROR(
        benchmark::add_to_history(request.history, {wall_clock(), engine_version(), machine, std::move(all)}));
  }
  const std::string text =
      request.json ? rows_json(machine, rows) : machine + "\n\n" + rows_text(request, rows, output_style());
  PEAK_RETURN_IF_ERROR(write_output(text));
  if (!request.json && !request.history.empty()) show_note("added to " + request.history);
  return request.check || !request.baseline.empty() ? regressions(rows) : Status();
}

Setter adding_setter(const Target& request, std::vector<std::string>& place) {
  return [request, &place](const std::string& text) {
    place.push_back(text);
    return Status();
  };
}

void add_own_options(std::vector<Option>& options, const Target& request) {
  constexpr const char* kGroup = "Own figures";
  options.push_back({.name = "--only",
                     .value = "TEXT",
                     .description = "works with this in their name",
                     .set = adding_setter(request, request->only),
                     .group = kGroup,
                     .repeated = true});
  options.push_back(flag_option("--list", "list the works and measure nothing", kGroup, request, request->list));
  options.push_back(
      number_option("--seconds", "time for each work, in nine rounds (0.5)", kGroup, request, request->seconds));
  options.push_back({.name = "--baseline",
                     .value = "FILE",
                     .description =
                         "compare with this file (of --save, or of Python's PerformanceBenchmark), and fail when "
                         "something became slower",
                     .set = text_setter(request, request->baseline),
                     .completion = Completion::kFile,
                     .group = kGroup});
  options.push_back(
      number_option("--tolerance", "part by which a median may be slower (0.05)", kGroup, request, request->tolerance));
  options.push_back({.name = "--history",
                     .value = "FILE",
                     .description = "add the run here and compare with the last on this machine (a file in the user's "
                                    "cache folder, or PEAK_BENCH_HISTORY); off: neither",
                     .set =
                         [request](const std::string& text) {
                           request->history = text == "off" ? "" : text;
                           return Status();
                         },
                     .completion = Completion::kFile,
                     .group = kGroup});
  options.push_back(flag_option("--check", "fail when something became slower than in the last run", kGroup, request,
                                request->check));
  options.push_back(file_option("--save", "write the figures as a baseline (JSON)", request, request->save));
  options.push_back(flag_option("--json", "print JSON", "Output", request, request->json));
}

void add_versus_options(std::vector<Option>& options, const Target& request) {
  constexpr const char* kGroup = "Against other programs";
  options.push_back(flag_option("--vs", "run the peers that are installed, after proof that results are equal", kGroup,
                                request, request->versus));
  options.push_back({.name = "--task",
                     .value = "TASK",
                     .description = "backtest, sweep, classes, process or cache (all of them)",
                     .set = adding_setter(request, request->peers.tasks),
                     .completion = Completion::kChoices,
                     .choices = {"backtest", "sweep", "classes", "process", "cache"},
                     .group = kGroup,
                     .repeated = true});
  options.push_back({.name = "--python",
                     .value = "PROGRAM",
                     .description = "the Python in which the peers and peaktrade are installed (python3)",
                     .set = text_setter(request, request->peers.python),
                     .group = kGroup});
  options.push_back({.name = "--source",
                     .value = "FOLDER",
                     .description = "Peak Trade's source tree (found from the present folder and the command's)",
                     .set = text_setter(request, request->peers.source),
                     .completion = Completion::kFile,
                     .group = kGroup});
  options.push_back(file_option("--page", "write the tables as a page (.html or .md)", request, request->peers.page));
}

}  // namespace

Command bench_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "bench", .summary = "how fast this build is here, whether that changed, and against others"};
  command.description =
      "Measures Peak Trade's own work natively, in nine rounds of turns: medians over the rounds with their 95 % "
      "intervals, "
      "compared with the last run on this machine or with a baseline. With --vs it runs other programs beside it, "
      "which needs the source tree and a "
      "Python "
      "that has them (bench/versus/requirements.txt); everything else needs only this command.";
  command.examples = {{"everything, compared with the last time", "peak bench"},
                      {"a baseline, and later whether something became slower",
                       "peak bench --save baseline.json && peak bench --baseline baseline.json"},
                      {"one part", "peak bench --only backtest --only sweep"},
                      {"beside other programs", "peak bench --vs --python peers/bin/python --page versus.html"}};
  add_own_options(command.options, request);
  add_versus_options(command.options, request);
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
