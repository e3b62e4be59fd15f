// peak doctor: what Peak Trade finds on this machine, what is missing, and the command that mends it.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "machine.hpp"
#include "number.hpp"
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

struct Request {
  bool json = false;
};

/// Everything that is looked at.
struct Findings {
  Machine machine;
  std::string compiler;
  std::string build;
  std::string simd_level;
  std::vector<std::string> simd_levels;
  Result<std::string> arrow_module = std::string();
  std::vector<std::string> problems;  ///< what is missing, with what mends it
};

std::string compiler_text() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#else
  return "unknown";
#endif
}

std::string build_text() {
#if defined(NDEBUG)
  return "optimized";
#else
  return "with assertions, for developers: slow";
#endif
}

Findings look() {
  Findings found;
  found.machine = read_machine();
  found.compiler = compiler_text();
  found.build = build_text();
  found.simd_level = simd_level();
  found.simd_levels = simd_levels();
  found.arrow_module = io::arrow_module_path();
  if (!found.arrow_module.ok()) {
    found.problems.push_back("Parquet and Arrow files cannot be read: " + found.arrow_module.error().message);
  }
  const Machine& machine = found.machine;
  const std::uint64_t limit = machine.memory_limit_bytes != 0 ? machine.memory_limit_bytes : machine.memory_bytes;
  constexpr std::uint64_t kComfortable = std::uint64_t{512} << 20U;
  if (limit != 0 && limit < kComfortable) {
    found.problems.push_back("less than 512 MB of memory may be used: large files will not fit; raise the limit");
  }
  if (!found.simd_levels.empty() && found.simd_level != found.simd_levels.front()) {
    found.problems.push_back("SIMD level " + found.simd_level + " is in use although " + found.simd_levels.front() +
                             " is there: unset PEAK_SIMD for full speed (results are the same)");
  }
  return found;
}

std::string gigabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes * 10U + (std::uint64_t{1} << 29U)) >> 30U;
  return std::to_string(tenths / 10U) + "." + std::to_string(tenths % 10U) + " GiB";
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}

std::string findings_text(const Findings& found, const TextStyle& style) {
  const Machine& machine = found.machine;
  std::string cores = std::to_string(machine.cores);
  if (machine.usable_cores != machine.cores) cores += ", usable " + std::to_string(machine.usable_cores);
  if (machine.core_limit > 0) cores += ", limited to " + format_number(machine.core_limit) + " by the control group";
  std::string memory = gigabytes(machine.memory_bytes);
  if (machine.available_bytes != 0) memory += ", available " + gigabytes(machine.available_bytes);
  if (machine.memory_limit_bytes != 0)
    memory += ", limited to " + gigabytes(machine.memory_limit_bytes) + " by the control group";
  TextTable table({{.title = "what"}, {.title = "found"}});
  table.add_row(
      {"Peak Trade", std::string(engine_version()) + ", rules of version " + std::to_string(kEngineSemanticsVersion)});
  table.add_row({"built by", found.compiler + ", " + found.build});
  table.add_row({"system", machine.system});
  table.add_row({"processor", machine.cpu_model.empty() ? "unknown" : machine.cpu_model});
  table.add_row({"cores", cores});
  table.add_row({"SIMD level", found.simd_level + " of " + joined(found.simd_levels)});
  table.add_row({"memory", memory});
  table.add_row({"Parquet and Arrow", found.arrow_module.ok() ? *found.arrow_module : "missing"});
  table.add_row({"strategies", std::to_string(builtin_strategy_names().size()) + " built in"});
  table.add_row({"indicators", std::to_string(indicators::registry().size())});
  std::string text = table.render(style) + "\n";
  if (found.problems.empty()) return text + toned("Nothing is missing.", TextTone::kGood, style) + "\n";
  for (const std::string& problem : found.problems) {
    text += toned("missing:", TextTone::kWarning, style) + " " + problem + "\n";
  }
  return text;
}

std::string findings_json(const Findings& found) {
  const Machine& machine = found.machine;
  report::JsonWriter json({});
  json.begin_object();
  json.text("version", engine_version());
  json.integer("engine_semantics", kEngineSemanticsVersion);
  json.text("compiler", found.compiler);
  json.text("build", found.build);
  json.text("system", machine.system);
  json.text("cpu_model", machine.cpu_model);
  json.integer("cores", machine.cores);
  json.integer("usable_cores", machine.usable_cores);
  json.key("core_limit");
  machine.core_limit > 0 ? json.number(machine.core_limit) : json.null();
  json.text("simd_level", found.simd_level);
  json.key("simd_levels");
  json.begin_array(report::JsonWriter::Layout::kOneLine);
  for (const std::string& level : found.simd_levels) json.text(level);
  json.end_array();
  json.integer("memory_bytes", static_cast<std::int64_t>(machine.memory_bytes));
  json.integer("available_bytes", static_cast<std::int64_t>(machine.available_bytes));
  json.key("memory_limit_bytes");
  machine.memory_limit_bytes != 0 ? json.integer(static_cast<std::int64_t>(machine.memory_limit_bytes)) : json.null();
  json.key("arrow_module");
  found.arrow_module.ok() ? json.text(*found.arrow_module) : json.null();
  json.key("problems");
  json.begin_array();
  for (const std::string& problem : found.problems) json.text(problem);
  json.end_array();
  json.end_object();
  return json.take() + "\n";
}

}  // namespace

Command doctor_command() {
  const auto request = std::make_shared<Request>();
  Command command{.name = "doctor", .summary = "what was found on this machine, and what is missing"};
  command.description =
      "Shows version, processor, SIMD level, memory, limits and optional parts, and for what is missing the command "
      "that "
      "mends it.";
  command.examples = {{"look", "peak doctor"}, {"for a bug report", "peak doctor --json"}};
  command.options.push_back(
      {.name = "--json", .value = "", .description = "print JSON", .set = flag_setter(request, request->json)});
  command.run = [request] {
    const Findings found = look();
    return write_output(request->json ? findings_json(found) : findings_text(found, output_style()));
  };
  return command;
}

}  // namespace peak::command
