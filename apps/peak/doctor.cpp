// peak doctor: walks the troubles of the performance guide on this machine, with the command that mends each.
#include <sys/utsname.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "finding.hpp"
#include "peak/base/simd.hpp"
#include "peak/indicators/registry.hpp"
#include "peak/io/module.hpp"
#include "peak/report/json.hpp"
#include "peak/report/text_table.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/strategy/builtin.hpp"
#include "report/json_writer.hpp"
#include "setters.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

using report::JsonWriter;

struct Request {
  std::vector<std::string> files;
  std::string cache, python = "python3";
  bool json = false, fix = false;
};

struct TopicName {
  Topic topic;
  const char* title;
  const char* key;
};
constexpr TopicName kTopics[] = {{Topic::kInstallation, "Installation", "installation"},
                                 {Topic::kSlowBacktests, "Slow backtests", "slow_backtests"},
                                 {Topic::kHighMemory, "High memory", "high_memory"},
                                 {Topic::kCacheMisses, "Cache misses", "cache_misses"},
                                 {Topic::kSlowQueries, "Slow queries", "slow_queries"}};

const char* condition_name(const Finding& finding) {
  if (finding.mended) return "mended";
  switch (finding.condition) {
    case Condition::kGood: return "good";
    case Condition::kBetter: return "advice";
    case Condition::kFaulty: return "fault";
  }
  return "good";
}

std::string compiler_text() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#else
  return "unknown";
#endif
}

std::string system_text() {
  utsname name{};
  return uname(&name) == 0 ? std::string(name.sysname) + " " + name.release + " " + name.machine : "unknown";
}

/// A configuration that cannot be read is a finding, and the defaults are looked at instead.
config::Configuration configuration(Findings& findings) {
  Result<config::Configuration> loaded = config::Configuration::load();
  if (loaded.ok()) {
    findings.push_back({.name = "configuration",
                        .found = loaded->file().empty() ? "no file: defaults and environment" : loaded->file()});
    return std::move(*loaded);
  }
  findings.push_back({.name = "configuration",
                      .condition = Condition::kFaulty,
                      .found = loaded.error().message,
                      .command = "peak config check"});
  return {};
}

Result<Findings> examine(const Request& request, Patient& patient) {
  Findings findings;
  patient.configuration = configuration(findings);
  patient.cores = read_cpu_topology();
  patient.memory = read_system_memory();
  patient.cache_folder = request.cache.empty() ? patient.configuration.text(config::Setting::kL3Path) : request.cache;
  patient.python = request.python;
  patient.files = request.files;
  const std::string& configured = patient.configuration.text(config::Setting::kDatabasePath);
  if (!configured.empty() && std::find(patient.files.begin(), patient.files.end(), configured) == patient.files.end()) {
    patient.files.push_back(configured);
  }
  examine_machine(patient, findings);
  examine_numpy(patient, findings);
  examine_cache(patient, findings);
  PEAK_RETURN_IF_ERROR(examine_files(patient, findings));
  return findings;
}

/// Mends what may be mended without asking; the first failure is given back when all were tried.
Status mend(Findings& findings) {
  Status failed;
  for (Finding& finding : findings) {
    if (finding.condition == Condition::kGood || !finding.mend) continue;
    const Status done = finding.mend();
    finding.mended = done.ok();
    if (done.ok()) continue;
    if (failed.ok()) failed = done.error().within(finding.name);
  }
  return failed;
}

