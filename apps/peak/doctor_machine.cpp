// What peak doctor asks the machine: is the build fast, which cores and how much memory may be used.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "finding.hpp"
#include "number.hpp"
#include "peak/base/simd.hpp"
#include "peak/io/module.hpp"

namespace peak::command {
namespace {

using config::Setting;

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;

Finding build() {
#if defined(NDEBUG)
  return {.topic = Topic::kSlowBacktests, .name = "build", .found = "optimized"};
#else
  return {.topic = Topic::kSlowBacktests,
          .name = "build",
          .condition = Condition::kBetter,
          .found = "with assertions, for developers: slow",
          .command = "cmake --preset release && cmake --build build/release"};
#endif
}

Finding arrow_module() {
  const Result<std::string> path = io::arrow_module_path();
  if (path.ok()) return {.name = "Parquet and Arrow", .found = *path};
  return {.name = "Parquet and Arrow",
          .condition = Condition::kFaulty,
          .found = "files cannot be read: " + path.error().message,
          .command = "pip install 'pyarrow==26.*'"};
}

Finding simd() {
  const std::string level = simd_level();
  const std::vector<std::string> levels = simd_levels();
  if (levels.empty() || level == levels.front()) {
    return {.topic = Topic::kSlowBacktests, .name = "SIMD level", .found = level};
  }
  return {.topic = Topic::kSlowBacktests,
          .name = "SIMD level",
          .condition = Condition::kBetter,
          .found = level + " is in use although " + levels.front() + " is there (results are the same)",
          .command = "unset PEAK_SIMD"};
}

/// What keeps this process from the machine's cores.
Finding cores(const CpuTopology& cores) {
  Finding finding{.topic = Topic::kSlowBacktests, .name = "cores"};
  const std::string all = std::to_string(cores.machine_cores);
  finding.found = std::to_string(cores.total_cores) + " of " + all + " may be used";
  if (cores.machine_efficiency_cores != 0) {
    finding.found += ", " + std::to_string(cores.performance_cores) + " of them performance cores";
  }
  const std::size_t allowed = cores.performance_cpus.size() + cores.efficiency_cpus.size();
  if (cores.core_limit > 0 && cores.core_limit < cores.machine_cores) {
    finding.condition = Condition::kBetter;
    finding.found += "; the control group grants the time of " + format_number(cores.core_limit);
    finding.command = "docker update --cpus " + all + " CONTAINER";
  } else if (allowed != 0 && allowed < cores.machine_cores) {
    finding.condition = Condition::kBetter;
    finding.found += "; this process is bound to them";
    finding.command = "taskset -cp 0-" + std::to_string(cores.machine_cores - 1) + " $$";
  }
  return finding;
}

Finding workers(const Patient& patient) {
  const std::int64_t wanted = patient.configuration.integer(Setting::kMaxWorkers);
  Finding finding{.topic = Topic::kSlowBacktests, .name = "workers"};
  if (wanted == 0) {
    finding.found = "one to each performance core";
  } else {
    finding.found = std::to_string(wanted) + " (" + patient.configuration.origin_text(Setting::kMaxWorkers) + ")";
    if (wanted > patient.cores.total_cores) {
      finding.condition = Condition::kBetter;
      finding.found += ", more than the " + std::to_string(patient.cores.total_cores) + " cores that may be used";
      return setting_finding(patient.configuration, Setting::kMaxWorkers, "0", std::move(finding));
    }
  }
  return finding;
}

Finding caching(const Patient& patient) {
  Finding finding{.topic = Topic::kSlowBacktests, .name = "caching", .found = "on"};
  if (patient.configuration.boolean(Setting::kEnableCaching)) return finding;
  finding.condition = Condition::kBetter;
  finding.found = "off: everything is computed anew";
  return setting_finding(patient.configuration, Setting::kEnableCaching, "true", std::move(finding));
}

std::string gigabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes * 10U + (std::uint64_t{1} << 29U)) >> 30U;
  return std::to_string(tenths / 10U) + "." + std::to_string(tenths % 10U) + " GiB";
}

Finding memory(const SystemMemory& memory) {
  Finding finding{.topic = Topic::kHighMemory, .name = "memory", .found = gigabytes(memory.total)};
  if (memory.available != 0) finding.found += ", available " + gigabytes(memory.available);
  if (memory.limit != 0) finding.found += ", limited to " + gigabytes(memory.limit) + " by the control group";
  if (memory.usable() != 0 && memory.usable() < 512 * kMegabyte) {
    finding.condition = Condition::kBetter;
    finding.found += ": large files will not fit";
    finding.command = "docker update --memory 2g CONTAINER";
  }
  return finding;
}

/// Memory that the cache may take, beside what there is.
Finding cache_memory(const Patient& patient) {
  const auto wanted = static_cast<std::uint64_t>(patient.configuration.integer(Setting::kL1MaxMb));
  const std::uint64_t usable = patient.memory.usable() / kMegabyte;
  Finding finding{
      .topic = Topic::kHighMemory, .name = "cache in memory", .found = "up to " + std::to_string(wanted) + " MB"};
  if (usable == 0 || wanted <= usable / 2) return finding;
  finding.condition = Condition::kBetter;
  finding.found += ", more than half of the " + std::to_string(usable) + " MB that may be used";
  return setting_finding(patient.configuration, Setting::kL1MaxMb,
                         std::to_string(std::max<std::uint64_t>(1, usable / 4)), std::move(finding));
}

Finding disk_level(const Patient& patient) {
  Finding finding{.topic = Topic::kHighMemory, .name = "cache on disk", .found = "on"};
  if (patient.configuration.boolean(Setting::kL3Enabled)) return finding;
  finding.condition = Condition::kBetter;
  finding.found = "off: what memory has no room for is lost";
  return setting_finding(patient.configuration, Setting::kL3Enabled, "true", std::move(finding));
}

}  // namespace

void examine_machine(const Patient& patient, Findings& findings) {
  findings.push_back(arrow_module());
  findings.push_back(build());
  findings.push_back(simd());
  findings.push_back(cores(patient.cores));
  findings.push_back(workers(patient));
  findings.push_back(caching(patient));
  findings.push_back(memory(patient.memory));
  findings.push_back(cache_memory(patient));
  findings.push_back(disk_level(patient));
}

}  // namespace peak::command