TextTone tone_of(const Finding& finding) {
  if (finding.mended || finding.condition == Condition::kGood) return TextTone::kGood;
  return finding.condition == Condition::kFaulty ? TextTone::kBad : TextTone::kWarning;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string finding_text(const Finding& finding, const TextStyle& style) {
  constexpr std::size_t kIndent = 12;
  std::string text = "  " + toned(padded(condition_name(finding), 8), tone_of(finding), style);
  const std::string words = wrapped(finding.name + ": " + finding.found, std::max(style.width, 40) - 10, 2);
  for (const char c : words) {
    text += c;
    if (c == '\n') text.append(10, ' ');
  }
  text += "\n";
  if (!finding.command.empty() && !finding.mended) {
    text += std::string(kIndent, ' ') + toned(finding.command, TextTone::kStrong, style) + "\n";
  }
  return text;
}

std::string summary(const Findings& findings, const TextStyle& style) {
  std::size_t open = 0, safe = 0, mended = 0;
  for (const Finding& finding : findings) {
    if (finding.mended) ++mended;
    if (finding.mended || finding.condition == Condition::kGood) continue;
    ++open;
    if (finding.mend) ++safe;
  }
  std::string text = mended == 0 ? "" : std::to_string(mended) + " mended. ";
  if (open == 0)
    return toned(text + (mended == 0 ? "Nothing to mend." : "Nothing else to mend."), TextTone::kGood, style) + "\n";
  text += std::to_string(open) + (open == 1 ? " thing" : " things") + " to mend, as said above";
  if (safe != 0) text += "; 'peak doctor --fix' does " + std::to_string(safe) + " of them";
  return toned(text + ".", TextTone::kWarning, style) + "\n";
}

std::string findings_text(const Patient& patient, const Findings& findings, const TextStyle& style) {
  std::string text = toned("Peak Trade " + std::string(engine_version()), TextTone::kStrong, style) +
                     ", rules of version " + std::to_string(kEngineSemanticsVersion) + ", built by " + compiler_text() +
                     "\n" + system_text() + ", " +
                     (patient.cores.model.empty() ? "processor unknown" : patient.cores.model) + "\n" +
                     std::to_string(builtin_strategy_names().size()) + " strategies and " +
                     std::to_string(indicators::registry().size()) + " indicators are built in\n";
  for (const TopicName& topic : kTopics) {
    text += "\n" + toned(topic.title, TextTone::kStrong, style) + "\n";
    for (const Finding& finding : findings) {
      if (finding.topic == topic.topic) text += finding_text(finding, style);
    }
  }
  return text + "\n" + summary(findings, style);
}

void write_bytes(JsonWriter& json, const char* name, std::uint64_t bytes) {
  json.key(name);
  bytes != 0 ? json.integer(static_cast<std::int64_t>(bytes)) : json.null();
}

void write_machine(JsonWriter& json, const Patient& patient) {
  const CpuTopology& cores = patient.cores;
  json.text("version", engine_version());
  json.integer("engine_semantics", kEngineSemanticsVersion);
  json.text("compiler", compiler_text());
  json.text("system", system_text());
  json.text("cpu_model", cores.model);
  json.integer("cores", cores.machine_cores);
  json.integer("usable_cores", cores.total_cores);
  json.integer("performance_cores", cores.performance_cores);
  json.integer("efficiency_cores", cores.efficiency_cores);
  json.key("core_limit");
  cores.core_limit > 0 ? json.number(cores.core_limit) : json.null();
  json.text("simd_level", cores.simd_level);
  json.key("simd_levels");
  json.begin_array(JsonWriter::Layout::kOneLine);
  for (const std::string& level : simd_levels()) json.text(level);
  json.end_array();
  write_bytes(json, "memory_bytes", patient.memory.total);
  write_bytes(json, "available_bytes", patient.memory.available);
  write_bytes(json, "memory_limit_bytes", patient.memory.limit);
}

void write_finding(JsonWriter& json, const Finding& finding) {
  json.begin_object(JsonWriter::Layout::kOneLine);
  const auto* topic = std::find_if(std::begin(kTopics), std::end(kTopics),
                                   [&](const TopicName& t) { return t.topic == finding.topic; });
  json.text("topic", topic->key);
  json.text("name", finding.name);
  json.text("condition", condition_name(finding));
  json.text("found", finding.found);
  json.key("command");
  finding.command.empty() ? json.null() : json.text(finding.command);
  json.boolean("safe", static_cast<bool>(finding.mend));
  json.end_object();
}

std::string findings_json(const Patient& patient, const Findings& findings) {
  JsonWriter json({});
  json.begin_object();
  write_machine(json, patient);
  const Result<std::string> module = io::arrow_module_path();
  json.key("arrow_module");
  module.ok() ? json.text(*module) : json.null();
  json.key("findings");
  json.begin_array();
  for (const Finding& finding : findings) write_finding(json, finding);
  json.end_array();
  json.end_object();
  return json.take() + "\n";
}

Status run(const Request& request) {
  Patient patient;
  PEAK_ASSIGN_OR_RETURN(Findings findings, examine(request, patient));
  const Status mended = request.fix ? mend(findings) : Status();
  PEAK_RETURN_IF_ERROR(
      write_output(request.json ? findings_json(patient, findings) : findings_text(patient, findings, output_style())));
  return mended;
}

void add_options(Command& command, const std::shared_ptr<Request>& request) {
  command.arguments.push_back({.name = "FILE",
                               .description =
                                   "trade stores (for missing indexes) and files of prices (for their format "
                                   "and the memory they take)",
                               .set =
                                   [request](const std::string& text) {
                                     request->files.push_back(text);
                                     return Status();
                                   },
                               .completion = Completion::kFile,
                               .required = false,
                               .repeated = true});
  command.options.push_back({.name = "--cache",
                             .value = "FOLDER",
                             .description = "the cache's folder (from the configuration: data/cache)",
                             .set = text_setter(request, request->cache),
                             .completion = Completion::kFile});
  command.options.push_back({.name = "--python",
                             .value = "PROGRAM",
                             .description = "the Python whose numpy is looked at (python3); '' for none",
                             .set = text_setter(request, request->python)});
  command.options.push_back({.name = "--fix",
                             .value = "",
                             .description =
                                 "do what is safe: settings in the configuration's file, indexes, Parquet files "
                                 "beside files of text (nothing is replaced or removed)",
                             .set = flag_setter(request, request->fix)});
  command.options.push_back(
      {.name = "--json", .value = "", .description = "print JSON", .set = flag_setter(request, request->json)});
}

}  // namespace

Command doctor_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "doctor", .summary = "why something is slow or missing here, and the command that mends it"};
  command.description =
      "Walks the troubles of the performance guide: slow backtests (build, SIMD level, cores, linear algebra), high "
      "memory, cache misses (hit rates against their targets, sizes that would serve better, Redis) and slow queries. "
      "Each finding comes with the command that mends it.";
  command.examples = {{"look", "peak doctor"},
                      {"a trade store and prices too", "peak doctor trades.db prices.csv"},
                      {"mend what is safe", "peak doctor --fix"},
                      {"for a bug report", "peak doctor --json"}};
  add_options(command, request);
  command.run = [request] { return run(*request); };
  return command;
}

}  // namespace peak::command
